import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gunzip } from '../../src/crypto/hash.ts';
import type { ObjectRef } from '../../src/source/source.ts';
import { replaceBytes, setMetadata } from '../support/damage.ts';
import { accused, objectsOf, SEED, smallTrail, urisOf, verify } from './small-trail.ts';

const TRAIL = smallTrail();
const OBJECTS = objectsOf(TRAIL);
const INTACT = await verify(TRAIL.store, TRAIL.now);
const anyObject = fc.constantFrom(...OBJECTS);

function storedBytes({ bucket, key }: ObjectRef): Uint8Array {
  const found = TRAIL.store.get(bucket, key);
  if (found === undefined) throw new Error(`no object ${key}`);
  return found.bytes;
}

function flipped(ref: ObjectRef, at: number, mask: number): Buffer {
  const bytes = Buffer.from(storedBytes(ref));
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  return bytes;
}

/** Whether node:zlib, which is no part of the program's own reading, still finds the very content in the file. */
function keepsContent(ref: ObjectRef, bytes: Uint8Array): boolean {
  try {
    return gunzipSync(bytes).equals(gunzipSync(storedBytes(ref)));
  } catch {
    return false;
  }
}

test('the trail is intact', () => {
  expect(INTACT).toMatchObject({ verdict: 'VALID', findings: [] });
  expect(INTACT.totals).toMatchObject({ digests: { valid: 4 }, logs: { valid: 5 } });
});

describe('any flipped bits in one stored byte', () => {
  test('give a finding on just that object, or leave its content and the report as they were', async () => {
    let harmless = 0;
    await fc.assert(
      fc.asyncProperty(
        anyObject,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async (ref, share, mask) => {
          const at = Math.floor(share * storedBytes(ref).length);
          const bytes = flipped(ref, at, mask);
          const store = TRAIL.store.clone();
          replaceBytes(store, ref, bytes);
          const report = await verify(store, TRAIL.now);
          if (keepsContent(ref, bytes)) {
            harmless += 1;
            expect(report).toEqual(INTACT);
          } else {
            expect(accused(report.findings)).toEqual(urisOf(ref));
            expect(report.verdict).toBe('INVALID');
          }
        },
      ),
      { seed: SEED, numRuns: 500 },
    );
    // Next to none of the bytes may be changed unseen: those of the header's time and origin.
    expect(harmless).toBeLessThan(50);
  });

  test('are harmless in the time, level and system of the gzip header and its text flag, and nowhere else in it', async () => {
    const ignored = [3, 4, 5, 6, 7, 8, 9];
    for (const ref of OBJECTS) {
      for (const at of [0, 1, 2, ...ignored]) {
        const bytes = flipped(ref, at, 1);
        const same = gunzip(storedBytes(ref), 1 << 20);
        if (ignored.includes(at)) expect(gunzip(bytes, 1 << 20)).toEqual(same);
        else expect(gunzip(bytes, 1 << 20).content).toBeUndefined();
      }
      const store = TRAIL.store.clone();
      const bytes = Buffer.from(storedBytes(ref));
      for (const at of ignored) bytes[at] = at === 3 ? 1 : 0xa5;
      replaceBytes(store, ref, bytes);
      expect(await verify(store, TRAIL.now)).toEqual(INTACT);
    }
  });
});

describe('any changed character of a signature in the metadata', () => {
  test('gives a finding on just that digest, unless it is the same digit in the other case', async () => {
    const digests = fc.constantFrom(...TRAIL.digests);
    const characters = fc.oneof(
      fc.constantFrom(...'0123456789abcdefABCDEF'),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(digests, fc.nat(511), characters, async (digest, at, character) => {
        const signature = digest.signature.slice(0, at) + character + digest.signature.slice(at + 1);
        const store = TRAIL.store.clone();
        setMetadata(store, digest, { signature });
        const report = await verify(store, TRAIL.now);
        if (signature.toLowerCase() === digest.signature) expect(report).toEqual(INTACT);
        else {
          expect(accused(report.findings)).toEqual(urisOf(digest));
          expect(report.verdict).toBe(/^[0-9a-f]$/i.test(character) ? 'INVALID' : 'INCONCLUSIVE');
        }
      }),
      { seed: SEED, numRuns: 300 },
    );
  });
});
