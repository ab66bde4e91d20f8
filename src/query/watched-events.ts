import { TrailVerifyError } from '../base/errors.ts';
import type { OpenedEvents, Rows } from './opened-events.ts';

/**
 * The same events, whose every answer is only given whole where their files are the same when the last of its rows was taken. What their
 * check throws comes before an error of the answer itself: a file that is replaced can fail in many ways.
 */
export function watchedEvents(events: OpenedEvents): OpenedEvents {
  const check = (): Promise<void> => events.check();
  const checked = async <Answer>(answer: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await answer();
    } catch (error) {
      await check();
      throw error;
    }
  };
  const watched = ({ columns, batches }: Rows): Rows => ({
    columns,
    batches: takenOnce(watchedRows(batches, check)),
  });
  return {
    ask: async (sql) => watched(await checked(() => events.ask(sql))),
    write: async (sql, limit) => {
      const hasMore = await checked(() => events.write(sql, limit));
      await check();
      return hasMore;
    },
    written: async () => watched(await events.written()),
    undated: () => checked(() => events.undated()),
    check,
    interrupt: () => events.interrupt(),
    close: () => events.close(),
  };
}

/** Rows that are gone when they were taken: no second reader must think that there are none. */
function takenOnce<Batch>(batches: AsyncGenerator<Batch>): AsyncIterable<Batch> {
  let isTaken = false;
  return {
    [Symbol.asyncIterator]: () => {
      if (isTaken) {
        throw new TrailVerifyError('CONFIGURATION', 'the rows of an answer can be taken once', {
          hint: 'keep them in a list, or ask again',
        });
      }
      isTaken = true;
      return batches;
    },
  };
}

async function* watchedRows<Batch>(
  batches: AsyncIterable<Batch>,
  check: () => Promise<void>,
): AsyncGenerator<Batch> {
  try {
    yield* batches;
  } finally {
    await check();
  }
}
