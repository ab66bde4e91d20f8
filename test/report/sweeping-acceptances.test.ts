/** What somebody adds to a bucket makes no acceptance less sweeping. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  auditTrail,
  lakeTrail,
  plantBelowAccount,
  QUERY_END,
  ringOf,
  scenarioOf,
} from '../../fixtures/scenario.ts';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import type { Acceptance } from '../../src/findings/event.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { plantObject } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { deliverResults } from '../support/test-lake.ts';

const BUCKET = 'example-trail-logs';
const ACCOUNT = 'AWSLogs/111122223333/';

function accept(how: Partial<Acceptance>): Acceptance {
  const who = { reason: 'a test', acceptedBy: 'nobody', expires: '2099-01-01T00:00:00Z' };
  return { name: 'wide', code: 'LOG_UNLISTED', ...who, ...how };
}

/** A trail with a planted log file, and what else is done to its bucket. */
function world(add: (store: ObjectStore) => void = () => {}) {
  const { store, trail } = auditTrail(8);
  plantBelowAccount(store, ['CloudTrail/us-east-1/2026/10/05/planted.json.gz'], trail.end - 3 * HOUR);
  add(store);
  const scenario = scenarioOf(store, trail);
  return (how: Partial<Acceptance>) =>
    verifyTrail({
      source: memorySource(store),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      acceptances: [accept(how)],
    });
}

const REFUSED = {
  code: 'CONFIGURATION',
  message: expect.stringContaining('that this target may ever give'),
};
const marker = (key: string) => (store: ObjectStore) => void store.put(BUCKET, key, new Uint8Array());

describe('a pattern over all of a folder with proven digests is refused', () => {
  test.each([
    ['by itself', () => {}],
    ['with an empty folder of another Region', marker(`${ACCOUNT}CloudTrail/eu-west-1/`)],
    ['with an empty folder of another account', marker('AWSLogs/444455556666/CloudTrail-Digest/eu-west-1/')],
    ['with one of the same Region elsewhere', marker(`x/${ACCOUNT}CloudTrail/us-east-1/`)],
    ['with one of an organization', marker('AWSLogs/o-exampleorgid/111122223333/CloudTrail/us-east-1/')],
    [
      'with digests that nothing proves elsewhere',
      (store: ObjectStore) => {
        for (const key of store.keys(BUCKET).filter((one) => one.includes('Digest')))
          plantObject(store, { bucket: BUCKET, key: `x/${key}` }, Buffer.from('junk'), 0);
      },
    ],
    [
      'beside another Region',
      (store: ObjectStore) => void auditTrail(8, { store, region: 'eu-west-1', homeRegion: 'us-east-1' }),
    ],
    [
      'beside another account',
      (store: ObjectStore) => void auditTrail(8, { store, account: '444455556666' }),
    ],
  ])('%s', async (_, add) => {
    const run = world(add);
    await expect(run({ object: `s3://${BUCKET}/${ACCOUNT}CloudTrail/us-east-1/*` })).rejects.toMatchObject(
      REFUSED,
    );
    await expect(run({ object: `*/CloudTrail/us-east-1/*`, chain: '*' })).rejects.toMatchObject(REFUSED);
  });

  test('but not one over a part of it, over a folder in which nothing is proven, or over some of the chains', async () => {
    const run = world((store) => {
      auditTrail(8, { store, region: 'eu-west-1', homeRegion: 'us-east-1' });
      marker(`x/${ACCOUNT}CloudTrail/us-east-1/`)(store);
    });
    for (const how of [
      { object: `s3://${BUCKET}/${ACCOUNT}CloudTrail/us-east-1/*/planted*` },
      { object: `s3://${BUCKET}/x/*` },
      { chain: '111122223333/us-east-1/*' },
      { object: '*/us-east-1/*', window: { from: '2026-10-05T10:00:00Z', to: '2026-10-05T11:00:00Z' } },
    ])
      expect((await run(how)).acceptances?.map(({ status }) => status)).toEqual([
        how.object?.includes('planted') === true ? 'applied' : 'unmatched',
      ]);
  });

  test('and one over every chain that is proven, whatever chains anybody names', async () => {
    const run = world((store) => {
      const [key = ''] = store.keys(BUCKET).filter((one) => one.includes('Digest'));
      plantObject(store, { bucket: BUCKET, key: key.replaceAll('_audit_', '_zzz_') }, Buffer.from('junk'), 0);
    });
    await expect(run({ code: 'CHAIN_ENDS_EARLY', chain: '*/audit@*' })).rejects.toMatchObject(REFUSED);
  });
});

