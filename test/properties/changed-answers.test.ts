import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { fixedClock } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { Verdict } from '../../src/findings/finding.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { sessionWith, useAws } from '../aws/aws-fixture.ts';
import type { RequestRecord } from '../support/aws-server/request.ts';
import { type AwsServer, type ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { type Change, NO_ANSWERS, OTHER_CONTENTS, OTHER_PAGES } from '../support/changed-answers.ts';
import { flipContentBit } from '../support/damage.ts';
import { fileRing } from '../support/test-keys.ts';
import { objectsOf, SEED, smallTrail } from './small-trail.ts';

useAws();
beforeEach(() => {
  // No jitter: what is not understood is asked for three times.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  return () => vi.restoreAllMocks();
});

const TRAIL = smallTrail();
type Reads = 'lean' | 'sdk';
type Outcome = Verdict | 'refused';

/** What a run comes to, and what it asked. */
async function run(
  store: ObjectStore,
  reads: Reads,
  prepare: (server: AwsServer) => void = () => {},
): Promise<{ outcome: Outcome; requests: readonly RequestRecord[]; changed: number }> {
  const server = await startAwsServer({ store });
  try {
    prepare(server);
    const report = verifyTrail({
      source: openS3(sessionWith(server, { maxAttempts: 2, requestTimeoutMs: 5000 }), 's3://', { reads }),
      targets: [{ bucket: store.bucketNames()[0] ?? '', prefix: '' }],
      keyRing: fileRing(),
      clock: fixedClock(TRAIL.now),
    });
    const outcome = await report.then(
      ({ verdict }): Outcome => verdict,
      (error: unknown): Outcome => {
        if (!(error instanceof TrailVerifyError) || error.code === 'INTERNAL') throw error;
        return 'refused';
      },
    );
    return { outcome, requests: [...server.requests], changed: server.faults.struck };
  } finally {
    await server.close();
  }
}

/** Changes every answer to that very request. */
function changing(wanted: RequestRecord, change: Change): (server: AwsServer) => void {
  // The two ways to read write the bucket's path differently.
  const nameOf = ({ operation, path, prefix, startAfter }: RequestRecord): string =>
    JSON.stringify([operation, path.replace(/\/$/, ''), prefix, startAfter]);
  return ({ faults }) =>
    faults.add({
      kind: 'answer',
      change,
      times: Number.POSITIVE_INFINITY,
      of: (record) => nameOf(record) === nameOf(wanted),
    });
}

const ASKED: readonly RequestRecord[] = await (async () => {
  const env = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { outcome, requests } = await run(TRAIL.store.clone(), 'lean');
  vi.unstubAllEnvs();
  expect(outcome).toBe('VALID');
  return requests;
})();
const LISTINGS = ASKED.filter(({ operation }) => operation === 'ListObjectsV2');
const OBJECTS = ASKED.filter(({ operation }) => operation === 'GetObject');

function anyOf(changes: Readonly<Record<string, Change>>): fc.Arbitrary<string> {
  return fc.constantFrom(...Object.keys(changes));
}
const reading = fc.constantFrom<Reads>('lean', 'sdk');

/** The rows of a page may be too few for a change to be one. */
async function isSame(wanted: RequestRecord, change: Change, reads: Reads): Promise<boolean> {
  let same = true;
  const compare: Change = (answer) => {
    const changed = change(answer);
    same &&= changed.status === answer.status && Buffer.from(changed.body).equals(answer.body);
    return answer;
  };
  await run(TRAIL.store.clone(), reads, changing(wanted, compare));
  return same;
}

describe('an answer of the endpoint that is changed for good', () => {
  test('to a listing: the run is refused or has no answer, never VALID and never INVALID', async () => {
    const changes = { ...NO_ANSWERS, ...OTHER_CONTENTS, ...OTHER_PAGES };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...LISTINGS),
        anyOf(changes),
        reading,
        async (listing, name, reads) => {
          const change = changes[name] as Change;
          const { outcome, changed } = await run(TRAIL.store.clone(), reads, changing(listing, change));
          if (outcome === 'VALID') expect(changed === 0 || (await isSame(listing, change, reads))).toBe(true);
          // Where something was judged before, there is a report of it.
          else expect([name, outcome]).toEqual([name, expect.stringMatching(/^(?:refused|INCONCLUSIVE)$/)]);
        },
      ),
      { seed: SEED, numRuns: 250 },
    );
  }, 240_000);

  test('to an object, to what is no answer: it is unproven, never VALID and never INVALID', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...OBJECTS),
        anyOf(NO_ANSWERS),
        reading,
        async (object, name, reads) => {
          const change = NO_ANSWERS[name] as Change;
          const { outcome, changed } = await run(TRAIL.store.clone(), reads, changing(object, change));
          expect(changed).toBeGreaterThan(0);
          expect([name, outcome]).toEqual([name, 'INCONCLUSIVE']);
        },
      ),
      { seed: SEED, numRuns: 150 },
    );
  }, 240_000);

  test('to an object, to other content: it contradicts its hash, and is never VALID', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...OBJECTS),
        anyOf(OTHER_CONTENTS),
        reading,
        async (object, name, reads) => {
          const change = OTHER_CONTENTS[name] as Change;
          const { outcome } = await run(TRAIL.store.clone(), reads, changing(object, change));
          expect([name, outcome]).toEqual([name, 'INVALID']);
        },
      ),
      { seed: SEED, numRuns: 50 },
    );
  }, 240_000);

  test('and a trail that is damaged is not VALID by any of them', async () => {
    const changes = { ...NO_ANSWERS, ...OTHER_CONTENTS, ...OTHER_PAGES };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...objectsOf(TRAIL)),
        fc.constantFrom(...LISTINGS, ...OBJECTS),
        anyOf(changes),
        reading,
        async (damaged, wanted, name, reads) => {
          const store = TRAIL.store.clone();
          flipContentBit(store, damaged);
          const { outcome } = await run(store, reads, changing(wanted, changes[name] as Change));
          expect(outcome).not.toBe('VALID');
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
  }, 240_000);
});
