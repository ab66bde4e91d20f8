/** What somebody adds to a bucket makes no acceptance less sweeping. */
import { describe, expect, test } from 'vitest';
import { auditTrail, plantBelowAccount, ringOf, scenarioOf } from '../../fixtures/scenario.ts';
import { fixedClock, HOUR } from '../../src/base/clock.ts';
import type { Acceptance } from '../../src/findings/event.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { plantObject } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';

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
