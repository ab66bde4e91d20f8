import { createHash, createPublicKey, publicDecrypt, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { gzipBomb } from './gzip-bomb.ts';
import { ObjectStore } from './object-store.ts';
import type { DeliveredDigest } from './test-digest.ts';
import { FOREIGN_KEY, SMALL_EXPONENT_KEY, TEST_KEYS, type TestKey, WEAK_KEY } from './test-keys.ts';
import { TestTrail } from './test-trail.ts';

const START = Date.parse('2026-10-02T14:21:37Z');

function makeTrail(store = new ObjectStore(() => 0)): { store: ObjectStore; trail: TestTrail } {
  const place = { bucket: 'example-trail', account: '111122223333', region: 'us-east-1' };
  const trail = new TestTrail({ store, ...place, trail: 'audit', startLogging: START });
  return { store, trail };
}

/** What RSA really signed: the DigestInfo of RFC 8017 with the hash's identifier, and the hash. */
function signedHash(signature: string, key: TestKey): { readonly prefix: string; readonly hash: string } {
  const info = publicDecrypt(createPublicKey(key.privateKey), Buffer.from(signature, 'hex')).toString('hex');
  return { prefix: info.slice(0, -64), hash: info.slice(-64) };
}

function fieldsOf(digest: DeliveredDigest): Record<string, unknown> {
  return JSON.parse(Buffer.from(digest.content).toString());
}

describe('the synthetic trail', () => {
  test('names digests and log files as CloudTrail does', () => {
    const { trail } = makeTrail();
    trail.hour({ logs: [{}, { family: 'insights' }] });
    expect(trail.digestAt(1).key).toBe(
      'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/10/02/' +
        '111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20261002T152137Z.json.gz',
    );
    expect(trail.logAt(1, 0).key).toMatch(
      /^AWSLogs\/111122223333\/CloudTrail\/us-east-1\/2026\/10\/02\/111122223333_CloudTrail_us-east-1_20261002T1440Z_[A-Za-z0-9]{16}\.json\.gz$/,
    );
    expect(trail.logAt(1, 1).key).toContain(
      '/CloudTrail-Insight/us-east-1/2026/10/02/111122223333_CloudTrail-Insight_',
    );
  });

  test('begins with a starting digest of the hour before, without logs and predecessor', () => {
    const { trail } = makeTrail();
    const fields = fieldsOf(trail.digestAt(0));
    expect(Object.keys(fields).filter((name) => fields[name] === null)).toEqual([
      'newestEventTime',
      'oldestEventTime',
      'previousDigestS3Bucket',
      'previousDigestS3Object',
      'previousDigestHashValue',
      'previousDigestHashAlgorithm',
      'previousDigestSignature',
    ]);
    expect(fields).toMatchObject({
      digestStartTime: '2026-10-02T13:21:37Z',
      digestEndTime: '2026-10-02T14:21:37Z',
      logFiles: [],
    });
  });

  test('signs the four lines, the literal null for a starting digest, with the key of the time', () => {
    const { store, trail } = makeTrail();
    trail.hours(5, { logs: 2 });
    const used = new Set<string>();
    for (const digest of trail.digests) {
      const stored = store.get(digest.bucket, digest.key);
      const content = gunzipSync(stored?.bytes ?? Buffer.alloc(0));
      const fields = JSON.parse(content.toString());
      const hash = createHash('sha256').update(content).digest('hex');
      const lines = [
        fields.digestEndTime,
        `${fields.digestS3Bucket}/${fields.digestS3Object}`,
        hash,
        fields.previousDigestSignature ?? 'null',
      ];
      const { prefix, hash: signed } = signedHash(stored?.metadata.signature ?? '', digest.signer);
      expect(prefix).toBe('3031300d060960864801650304020105000420');
      expect(signed).toBe(createHash('sha256').update(lines.join('\n')).digest('hex'));
      expect(fields.digestPublicKeyFingerprint).toBe(digest.signer.fingerprint);
      expect(stored?.lastModified).toBe(digest.endTime + 30 * 60_000 + 38_000);
      used.add(digest.signer.name);
    }
    expect([...used]).toEqual(['us-east-1-2026-09-12', 'us-east-1-2026-10-02']);
  });

  test('links every digest to the one before, and lists what it delivered', () => {
    const { store, trail } = makeTrail();
    trail.hours(3, { logs: 2 }).stop();
    for (const [index, digest] of trail.digests.slice(1).entries()) {
      const previous = trail.digestAt(index);
      expect(digest.startTime).toBe(previous.endTime);
      const fields = fieldsOf(digest);
      expect(fields).toMatchObject({
        previousDigestS3Bucket: previous.bucket,
        previousDigestS3Object: previous.key,
        previousDigestHashValue: previous.sha256,
        previousDigestSignature: previous.signature,
      });
      for (const log of fields.logFiles as Record<string, string>[]) {
        const stored = store.get(log.s3Bucket ?? '', log.s3Object ?? '');
        const content = gunzipSync(stored?.bytes ?? Buffer.alloc(0));
        expect(createHash('sha256').update(content).digest('hex')).toBe(log.hashValue);
        expect(stored?.lastModified).toBeGreaterThan(digest.startTime);
        expect(stored?.lastModified).toBeLessThan(digest.endTime);
      }
    }
    expect(trail.digestAt(-1).endTime - trail.digestAt(-1).startTime).toBeLessThan(HOUR);
  });

  test('backfill digests form a chain of their own and say when they were generated', () => {
    const { store, trail } = makeTrail();
    trail.hours(3);
    const first = trail.backfill(trail.digestAt(1));
    const second = trail.backfill(trail.digestAt(3));
    expect(first.key).toMatch(/_20261002T152137Z_backfill\.json\.gz$/);
    expect(fieldsOf(first)).toMatchObject({ previousDigestS3Object: null });
    expect(fieldsOf(second)).toMatchObject({ previousDigestS3Object: first.key });
    expect(store.get(first.bucket, first.key)?.metadata['backfill-generation-timestamp']).toBe(
      '2026-10-02T18:21:37.000Z',
    );
  });

  test('delivers the same in every run', () => {
    const [left, right] = [makeTrail(), makeTrail()];
    for (const { trail } of [left, right]) trail.hours(2, { logs: 3 });
    expect(left.trail.logFiles.map((log) => log.key)).toEqual(right.trail.logFiles.map((log) => log.key));
    expect(left.trail.digests.map((digest) => digest.signature)).toEqual(
      right.trail.digests.map((digest) => digest.signature),
    );
    expect(new Set(left.trail.logFiles.map((log) => log.key)).size).toBe(6);
  });

  test('its content by family: records, and a bare array for aggregated events', () => {
    const { trail } = makeTrail();
    trail.hour({ logs: [{ events: 3 }, { family: 'aggregated' }, { family: 'network-activity' }] });
    const [calls, aggregated, network] = trail
      .digestAt(1)
      .logs.map((log) => JSON.parse(Buffer.from(log.content).toString()));
    expect(calls.Records).toHaveLength(3);
    expect(aggregated).toBeInstanceOf(Array);
    expect(network.Records[0].eventType).toBe('AwsVpceEvent');
  });
});

describe('the test keys', () => {
  test('are named by the MD5 of their published form and overlap by ten days', () => {
    for (const key of TEST_KEYS) {
      expect(key.fingerprint).toBe(createHash('md5').update(key.value).digest('hex'));
      const next = TEST_KEYS[TEST_KEYS.indexOf(key) + 1];
      if (key.region === 'us-east-1' && next?.region === 'us-east-1') {
        expect((key.validTo - next.validFrom) / (24 * HOUR)).toBe(10);
      }
    }
    expect(new Set([...TEST_KEYS, FOREIGN_KEY].map((key) => key.fingerprint)).size).toBe(
      TEST_KEYS.length + 1,
    );
  });

  test('the refused ones are what they are named for', () => {
    expect(WEAK_KEY.privateKey.asymmetricKeyDetails?.modulusLength).toBe(1024);
    expect(SMALL_EXPONENT_KEY.privateKey.asymmetricKeyDetails?.publicExponent).toBe(3n);
  });
});

test('a bomb is one sound gzip member', () => {
  expect(gunzipSync(gzipBomb(2)).length).toBe(2 * 16 * 1024 * 1024);
});

interface RealVector {
  readonly fingerprint: string;
  readonly encoding: string;
  readonly value: string;
  readonly signatures: readonly { readonly hex: string; readonly recovered_sha256: string }[];
}

describe("AWS's own keys and signatures follow the same rules as the test keys", () => {
  const file = new URL('../vectors/real-aws-vectors.json', import.meta.url);
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: readonly RealVector[] };

  test.each(vectors)('$fingerprint', (vector) => {
    const der = Buffer.from(vector.value, 'base64');
    expect(createHash('md5').update(der).digest('hex')).toBe(vector.fingerprint);
    const type = vector.encoding.startsWith('PKCS#1') ? 'pkcs1' : 'spki';
    const key = createPublicKey({ key: der, format: 'der', type });
    expect(vector.signatures.length).toBeGreaterThan(0);
    for (const { hex, recovered_sha256 } of vector.signatures) {
      const info = publicDecrypt(key, Buffer.from(hex, 'hex')).toString('hex');
      expect(info).toBe(`3031300d060960864801650304020105000420${recovered_sha256}`);
      expect(verify('RSA-SHA256', Buffer.from('another message'), key, Buffer.from(hex, 'hex'))).toBe(false);
    }
  });
});
