import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { Report } from '../../src/report/report.ts';
import { deleteObject, swapObjects } from '../support/damage.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { accused, BUCKET, objectsOf, SEED, START, smallTrail, urisOf, verify } from './small-trail.ts';

const TRAIL = smallTrail();
const OBJECTS = objectsOf(TRAIL);
const NEWEST = TRAIL.digests.at(-1);
const OLDER = OBJECTS.filter(({ key }) => key !== NEWEST?.key);

/** The report, or undefined where nothing of a trail was left to report on. */
async function verdictLeft(
  store: ObjectStore,
  regions?: readonly string[],
): Promise<Report['verdict'] | undefined> {
  try {
    const scope = regions === undefined ? {} : { scope: { regions } };
    return (await verify(store, TRAIL.now, scope)).verdict;
  } catch (error) {
    expect(error).toBeInstanceOf(TrailVerifyError);
    expect(error).toMatchObject({ code: 'TARGET_WITHOUT_TRAIL' });
    return undefined;
  }
}

describe('a deleted object', () => {
  test.each(OLDER.map((ref, at) => ({ ref, at })))('is named: object $at', async ({ ref }) => {
    const store = TRAIL.store.clone();
    deleteObject(store, ref);
    const report = await verify(store, TRAIL.now);
    expect(report.verdict).toBe('INVALID');
    expect(accused(report.findings)).toEqual(urisOf(ref));
    expect(report.findings.map(({ code }) => code)).toEqual([
      ref.key.includes('-Digest') ? 'DIGEST_MISSING' : 'LOG_MISSING',
    ]);
  });

  test('that was the newest digest leaves a chain that ends early, once CloudTrail has no excuse', async () => {
    const store = TRAIL.store.clone();
    const [before] = TRAIL.digests.slice(-2);
    if (NEWEST === undefined || before === undefined) throw new Error('the trail has four digests');
    deleteObject(store, NEWEST);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 180 }), async (minutes) => {
        const report = await verify(store, TRAIL.end + minutes * MINUTE);
        const codes = report.findings.map(({ code }) => code);
        // The hour before is owed three hours after its end.
        expect(codes).toEqual(minutes <= 120 ? [] : ['CHAIN_ENDS_EARLY']);
        expect(report.window.verifiedThrough).toBe(isoTime(TRAIL.end - HOUR));
        if (minutes > 120) expect(accused(report.findings)).toEqual(urisOf(before));
      }),
      { seed: SEED, numRuns: 50, examples: [[120], [121]] },
    );
  });
});

describe('any two objects that change places', () => {
  const labelled = OBJECTS.map((ref, at) => ({ ref, label: `object ${at}` }));
  const pairs = labelled.flatMap((left, at) => labelled.slice(at + 1).map((right) => ({ left, right })));

  test.each(pairs)('are both found: $left.label and $right.label', async ({ left, right }) => {
    const store = TRAIL.store.clone();
    swapObjects(store, left.ref, right.ref);
    const report = await verify(store, TRAIL.now);
    expect(report.verdict).toBe('INVALID');
    // Where the newest digest changes places with the log file that it names, nobody is left to speak for the latter.
    const isNamedByNewest =
      left.ref.key === NEWEST?.key && NEWEST.logs.some(({ key }) => key === right.ref.key);
    expect(accused(report.findings)).toEqual(
      isNamedByNewest ? urisOf(left.ref) : urisOf(left.ref, right.ref),
    );
  });
});

describe('any object planted among the log files', () => {
  const letters = "abcXYZ019 _-.~'<&%$+()=ü\u{1F30D}".split(/(?:)/u);
  const names = fc
    .array(fc.constantFrom(...letters, '/'), { minLength: 1, maxLength: 40 })
    .map((all) => all.join(''));
  const families = fc.constantFrom(
    'CloudTrail',
    'CloudTrail-Insight',
    'CloudTrail-NetworkActivity',
    'CloudTrail-New',
  );
  const contents = fc.uint8Array({ minLength: 1, maxLength: 20 });
  const written = fc.integer({ min: START + 5 * MINUTE, max: TRAIL.end - 5 * MINUTE });

  test('inside the time covered is unlisted, whatever its name', async () => {
    await fc.assert(
      fc.asyncProperty(families, names, contents, written, async (family, name, content, lastModified) => {
        const store = TRAIL.store.clone();
        const ref = { bucket: BUCKET, key: `AWSLogs/111122223333/${family}/us-east-1/2026/10/05/${name}` };
        store.put(ref.bucket, ref.key, content, { lastModified });
        const report = await verify(store, TRAIL.now);
        expect(report.findings.map(({ code }) => code)).toEqual(['LOG_UNLISTED']);
        expect(accused(report.findings)).toEqual(urisOf(ref));
        expect(report).toMatchObject({ verdict: 'INCONCLUSIVE', totals: { logs: { unlisted: 1 } } });
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('under a name of that time is unlisted, whenever it was written', async () => {
    const long = smallTrail({ quietHours: 3 });
    const anyTime = fc.integer({ min: START - 100 * DAY, max: START + 100 * DAY });
    await fc.assert(
      fc.asyncProperty(anyTime, fc.stringMatching(/^[A-Za-z0-9]{16}$/), async (lastModified, unique) => {
        const store = long.store.clone();
        // An hour after the beginning; and the digest that should name it was due three hours later.
        const name = `111122223333_CloudTrail_us-east-1_20261005T1015Z_${unique}.json.gz`;
        const ref = { bucket: BUCKET, key: `AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/05/${name}` };
        store.put(ref.bucket, ref.key, new Uint8Array(1), { lastModified });
        expect(accused((await verify(store, long.now)).findings)).toEqual(urisOf(ref));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});

describe('any number of removed objects', () => {
  const both = smallTrail();
  const other = smallTrail({ region: 'eu-west-1', store: both.store });
  const all = [...objectsOf(both), ...objectsOf(other)];
  const regions = ['us-east-1', 'eu-west-1'];

  test('never leave a VALID', async () => {
    expect(await verdictLeft(both.store, regions)).toBe('VALID');
    await fc.assert(
      fc.asyncProperty(fc.subarray(all, { minLength: 1 }), async (removed) => {
        const store = both.store.clone();
        for (const ref of removed) deleteObject(store, ref);
        expect(await verdictLeft(store, regions)).not.toBe('VALID');
      }),
      {
        seed: SEED,
        numRuns: 400,
        examples: [[all], [objectsOf(both)], [objectsOf(other)], [[...both.digests]]],
      },
    );
  });
});
