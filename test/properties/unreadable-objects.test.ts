import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accused, objectsOf, SEED, smallTrail, urisOf, verify } from './small-trail.ts';

const CODES = [
  'AccessDenied',
  'InvalidObjectState',
  'KMS.DisabledException',
  'InternalError',
  'RequestTimeout',
];
const TRAIL = smallTrail();
const ELSEWHERE = smallTrail({ region: 'eu-west-1', store: TRAIL.store });
const OBJECTS = objectsOf(TRAIL);
const SCOPE = { scope: { regions: ['us-east-1'] } };

test('whatever cannot be read is unproven: never INVALID, and VALID only where all in scope was read', async () => {
  const subsets = fc.subarray([...OBJECTS, ...objectsOf(ELSEWHERE)]);
  await fc.assert(
    fc.asyncProperty(subsets, fc.infiniteStream(fc.constantFrom(...CODES)), async (unreadable, codes) => {
      const store = TRAIL.store.clone();
      for (const { bucket, key } of unreadable) {
        const { value } = codes.next();
        store.failWith(bucket, key, { status: 403, code: value ?? 'AccessDenied' });
      }
      const report = await verify(store, TRAIL.now, SCOPE);
      const inScope = unreadable.filter(({ key }) => OBJECTS.some((ref) => ref.key === key));
      if (inScope.length === 0) {
        expect(report).toMatchObject({ verdict: 'VALID', findings: [] });
        return;
      }
      expect(report.verdict).toBe('INCONCLUSIVE');
      // A log file is not asked for where the digest that names it cannot be read.
      const isLost = (uri: string): boolean => urisOf(...inScope).includes(uri);
      const owed = TRAIL.digests.flatMap((digest) => {
        const [uri = ''] = urisOf(digest);
        return isLost(uri) ? [uri] : urisOf(...digest.logs).filter(isLost);
      });
      const unreadableOnes = report.findings.filter(({ code }) => /^(?:DIGEST|LOG)_UNREADABLE$/.test(code));
      expect(accused(unreadableOnes)).toEqual(owed.sort());
      // The starting digest covers no time, so without the three others there is nothing.
      const isNothing = TRAIL.digests.slice(1).every((digest) => urisOf(digest).some(isLost));
      const others = report.findings.filter((finding) => !unreadableOnes.includes(finding));
      expect(others.map(({ code }) => code)).toEqual(isNothing ? ['NOTHING_VERIFIED'] : []);
    }),
    { seed: SEED, numRuns: 400 },
  );
});
