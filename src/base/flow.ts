import pLimit from 'p-limit';

/** Runs a task when there is room for it, in the order of calls. */
export type Limiter = <Result>(task: () => Promise<Result>) => Promise<Result>;

/** A limiter that lets `concurrency` tasks run at once. */
export function limiter(concurrency: number): Limiter {
  const limit = pLimit(concurrency);
  return (task) => limit(task);
}

/** Runs `work` on every item, `concurrency` at once; results in the order of the items. Rejects with the first error. */
export function mapParallel<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const run = limiter(concurrency);
  return Promise.all(items.map((item) => run(() => work(item))));
}
