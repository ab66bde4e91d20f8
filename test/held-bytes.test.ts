/** What log files may take together while they are read. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../fixtures/scenario.ts';
import { fixedClock } from '../src/base/clock.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { memorySource } from './support/memory-source.ts';

test('log files wait until there is room for their bytes', async () => {
  const { store, trail } = auditTrail();
  trail.hours(4, { logs: 20 });
  const scenario = scenarioOf(store, trail);
  const stored = memorySource(store);
  let [held, most, read] = [0, 0, 0];
  const report = await verifyTrail({
    source: {
      ...stored,
      open: async (ref, options) => {
        if (!ref.key.includes('/CloudTrail/')) return stored.open(ref, options);
        // As long as it says it is: two of these fit, three do not.
        await options.admit?.(30 * 1024 * 1024);
        held += 1;
        most = Math.max(most, held);
        for (let turn = 0; turn < 3; turn += 1) await setImmediate();
        held -= 1;
        read += 1;
        return stored.open(ref, options);
      },
    },
    targets: scenario.targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(scenario.now),
  });
  expect(report.verdict).toBe('VALID');
  expect(read).toBe(report.totals.logs.valid);
  expect(read).toBeGreaterThan(60);
  expect(most).toBe(2);
});