describe('a pattern over all query results of an account is refused', () => {
  const lake = `${ACCOUNT}CloudTrail-Lake/Query/`;
  const other = 'AWSLogs/444455556666/CloudTrail-Lake/Query/';
  const log = '111122223333_CloudTrail_us-east-1_20261005T1000Z_AAAAAAAAAAAAAAAA.json.gz';

  function results(options: Partial<VerifyOptions>) {
    const { store, trail } = lakeTrail();
    const second = '0c3f6b1e-aaaa-bbbb-cccc-ddddeeeeffff';
    deliverResults(store, { completed: QUERY_END, account: '444455556666', queryId: second, results: ['x'] });
    deliverResults(store, { completed: QUERY_END - 24 * HOUR, queryId: second, results: ['y'] });
    for (const top of [lake, other]) {
      plantObject(
        store,
        { bucket: BUCKET, key: `${top}2026/10/05/${randomUUID()}/result_1.csv.gz` },
        Buffer.from('x'),
        0,
      );
      plantObject(
        store,
        { bucket: BUCKET, key: `${top}2026/10/05/${randomUUID()}/${log}` },
        Buffer.from('x'),
        0,
      );
    }
    const scenario = scenarioOf(store, trail);
    return (how: Partial<Acceptance>) =>
      verifyTrail({
        source: memorySource(store),
        targets: scenario.targets,
        keyRing: ringOf(scenario),
        clock: fixedClock(scenario.now),
        acceptances: [accept({ code: 'LAKE_SIGN_FILE_MISSING', ...how })],
        ...options,
      });
  }

  describe.each([
    ['next to a trail', {}],
    ['alone', { queryResultsOnly: true }],
    ['of a window', { from: QUERY_END - 30 * HOUR }],
    ['of a folder of them', { targets: [{ bucket: BUCKET, prefix: `${lake}2026/10/` }] }],
  ])('%s', (_, options) => {
    test.each([
      { object: '*' },
      { object: `s3://${BUCKET}/${lake}*` },
      { object: '*CloudTrail-Lake/Query/202*' },
      { object: '*CloudTrail-Lake/Query/2026/10/*' },
      { object: '*/result_sign.json' },
      { object: `*/${lake}*/result_*`, code: 'LAKE_RESULT_UNLISTED' },
      { object: '*CloudTrail-Lake*', code: 'LOG_UNLISTED' },
      { object: `*${lake}*_CloudTrail_*`, code: 'LOG_UNLISTED' },
    ] as const)('%j', async (how) => {
      await expect(results(options)(how)).rejects.toMatchObject(REFUSED);
    });
  });

  test('of one that has no trail', async () => {
    for (const options of [{}, { queryResultsOnly: true }])
      await expect(results(options)({ object: 's3://*/AWSLogs/444455556666/*' })).rejects.toMatchObject(
        REFUSED,
      );
  });

  test('but not one over a day of several, or over one set', async () => {
    for (const object of [`*${lake}2026/10/04/*`, `*${lake}*/7b1b0a8a-*`])
      expect((await results({})({ object })).acceptances?.map(({ status }) => status)).toEqual(['unmatched']);
  });
});

test('accepted findings of every set are no verified set', async () => {
  const { store, trail, results } = lakeTrail();
  const object = { bucket: BUCKET, key: `${results.folder}readme` };
  plantObject(store, object, Buffer.from('x'), 0);
  const scenario = scenarioOf(store, trail);
  const run = (queryId?: string) => {
    if (queryId !== undefined) deliverResults(store, { completed: QUERY_END, queryId, results: ['z'] });
    return verifyTrail({
      source: memorySource(store),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
      queryResultsOnly: true,
      acceptances: [accept({ code: 'LAKE_RESULT_UNLISTED', object: `s3://${BUCKET}/${object.key}` })],
    });
  };
  const alone = await run();
  expect(alone.verdict).toBe('INCONCLUSIVE');
  expect(alone.findings.map(({ code }) => code).toSorted()).toEqual([
    'LAKE_RESULT_UNLISTED',
    'NOTHING_VERIFIED',
  ]);
  expect((await run('0c3f6b1e-aaaa-bbbb-cccc-ddddeeeeffff')).verdict).toBe('VALID');
});
