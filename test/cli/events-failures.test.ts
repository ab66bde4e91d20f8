/** Exports and answers that come to nothing: a full disk, a killed process, no DuckDB. The verdict is there all the same, and no half of them. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { builtPackage, type Ending, startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { CLOCK_VARIABLES } from '../support/faked-clock.ts';
import { copyOf, exportOf, KEYS, realisticTrail } from '../support/realistic-trail.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { smallDisk, smallDiskRefusal } from '../support/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const REFUSAL = smallDiskRefusal();
if (REFUSAL !== undefined) console.log(`tests of a full disk are skipped: ${REFUSAL}`);

const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
let args: readonly string[];
let events: string;
let now: string;

useBuiltCommand();
beforeAll(async () => {
  stubAwsEnvironment();
  const scenario = realisticTrail();
  const { copy, ...exported } = await exportOf(scenario, made);
  ({ events, now } = exported);
  args = [copy, '--keys', KEYS, '--now', now];
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** Every file and folder below one. */
function namesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
}

async function run(
  command: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Ending> {
  const running = await startBuilt(command, cwd, environment);
  onTestFinished(() => void running.child.kill('SIGKILL'));
  return running.ended;
}

/** One line of a full disk and one of help; the exit code of a run that failed. */
function expectFullDisk({ code, signal, error }: Ending, words: RegExp): void {
  expect({ code, signal }).toEqual({ code: 4, signal: null });
  expect(error).toMatch(/^trail-verify: [^\n]*\nhint: free some space[^\n]*\n$/);
  expect(error).toMatch(words);
}

describe.skipIf(REFUSAL !== undefined)('a full disk', () => {
  test('during an export: the verdict and the report are there, and nothing of the export', async () => {
    const disk = smallDisk();
    const exporting = async (name: string): Promise<Ending> => {
      const elsewhere = temporaryFolder();
      const out = ['--output', path.join(elsewhere, 'run'), '--events', path.join(disk.path, name)];
      const ending = await run(['verify', ...args, ...out, '--quiet'], elsewhere);
      if (ending.code !== 2) {
        // A night that went well is silent; one that did not says its verdict as well.
        expect(ending.out).toMatch(ending.code === 0 ? /^$/ : /^VALID: /);
        expect(readdirSync(path.join(elsewhere, 'run'))).toEqual(
          expect.arrayContaining(['report.json', 'report.json.p7s']),
        );
      }
      return ending;
    };
    const before = statfsSync(disk.path).bavail;
    expect(await exporting('whole')).toMatchObject({ code: 0, error: '' });
    const needed = before - statfsSync(disk.path).bavail;
    rmSync(path.join(disk.path, 'whole'), { recursive: true });
    let failed = 0;
    for (const room of [0, 1, 2, 3, Math.floor(needed / 2), needed - 3, needed - 2, needed - 1]) {
      disk.leave(room);
      const ending = await exporting(`room-${room}`);
      // The signature may have had the last page.
      if (ending.code === 0)
        expect(readdirSync(path.join(disk.path, `room-${room}`))).toContain('events.json.p7s');
      else {
        failed += 1;
        expectFullDisk(ending, /there is no export of events: |folder .* has no room left/);
        expect({ room, left: namesIn(disk.path) }).toEqual({ room, left: ['filler'] });
      }
    }
    expect(failed).toBeGreaterThan(5);
  });

  test.each(['csv', 'ndjson', 'parquet'])(
    'during an answer as %s: nothing of it is there',
    async (format) => {
      const disk = smallDisk();
      const question =
        'SELECT md5(concat(a.eventid, b.eventid)) AS sum FROM cloudtrail_logs a, cloudtrail_logs b';
      const asking = (name: string): Promise<Ending> =>
        run(
          [
            'query',
            question,
            '--events',
            events,
            '--now',
            now,
            '--format',
            format,
            '--output',
            path.join(disk.path, name),
          ],
          disk.path,
        );
      const before = statfsSync(disk.path).bavail;
      expect(await asking('whole')).toMatchObject({ code: 0, error: '' });
      const needed = before - statfsSync(disk.path).bavail;
      rmSync(path.join(disk.path, 'whole'), { recursive: true });
      for (const room of [0, 1, Math.floor(needed / 2), needed - 3, needed - 2]) {
        disk.leave(room);
        const ending = await asking(`room-${room}`);
        expectFullDisk(ending, /answer|folder|question/);
        if (format === 'ndjson') expect(JSON.parse(ending.out)).toMatchObject({ type: 'error', exitCode: 4 });
        else expect(ending.out).toBe('');
        expect({ room, left: namesIn(disk.path) }).toEqual({ room, left: ['filler'] });
      }
    },
  );
});

describe('a process that is killed', () => {
  test('during an export leaves a folder that is none, and is not written to again', async () => {
    const folder = temporaryFolder();
    // Enough to be at it for a while.
    const { store, trail } = auditTrail(40);
    trail.hours(40, { logs: Array.from({ length: 10 }, () => ({ events: 400 })) });
    const { args: many } = copyOf(scenarioOf(store, trail), folder);
    const exporting = await startBuilt(['verify', ...many, '--output', 'run', '--events', 'events'], folder);
    onTestFinished(() => void exporting.child.kill('SIGKILL'));
    const isAtIt = () =>
      existsSync(path.join(folder, 'events/.partial')) &&
      readdirSync(path.join(folder, 'events/.partial'), { recursive: true, encoding: 'utf8' }).some((name) =>
        name.endsWith('.spill'),
      );
    while (!isAtIt()) await new Promise((settle) => setTimeout(settle, 2));
    exporting.child.kill('SIGKILL');
    expect(await exporting.ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    const check = await runCommand(['events', 'check', path.join(folder, 'events')]);
    expect(check).toMatchObject({ exitCode: 2, out: '' });
    expect(check.error).toMatch(
      /^trail-verify: folder [^\n]* holds no export: it has no events\.json\nhint: [^\n]*incomplete\n$/,
    );
    const asked = await runCommand(['query', 'SELECT 1', '--events', path.join(folder, 'events')]);
    expect(asked).toMatchObject({ exitCode: 2, out: '', error: check.error });
    const again = await run(['verify', ...many, '--output', 'again', '--events', 'events'], folder);
    expect(again).toMatchObject({ code: 2, out: '' });
    expect(again.error).toMatch(
      /^trail-verify: output folder [^\n]*events is being written to by another run, or holds the \.partial of one that was killed\nhint: [^\n]*--events, [^\n]*--force\n$/,
    );
    expect(existsSync(path.join(folder, 'again'))).toBe(false);
  });
});

describe('without DuckDB', () => {
  let command: string;
  let bare: string;

  /** The package as it is installed, where no package of DuckDB is above it. */
  beforeAll(() => {
    bare = mkdtempSync(path.join(tmpdir(), 'trail-verify-bare-'));
    for (const name of ['bin', 'dist', 'keys', 'package.json', 'verify.sh'])
      cpSync(path.join(builtPackage(), name), path.join(bare, name), { recursive: true });
    command = path.join(bare, 'bin/trail-verify.js');
  });
  afterAll(() => rmSync(bare, { recursive: true, force: true }));

  async function without(cwd: string, ...given: readonly string[]) {
    const env = {
      ...CLOCK_VARIABLES,
      PATH: process.env.PATH,
      XDG_CONFIG_HOME: await identityFolder(),
      TMPDIR: cwd,
    };
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...given], {
      cwd,
      env,
      encoding: 'utf8',
    });
    return { code: status, out: stdout, error: stderr };
  }

  const MISSING = {
    code: 2,
    out: '',
    error:
      'trail-verify: events need DuckDB, and it is not installed\nhint: add it where npm installed trail-verify: npm install @duckdb/node-api; the single executable cannot load it\n',
  };

  test.each<readonly [string, () => readonly string[]]>([
    ['verify --events', () => ['verify', ...args, '--events', 'events']],
    [
      'verify --events and --output',
      () => ['verify', ...args, '--events', 'events', '--output', 'run', '--bag'],
    ],
    ['events export', () => ['events', 'export', args[0] ?? '', 'events', ...args.slice(1)]],
    ['events connect', () => ['events', 'connect', events, '--output', 'made.duckdb']],
    ['query of an export', () => ['query', 'SELECT 1', '--events', events, '--output', 'answer']],
    ['query of a target', () => ['query', 'SELECT 1', ...args]],
  ])('%s says how to add it, before any work, and leaves nothing', async (_, given) => {
    const cwd = temporaryFolder();
    expect(await without(cwd, ...given())).toEqual(MISSING);
    expect(namesIn(cwd)).toEqual([]);
  });

  test('everything else works', async () => {
    const cwd = temporaryFolder();
    const verified = await without(cwd, 'verify', ...args, '--output', 'run', '--quiet');
    expect(verified).toMatchObject({ code: 0, error: '', out: '' });
    for (const given of [
      ['--help'],
      ['query', '--help'],
      ['query', '--list'],
      ['events', 'export', '--help'],
    ])
      expect(await without(cwd, ...given)).toMatchObject({ code: 0, error: '' });
    // A check needs hashes alone.
    const trust = path.join(await identityFolder(), 'trail-verify/certificate.pem');
    expect(await without(cwd, 'events', 'check', events, '--trust', trust)).toMatchObject({
      code: 0,
      error: '',
    });
    expect(await without(cwd, 'events', 'ddl', events, '--location', 's3://bucket/prefix')).toMatchObject({
      code: 0,
      error: '',
    });
  });
});
