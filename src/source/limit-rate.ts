import { setTimeout as wait } from 'node:timers/promises';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Source } from './source.ts';
import { optionalCalls, threadAccess } from './wrappers.ts';

/** Of a second's requests so many may begin together, where others than this source's readers ask. */
const AT_ONCE = 0.1;

/**
 * The same source with at most `perSecond` requests begun in a second, evenly spread: a page of a listing, a
 * look into a folder and an object are one each. Repeated tries inside the source are not counted.
 */
export function limitRate(source: Source, perSecond: number, clock: Clock = systemClock): Source {
  const interval = 1000 / perSecond;
  let nextFree = Number.NEGATIVE_INFINITY;
  const turn = async (count = 1): Promise<void> => {
    const now = clock.now();
    const mine = Math.max(now, nextFree);
    nextFree = mine + count * interval;
    // Timers know whole milliseconds only; what is due within one may go at once.
    if (mine - now >= 1) await wait(mine - now);
  };
  return {
    description: source.description,
    kind: source.kind,
    list: (request) => takeTurns(source.list(request), turn),
    folders: async (bucket, prefix, most) => {
      await turn();
      return source.folders(bucket, prefix, most);
    },
    open: async (ref, options) => {
      await turn();
      return source.open(ref, options);
    },
    ...threadAccess(source),
    pace: { most: Math.max(1, Math.floor(perSecond * AT_ONCE)), turn },
    holds: (bucket) => source.holds(bucket),
    ...optionalCalls(source, async (call) => {
      await turn();
      return call();
    }),
  };
}

async function* takeTurns<Page>(pages: AsyncIterable<Page>, turn: () => Promise<void>): AsyncGenerator<Page> {
  await turn();
  for await (const page of pages) {
    yield page;
    await turn();
  }
}
