/** The process that a question has: the command as it is installed ends it, and is ended with it, whatever it is at. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ringOf } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { exportEvents } from '../../src/verify-events.ts';
import { type RunningCommand, startBuilt, useBuiltCommand } from '../support/built-command.ts';
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
    const all = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
    const rows = all.map((line) => line.trim().split(/ +/).map(Number));
    const found = rows.flatMap(([pid, parent]) => (parent === child.pid && pid !== undefined ? [pid] : []));
    if (found.length > 0) return found;
    await wait(20);
  }
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Settles when none of them runs any more. */
async function ended(processes: readonly number[]): Promise<void> {
  while (processes.some(isRunning)) await wait(20);
}

function isRunning(pid: number): boolean {
  try {
    // One that has ended is there until somebody asks how.
    return !execFileSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
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
    ['while it is answered', `SELECT ${DEAF.replace('range(', 'range(record * 0 + ')} FROM events`, 4],
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
    const sql = `SELECT ${DEAF.replace('range(', 'range(record * 0 + ')} FROM events`;
    const running = await ask(sql, '--output', 'answer', '--format', 'parquet');
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

test('an export that is changed while its rows are taken has exit code 5', async () => {
  // More than a pipe holds: the command waits until somebody reads on.
  const running = await ask('SELECT a.event_json FROM events a, range(500)', '--format', 'ndjson');
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
