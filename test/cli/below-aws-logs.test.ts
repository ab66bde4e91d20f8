/** Folders and prefixes below `AWSLogs` mean the same in a bucket and in its copy. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { type AwsServer, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import {
  type CommandResult,
  keysAtServer,
  runCommand,
  serverKeys,
  stubAwsEnvironment,
} from '../support/command.ts';
import { deleteObject } from '../support/damage.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { TestTrail } from '../support/test-trail.ts';

const [PLAIN, PREFIXED, ORGANIZED] = ['plain-trail-logs', 'prefixed-trail-logs', 'organized-trail-logs'];
const [OWN, OTHER] = ['111122223333', '444455556666'];
const BEGIN = Date.parse('2026-10-05T09:12:37Z');
const NOW = BEGIN + 3 * HOUR + 90 * MINUTE;
const FOLDER = process.cwd();
const store = new ObjectStore(() => BEGIN);
const copies = mkdtempSync(join(tmpdir(), 'trail-verify-copies-'));
let server: AwsServer;

/** Two accounts in two Regions: one log file of the first is missing, and something was planted in the second. */
function deliver(bucket: string, where: { readonly prefix?: string; readonly organization?: string }): void {
  const common = { store, bucket, trail: 'audit', homeRegion: 'us-east-1', startLogging: BEGIN, ...where };
  for (const account of [OWN, OTHER])
    for (const region of ['us-east-1', 'eu-west-1'])
      new TestTrail({ ...common, account, region }).hours(3, { logs: 1 });
  const keys = store.keys(bucket);
  const lost = keys.find((key) => key.includes(`/${OWN}/CloudTrail/us-east-1/`)) ?? '';
  deleteObject(store, { bucket, key: lost });
  const [digest = ''] = keys.filter((key) => key.includes(`/${OTHER}/CloudTrail-Digest/`));
  const planted = `${digest.slice(0, digest.indexOf('CloudTrail-Digest/'))}CloudTrail/planted.json.gz`;
  store.put(bucket, planted, new Uint8Array(3), { lastModified: BEGIN });
}

beforeAll(async () => {
  stubAwsEnvironment();
  deliver(PLAIN, {});
  deliver(PREFIXED, { prefix: 'audit/logs/' });
  deliver(ORGANIZED, { organization: 'o-exampleorgid' });
  server = await startAwsServer({ store, publicKeys: serverKeys(), now: () => NOW });
  const keys = ['keys', 'fetch', '--region', 'us-east-1', 'eu-west-1', '--from', '2026-01-01'];
  expect(
    (await runCommand([...keys, ...keysAtServer(server), '--output', `${copies}/keys.jsonl`])).exitCode,
  ).toBe(0);
  for (const bucket of [PLAIN, PREFIXED, ORGANIZED]) {
    const collect = ['collect', `s3://${bucket}`, `${copies}/all`, '--endpoint-url', server.url, '--quiet'];
    expect((await runCommand(collect)).exitCode).toBe(0);
  }
  vi.unstubAllEnvs();
});
afterAll(async () => {
  rmSync(copies, { recursive: true, force: true });
  await server.close();
});
beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(FOLDER);
  vi.unstubAllEnvs();
});

function verify(...args: readonly string[]): Promise<CommandResult> {
  const run = [
    '--from',
    isoTime(BEGIN),
    '--now',
    isoTime(NOW),
    '--no-sign',
    '--quiet',
    '--output',
    'out',
    '--force',
  ];
  return runCommand(['verify', ...args, '--keys', `${copies}/keys.jsonl`, ...run]);
}

async function outcome(...args: readonly string[]): Promise<unknown> {
  const { exitCode } = await verify(...args);
  const { verdict, findings, chains, totals } = JSON.parse(readFileSync('out/report.json', 'utf8'));
  // Only a bucket can have versions.
  for (const finding of findings) delete finding.history;
  return { exitCode, verdict, findings, chains, totals };
}

const LEVELS = [
  'AWSLogs',
  `AWSLogs/${OWN}`,
  `AWSLogs/${OTHER}/`,
  `AWSLogs/${OWN}/CloudTrail-Digest`,
  `AWSLogs/${OWN}/CloudTrail`,
  `AWSLogs/${OWN}/CloudTrail-Digest/us-east-1`,
  `AWSLogs/${OWN}/CloudTrail-Digest/us-east-1/2026/10`,
];

