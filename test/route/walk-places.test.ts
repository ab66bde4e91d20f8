import { expect, test } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { inconsistenciesOf } from '../../src/signed/consistency.ts';
import type { Source } from '../../src/source/source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { deleteObject } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';

test('a finding stays, and the run ends, where a look at the versions of its object fails for good', async () => {
  const { store, trail } = auditTrail(5);
  deleteObject(store, trail.digestAt(3));
  const { targets, now, ...scenario } = scenarioOf(store, trail);
  const source: Source = {
    ...memorySource(store, { versions: true }),
    versions: () => Promise.reject(new TrailVerifyError('CREDENTIALS', 'the credentials have expired')),
  };
  const keyRing = ringOf({ ...scenario, now });
  const report = await verifyTrail({ source, targets, keyRing, clock: fixedClock(now) });
  expect(report.findings.map(({ code }) => code)).toEqual(['RUN_INTERRUPTED', 'DIGEST_MISSING']);
  expect(report.findings[0]?.evidence).toMatchObject({ reason: 'failed', error: 'CREDENTIALS' });
  expect(report.totals.digests.missing).toBe(1);
  expect(inconsistenciesOf(report)).toEqual([]);
});
