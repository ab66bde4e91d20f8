import type { TrailVerifyError } from '../../../base/errors.ts';
import type { StoreAddress } from '../../../engine/address.ts';
import { type EngineStore, openStore } from '../../../engine/store.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import type { Terminal } from '../../io/terminal.ts';

/** A store whose troubles are said on the terminal. */
export interface WatchedStore {
  readonly store: EngineStore;
  /** Comes when the store cannot be used any more. */
  readonly signal: AbortSignal;
  /** Why, where it cannot. */
  fatal(): TrailVerifyError | undefined;
}

/** Opens a store as `openStore` does, and throws what it throws. Nothing is said of it while `isSilent`. */
export async function openWatchedStore(
  address: StoreAddress,
  terminal: Terminal,
  isSilent: () => boolean = () => false,
): Promise<WatchedStore> {
  let fatal: TrailVerifyError | undefined;
  const stop = new AbortController();
  const say = (text: string): void => {
    if (!isSilent())
      terminal.error.write(`trail-verify: the store ${escapeTerminal(`${address.shown} ${text}`)}\n`);
  };
  const store = await openStore(
    address,
    {
      onAway: (why) => say(`is away: ${why}; waiting for it`),
      onBack: () => say('is back'),
      onRefused: (why) => say(`answers with an error: ${why}; trying again`),
      onFatal: (error) => {
        fatal = error;
        stop.abort();
      },
    },
    (text) => terminal.error.write(`warning: ${escapeTerminal(text)}\n`),
  );
  return { store, signal: stop.signal, fatal: () => fatal };
}
