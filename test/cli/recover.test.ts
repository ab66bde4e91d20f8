/** A versioned bucket in which objects were deleted and overwritten: what the report tells of it, and the way back. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, START } from '../../fixtures/scenario.ts';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import type { Finding, FindingCode } from '../../src/findings/finding.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { atServer, keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { deleteObject } from '../support/damage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { gzip } from '../support/test-gzip.ts';
import type { TestTrail } from '../support/test-trail.ts';

const HOME = process.cwd();
const BUCKET = 'example-trail-logs';
const ATTACK = START + 6 * HOUR;

let server: AwsServer;
let store: ObjectStore;
let trail: TestTrail;
let now: number;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  now = START;
  store = new ObjectStore(() => now);
  store.createBucket(BUCKET, { versioned: true });
  ({ trail } = auditTrail(5, { store }));
  now = ATTACK;
});
afterEach(async () => {
  await server.close();
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

function logAt(position: number): { bucket: string; key: string } {
  const log = trail.logFiles[position];
  if (log === undefined) throw new Error(`the trail has no log file ${position}`);
  return { bucket: log.bucket, key: log.key };
}

async function verify(options: AwsServerOptions = {}) {
  const at = trail.end + HOUR + 30 * MINUTE;
  server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => at, ...options });
  const args = [
    'verify',
    `s3://${BUCKET}`,
    '--now',
    isoTime(at),
    '--no-sign',
    '--output',
    'out',
    '--verbose',
  ];
  const result = await runCommand([...args, ...keysAtServer(server)]);
  const { report } = readReport(readFileSync('out/report.json'), 'report.json');
  const only = (code: FindingCode): Finding => {
    const found = report.findings.filter((finding) => finding.code === code);
    expect(found).toHaveLength(1);
    return found[0] as Finding;
  };
  return { ...result, report, only };
}

function recover(...more: readonly string[]) {
  return runCommand(['recover', 'out/report.json', 'back', ...more, ...atServer(server)]);
}

describe('what the versions tell', () => {
  test('a delete marker: when, by which version, and the version that is still intact', async () => {
    const ref = logAt(3);
    const [intact] = store.versions(BUCKET, ref.key);
    deleteObject(store, ref);
    const [marker] = store.versions(BUCKET, ref.key);
    const { exitCode, out, only } = await verify();
    expect(exitCode).toBe(1);
    expect(only('LOG_MISSING').history).toEqual({
      act: 'deleted',
      time: isoTime(ATTACK),
      versionId: marker?.versionId,
      versions: 2,
      compared: 1,
      unread: 0,
      intact: { versionId: intact?.versionId, time: isoTime(intact?.lastModified ?? 0) },
    });
    expect(out.replace(/\s+/g, ' ')).toContain(
      `deleted at ${isoTime(ATTACK)} (delete marker ${marker?.versionId})`,
    );
  });

  test('an overwrite, and another one on top: the first replaced what AWS signed', async () => {
    const ref = logAt(2);
    store.put(BUCKET, ref.key, gzip(Buffer.from('{"Records":[]}')));
    const [first] = store.versions(BUCKET, ref.key);
    now += HOUR;
    store.put(BUCKET, ref.key, gzip(Buffer.from('{"Records":[] }')));
    const { only } = await verify();
    expect(only('LOG_MODIFIED').history).toMatchObject({
      act: 'overwritten',
      time: isoTime(ATTACK),
      versionId: first?.versionId,
      versions: 3,
      compared: 2,
    });
  });

  test('where the older versions were removed too, nothing is claimed', async () => {
    const ref = logAt(2);
    const [intact] = store.versions(BUCKET, ref.key);
    deleteObject(store, ref);
    store.delete(BUCKET, ref.key, intact?.versionId);
    const { only } = await verify();
    const { history } = only('LOG_MISSING');
    expect(history).toMatchObject({ act: 'deleted', versions: 1, compared: 0 });
    expect(history?.intact).toBeUndefined();
    expect((await recover()).exitCode).toBe(3);
  });

  test('a caller who may not list versions is told so, and the verdict is the same', async () => {
    deleteObject(store, logAt(3));
    const { exitCode, report, only } = await verify({ deny: new Set(['s3:ListBucketVersions']) });
    expect(exitCode).toBe(1);
    expect(only('LOG_MISSING').history).toBeUndefined();
    expect(report.limits.map(({ code }) => code)).toContain('VERSIONS_NOT_SEEN');
  });

  test('an older version that may not be read is counted, not judged', async () => {
    deleteObject(store, logAt(3));
    const { only } = await verify({ deny: new Set(['s3:GetObjectVersion']) });
    expect(only('LOG_MISSING').history).toMatchObject({ act: 'deleted', compared: 0, unread: 1 });
  });
});

describe('recover', () => {
  test('brings back log files and a run of digests, byte for byte, and what it brought verifies', async () => {
    const before = store.clone();
    const gone = [logAt(0), logAt(5), ...[1, 2, 3].map((hour) => trail.digestAt(hour))];
    for (const { bucket, key } of gone) deleteObject(store, { bucket, key });
    const { report } = await verify();
    const missing = report.findings.filter(({ code }) => code === 'DIGEST_MISSING');
    expect(missing).toHaveLength(3);
    const { exitCode, out, error } = await recover();
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(out).toMatch(/of \d+ missing or changed objects recovered to back\n$/);
    for (const { uri, key } of report.findings.filter(({ history }) => history).map(({ object }) => object)) {
      expect(out).toContain(uri);
      const bytes = before.get(BUCKET, key)?.bytes ?? new Uint8Array();
      expect(Buffer.compare(readFileSync(`back/${BUCKET}/${key}`), bytes)).toBe(0);
    }
    const sidecar = JSON.parse(
      readFileSync(`back/${BUCKET}/${trail.digestAt(2).key}.s3-metadata.json`, 'utf8'),
    );
    expect(sidecar.metadata.signature).toBe(before.get(BUCKET, trail.digestAt(2).key)?.metadata.signature);
  });

  test('brings back the end of a chain, and the log files that only those digests name', async () => {
    const before = store.clone();
    const ends = [3, 4, 5].map((hour) => trail.digestAt(hour));
    const gone = ends.flatMap((digest) => [digest, ...digest.logs]);
    for (const { bucket, key } of gone) deleteObject(store, { bucket, key });
    const { exitCode: found, out: told, report } = await verify();
    expect(found).toBe(1);
    const removed = report.findings.filter(({ code }) => code === 'DIGEST_REMOVED');
    expect(removed.map(({ object }) => object.key)).toEqual(ends.map(({ key }) => key));
    expect(removed.map(({ weight }) => weight)).toEqual(['violation', 'violation', 'violation']);
    const [marker] = store.versions(BUCKET, ends[0]?.key ?? '');
    expect(removed[0]?.history).toMatchObject({
      act: 'deleted',
      time: isoTime(ATTACK),
      versionId: marker?.versionId,
    });
    expect(told.replace(/\s+/g, ' ')).toContain(`(delete marker ${marker?.versionId})`);
    const { exitCode, out } = await recover();
    expect(exitCode).toBe(0);
    expect(out).toContain(`${gone.length} of ${gone.length} missing or changed objects recovered to back\n`);
    expect(out).toContain('named by a recovered digest');
    for (const { bucket, key } of gone) {
      const bytes = readFileSync(`back/${bucket}/${key}`);
      expect(Buffer.compare(bytes, before.get(bucket, key)?.bytes ?? new Uint8Array())).toBe(0);
    }
  });

  test('says what is lost, and leaves no folder where nothing was recovered', async () => {
    const ref = logAt(2);
    const [intact] = store.versions(BUCKET, ref.key);
    deleteObject(store, ref);
    store.delete(BUCKET, ref.key, intact?.versionId);
    await verify();
    const { exitCode, out } = await recover('--format', 'json');
    expect(exitCode).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      objects: [{ result: 'no-intact-version', code: 'LOG_MISSING' }],
    });
    expect(() => readFileSync('back')).toThrow('ENOENT');
  });

  test('refuses a folder that holds something, and a report of a folder', async () => {
    deleteObject(store, logAt(3));
    await verify();
    const { exitCode, error } = await runCommand(['recover', 'out/report.json', 'out', ...atServer(server)]);
    expect(exitCode).toBe(2);
    expect(error).toContain('is not empty');
  });
});

describe('what will expire', () => {
  test('a lifecycle rule over the trail is a note, one elsewhere is none', async () => {
    store.configure(BUCKET, {
      lifecycle: [
        { id: 'tidy', prefix: 'AWSLogs/', days: 90, noncurrentDays: 7 },
        { id: 'other', prefix: 'elsewhere/', days: 1 },
      ],
      objectLock: { mode: 'GOVERNANCE', days: 30 },
    });
    const { exitCode, report, only } = await verify();
    expect(exitCode).toBe(0);
    expect(only('EVIDENCE_MAY_EXPIRE').object.key).toBe('AWSLogs/');
    expect(only('EVIDENCE_MAY_EXPIRE').evidence).toEqual({
      rule: 'tidy',
      prefix: 'AWSLogs/',
      days: 90,
      noncurrentDays: 7,
      versioning: 'Enabled',
      objectLock: true,
      lockDays: 30,
    });
    expect(report.verdict).toBe('VALID');
  });

  test('who may not read the rules is told that they are not known', async () => {
    const { exitCode, report } = await verify({ deny: new Set(['s3:GetLifecycleConfiguration']) });
    expect(exitCode).toBe(0);
    expect(report.limits.map(({ code }) => code)).toContain('RETENTION_NOT_SEEN');
  });
});
