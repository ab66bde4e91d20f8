import { type OpenWalker, openWalker, type WalkerOptions } from '../../src/walking/walk-threads.ts';

/** A walker whose threads start with the first chain. Throws where there is none by these options. */
export function walkersAtOnce(options: WalkerOptions): OpenWalker {
  const walker = openWalker({ after: 0, ...options });
  if (walker === undefined) throw new Error('there is no walker of that kind');
  return walker;
}