describe.each([
  ['plain', PLAIN, LEVELS],
  ['with a prefix', PREFIXED, LEVELS.map((level) => `audit/logs/${level}`)],
  [
    'of an organization',
    ORGANIZED,
    ['AWSLogs', ...LEVELS.map((level) => level.replace('AWSLogs', 'AWSLogs/o-exampleorgid'))],
  ],
])('a bucket %s and its copy', (_, bucket, levels) => {
  test.each(levels)('have the same findings at %s', async (level) => {
    const inBucket = await outcome(`s3://${bucket}/${level}`, '--endpoint-url', server.url);
    const inCopy = await outcome(`${copies}/all/${bucket}/${level}`);
    expect(inCopy).toEqual(inBucket);
    expect(inBucket).toMatchObject({ exitCode: level.includes(OTHER) ? 3 : 1 });
  });
});

test('a copy of a prefix names its other folder as ever, with the part of it that was asked for', async () => {
  cpSync(`${copies}/all/${PREFIXED}/audit/logs`, 'part', { recursive: true });
  const { exitCode, error } = await verify(`part/AWSLogs/${OWN}`);
  expect(exitCode).toBe(2);
  const said = ['--copy-of', `s3://${PREFIXED}/audit/logs`];
  expect(error).toContain(said.join(' '));
  const inBucket = await outcome(`s3://${PREFIXED}/audit/logs`, '--endpoint-url', server.url);
  expect(await outcome('part', ...said)).toEqual(inBucket);
});

test.each([
  ['AWSLogs', 'whole', 'no folder of a trail (links and pipes are not followed)'],
  [`AWSLogs/${OWN}`, 'whole', 'a symbolic link that leads out of the copy'],
])('a link out of the copy in the place of %s is named', async (level, folder, what) => {
  cpSync(`${copies}/all/${PLAIN}/AWSLogs/${OWN}`, `${folder}/AWSLogs/${OWN}`, { recursive: true });
  renameSync(`${folder}/${level}`, 'real');
  symlinkSync(join(process.cwd(), 'real'), `${folder}/${level}`);
  const { exitCode, error } = await verify(folder);
  expect(exitCode).toBe(2);
  expect(error).toContain(`whole holds no CloudTrail folders`);
  expect(error).toContain(`${level} is there, and is ${what}: put the folder itself in its place`);
});

/**
 * The files of a copy below a level of its bucket, as `aws s3 sync s3://bucket/level part` has them: without
 * S3's metadata, and with the same times of writing in every copy, which findings name.
 */
function syncPart(bucket: string, level: string, to = 'part'): void {
  cpSync(`${copies}/all/${bucket}/${level}`, to, {
    recursive: true,
    preserveTimestamps: true,
    filter: (name) => !name.endsWith('.s3-metadata.json'),
  });
}

