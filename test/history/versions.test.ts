/** Looking up versions: what is compared, what is not, and that it is bounded. */
import { afterEach, describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { Finding } from '../../src/findings/finding.ts';
import { findVersions, HistoryLookup } from '../../src/history/versions.ts';
import { openAwsSession, openS3 } from '../../src/index.ts';
import type { KeyVersion, Source } from '../../src/source/source.ts';
import { type AwsServer, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { stubAwsEnvironment } from '../support/command.ts';
import { memorySource } from '../support/memory-source.ts';
import { gzip } from '../support/test-gzip.ts';

const BUCKET = 'example-trail-logs';
const SIGNED = Buffer.from('{"Records":[1]}');
const EXPECTED = sha256(SIGNED);
const NOW = Date.parse('2026-10-05T09:12:37Z');

let server: AwsServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

function storeWith(key: string, forged: number): ObjectStore {
  let now = NOW;
  const store = new ObjectStore(() => now);
  store.createBucket(BUCKET, { versioned: true });
  store.put(BUCKET, key, gzip(SIGNED));
  for (let count = 0; count < forged; count += 1) {
    now += 1000;
    store.put(BUCKET, key, gzip(Buffer.from(`{"Records":[${count}, 0]}`)));
  }
  return store;
}

function missingLog(key: string): Finding {
  const object = { bucket: BUCKET, key, uri: `s3://${BUCKET}/${key}` };
  return {
    code: 'LOG_MISSING',
    weight: 'violation',
    object,
    evidence: { expected: EXPECTED, digest: 's3://b/d' },
  };
}

describe('findVersions', () => {
  test('the current version is compared only where it may be the answer', async () => {
    const source = memorySource(storeWith('a', 0), { versions: true });
    const ref = { bucket: BUCKET, key: 'a' };
    expect((await findVersions(source, ref, EXPECTED)).intact).toBeUndefined();
    const { intact, history } = await findVersions(source, ref, EXPECTED, true);
    expect(intact).toBeDefined();
    expect(history).toMatchObject({ act: 'unknown', versions: 1 });
  });

  test('an object that was overwritten many times is not read for ever', async () => {
    const source = memorySource(storeWith('a', 30), { versions: true });
    const { history, intact } = await findVersions(source, { bucket: BUCKET, key: 'a' }, EXPECTED);
    expect(intact).toBeUndefined();
    expect(history).toMatchObject({ act: 'overwritten', versions: 31, compared: 20, unread: 10 });
  });

  test('without a signed hash nothing is read', async () => {
    const memory = memorySource(storeWith('a', 2), { versions: true });
    const source: Source = { ...memory, open: () => Promise.reject(new Error('read')) };
    const { history } = await findVersions(source, { bucket: BUCKET, key: 'a' }, undefined);
    expect(history).toMatchObject({ act: 'overwritten', compared: 0, unread: 2 });
  });

  test('over S3: only the key itself, whatever begins alike and whatever it is made of', async () => {
    stubAwsEnvironment();
    const key = 'AWSLogs/a b+c%20/"<é>.json.gz';
    const store = storeWith(key, 1);
    store.put(BUCKET, `${key}.more`, gzip(SIGNED));
    store.delete(BUCKET, key);
    server = await startAwsServer({ store });
    const source = openS3(openAwsSession({ endpointUrl: server.url, region: 'us-east-1' }));
    const { history, intact } = await findVersions(source, { bucket: BUCKET, key }, EXPECTED);
    expect(history).toMatchObject({ versions: 3, act: 'overwritten' });
    expect(intact?.versionId).toBe(store.versions(BUCKET, key).at(-1)?.versionId);
  });
});

describe('listVersions', () => {
  test('over S3: every version of every key below the prefix, however many pages they take', async () => {
    stubAwsEnvironment();
    const store = storeWith('logs/a b+c%20/"<é>', 600);
    for (let count = 0; count < 700; count += 1) store.put(BUCKET, 'logs/b', gzip(`${count}`));
    store.delete(BUCKET, 'logs/b');
    store.put(BUCKET, 'logs/', SIGNED);
    store.put(BUCKET, 'other', SIGNED);
    server = await startAwsServer({ store });
    const source = openS3(openAwsSession({ endpointUrl: server.url, region: 'us-east-1' }));
    const listed: KeyVersion[] = [];
    const request = { bucket: BUCKET, prefix: 'logs/', startAfter: 'logs/' };
    for await (const page of source.listVersions?.(request) ?? []) listed.push(...page);
    const counted = (key: string): number => listed.filter((row) => row.key === key).length;
    expect([counted('logs/a b+c%20/"<é>'), counted('logs/b'), listed.length]).toEqual([601, 701, 1302]);
    const latest = listed.filter(({ isLatest }) => isLatest);
    expect(latest.map(({ key, deleteMarker }) => [key, deleteMarker]).sort()).toEqual([
      ['logs/a b+c%20/"<é>', false],
      ['logs/b', true],
    ]);
  });
});

describe('HistoryLookup', () => {
  test('a source without versions, and a finding that says nothing of content, are left as they are', async () => {
    const limits: string[] = [];
    const limit = (code: string) => void limits.push(code);
    const plain = new HistoryLookup(memorySource(storeWith('a', 1)), limit);
    expect(await plain.explain(missingLog('a'))).toEqual(missingLog('a'));
    const lookup = new HistoryLookup(memorySource(storeWith('a', 1), { versions: true }), limit);
    const object = missingLog('a').object;
    const other: Finding = { code: 'LOG_UNLISTED', weight: 'note', object, evidence: { size: 1 } };
    expect(await lookup.explain(other)).toBe(other);
    expect(limits).toEqual([]);
  });

  test('a look that is interrupted, or without credentials, says nothing of what may be listed', async () => {
    const limits: string[] = [];
    for (const code of ['INTERRUPTED', 'CREDENTIALS'] as const) {
      const versions = () => Promise.reject(new TrailVerifyError(code, 'no answer'));
      const source: Source = { ...memorySource(storeWith('a', 1)), versions };
      const lookup = new HistoryLookup(source, (limit) => void limits.push(limit));
      await expect(lookup.explain(missingLog('a'))).rejects.toMatchObject({ code });
    }
    expect(limits).toEqual([]);
  });

  test('the same object is asked for once; beyond the bound nothing is asked, and that is said once', async () => {
    let asked = 0;
    const limits: string[] = [];
    const source: Source = {
      ...memorySource(storeWith('a', 1)),
      versions: async () => {
        asked += 1;
        return [];
      },
    };
    const lookup = new HistoryLookup(source, (code) => void limits.push(code));
    await Promise.all([lookup.explain(missingLog('a')), lookup.explain(missingLog('a'))]);
    expect(asked).toBe(1);
    for (let count = 0; count < 2005; count += 1) await lookup.explain(missingLog(`key-${count}`));
    expect(asked).toBe(2000);
    expect(limits).toEqual(['VERSIONS_NOT_SEEN']);
  });
});
