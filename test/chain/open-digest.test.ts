import { describe, expect, test } from 'vitest';
import { type ErrorCode, TrailVerifyError } from '../../src/base/errors.ts';
import { type OpenedDigest, openDigest, readFailure } from '../../src/chain/read-digest.ts';
import type { Source } from '../../src/source/source.ts';
import { appendBytes, editContent, setMetadata } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { sha256Hex } from '../support/test-digest.ts';
import { trailOf } from './chain-fixture.ts';

const { store: SOUND, trail } = trailOf(1);
const DIGEST = trail.digestAt(1);
const REF = { bucket: DIGEST.bucket, key: DIGEST.key };

function open(
  damage: (store: ObjectStore) => void = () => undefined,
  metadata = true,
): Promise<OpenedDigest> {
  const store = SOUND.clone();
  damage(store);
  return openDigest(memorySource(store, { metadata }), REF);
}

function failing(code: ErrorCode, holds = true): Source {
  return {
    ...memorySource(SOUND),
    open: async () => {
      throw new TrailVerifyError(code, 'as the storage says');
    },
    holds: async () => holds,
  };
}

describe('a digest that is there', () => {
  test('comes with its hash, its sizes and what of the metadata is usable', async () => {
    const stored = SOUND.get(REF.bucket, REF.key)?.bytes.length;
    expect(await open()).toMatchObject({
      state: 'parsed',
      ref: REF,
      bytes: { read: stored, inflated: DIGEST.content.length },
      sha256: DIGEST.sha256,
      digest: { endTime: DIGEST.endTime },
      metadata: {
        kept: true,
        signature: DIGEST.signature,
        algorithm: 'SHA256withRSA',
        generatedAt: undefined,
      },
    });
  });

  test.each<[string, Record<string, string | undefined>, object]>([
    ['a signature with white space, in capitals', { signature: ' ABCD\n' }, { signature: 'abcd' }],
    ['a signature that is not hex', { signature: 'signed' }, { signature: undefined }],
    ['no signature', { signature: undefined }, { signature: undefined }],
    [
      'a time of generation',
      { 'backfill-generation-timestamp': '2026-10-05T14:12:37.250Z' },
      { generatedAt: Date.UTC(2026, 9, 5, 14, 12, 37, 250) },
    ],
    [
      'a time of generation that is none',
      { 'backfill-generation-timestamp': 'late' },
      { generatedAt: undefined },
    ],
  ])('with %s', async (_, changes, metadata) => {
    expect(await open((store) => setMetadata(store, REF, changes))).toMatchObject({ metadata });
  });

  test('keeps the version that was read, also where it is malformed', async () => {
    const source = (bytes?: Uint8Array): Source => {
      const { open: openSound, ...others } = memorySource(SOUND);
      return {
        ...others,
        open: async (ref, bounds) => {
          const stored = await openSound(ref, bounds);
          return { ...stored, bytes: bytes ?? stored.bytes, versionId: 'v1' };
        },
      };
    };
    expect(await openDigest(source(), REF)).toMatchObject({ state: 'parsed', versionId: 'v1' });
    expect(await openDigest(source(Buffer.from('{}')), REF)).toMatchObject({
      state: 'malformed',
      versionId: 'v1',
    });
  });

  test('in a bare folder has no metadata at all', async () => {
    expect(await open(undefined, false)).toMatchObject({
      metadata: { kept: false, signature: undefined, algorithm: undefined, generatedAt: undefined },
    });
  });
});

describe('what is no digest', () => {
  test('has no hash where it cannot be inflated', async () => {
    const opened = await open((store) => store.put(REF.bucket, REF.key, Buffer.from('{}')));
    expect(opened).toEqual({
      ref: REF,
      state: 'malformed',
      problems: ['is not gzip'],
      sha256: undefined,
      bytes: { read: 2, inflated: 0 },
      hashes: { stored: sha256Hex(Buffer.from('{}')) },
    });
  });

  test('has a hash where it can, with bytes behind it or not to be parsed', async () => {
    expect(await open((store) => appendBytes(store, REF, Buffer.alloc(3)))).toMatchObject({
      state: 'malformed',
      problems: ['3 bytes follow its gzip member'],
      sha256: DIGEST.sha256,
    });
    const edited = await open((store) => editContent(store, REF, () => '[]'));
    expect(edited).toMatchObject({
      state: 'malformed',
      problems: ['is not a JSON object'],
      sha256: sha256Hex(Buffer.from('[]')),
      bytes: { inflated: 2 },
    });
  });

  test('is what is larger than any digest', async () => {
    expect(await openDigest(failing('OBJECT_TOO_LARGE'), REF)).toMatchObject({
      state: 'malformed',
      problems: ['as the storage says'],
      sha256: undefined,
    });
  });
});

describe('a digest that cannot be read', () => {
  test('is absent where its bucket is held, and otherwise only not in this copy', async () => {
    const bytes = { read: 0, inflated: 0 };
    expect(await openDigest(failing('OBJECT_NOT_FOUND'), REF)).toEqual({ ref: REF, state: 'absent', bytes });
    expect(await openDigest(failing('OBJECT_NOT_FOUND', false), REF)).toEqual({
      ref: REF,
      bytes,
      state: 'unreadable',
      failure: { reason: 'not-in-copy', detail: `bucket ${REF.bucket} is not in this copy` },
    });
  });

  test.each<[ErrorCode, string]>([
    ['OBJECT_DENIED', 'denied'],
    ['OBJECT_ARCHIVED', 'archived'],
    ['OBJECT_UNDECRYPTABLE', 'undecryptable'],
    ['OBJECT_UNREACHABLE', 'unreachable'],
  ])('%s is %s', async (code, reason) => {
    const failure = { reason, detail: 'as the storage says' };
    expect(await openDigest(failing(code), REF)).toMatchObject({ state: 'unreadable', failure });
    expect(readFailure(new TrailVerifyError(code, 'as the storage says'))).toEqual(failure);
  });

  test('ends the run where every read would fail alike', async () => {
    await expect(openDigest(failing('CREDENTIALS'), REF)).rejects.toMatchObject({ code: 'CREDENTIALS' });
    const broken = {
      ...memorySource(SOUND),
      open: async () => {
        throw new RangeError('a mistake');
      },
    };
    await expect(openDigest(broken, REF)).rejects.toThrow(RangeError);
  });
});
