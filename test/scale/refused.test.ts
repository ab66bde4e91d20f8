import { expect, test } from 'vitest';
import { scenarioOf } from '../../fixtures/scenario.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { alone, merged, optionsOf, planFor, readAll, resultsIn } from '../support/shard-run.ts';
import { TestTrail } from '../support/test-trail.ts';

/* A policy that closes one Region ends neither a plan nor a shard: the report says what was not seen. */

const BEGIN = Date.parse('2026-10-05T18:12:37Z');
const store = new ObjectStore(() => BEGIN);
const [trail] = ['us-east-1', 'eu-west-1'].map((region) => {
  const common = { store, bucket: 'example-trail-logs', account: '111122223333', trail: 'audit' };
  const one = new TestTrail({ ...common, region, homeRegion: 'us-east-1', startLogging: BEGIN });
  one.hours(12, { logs: 1 });
  return one;
});
if (trail === undefined) throw new Error('two trails');
const scenario = scenarioOf(store, trail);

/** A bucket of which some prefixes may not be listed. */
function closed(isClosed: (prefix: string) => boolean): Source {
  const source = memorySource(store);
  const check = (prefix: string): void => {
    if (isClosed(prefix))
      throw new TrailVerifyError('ACCESS_DENIED', `${prefix} is closed`, { hint: 'none' });
  };
  return {
    ...source,
    level: undefined,
    list: async function* list(request) {
      check(request.prefix);
      yield* source.list(request);
    },
    folders: async (bucket, prefix) => {
      check(prefix);
      return source.folders(bucket, prefix);
    },
  };
}

test.each([
  ['no Region', /^$/],
  ['the digests of a Region', /CloudTrail-Digest\/eu-west-1\//],
  ['the log files of a Region', /CloudTrail\/eu-west-1\//],
  ['a Region', /\/eu-west-1\//],
])('where %s may not be listed, the report is that of one machine', async (_, pattern) => {
  const options = (): VerifyOptions =>
    optionsOf(
      scenario,
      closed((prefix) => prefix !== '' && pattern.test(prefix)),
    );
  const plan = await planFor(options(), 4);
  const one = await alone(options());
  expect(await merged(plan, resultsIn(await readAll(plan, options())), options())).toEqual(one);
  expect(one.report.verdict).toBe(pattern.test('') ? 'VALID' : 'INCONCLUSIVE');
});

test('what the workers alone may not list is read by the merge', async () => {
  const open = (): VerifyOptions => optionsOf(scenario, memorySource(store));
  const plan = await planFor(open(), 4);
  const files = await readAll(
    plan,
    optionsOf(
      scenario,
      closed((prefix) => prefix.includes('/eu-west-1/')),
    ),
  );
  const one = await alone(open());
  expect(await merged(plan, resultsIn(files), open())).toEqual(one);
  expect(one.report.verdict).toBe('VALID');
});

test('a chain that the plan listed, and of which nothing is left, is named', async () => {
  const open = (): VerifyOptions => optionsOf(scenario, memorySource(store));
  const plan = await planFor(open(), 4);
  const files = await readAll(plan, open());
  const isLeft = (key: string): boolean => !key.includes('/eu-west-1/');
  const source = memorySource(store);
  const left: Source = {
    ...source,
    level: undefined,
    list: async function* list(request) {
      for await (const page of source.list(request)) yield page.filter(({ key }) => isLeft(key));
    },
    folders: async (bucket, prefix) => (await source.folders(bucket, prefix)).filter(isLeft),
  };
  const { report } = await merged(plan, resultsIn(files), optionsOf(scenario, left));
  const one = await alone(optionsOf(scenario, left));
  expect(one.report.verdict).toBe('VALID');
  expect(report.verdict).toBe('INCONCLUSIVE');
  const gone = report.findings.filter(({ code }) => code === 'SHARD_UNPROVEN');
  expect(gone.length).toBeGreaterThan(0);
  for (const { evidence } of gone)
    expect(evidence).toMatchObject({ reason: 'gone', detail: expect.stringContaining('/eu-west-1/') });
  expect(report.findings.filter(({ code }) => code !== 'SHARD_UNPROVEN')).toEqual(one.report.findings);
});
