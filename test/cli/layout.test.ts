/** How `verify` and `prove` read a folder: as it is said, or as its proven digests show. */
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { copyOf, writeSync } from '../../fixtures/copy-scenario.ts';
import { auditTrail } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/base/clock.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { flipContentBit } from '../support/damage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const BUCKET = 'example-trail-logs';
const START = process.cwd();
const { store, trail } = auditTrail(5, { prefix: 'security/' });
const { now, options } = copyOf(trail);

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

let runs = 0;
function verify(folder: string, ...more: readonly string[]) {
  runs += 1;
  const args = ['verify', folder, '--keys', KEYS, '--now', isoTime(now), ...options];
  return runCommand([...args, '--no-sign', '--quiet', '--output', `out${runs}`, ...more]);
}

describe('a folder that can be read in two ways', () => {
  /** The originals in a folder named like the bucket, and the trail itself with one changed log file. */
  function makeBoth(): void {
    writeSync(store, BUCKET, join('copy', BUCKET));
    const changed = store.clone();
    flipContentBit(changed, trail.logAt(3));
    writeSync(changed, BUCKET, 'copy');
  }

  test('is refused, and read as it is said', async () => {
    makeBoth();
    for (const bucket of [[], ['--bucket', BUCKET]])
      expect(await verify('copy', ...bucket)).toMatchObject({
        exitCode: 2,
        error: expect.stringMatching(/two ways[\s\S]*hint: [\s\S]*--layout sync[\s\S]*--layout collect/),
      });
    expect((await verify('copy', '--layout', 'sync')).exitCode).toBe(1);
    // As buckets, `security` is one too, and its digests were signed elsewhere.
    expect((await verify('copy', '--layout', 'collect')).exitCode).toBe(1);
    // What is chosen is intact; that there is more is told.
    expect((await verify('copy', '--layout', 'collect', '--bucket', BUCKET)).exitCode).toBe(3);
  });

  test('is not decided by a record that somebody left in it', async () => {
    makeBoth();
    const { writeInto } = await import('../../fixtures/copy-scenario.ts');
    const record = { schema: 'trail-verify/collect/v1', complete: true, buckets: [BUCKET], window: {} };
    writeInto('copy', 'collect-report.json', JSON.stringify(record));
    expect((await verify('copy')).exitCode).toBe(2);
  });
});

describe('a folder that can be read in one way', () => {
  test('needs no option, whatever its own name and that of its prefix', async () => {
    writeSync(store, BUCKET, 'another-bucket');
    expect(await verify('another-bucket')).toMatchObject({ exitCode: 0, error: '' });
    writeFolder(store, 'collected', { metadata: true });
    expect(await verify('collected')).toMatchObject({ exitCode: 0, error: '' });
  });

  test('is not that of another bucket because it is said', async () => {
    writeSync(store, BUCKET, 'copy');
    expect((await verify('copy', '--bucket', 'another-bucket')).exitCode).toBe(1);
    expect(await verify('copy', '--layout', 'collect', '--bucket', 'absent-bucket')).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('no folder absent-bucket'),
    });
  });

  test('of buckets has the one that is said, or is refused', async () => {
    writeFolder(store, 'collected', { metadata: true });
    expect(await verify('collected', '--bucket', BUCKET)).toMatchObject({ exitCode: 0, error: '' });
    expect(await verify('collected', '--bucket', 'another-bucket')).toMatchObject({
      exitCode: 2,
      error: expect.stringMatching(new RegExp(`none of bucket another-bucket: ${BUCKET}\\n.*--layout sync`)),
    });
  });

  test('with declared moves is the bucket that its objects lie in now', async () => {
    writeSync(store, BUCKET, 'copy');
    const moved = ['--relocated', `${BUCKET}=replica-bucket`];
    expect((await verify('copy', ...moved)).exitCode).toBe(0);
    expect((await verify('copy', ...moved, '--bucket', 'replica-bucket')).exitCode).toBe(0);
  });

  test('whose digests are all broken is no pass under any name', async () => {
    const broken = store.clone();
    for (let hour = 0; hour <= 5; hour += 1) flipContentBit(broken, trail.digestAt(hour), 40);
    writeSync(broken, BUCKET, 'copy');
    expect((await verify('copy')).exitCode).toBeGreaterThan(0);
    expect((await verify('copy', '--bucket', BUCKET)).exitCode).toBeGreaterThan(0);
  });
});

