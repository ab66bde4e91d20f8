import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { openS3 } from '../../../src/source/s3/s3-source.ts';
import { keysOf, listAll, ODD_KEYS, sessionWith, useAws } from '../../aws/aws-fixture.ts';
import { ObjectStore } from '../../support/aws-server.ts';
import { compareUtf8 } from '../../support/utf8-order.ts';

const aws = useAws();
const BUCKET = 'example-trail-logs';
const TIME = Date.UTC(2026, 9, 1, 12);
const LIMIT = { maxBytes: 1_000_000 };

function storeWith(keys: readonly string[]): ObjectStore {
  const store = new ObjectStore(() => TIME);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, Buffer.from(`content of ${key}`));
  return store;
}

describe.each(['lean', 'sdk'] as const)('%s reads', (reads) => {
  describe('listing', () => {
    test('gives keys with any character exactly, in UTF-8 order, with size and time', async () => {
      const source = openS3(sessionWith(await aws.start({ store: storeWith(ODD_KEYS) })));
      const rows = await listAll(source, { bucket: BUCKET, prefix: '' });
      expect(rows.map(({ key }) => key)).toEqual([...ODD_KEYS].sort(compareUtf8));
      expect(rows.find(({ key }) => key === 'a/b/c')).toMatchObject({
        key: 'a/b/c',
        size: 16,
        lastModified: TIME,
        etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
      });
    });

    test('follows pages, and begins after a key', async () => {
      const keys = Array.from({ length: 2345 }, (_, at) => `AWSLogs/${String(at).padStart(5, '0')}`);
      const source = openS3(sessionWith(await aws.start({ store: storeWith([...keys, 'other/x']) })));
      expect(await keysOf(source, { bucket: BUCKET, prefix: 'AWSLogs/' })).toEqual(keys);
      const startAfter = 'AWSLogs/01999';
      expect(await keysOf(source, { bucket: BUCKET, prefix: 'AWSLogs/', startAfter })).toEqual(
        keys.slice(2000),
      );
    });

    test('gives the folders directly below a prefix', async () => {
      const source = openS3(sessionWith(await aws.start({ store: storeWith(ODD_KEYS) })));
      expect(await source.folders(BUCKET, 'dots/')).toEqual(['dots/../', 'dots/./']);
      expect(await source.folders(BUCKET, 'do')).toEqual(['dots/', 'double/']);
      expect(await source.folders(BUCKET, 'nothing/')).toEqual([]);
    });

    test.each([
      ['no such bucket', 'TARGET_NOT_FOUND', 'absent-bucket', undefined],
      ['a name no bucket can have', 'TARGET_NOT_FOUND', 'a/b', undefined],
      ['no permission', 'ACCESS_DENIED', BUCKET, new Set(['s3:ListBucket'])],
    ])('%s ends with %s', async (_, code, bucket, deny) => {
      const server = await aws.start({ store: storeWith(['a']), ...(deny === undefined ? {} : { deny }) });
      const source = openS3(sessionWith(server), undefined, { reads });
      await expect(listAll(source, { bucket, prefix: '' })).rejects.toMatchObject({
        code,
        hint: expect.any(String),
      });
      await expect(source.folders(bucket, '')).rejects.toMatchObject({ code });
    });
  });

  describe('reading', () => {
    test('gives the bytes as stored, although they are sent as Content-Encoding: gzip', async () => {
      const store = storeWith([]);
      const bytes = gzipSync('{"Records":[]}');
      const signature = 'ab'.repeat(256);
      store.put(BUCKET, 'x.json.gz', bytes, { metadata: { signature }, lastModified: TIME });
      const source = openS3(sessionWith(await aws.start({ store })), undefined, { reads });
      const object = await source.open({ bucket: BUCKET, key: 'x.json.gz' }, LIMIT);
      expect(Buffer.from(object.bytes)).toEqual(bytes);
      expect(object.bytes.buffer.byteLength).toBe(bytes.length);
      expect(object.metadata).toEqual({ signature });
      expect(object.lastModified).toBe(TIME);
      expect(object.etag).toMatch(/^"[0-9a-f]{32}"$/);
    });

    test('reads every odd key, and an empty object', async () => {
      const store = storeWith(ODD_KEYS);
      store.put(BUCKET, 'empty', new Uint8Array());
      const source = openS3(sessionWith(await aws.start({ store })), undefined, { reads });
      for (const key of ODD_KEYS) {
        const { bytes } = await source.open({ bucket: BUCKET, key }, LIMIT);
        expect(Buffer.from(bytes).toString()).toBe(`content of ${key}`);
      }
      expect((await source.open({ bucket: BUCKET, key: 'empty' }, LIMIT)).bytes).toHaveLength(0);
    });

    test('reads an old version, and finds none where a delete marker is', async () => {
      const store = new ObjectStore(() => TIME);
      store.createBucket(BUCKET, { versioned: true });
      const versionId = store.put(BUCKET, 'x', Buffer.from('old'));
      store.put(BUCKET, 'x', Buffer.from('new'));
      store.delete(BUCKET, 'x');
      const marker = store.versions(BUCKET, 'x')[0]?.versionId ?? '';
      const source = openS3(sessionWith(await aws.start({ store })), undefined, { reads });
      const old = await source.open({ bucket: BUCKET, key: 'x', versionId }, LIMIT);
      expect(Buffer.from(old.bytes).toString()).toBe('old');
      expect(old.versionId).toBe(versionId);
      for (const ref of [{}, { versionId: marker }, { versionId: 'never-was' }]) {
        const reading = source.open({ bucket: BUCKET, key: 'x', ...ref }, LIMIT);
        await expect(reading).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      }
    });

    test('refuses an object above the bound without reading it', async () => {
      const store = storeWith([]);
      store.put(BUCKET, 'big', Buffer.alloc(2_000_000));
      const source = openS3(sessionWith(await aws.start({ store })), undefined, { reads });
      const reading = source.open({ bucket: BUCKET, key: 'big' }, LIMIT);
      await expect(reading).rejects.toMatchObject({
        code: 'OBJECT_TOO_LARGE',
        message: `s3://${BUCKET}/big is larger than 1000000 bytes: 2000000`,
      });
      expect((await source.open({ bucket: BUCKET, key: 'big' }, { maxBytes: 2_000_000 })).bytes).toHaveLength(
        2_000_000,
      );
    });

    test.each([
      ['denied', 403, 'AccessDenied', 'Access Denied', 'OBJECT_DENIED'],
      [
        'archived',
        403,
        'InvalidObjectState',
        'The operation is not valid for the storage class',
        'OBJECT_ARCHIVED',
      ],
      ['under a disabled key', 400, 'KMS.DisabledException', 'key is disabled', 'OBJECT_UNDECRYPTABLE'],
      [
        'under a key that may not be used',
        403,
        'AccessDenied',
        'User: arn:aws:iam::111122223333:user/reader is not authorized to perform: kms:Decrypt on resource x',
        'OBJECT_UNDECRYPTABLE',
      ],
      [
        'denied to a user named kms',
        403,
        'AccessDenied',
        'User: kms-reader may not s3:GetObject',
        'OBJECT_DENIED',
      ],
      [
        'encrypted by its owner',
        400,
        'InvalidRequest',
        'stored using Server Side Encryption',
        'OBJECT_UNDECRYPTABLE',
      ],
      ['in a bucket that is gone', 404, 'NoSuchBucket', 'The bucket does not exist', 'OBJECT_NOT_FOUND'],
      ['refused for a reason unheard of', 409, 'Strange', 'strange', 'OBJECT_UNREACHABLE'],
    ])(
      'an object %s gives its own error and concerns no other',
      async (_, status, code, message, expected) => {
        const store = storeWith(['good', 'bad']);
        store.failWith(BUCKET, 'bad', { status, code, message });
        const source = openS3(sessionWith(await aws.start({ store })), undefined, { reads });
        const reading = source.open({ bucket: BUCKET, key: 'bad' }, LIMIT);
        await expect(reading).rejects.toMatchObject({ code: expected, hint: expect.any(String) });
        await expect(reading).rejects.toThrow(`s3://${BUCKET}/bad`);
        expect((await source.open({ bucket: BUCKET, key: 'good' }, LIMIT)).bytes).toHaveLength(15);
      },
    );

    test('an absent object, key or bucket is not found', async () => {
      const source = openS3(sessionWith(await aws.start({ store: storeWith(['a']) })));
      const absent = [
        { bucket: BUCKET, key: 'absent' },
        { bucket: BUCKET, key: '' },
        { bucket: 'absent-bucket', key: 'a' },
        { bucket: 'not a bucket/', key: 'a' },
        { bucket: BUCKET, key: 'x'.repeat(2000) },
      ];
      for (const ref of absent) {
        await expect(source.open(ref, LIMIT)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
      }
      expect(await source.holds('absent-bucket')).toBe(true);
    });
  });

  describe('credentials', () => {
    test('none at all end the run, with a hint', async () => {
      vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
      const server = await aws.start({ store: storeWith(['a']) });
      const source = openS3(sessionWith(server), undefined, { reads });
      const expected = { code: 'CREDENTIALS', message: expect.stringMatching(/^no usable AWS credentials/) };
      await expect(listAll(source, { bucket: BUCKET, prefix: '' })).rejects.toMatchObject(expected);
      await expect(source.open({ bucket: BUCKET, key: 'a' }, LIMIT)).rejects.toMatchObject(expected);
      expect(server.requests).toEqual([]);
    });

    test('unknown, wrong and expired ones end the run', async () => {
      const store = storeWith(['a']);
      const wrongSecret = { store, credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'another' } };
      const unknownKey = { store, credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'secret' } };
      const expired = { store, expired: new Set(['AKIAEXAMPLE']) };
      for (const options of [wrongSecret, unknownKey, expired]) {
        const source = openS3(sessionWith(await aws.start(options)), undefined, { reads });
        const reading = source.open({ bucket: BUCKET, key: 'a' }, LIMIT);
        await expect(reading).rejects.toMatchObject({ code: 'CREDENTIALS', hint: expect.any(String) });
        await expect(listAll(source, { bucket: BUCKET, prefix: '' })).rejects.toMatchObject({
          code: 'CREDENTIALS',
        });
      }
    });

    test('right ones are accepted', async () => {
      const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
      const server = await aws.start({ store: storeWith(ODD_KEYS), credentials });
      const source = openS3(sessionWith(server), undefined, { reads });
      expect(await keysOf(source, { bucket: BUCKET, prefix: '' })).toHaveLength(ODD_KEYS.length);
      for (const key of ODD_KEYS) await source.open({ bucket: BUCKET, key }, LIMIT);
    });
  });
});

describe('hashing', () => {
  test('gives the SHA-256 of the bytes as stored, piece by piece, and the version', async () => {
    const store = storeWith([]);
    const bytes = Buffer.alloc(3_000_000, 'row,');
    store.put(BUCKET, 'result_1.csv.gz', bytes);
    const source = openS3(sessionWith(await aws.start({ store })));
    expect(await source.hashed?.({ bucket: BUCKET, key: 'result_1.csv.gz' })).toEqual({
      sha256: createHash('sha256').update(bytes).digest('hex'),
      size: 3_000_000,
      versionId: undefined,
    });
  });

  test('fails as reading does', async () => {
    const store = storeWith(['denied']);
    store.failWith(BUCKET, 'denied', { status: 403, code: 'AccessDenied' });
    const source = openS3(sessionWith(await aws.start({ store })));
    const hash = (bucket: string, key: string) => source.hashed?.({ bucket, key });
    await expect(hash(BUCKET, 'absent')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await expect(hash(BUCKET, 'denied')).rejects.toMatchObject({ code: 'OBJECT_DENIED' });
    await expect(hash('no/bucket', 'x')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await expect(hash(BUCKET, '')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });
});
