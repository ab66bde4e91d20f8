/** The single executable: it does what the command does where there is nothing but itself, no PATH and no home. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildExecutable, canBecomeExecutable } from '../../build/executable.ts';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { isoTime } from '../../src/base/clock.ts';
import { VERSION } from '../../src/base/version.ts';
import type { Report } from '../../src/report/report.ts';
import type { Ending } from '../support/built-command.ts';
import { runCommand } from '../support/command.ts';
import { CLOCK_VARIABLES } from '../support/faked-clock.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url));
const KEYS = path.join(FIXTURES, 'keys/public-keys.jsonl');
const TAMPERED = [
  'verify',
  path.join(FIXTURES, 'tampered/copy'),
  '--keys',
  KEYS,
  '--now',
  '2026-10-05T19:42:37Z',
];
/** More than is left to the thread that walks: threads are started. */
const HOURS = 320;

const isPossible = canBecomeExecutable();
if (!isPossible) console.warn(`skipped: ${process.execPath} cannot become an executable`);

const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs it in `cwd` with no variable but those given. */
function run(
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Omit<Ending, 'signal'> {
  const env = { ...CLOCK_VARIABLES, PATH: '/nonexistent', ...environment };
  const { status, stdout, stderr } = spawnSync(executable, [...args], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return { code: status, out: stdout, error: stderr };
}

let executable: string;

/** A hundred megabytes are read for the digest of each run. */
const LONG = 180_000;

/** The SHA-256 in the file next to the executable, which sha256sum checks. */
function digestBeside(): string {
  return readFileSync(`${executable}.sha256`, 'utf8').slice(0, 64);
}

/** A run's report without what every run has of its own, and its inventory. */
function resultIn(output: string): readonly [Partial<Report>, string] {
  const { run, tool, reportId, clock, inputs, ...result }: Report = JSON.parse(
    readFileSync(path.join(output, 'report.json'), 'utf8'),
  );
  return [result, gunzipSync(readFileSync(path.join(output, 'inventory.jsonl.gz'))).toString()];
}

describe.runIf(isPossible)('the executable', () => {
  beforeAll(async () => {
    executable = await buildExecutable(folder);
  }, 300_000);

  test('is named for this platform, with its SHA-256 next to it as sha256sum checks it', () => {
    const suffix = process.platform === 'win32' ? '.exe' : '';
    const name = `trail-verify-${process.platform}-${process.arch}${suffix}`;
    expect(readdirSync(folder).sort()).toEqual([name, `${name}.sha256`]);
    const check = spawnSync('sha256sum', ['--check', '--strict', `${name}.sha256`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(check).toMatchObject({ status: 0, stdout: `${name}: OK\n`, stderr: '' });
    const digest = digestBeside();
    const { out } = run(['version', '--format', 'json'], folder);
    expect(JSON.parse(out)).toMatchObject({
      version: VERSION,
      origin: 'executable',
      native: false,
      buildDigest: digest,
      files: [{ name, sha256: digest }],
    });
  });

  test.each([
    [['--version']],
    [['--help']],
    [['explain', 'LOG_MISSING', '--no-color']],
    [['completion', 'bash']],
    [['verify', '--no-such-option']],
    [['verify', '/nowhere', '--keys', KEYS, '--output', 'out']],
  ])('%j', async (args) => {
    const { exitCode, out, error } = await runCommand(args);
    expect(run(args, temporaryFolder(), { XDG_CONFIG_HOME: await identityFolder() })).toEqual({
      code: exitCode,
      out,
      error,
    });
  });

  test(
    'a tampered copy is INVALID, with the same report',
    async () => {
      const cwd = temporaryFolder();
      const ending = run([...TAMPERED, '--output', 'own'], cwd, {
        XDG_CONFIG_HOME: await identityFolder(),
      });
      expect(ending.code).toBe(1);
      expect(ending.out).toMatch(
        /^INVALID: 1 digest file altered, 1 missing; 2 log files altered, 1 missing/,
      );
      const expected = path.join(cwd, 'expected');
      expect((await runCommand([...TAMPERED, '--output', expected])).exitCode).toBe(1);
      expect(resultIn(path.join(cwd, 'own'))).toEqual(resultIn(expected));
      const { tool }: Report = JSON.parse(readFileSync(path.join(cwd, 'own/report.json'), 'utf8'));
      expect(tool.buildDigest).toBe(digestBeside());
      expect(tool.dependencies).toHaveProperty('node-forge');
      const trust = ['--trust', path.join(await identityFolder(), 'trail-verify/certificate.pem')];
      const check = run(['report', 'verify', 'own/report.json', ...trust], cwd);
      expect(check).toMatchObject({ code: 1, error: '' });
      expect(check.out).toMatch(/^GENUINE: own\/report.json is as CN=test identity /);
    },
    LONG,
  );

  test(
    'an intact copy is VALID, on threads and as a bag that can be checked',
    async () => {
      const { store, trail } = auditTrail();
      for (let hour = 0; hour < HOURS; hour += 1) trail.hour({ logs: hour < 12 ? 25 : 0 });
      const { now } = scenarioOf(store, trail);
      const cwd = temporaryFolder();
      const copy = path.join(cwd, 'copy');
      writeFolder(store, copy, { metadata: true });
      const args = ['verify', copy, '--keys', KEYS, '--now', isoTime(now), '--no-color', '--bag'];
      const settings = { XDG_CONFIG_HOME: await identityFolder(), NODE_DEBUG: 'worker' };
      const ending = run([...args, '--workers', '2', '--output', 'own'], cwd, settings);
      expect({ code: ending.code, verdict: ending.out.slice(0, 5) }).toEqual({ code: 0, verdict: 'VALID' });
      // Node tells of each thread that it starts, with its whole program.
      expect(ending.error).toMatch(/^WORKER /m);
      const expected = path.join(cwd, 'expected');
      expect((await runCommand([...args, '--workers', '0', '--output', expected])).exitCode).toBe(0);
      expect(resultIn(path.join(cwd, 'own'))).toEqual(resultIn(expected));
      const trust = ['--trust', path.join(await identityFolder(), 'trail-verify/certificate.pem')];
      expect(run(['evidence', 'verify', 'own', '--keys', KEYS, ...trust], cwd)).toMatchObject({
        code: 0,
        error: '',
      });
    },
    LONG,
  );

  test('what needs DuckDB says in one line that it is not there, before anything is done', () => {
    const cwd = temporaryFolder();
    const { code, error } = run([...TAMPERED, '--no-sign', '--output', 'own', '--events', 'events'], cwd);
    expect(code).toBe(2);
    expect(error).toMatch(
      /^trail-verify: events need DuckDB, and it is not installed\nhint: .*npm install @duckdb\/node-api.*\n$/,
    );
  });
});