describe('an evidence bag', () => {
  test('is verified anew where it is said that it is one', async () => {
    writeFolder(store, 'collected', { metadata: true });
    const packed = await verify('collected', '--bag', '--include-logs');
    expect(packed).toMatchObject({ exitCode: 0, error: '' });
    const bag = `out${runs}`;
    expect(existsSync(join(bag, 'bagit.txt'))).toBe(true);
    expect(await verify(bag)).toMatchObject({
      exitCode: 2,
      error: expect.stringMatching(/two ways[\s\S]*--layout bag/),
    });
    expect(await verify(bag, '--layout', 'bag')).toMatchObject({ exitCode: 0, error: '' });
    expect((await verify(bag, '--layout', 'sync')).exitCode).toBe(1);
    mkdirSync(join(bag, 'planted'));
    cpSync(KEYS, join(bag, 'planted/keys'));
    expect(await verify(bag, '--layout', 'bag')).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('planted/keys, which is no part of it'),
    });
    expect(await verify('collected', '--layout', 'bag')).toMatchObject({
      exitCode: 2,
      error: expect.stringContaining('is no evidence bag'),
    });
  });
});

test('prove reads a folder as it is said', async () => {
  writeSync(store, BUCKET, 'copy');
  await verify('copy');
  const { bucket, key } = trail.logAt(2);
  const args = ['prove', `s3://${bucket}/${key}`, '--report', `out${runs}/report.json`, '--keys', KEYS];
  expect((await runCommand([...args, '--output', 'one.json'])).exitCode).toBe(0);
  const said = ['--source', 'copy', '--layout', 'sync', '--bucket', BUCKET];
  expect((await runCommand([...args, ...said, '--output', 'two.json'])).exitCode).toBe(0);
  expect((await runCommand([...args, '--layout', 'bag', '--output', 'three.json'])).exitCode).toBe(2);
});

describe('prove reads the folder of a report as the report read it', () => {
  /** The exit code of the proof of a log file from the newest report. */
  async function prove(log = trail.logAt(3)): Promise<number> {
    const args = ['prove', `s3://${log.bucket}/${log.key}`, '--report', `out${runs}/report.json`];
    const { exitCode } = await runCommand([...args, '--keys', KEYS, '--output', `proof${runs}.json`]);
    return exitCode;
  }

  test.each([
    ['sync', [], 1],
    ['collect', ['--bucket', BUCKET], 0],
  ] as const)('where it was said to be %s', async (layout, more, expected) => {
    writeSync(store, BUCKET, join('copy', BUCKET));
    const changed = store.clone();
    flipContentBit(changed, trail.logAt(3));
    writeSync(changed, BUCKET, 'copy');
    await verify('copy', '--layout', layout, ...more);
    expect(await prove()).toBe(expected);
  });

  test('where proven digests chose it', async () => {
    writeSync(store, BUCKET, join('copy', BUCKET));
    const changed = store.clone();
    for (let hour = 0; hour <= 5; hour += 1) flipContentBit(changed, trail.digestAt(hour), 40);
    writeSync(changed, BUCKET, 'copy');
    expect((await verify('copy')).exitCode).toBe(3);
    expect(await prove()).toBe(0);
  });

  test('where it is a part of a bucket, or holds bagit.txt', async () => {
    writeSync(store, BUCKET, 'whole');
    cpSync('whole/security', 'part', { recursive: true });
    expect((await verify('part', '--copy-of', `s3://${BUCKET}/security`)).exitCode).toBe(0);
    expect(await prove()).toBe(0);
    const { writeInto } = await import('../../fixtures/copy-scenario.ts');
    writeInto('whole', 'bagit.txt', 'BagIt-Version: 1.0\n');
    await verify('whole', '--layout', 'sync');
    expect(await prove()).toBe(0);
  });
});

describe('a folder whose digests were all signed for places that no reading gives', () => {
  test('is refused, and intact as the hint says', async () => {
    writeSync(store, BUCKET, 'whole');
    for (const [folder, top] of [
      ['copy', 'copy'],
      ['named/first', 'named'],
      ['named/deep/second', 'named'],
    ] as const) {
      cpSync('whole/security', folder, { recursive: true });
      const refused = await verify(top);
      expect(refused.exitCode).toBe(2);
      const more = ['--copy-of', `s3://${BUCKET}/security`];
      expect(refused.error).toContain(`${folder} ${more.join(' ')}`);
      expect((await verify(folder, ...more)).exitCode).toBe(0);
    }
    // What the user says is what it is held against.
    expect((await verify('copy', '--layout', 'sync')).exitCode).toBe(1);
  });

  test('names some of many', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) writeSync(store, BUCKET, join('many', name));
    const { exitCode, error } = await verify('many');
    expect(exitCode).toBe(2);
    expect(error).toContain('e/security/AWSLogs of s3://example-trail-logs/security/, and 2 more');
    expect(error).toContain(`${join('many', 'a')} or trail-verify verify `);
  });
});
