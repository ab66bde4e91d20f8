import { expect, test } from 'vitest';
import { PrefixGates } from '../../../../src/source/s3/lean/prefix-gates.ts';

const ref = (name: string, day = '2026/09/22') => ({
  bucket: 'b',
  key: `AWSLogs/1/CloudTrail/us-east-1/${day}/${name}`,
});
const slowDown = () =>
  Object.assign(new Error('slow down'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });

/** Tasks that stay under way until told otherwise. */
function harness() {
  const gates = new PrefixGates();
  const running: { end(error?: Error): void }[] = [];
  const results: Promise<unknown>[] = [];
  let under = 0;
  return {
    running,
    get under() {
      return under;
    },
    begin: (count: number, at = ref) => {
      for (let number = 0; number < count; number += 1) {
        const passing = gates.pass(at(String(number)), () => {
          under += 1;
          return new Promise<void>((resolve, reject) => {
            const end = (error?: Error): void => {
              under -= 1;
              if (error === undefined) resolve();
              else reject(error);
            };
            running.push({ end });
          });
        });
        results.push(passing.catch(() => undefined));
      }
    },
    settle: async () => {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    },
    all: () => Promise.all(results),
  };
}

test('nothing waits until S3 refuses', async () => {
  const run = harness();
  run.begin(300);
  await run.settle();
  expect(run.under).toBe(300);
});

test('a refusal halves what is under way, once for all that were under way, and other prefixes go on', async () => {
  const run = harness();
  run.begin(16);
  await run.settle();
  for (const task of run.running.splice(0)) task.end(slowDown());
  await run.settle();
  // A second day of the same kind of log files is the same prefix.
  run.begin(40, (name) => ref(name, '2026/09/23'));
  await run.settle();
  expect(run.under).toBe(8);
  run.begin(40, (name) => ({ bucket: 'b', key: `AWSLogs/2/CloudTrail/us-east-1/2026/09/22/${name}` }));
  await run.settle();
  expect(run.under).toBe(48);
});

test('answers widen the bound again', async () => {
  const run = harness();
  run.begin(8);
  await run.settle();
  for (const task of run.running.splice(0)) task.end(slowDown());
  await run.settle();
  run.begin(2000);
  await run.settle();
  expect(run.under).toBe(4);
  for (let round = 0; round < 60; round += 1) {
    for (const task of run.running.splice(0)) task.end();
    await run.settle();
  }
  // One more for each full round of answers.
  expect(run.under).toBeGreaterThan(40);
  expect(run.under).toBeLessThanOrEqual(64);
});

test('an error that is no refusal changes nothing', async () => {
  const run = harness();
  run.begin(16);
  await run.settle();
  for (const task of run.running.splice(0)) task.end(new Error('absent'));
  await run.settle();
  run.begin(40);
  await run.settle();
  expect(run.under).toBe(40);
});

test('every task is run in the end, one at a time where S3 refuses even two', async () => {
  const gates = new PrefixGates();
  let under = 0;
  let most = 0;
  let refusals = 0;
  let done = 0;
  const task = async (): Promise<void> => {
    under += 1;
    if (refusals > 8) most = Math.max(most, under);
    await new Promise((resolve) => setTimeout(resolve, 1));
    under -= 1;
    if (under > 0) {
      refusals += 1;
      throw slowDown();
    }
    done += 1;
  };
  const persist = async (name: string): Promise<void> => {
    for (;;) {
      try {
        return await gates.pass(ref(name), task);
      } catch {
        // Again.
      }
    }
  };
  await Promise.all(Array.from({ length: 20 }, (_, number) => persist(String(number))));
  expect(done).toBe(20);
  expect(most).toBeLessThan(20);
}, 30_000);
