import { describe, expect, test } from 'vitest';
import { auditTrail } from '../../fixtures/scenario.ts';
import { placeProver } from '../../src/chain/folders-without-digests.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import type { ObjectRef, StoredObject } from '../../src/source/source.ts';
import { flipContentBit } from '../support/damage.ts';
import { fileRing } from '../support/test-keys.ts';

const BUCKET = 'example-trail-logs';
const { store, trail } = auditTrail(3);

function stored(at: number, metadata = true, from = store): StoredObject {
  const { bucket, key } = trail.digestAt(at);
  const version = from.get(bucket, key);
  return { bytes: version?.bytes ?? new Uint8Array(), metadata: metadata ? version?.metadata : undefined };
}

const keyOf = (at: number): string => trail.digestAt(at).key;
const placeOf = (at: number): ObjectRef => ({ bucket: BUCKET, key: keyOf(at) });
const prove = placeProver(fileRing(), relocator([]));

describe('where a digest belongs is proven', () => {
  test('by its own signature, wherever it lies below its key', async () => {
    const found = [
      { key: keyOf(1), stored: stored(1) },
      { key: `${BUCKET}/${keyOf(2)}`, stored: stored(2) },
    ];
    expect(await prove(found)).toEqual([placeOf(1), placeOf(2)]);
  });

  test('where it lies without its prefix', async () => {
    const below = auditTrail(1, { prefix: 'security/' });
    const ref = { bucket: BUCKET, key: below.trail.digestAt(1).key };
    const version = below.store.get(ref.bucket, ref.key);
    const digest = { bytes: version?.bytes ?? new Uint8Array(), metadata: version?.metadata };
    expect(await prove([{ key: ref.key.slice('security/'.length), stored: digest }])).toEqual([ref]);
  });

  test('where the folders above it are lacking, as far as they are', async () => {
    const inner = keyOf(1).slice('AWSLogs/111122223333/'.length);
    expect(inner).toMatch(/^CloudTrail-Digest\//);
    expect(await prove([{ key: inner, stored: stored(1) }])).toEqual([placeOf(1)]);
    expect(await prove([{ key: inner.slice(1), stored: stored(1) }])).toEqual([undefined]);
  });

  test('by the signature that its successor carries, in a copy without metadata', async () => {
    const found = [0, 1, 2, 3].map((at) => ({ key: keyOf(at), stored: stored(at, false) }));
    expect(await prove(found)).toEqual([placeOf(0), placeOf(1), placeOf(2), undefined]);
  });

  test('as it lies now, where a move is declared', async () => {
    const moved = placeProver(fileRing(), relocator([{ from: BUCKET, to: 'replica/copy' }]));
    const key = `copy/${keyOf(1)}`;
    expect(await moved([{ key, stored: stored(1) }])).toEqual([{ bucket: 'replica', key }]);
  });
});

describe('where a digest belongs is not proven', () => {
  const nothing = [undefined];

  test('by a changed one, or what is none', async () => {
    const changed = store.clone();
    flipContentBit(changed, trail.digestAt(1), 40);
    expect(await prove([{ key: keyOf(1), stored: stored(1, true, changed) }])).toEqual(nothing);
    const none = { bytes: Buffer.from('none'), metadata: undefined };
    expect(await prove([{ key: keyOf(1), stored: none }])).toEqual(nothing);
    expect(await prove([])).toEqual([]);
  });

  test('by the signature of another one', async () => {
    const swapped = { ...stored(1), metadata: stored(2).metadata };
    expect(await prove([{ key: keyOf(1), stored: swapped }])).toEqual(nothing);
  });

  test('where it lies elsewhere, or names a key that is no digest', async () => {
    expect(await prove([{ key: 'elsewhere.json.gz', stored: stored(1) }])).toEqual(nothing);
    const odd = auditTrail(0);
    odd.trail.hours(1, { edit: (fields) => ({ ...fields, digestS3Object: 'odd' }) });
    const { bucket, key } = odd.trail.digestAt(1);
    const version = odd.store.get(bucket, key);
    const digest = { bytes: version?.bytes ?? new Uint8Array(), metadata: version?.metadata };
    expect(await prove([{ key: 'odd', stored: digest }])).toEqual(nothing);
  });

  test('without a key, or by one that had ended', async () => {
    const found = [{ key: keyOf(1), stored: stored(1) }];
    expect(await placeProver(fileRing([]), relocator([]))(found)).toEqual(nothing);
    const ring = fileRing();
    const until = (validTo: number | undefined): typeof ring => ({
      ...ring,
      find: async (query) => {
        const { found: key } = await ring.find(query);
        return key === undefined ? { found: key, complete: false } : { found: { ...key, validTo } };
      },
    });
    expect(await placeProver(until(0), relocator([]))(found)).toEqual(nothing);
    expect(await placeProver(until(undefined), relocator([]))(found)).toEqual([placeOf(1)]);
  });
});
