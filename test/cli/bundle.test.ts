/** The bundle that `bin/trail-verify.js` runs: it does what the modules do, and a start loads no more of it than it needs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/base/clock.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import type { Report } from '../../src/report/report.ts';
import { startAwsServer } from '../support/aws-server.ts';
import { builtPackage, type Ending, startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { keysAtServer, runCommand, serverKeys, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
/** More digests than are left to the thread that walks. */
const HOURS = 320;

/** A trail of so many hours, the first of which have log files. */
function trailOf(hoursWithLogs: number) {
  const { store, trail } = auditTrail();
  for (let hour = 0; hour < HOURS; hour += 1) trail.hour({ logs: hour < hoursWithLogs ? 25 : 0 });
  return { store, now: scenarioOf(store, trail).now };
}

const { store, now } = trailOf(4);
const copy = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
writeFolder(store, copy, { metadata: true });
useBuiltCommand();
beforeEach(() => stubAwsEnvironment());
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const VERIFY = ['--now', isoTime(now), '--no-sign', '--no-color'];
const FOLDER = ['verify', copy, '--keys', KEYS, ...VERIFY];

async function run(
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Ending> {
  const running = await startBuilt(args, cwd, environment);
  return running.ended;
}

/** A run's report without what every run has of its own, and its inventory. */
function resultIn(folder: string): readonly [Partial<Report>, string] {
  const { run, tool, reportId, clock, inputs, ...result }: Report = JSON.parse(
    readFileSync(path.join(folder, 'report.json'), 'utf8'),
  );
  return [result, gunzipSync(readFileSync(path.join(folder, 'inventory.jsonl.gz'))).toString()];
}

interface Contents {
  readonly versions: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, readonly string[]>>;
}

function contents(): Contents {
  return JSON.parse(readFileSync(path.join(builtPackage(), 'dist/command/packages.json'), 'utf8'));
}

/** The files that a run loads in all its threads, as V8 tells, and the packages that they hold parts of. */
async function loadedBy(args: readonly string[]): Promise<{
  files: readonly string[];
  bytes: number;
  packages: readonly string[];
  /** Of the thread that starts the others. */
  mainBytes: number;
}> {
  const coverage = temporaryFolder();
  await run(args, temporaryFolder(), { NODE_V8_COVERAGE: coverage });
  const files = new Set<string>();
  let mainBytes = 0;
  for (const name of readdirSync(coverage)) {
    const own = new Set<string>();
    const { result }: { result: readonly { url: string }[] } = JSON.parse(
      readFileSync(path.join(coverage, name), 'utf8'),
    );
    for (const { url } of result) if (url.startsWith('file:')) own.add(fileURLToPath(url));
    for (const file of own) files.add(file);
    const size = sizeOf(own);
    // It loads most by far.
    mainBytes = Math.max(mainBytes, size);
  }
  const held = contents().files;
  const names = [...files].map((file) => path.basename(file));
  return {
    files: names.sort(),
    bytes: sizeOf(files),
    mainBytes,
    packages: [...new Set(names.flatMap((name) => held[name] ?? []))].sort(),
  };
}

function sizeOf(files: ReadonlySet<string>): number {
  return [...files].reduce((sum, file) => sum + statSync(file).size, 0);
}

async function server() {
  const started = await startAwsServer({ store, publicKeys: serverKeys(), now: () => now });
  onTestFinished(() => started.close());
  return started;
}

describe('does what the modules do', () => {
  test.each([
    [['--help']],
    [['--version']],
    [['verify', '--help']],
    [['explain', 'LOG_MISSING', '--no-color']],
    [['verify', '--no-such-option']],
    [['verify', '/nowhere', '--keys', KEYS, '--output', 'out']],
    [['verify', '/nowhere\u001b', '--keys', '/nowhere\u202e', '--output', 'out']],
    [['report', 'render', '/nowhere/report.json']],
  ])('%j', async (args) => {
    const expected = await runCommand(args);
    const { code, out, error } = await run(args, temporaryFolder());
    expect({ exitCode: code, out, error }).toEqual(expected);
  });

  test.each([
    ['natively, where that can be', {}, ['walk-worker.js', 'check-worker.js']],
    ['on threads', { TRAIL_VERIFY_NATIVE: '0' }, ['walk-worker.js', 'check-worker.js']],
  ])('over a folder, %s', async (_, environment, threads) => {
    const cwd = temporaryFolder();
    const large = temporaryFolder();
    // More log files than are left to the thread that walks.
    writeFolder(trailOf(20).store, large, { metadata: true });
    const args = ['verify', large, '--keys', KEYS, ...VERIFY];
    // Node tells of each thread that it starts.
    const telling = { ...environment, NODE_DEBUG: 'worker' };
    const { code, error } = await run([...args, '--workers', '2', '--output', 'bundled'], cwd, telling);
    expect(code).toBe(0);
    for (const thread of threads) expect(error).toContain(`dist/command/${thread}`);
    const plain = path.join(cwd, 'plain');
    await runCommand([...args, '--workers', '0', '--output', plain]);
    expect(resultIn(path.join(cwd, 'bundled'))).toEqual(resultIn(plain));
  });

  test('over S3', async () => {
    const { url, ...rest } = await server();
    const cwd = temporaryFolder();
    const args = ['verify', 's3://example-trail-logs', ...keysAtServer({ url, ...rest }), ...VERIFY];
    const ending = await run([...args, '--output', 'bundled'], cwd);
    expect(ending).toMatchObject({ code: 0, error: '' });
    const plain = path.join(cwd, 'plain');
    await runCommand([...args, '--output', plain]);
    expect(resultIn(path.join(cwd, 'bundled'))).toEqual(resultIn(plain));
  });

  test('with every rendering, a bag and a signature', async () => {
    const cwd = temporaryFolder();
    const forms = 'html,markdown,junit,sarif,ocsf,csv';
    const options = ['--bag', '--also', forms, '--now', isoTime(now)];
    const ending = await run(['verify', copy, '--keys', KEYS, '--output', 'out', ...options], cwd);
    expect(ending).toMatchObject({ code: 0, error: '' });
    for (const check of [
      ['evidence', 'verify', path.join(cwd, 'out')],
      ['report', 'verify', path.join(cwd, 'out/report.json')],
    ]) {
      const { code, out, error } = await run(check, cwd);
      expect({ exitCode: code, out, error }).toEqual(await runCommand(check));
      expect(out).not.toBe('');
    }
    expect(readdirSync(path.join(cwd, 'out'))).toEqual(
      expect.arrayContaining(['report.html', 'report.ocsf.jsonl', 'report.json.p7s', 'verify.sh']),
    );
  });

  test('with a state, a key and a passphrase of its own', async () => {
    const cwd = temporaryFolder();
    const word = { WORD: 'seven words' };
    expect((await run(['keygen', '--output', 'own', '--passphrase-env', 'WORD'], cwd, word)).code).toBe(0);
    const key = ['--sign-key', 'own.key.pem', '--sign-cert', 'own.cert.pem', '--passphrase-env', 'WORD'];
    const state = ['--state', 'state.json', '--now', isoTime(now)];
    const args = ['verify', copy, '--keys', KEYS, '--output', 'out', ...state, ...key];
    expect(await run(args, cwd, word)).toMatchObject({ code: 0, error: '' });
  });
});

describe('a start loads', () => {
  test('for help the command line alone', async () => {
    const { packages, files, bytes } = await loadedBy(['--help']);
    expect(packages).toEqual(['commander']);
    expect(files.length).toBeLessThanOrEqual(6);
    expect(bytes).toBeLessThan(212_000);
  });

  test('for a bad option likewise', async () => {
    expect((await loadedBy(['verify', '--no-such-option'])).packages).toEqual(['commander']);
  });

  test('for a folder with its keys nothing of AWS', async () => {
    const { packages, files, bytes } = await loadedBy([...FOLDER, '--output', 'out']);
    expect(packages).toEqual(['commander', 'node-forge', 'p-limit', 'yocto-queue', 'zod']);
    expect(files.length).toBeLessThanOrEqual(12);
    expect(bytes).toBeLessThan(1_110_000);
  });

  test('for S3 what reads it, asks for keys and names the caller', async () => {
    const args = ['verify', 's3://example-trail-logs', ...keysAtServer(await server()), ...VERIFY];
    const { packages, files, bytes, mainBytes } = await loadedBy([...args, '--output', 'out']);
    expect(packages).toEqual(expect.arrayContaining(['@aws-sdk/client-s3', 'undici']));
    for (const name of ['account', 'kms', 'organizations'])
      expect(packages).not.toContain(`@aws-sdk/client-${name}`);
    expect(files.length).toBeLessThanOrEqual(30);
    expect(mainBytes).toBeLessThan(2_000_000);
    // With the threads that walk its chains, which have connections of their own.
    expect(bytes).toBeLessThan(2_390_000);
  });
});

describe('its folder', () => {
  const folder = (): string => path.join(builtPackage(), 'dist/command');

  test('holds files all of which can be loaded', async () => {
    const files = readdirSync(folder()).filter((name) => name.endsWith('.js'));
    expect(files).toEqual(expect.arrayContaining(['main.js', 'check-worker.js', 'walk-worker.js']));
    // A thread's program has nothing to do in the main thread.
    const urls = files
      .filter((file) => !file.endsWith('-worker.js'))
      .map((file) => pathToFileURL(path.join(folder(), file)).href);
    const load = `for (const url of ${JSON.stringify(urls)}) await import(url);`;
    execFileSync(process.execPath, ['--input-type=module', '-e', load]);
  });

  test('is what a report names: by its digest and by the versions in it', async () => {
    const cwd = temporaryFolder();
    await run([...FOLDER, '--output', 'out'], cwd);
    const { tool }: Report = JSON.parse(readFileSync(path.join(cwd, 'out/report.json'), 'utf8'));
    const lines = readdirSync(folder())
      .sort()
      .map((name) => `${sha256(readFileSync(path.join(folder(), name)))}  ./${name}\n`);
    expect(tool.buildDigest).toBe(sha256(Buffer.from(lines.join(''))));
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(path.join(builtPackage(), 'package.json'), 'utf8'),
    );
    const names = Object.keys({ ...dependencies, ...optionalDependencies }).sort();
    const { versions } = contents();
    expect(tool.dependencies).toEqual(Object.fromEntries(names.map((name) => [name, versions[name]])));
  });

  test('brings the licence of every package in it', () => {
    const text = readFileSync(path.join(folder(), 'THIRD-PARTY.txt'), 'utf8');
    const { versions, files } = contents();
    for (const name of new Set(Object.values(files).flat()))
      expect(text).toContain(`\n${name} ${versions[name]} (`);
    expect(text).toMatch(/\nMIT License|\nThe MIT License/);
    expect(text).toContain('Apache License\n');
  });
});