describe('a folder that begins below AWSLogs', () => {
  const parts: readonly (readonly [string, string, string])[] = [
    ['all accounts', PLAIN, 'AWSLogs'],
    ['an account', PLAIN, `AWSLogs/${OWN}`],
    ['another account', PLAIN, `AWSLogs/${OTHER}`],
    ['an account below a prefix', PREFIXED, `audit/logs/AWSLogs/${OWN}`],
    ['an organization and all else', ORGANIZED, 'AWSLogs'],
    ['an organization', ORGANIZED, 'AWSLogs/o-exampleorgid'],
    ['an account of an organization', ORGANIZED, `AWSLogs/o-exampleorgid/${OTHER}`],
  ];

  test.each(parts)('of %s has its keys by its proven digests, or as it is said', async (_, bucket, level) => {
    const inBucket = await outcome(`s3://${bucket}/${level}`, '--endpoint-url', server.url);
    cpSync(`${copies}/all/${bucket}/${level}`, 'part', { recursive: true });
    expect(await outcome('part')).toEqual(inBucket);
    expect(await outcome('part', '--copy-of', `s3://${bucket}/${level}`)).toEqual(inBucket);
    expect(await outcome('part', '--bucket', bucket)).toEqual(inBucket);
  });

  test.each(parts)('of %s without metadata is proven by successors', async (_, bucket, level) => {
    syncPart(bucket, level);
    syncPart(bucket, level, `whole/${level}`);
    expect(await outcome('part')).toEqual(await outcome(`whole/${level}`));
  });

  test('is told as the part that it was read as, wherever the target is', async () => {
    const level = `AWSLogs/${OTHER}`;
    cpSync(`${copies}/all/${PLAIN}/${level}`, 'part', { recursive: true });
    const place = `s3://${PLAIN}/${level}/`;
    const run = ['--keys', `${copies}/keys.jsonl`, '--now', isoTime(NOW), '--no-sign'];
    const { out } = await runCommand([
      'verify',
      'part',
      ...run,
      '--output',
      'out',
      '--also',
      'html,markdown',
    ]);
    expect(out).toMatch(new RegExp(`^ {2}target {5}part\n {2}read as {4}${place}$`, 'm'));
    expect(JSON.parse(readFileSync('out/report.json', 'utf8')).source.readAs).toEqual([place]);
    expect(readFileSync('out/report.md', 'utf8')).toContain(`| Read as | \`${place}\` |`);
    expect(readFileSync('out/report.html', 'utf8')).toMatch(new RegExp(`Read as.{0,40}${place}`));
    const whole = await runCommand(['verify', `${copies}/all`, ...run, '--output', 'whole', '--verbose']);
    expect(whole.out).not.toContain('read as');
    const inner = ['verify', `${copies}/all/${PLAIN}/${level}`, ...run, '--output', 'inner', '--verbose'];
    expect((await runCommand(inner)).out).toContain(`\n  read as    ${place}\n`);
  });

  test('of one family is refused, and verified as it is said: what was not copied is not missing', async () => {
    const level = `AWSLogs/${OWN}/CloudTrail-Digest`;
    cpSync(`${copies}/all/${PLAIN}/${level}`, 'part', { recursive: true });
    const { exitCode, error } = await verify('part');
    expect(exitCode).toBe(2);
    expect(error).toContain(`is a copy of s3://${PLAIN}/${level} alone, without the log files`);
    expect(error).toContain(`copy the account, s3://${PLAIN}/AWSLogs/${OWN};`);
    const said = ['--copy-of', `s3://${PLAIN}/${level}`];
    expect(error).toContain(`add ${said.join(' ')} --no-logs`);
    expect((await verify('part', ...said, '--no-logs')).exitCode).toBe(0);
    const { exitCode: withLogs, findings } = Object(await outcome('part', ...said));
    expect(withLogs).toBe(3);
    const logs = findings.filter(({ code }: { readonly code: string }) => code === 'LOG_UNREADABLE');
    expect(logs).toHaveLength(6);
    expect(logs[0]).toMatchObject({ evidence: { reason: 'not-in-copy' } });
    rmSync('part', { recursive: true });
    cpSync(`${copies}/all/${PLAIN}/${level}/us-east-1`, 'part/us-east-1', { recursive: true });
    const region = ['--copy-of', `s3://${PLAIN}/${level}/us-east-1`, '--no-logs'];
    expect((await verify('part/us-east-1', ...region)).exitCode).toBe(0);
  });

  test('is placed by nothing that no signature proves', async () => {
    syncPart(PLAIN, `AWSLogs/${OWN}`);
    rmSync('part/CloudTrail-Digest/us-east-1', { recursive: true });
    const fetch = [
      'keys',
      'fetch',
      '--region',
      'us-east-1',
      '--from',
      '2026-01-01',
      '--output',
      'others.jsonl',
    ];
    expect((await runCommand([...fetch, ...keysAtServer(server)])).exitCode).toBe(0);
    const { exitCode, error } = await runCommand(['verify', 'part', '--keys', 'others.jsonl', '--no-report']);
    expect(exitCode).toBe(2);
    expect(error).toContain('begins below AWSLogs, and no signature in it shows which bucket keys');
    expect(error).toContain('--copy-of s3://my-trail-bucket/AWSLogs/111122223333');
  });

  test('is read by those who judge nothing as its digests say: keys are fetched for it', async () => {
    syncPart(PLAIN, `AWSLogs/${OWN}`);
    const { exitCode, out } = await runCommand(['keys', 'fetch', 'part', ...keysAtServer(server)]);
    expect(exitCode).toBe(0);
    for (const region of ['us-east-1', 'eu-west-1']) expect(out).toContain(region);
  });

  test('is no copy of what its digests disprove', async () => {
    syncPart(PLAIN, `AWSLogs/${OWN}`);
    const proof = `its digests prove s3://${PLAIN}/AWSLogs/${OWN}`;
    for (const place of [
      `${PLAIN}/AWSLogs/${OTHER}`,
      `${PREFIXED}/AWSLogs/${OWN}`,
      `${PLAIN}/AWSLogs`,
      PLAIN,
    ]) {
      const { exitCode, error } = await verify('part', '--copy-of', `s3://${place}`);
      expect(exitCode).toBe(2);
      expect(error).toContain(`is no copy of s3://${place}: ${proof}`);
      expect(error).toContain(`--copy-of s3://${PLAIN}/AWSLogs/${OWN}`);
    }
    const { exitCode, error } = await verify('part', '--bucket', PREFIXED);
    expect(exitCode).toBe(2);
    expect(error).toContain(proof);
  });

  test('of two buckets is refused, naming both', async () => {
    syncPart(PLAIN, `AWSLogs/${OWN}`);
    syncPart(
      PREFIXED,
      `audit/logs/AWSLogs/${OWN}/CloudTrail-Digest/us-east-1/2026/10`,
      'part/CloudTrail-Digest/us-east-1/2026/10',
    );
    syncPart(PLAIN, `AWSLogs/${OWN}/CloudTrail-Digest/us-east-1`, 'part/CloudTrail-Digest/us-west-2');
    const { exitCode, error } = await verify('part');
    expect(exitCode).toBe(2);
    expect(error).toContain('holds digests that were signed for 2 places');
    expect(error).toContain(
      `--copy-of s3://${PLAIN}/AWSLogs/${OWN} or --copy-of s3://${PREFIXED}/audit/logs/AWSLogs/${OWN}`,
    );
  });

  test('is refused where originals were planted at another level of it', async () => {
    syncPart(PLAIN, `AWSLogs/${OWN}/CloudTrail`, 'part/CloudTrail');
    syncPart(PLAIN, `AWSLogs/${OWN}`, `part/${OWN}`);
    const { exitCode, error } = await verify('part');
    expect(exitCode).toBe(2);
    expect(error).toContain(`can be read in two ways: as a copy of s3://${PLAIN}/AWSLogs,`);
    expect(error).toContain('because CloudTrail is in it');
    expect((await verify(`part/${OWN}`)).exitCode).toBe(1);
  });

  test('is refused where an AWSLogs folder was planted in it, and its own digests prove what it is', async () => {
    syncPart(PLAIN, `AWSLogs/${OTHER}`);
    syncPart(PLAIN, 'AWSLogs', 'part/AWSLogs');
    const { exitCode, error } = await verify('part', '--account', OTHER);
    expect(exitCode).toBe(2);
    expect(error).toContain('can be read in two ways');
    expect(error).toContain(`choose one: --copy-of s3://${PLAIN}/AWSLogs/${OTHER}, or --layout sync`);
    // As it is said, and what is not of that reading is told.
    const { findings } = Object(
      await outcome('part', '--account', OTHER, '--layout', 'sync', '--bucket', PLAIN),
    );
    const told = findings.filter(({ code }: { readonly code: string }) => code === 'OUTSIDE_TARGET');
    expect(told.length).toBeGreaterThan(0);
  });

  test('has hints that a shell takes as they are meant', async () => {
    syncPart(PLAIN, 'AWSLogs', 'a/$(id);x/AWSLogs');
    syncPart(PREFIXED, 'audit/logs', 'a/b');
    const { exitCode, error } = await verify('a');
    expect(exitCode).toBe(2);
    expect(error).toMatch(/trail-verify verify '[^']*\$\(id\);x'/);
  });

  test('needs no signature where it is said what it is a copy of, and is then not proven by that', async () => {
    syncPart(PLAIN, `AWSLogs/${OWN}/CloudTrail`, 'part/CloudTrail');
    expect((await verify('part', '--copy-of', `s3://${PLAIN}/AWSLogs/${OWN}`)).exitCode).toBe(3);
  });

  test('is verified where it was put in its place', async () => {
    cpSync(`${copies}/all/${PLAIN}/AWSLogs/${OTHER}`, `new/AWSLogs/${OTHER}`, { recursive: true });
    expect((await verify(`new/AWSLogs/${OTHER}`)).exitCode).toBe(3);
    process.chdir('new/AWSLogs');
    expect((await verify(OTHER)).exitCode).toBe(3);
  });

  test('is refused where originals were planted in it', async () => {
    cpSync(`${copies}/all/${PLAIN}/AWSLogs`, 'new/AWSLogs', { recursive: true });
    cpSync(`${copies}/all/${PLAIN}/AWSLogs`, `new/AWSLogs/${OWN}/AWSLogs`, { recursive: true });
    const { exitCode, error } = await verify(`new/AWSLogs/${OWN}`);
    expect(exitCode).toBe(2);
    expect(error).toContain('can be read in two ways');
  });
});

