/** The process that a question has: the command as it is installed ends it, and is ended with it, whatever it is at. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ringOf } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { exportEvents } from '../../src/verify-events.ts';
import { builtPackage, type RunningCommand, startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { childrenOf, isRunning } from '../support/child-processes.ts';
import { memorySource } from '../support/memory-source.ts';
import { realisticTrail } from '../support/realistic-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));
let parquet: string;
useBuiltCommand();
beforeAll(async () => {
  const scenario = realisticTrail();
  const { document } = await exportEvents(
    {
      source: memorySource(scenario.store),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
    },
    made,
  );
  parquet = path.join(made, document.files.find((file) => file.path.startsWith('events/'))?.path ?? '');
});

/** What heeds no interruption, for a minute or more. */
const DEAF = 'list_reduce(range(200000000), lambda a, b: a + b)';

/** The same where the question is known to be one, and DuckDB has come to its rows. */
const DEAF_LATER = `SELECT ${DEAF.replace('range(', 'range(record * 0 + ')} FROM (SELECT record FROM events LIMIT 1)`;

interface Asked extends RunningCommand {
  /** Where temporary folders are. */
  readonly temporary: string;
}

async function ask(sql: string, ...more: readonly string[]): Promise<Asked> {
  const temporary = temporaryFolder();
  const args = ['query', sql, '--events', made, '--now', '2026-12-01', '--no-sign', ...more];
  const running = await startBuilt(args, temporaryFolder(), { TMPDIR: temporary });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  return { ...running, temporary };
}

/** The processes that a command has started, once there is one. */
async function processesOf({ child }: RunningCommand): Promise<readonly number[]> {
  for (;;) {
    const found = childrenOf(child.pid ?? 0);
    if (found.length > 0) return found;
    await wait(20);
  }
}

/** Settles when none of them runs any more. */
async function ended(processes: readonly number[]): Promise<void> {
  while (processes.some(isRunning)) await wait(20);
}

test('what needs too much memory is one line and exit code 2', async () => {
  const asked = await ask('SELECT cardinality(repeat(eventname, 100000000)) FROM events');
  expect(await asked.ended).toEqual({
    code: 2,
    signal: null,
    out: '',
    error:
      'trail-verify: the question needs more memory than it may have\nhint: ask for less in one value: fewer rows in a list, or a shorter text\n',
  });
  expect(readdirSync(asked.temporary)).toEqual([]);
});

describe('ctrl-C', () => {
  test.each([
    ['while it is found out whether the question can be asked', `SELECT ${DEAF}`, 130],
    ['while it is answered', DEAF_LATER, 4],
  ])('%s ends what heeds nothing', async (_, sql, code) => {
    const running = await ask(sql);
    const processes = await processesOf(running);
    await wait(1500);
    running.child.kill('SIGINT');
    const began = performance.now();
    const { error, ...end } = await running.ended;
    expect(end).toEqual({ code, signal: null, out: '' });
    expect(error).toMatch(/^trail-verify: interrupted/);
    // Not the minute that it takes.
    expect(performance.now() - began).toBeLessThan(20_000);
    await ended(processes);
    expect(readdirSync(running.temporary)).toEqual([]);
  });

  test('twice ends it at once, with an answer that is just being written', async () => {
    const running = await ask(DEAF_LATER, '--output', 'answer', '--format', 'parquet');
    const processes = await processesOf(running);
    await wait(1500);
    running.child.kill('SIGINT');
    await running.shows('error', 'press ctrl-C again');
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: 130, out: '' });
    await ended(processes);
    expect(readdirSync(running.temporary)).toEqual([]);
  });
});

test('a command that is killed leaves no process and no folder', async () => {
  const running = await ask(`SELECT ${DEAF}`);
  const processes = await processesOf(running);
  await wait(1500);
  running.child.kill('SIGKILL');
  await running.ended;
  await ended(processes);
  expect(readdirSync(running.temporary)).toEqual([]);
});

describe('an answer that fails after many of its rows', () => {
  const LATE =
    "SELECT CASE WHEN range = 399000 THEN error('it is odd') ELSE range END AS n FROM range(400000)";
  const WHY = 'trail-verify: the question cannot be answered: Invalid Input Error: it is odd\n';

  test.each(['csv', 'ndjson', 'markdown', 'html', 'text', 'parquet'])('as %s is none', async (format) => {
    const folder = temporaryFolder();
    const output = path.join(folder, 'answer');
    const forms = format === 'text' ? [] : [['--format', format, '--output', output]];
    if (format !== 'parquet') forms.push(['--format', format]);
    for (const options of forms) {
      // Those for people take a thousand rows, unless more are asked for.
      const asked = await ask(LATE, ...options, '--limit', '500000');
      const { code, error } = await asked.ended;
      expect({ options, code, error }).toEqual({ options, code: 2, error: expect.stringContaining(WHY) });
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test('because of ctrl-C is none', async () => {
    const folder = temporaryFolder();
    const output = path.join(folder, 'answer');
    const running = await ask('SELECT * FROM range(1000000000)', '--output', output);
    const [file] = await written(output);
    expect(file).toBeDefined();
    running.child.kill('SIGINT');
    const { code, error } = await running.ended;
    expect({ code, error }).toEqual({
      code: 4,
      error: expect.stringContaining('trail-verify: the question was interrupted\n'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** The files in a folder, once there is one with something in it. */
async function written(folder: string): Promise<readonly string[]> {
  for (;;) {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    if (names.some((name) => statSync(path.join(folder, name)).size > 0)) return names;
    await wait(20);
  }
}

test.each(['csv', 'ndjson'])('%s that nobody reads any more ends the question', async (format) => {
  const running = await ask('SELECT * FROM range(1000000000000)', '--format', format);
  await running.shows('out', '\n');
  running.child.stdout.destroy();
  expect(await running.ended).toMatchObject({ code: 0 });
});

test('no folder for temporary files is said', async () => {
  const args = ['query', 'SELECT 1', '--events', made, '--now', '2026-12-01'];
  const running = await startBuilt(args, temporaryFolder(), { TMPDIR: '/nonexistent' });
  const { code, error } = await running.ended;
  expect({ code, error }).toEqual({
    code: 2,
    error: expect.stringMatching(
      /^trail-verify: no temporary folder can be made: ENOENT.*\nhint: name a folder that can be written to in TMPDIR\n$/,
    ),
  });
});

test.skipIf(process.platform === 'win32')(
  'too few files at once is said, and no fault of the installation',
  () => {
    const args = [process.execPath, path.join(builtPackage(), 'bin/trail-verify.js'), 'query', 'SELECT 1'];
    const few = ['-c', 'ulimit -n 25; exec "$@"', 'sh', ...args, '--events', made];
    const { status, stderr } = spawnSync('sh', few, { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: expect.stringMatching(/EMFILE.*\nhint: this process may open too few files at once/),
    });
  },
);

test('an export that is changed while its rows are taken has exit code 5', async () => {
  // More than a pipe holds: the command waits until somebody reads on.
  const running = await ask('SELECT a.event_json FROM events a, range(100)', '--format', 'ndjson');
  await running.shows('out', '\n');
  running.child.stdout.pause();
  writeFileSync(parquet, readFileSync(parquet));
  running.child.stdout.resume();
  const { code, error } = await running.ended;
  expect({ code, error }).toEqual({
    code: 5,
    error: expect.stringContaining(
      `trail-verify: ${parquet} was changed while it was asked\nhint: the answer is worth nothing: ask again`,
    ),
  });
});
