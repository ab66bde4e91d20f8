/** Digests that somebody planted, of any size and number: no result becomes too large by them, and the merge says what one machine says. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import type { Source } from '../../src/source/source.ts';
import { flipContentBit, plantObject } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { alone, merged, optionsOf, planFor, readAll, resultsIn } from '../support/shard-run.ts';

const MB = 1024 * 1024;

test.each([
  { count: 24, size: MB },
  { count: 3, size: 12 * MB },
  { count: 40, size: 10 },
])('$count of $size bytes each', async ({ count, size }) => {
  const { store, trail } = auditTrail(6);
  flipContentBit(store, trail.logAt(3));
  const { bucket, key } = trail.digestAt(3);
  for (let at = 0; at < count; at += 1) {
    const time = `T1${Math.floor(at / 60) + 3}${String(at % 60).padStart(2, '0')}01Z`;
    plantObject(store, { bucket, key: key.replace(/T\d{6}Z/, time) }, randomBytes(size), trail.end);
  }
  const options = optionsOf(scenarioOf(store, trail), memorySource(store));
  const plan = await planFor(options, 2);
  const files = await readAll(plan, options);
  for (const file of files) expect(file.length).toBeLessThan(17 * MB);
  const one = await alone(options);
  expect(one.report.verdict).toBe('INVALID');
  expect(one.report.findings.filter(({ code }) => code === 'LOG_MODIFIED')).toHaveLength(1);
  expect(one.report.totals.digests.invalid).toBe(count);
  expect(await merged(plan, resultsIn(files), options)).toEqual(one);
});

test('made-up trails without number have their folder listed once for each shard', async () => {
  const { store, trail } = auditTrail(6);
  flipContentBit(store, trail.logAt(3));
  const { bucket, key } = trail.digestAt(3);
  for (let at = 0; at < 60; at += 1)
    plantObject(store, { bucket, key: key.replace('_audit_', `_t${at}_`) }, Buffer.from('x'), trail.end);
  const source = memorySource(store);
  const options = optionsOf(scenarioOf(store, trail), source);
  const plan = await planFor(options, 3);
  const listed: string[] = [];
  const counting: Source = {
    ...source,
    list: (query) => {
      if (query.prefix.includes('CloudTrail-Digest')) listed.push(query.prefix);
      return source.list(query);
    },
  };
  const files = await readAll(plan, { ...options, source: counting });
  expect(plan.shards.length).toBe(3);
  // The Region's folder, and each of its days for the objects as they are listed.
  expect(listed.length).toBeLessThanOrEqual(3 * 4);
  const one = await alone(options);
  expect(one.report.verdict).toBe('INVALID');
  expect(await merged(plan, resultsIn(files), options)).toEqual(one);
});