describe('a part that is named through a link', () => {
  test.each([
    ['to the copy', PLAIN, '', `AWSLogs/${OWN}`],
    ['to the folder of a prefix', PREFIXED, 'audit/logs', `AWSLogs/${OWN}`],
    ['to AWSLogs', PLAIN, 'AWSLogs', ''],
    ['to AWSLogs of a prefix', PREFIXED, 'audit/logs/AWSLogs', OWN],
    ['to an organization', ORGANIZED, 'AWSLogs/o-exampleorgid', OWN],
    ['to an account', PLAIN, `AWSLogs/${OWN}`, ''],
    ['to a day', PLAIN, `AWSLogs/${OWN}/CloudTrail/us-east-1/2026/10/05`, ''],
  ])('%s means the same as by its real path', async (_, bucket, linked, below) => {
    symlinkSync(join(copies, 'all', bucket, linked), 'link');
    const byPath = await outcome(join(copies, 'all', bucket, linked, below));
    expect(await outcome(join('link', below))).toEqual(byPath);
    expect(byPath).toMatchObject({ exitCode: 1 });
  });

  test('is never another part than the path names, whatever link is in the copy', async () => {
    cpSync(`${copies}/all/${PLAIN}`, 'new', { recursive: true });
    renameSync(`new/AWSLogs/${OWN}`, 'own');
    symlinkSync(OTHER, `new/AWSLogs/${OWN}`);
    const asked = await outcome(`new/AWSLogs/${OWN}`);
    expect(asked).toMatchObject({ exitCode: 3, totals: { digests: { valid: 0 }, logs: { valid: 0 } } });
    rmSync('new/AWSLogs', { recursive: true });
    symlinkSync(`${copies}/all/${PLAIN}/AWSLogs`, 'new/AWSLogs');
    expect(await verify(`new/AWSLogs/${OWN}`)).toMatchObject({
      exitCode: 4,
      error: expect.stringContaining('leads out of the copy'),
    });
  });
});

