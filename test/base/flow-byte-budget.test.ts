import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteRoom, byteBudget } from '../../src/base/flow.ts';

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test('lets in what fits, in order, and the rest when something is given back', async () => {
  const budget = byteBudget(100);
  const holds = [60, 30, 50, 5].map((bytes) => ({ bytes, hold: budget.hold() }));
  const entered: number[] = [];
  for (const { bytes, hold } of holds) void hold.take(bytes).then(() => entered.push(bytes));
  await settle();
  // The last would fit, but nobody overtakes.
  expect(entered).toEqual([60, 30]);
  holds[1]?.hold.release();
  await settle();
  expect(entered).toEqual([60, 30]);
  holds[0]?.hold.release();
  await settle();
  expect(entered).toEqual([60, 30, 50, 5]);
});

test('lets in more than all of it alone', async () => {
  const budget = byteBudget(100);
  const [small, large] = [budget.hold(), budget.hold()];
  await small.take(1);
  let isIn = false;
  void large.take(500).then(() => {
    isIn = true;
  });
  await settle();
  expect(isIn).toBe(false);
  small.release();
  await settle();
  expect(isIn).toBe(true);
});

test('a second take replaces the first, and a second release is harmless', async () => {
  const budget = byteBudget(100);
  const hold = budget.hold();
  await hold.take(80);
  await hold.take(90);
  hold.release();
  hold.release();
  await budget.hold().take(100);
});

test('never holds more than its bound unless by one alone, and lets everyone in', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 150 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(sizes, async (all) => {
      const budget = byteBudget(100);
      const held: number[] = [];
      let entered = 0;
      await Promise.all(
        all.map(async (bytes) => {
          const hold = budget.hold();
          await hold.take(bytes);
          held.push(bytes);
          entered += 1;
          const sum = held.reduce((total, one) => total + one, 0);
          expect(sum <= 100 || held.filter((one) => one > 0).length === 1).toBe(true);
          await Promise.resolve();
          held.splice(held.indexOf(bytes), 1);
          hold.release();
        }),
      );
      expect(entered).toBe(all.length);
    }),
  );
});

test('any number may give their room back as they enter', () => {
  const room = new ByteRoom(1);
  let entered = 0;
  expect(room.take(1, () => {})).toBe(true);
  for (let count = 0; count < 100_000; count += 1)
    room.take(1, () => {
      entered += 1;
      room.release(1);
    });
  room.release(1);
  expect(entered).toBe(100_000);
  expect(room.take(1, () => {})).toBe(true);
});