test.each([
  [['s3://my-trail-bucket', '--copy-of', 's3://b-1/x'], '--copy-of is of use with a folder only'],
  [
    ['part', '--copy-of', 's3://b-1/x', '--bucket', 'b-1'],
    '--copy-of and --bucket both say how the folder is read',
  ],
  [['part', '--copy-of', 's3://b-1/x', '--layout', 'bag'], '--copy-of and --layout both say'],
  [['part', '--copy-of', 'AWSLogs/111122223333'], '--copy-of: "AWSLogs/111122223333" names no place in S3'],
  [['part', '--copy-of', 's3://an-alias-s3alias/AWSLogs'], 'names no place in S3'],
  [['part', '--copy-of', 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit'], 'names no place in S3'],
  [['part', '--copy-of', 's3://'], 'names no S3 bucket'],
])('%j is refused before anything is read', async (args, sentence) => {
  const { exitCode, error } = await verify(...args);
  expect(exitCode).toBe(2);
  expect(error).toContain(sentence);
});

test('a place has any of the names that people copy', async () => {
  syncPart(PLAIN, `AWSLogs/${OTHER}`);
  for (const name of [
    `arn:aws:s3:::${PLAIN}/AWSLogs/${OTHER}/`,
    `https://${PLAIN}.s3.us-east-1.amazonaws.com/AWSLogs/${OTHER}/`,
  ])
    expect((await verify('part', '--copy-of', name)).exitCode).toBe(3);
});

test('levels that are not there are exit 2 in both', async () => {
  mkdirSync(`${copies}/all/${PLAIN}/AWSLogs/999999999999`, { recursive: true });
  for (const level of ['AWSLogs/999999999999', `AWSLogs/${OWN}/Nothing`]) {
    const inBucket = await verify(`s3://${PLAIN}/${level}`, '--endpoint-url', server.url);
    mkdirSync(`${copies}/all/${PLAIN}/${level}`, { recursive: true });
    const inCopy = await verify(`${copies}/all/${PLAIN}/${level}`);
    expect([inBucket.exitCode, inCopy.exitCode]).toEqual([2, 2]);
    const sentence = 'holds no CloudTrail folders (AWSLogs/<account>/CloudTrail…)';
    expect(inBucket.error).toContain(sentence);
    expect(inCopy.error).toContain(sentence);
  }
});

test('a folder of copies may have the name AWSLogs', async () => {
  cpSync(`${copies}/all`, 'AWSLogs', { recursive: true });
  expect((await verify('AWSLogs')).exitCode).toBe(1);
  expect((await verify('AWSLogs', '--layout', 'collect', '--bucket', PLAIN)).exitCode).toBe(1);
});
