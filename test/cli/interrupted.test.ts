/**
 * Signals at moments that nobody chose, from before the command is loaded to after its answer. What is left is a whole answer, with the
 * exit code that says so, or nothing. What happens at which moment is not asked: a busy machine has other moments.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { auditTrail } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { HOUR, isoTime } from '../../src/base/clock.ts';
import { wasStopped } from '../../src/findings/catalogue.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { type Ending, startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
/** Of each command; the first of them before there is anything to do. */
const ROUNDS = 5;
const EARLIEST = 0.25;
const STAYS = 'trail-verify: ended at once: the answer is whole, and what follows it is not done\n';
const LIMIT = { timeout: 120_000 };

useBuiltCommand();

const { store, trail } = auditTrail();
trail.hours(30, { logs: [{ minute: 10 }, { minute: 40 }] });
const copy = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
writeFolder(store, copy, { metadata: true });
afterAll(() => rmSync(copy, { recursive: true, force: true }));
const TARGET = [copy, '--keys', KEYS, '--now', isoTime(trail.end + 2 * HOUR)];

/** All files and folders below a folder. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true }).map(String).toSorted();
}

/** How a run ended, what is in its folder, and what is in that of a run that nobody interrupted. */
interface Interrupted extends Ending {
  readonly cwd: string;
  readonly left: readonly string[];
  readonly whole: readonly string[];
}

/** Runs a command whole, and then with one signal or two, each time at another moment; `check` gets those that left something new. */
async function interrupt(
  args: readonly string[],
  check: (run: Interrupted) => void,
  before: string = temporaryFolder(),
): Promise<void> {
  const start = async () => {
    const cwd = temporaryFolder();
    cpSync(before, cwd, { recursive: true });
    return { cwd, running: await startBuilt(args, cwd) };
  };
  const began = performance.now();
  const model = await start();
  expect(await model.running.ended).toMatchObject({ code: 0, error: '' });
  const time = performance.now() - began;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { cwd, running } = await start();
    onTestFinished(() => void running.child.kill('SIGKILL'));
    await wait(time * (EARLIEST + ((1 - EARLIEST) * round) / (ROUNDS - 1)));
    running.child.kill('SIGTERM');
    if (round % 2 === 1) {
      await wait(7 * round);
      running.child.kill('SIGINT');
    }
    const ending = await running.ended;
    const left = filesIn(cwd);
    const whole = filesIn(model.cwd);
    // Before the command is loaded there is nobody to say a word, and none when the process has just ended.
    if (ending.code === null) {
      expect(ending).toMatchObject({ signal: 'SIGTERM', error: '' });
      if (left.length !== whole.length) expect(left).toEqual(filesIn(before));
      continue;
    }
    if (ending.code !== 0) expect(ending.error).toMatch(/^trail-verify: interrupted/);
    if (ending.code === 130) expect(left).toEqual(filesIn(before));
    else check({ ...ending, cwd, left, whole });
  }
}

/** What `verify` leaves: a report that is whole, be it partial, with `names` and nothing that is not whole. */
function checkVerify({ code, error, cwd, left, whole }: Interrupted, names: readonly string[]): void {
  const file = path.join(cwd, 'out', 'report.json');
  const { report } = readReport(readFileSync(file), file);
  const isStopped = wasStopped(report.findings);
  const isCutShort = code === 4;
  if (isCutShort) expect(error).toContain(STAYS);
  else expect([code, report.verdict]).toEqual(isStopped ? [3, 'INCONCLUSIVE'] : [0, 'VALID']);
  expect(left).toEqual(expect.arrayContaining([...names]));
  expect(whole).toEqual(expect.arrayContaining(left.filter((name) => !name.endsWith('.parquet'))));
  if (code === 0) expect(left.length).toBe(whole.length);
}

const SIGNED = ['out/inventory.jsonl.gz', 'out/report.json', 'out/report.json.p7s'];

test('verify with a state', LIMIT, async () => {
  const args = ['verify', ...TARGET, '--state', 'state.json', '--output', 'out'];
  await interrupt(args, (run) => checkVerify(run, SIGNED));
});

test('verify with a bag, its archive and events', LIMIT, async () => {
  const more = ['--bag', '--archive', 'bag.tar.gz', '--events', 'events', '--output', 'out'];
  const names = [...SIGNED, 'bag.tar.gz', 'out/tagmanifest-sha256.txt', 'events/events.json.p7s'];
  await interrupt(['verify', ...TARGET, ...more], (run) => checkVerify(run, names));
});

test('verify in the place of a former run', LIMIT, async () => {
  const before = temporaryFolder();
  const args = ['verify', ...TARGET, '--force', '--output', 'out'];
  await (await startBuilt(args, before)).ended;
  await interrupt(args, (run) => checkVerify(run, SIGNED), before);
});

test('a question of an export', LIMIT, async () => {
  const before = temporaryFolder();
  await (await startBuilt(['verify', ...TARGET, '--output', 'run', '--events', 'export'], before)).ended;
  const args = ['query', '--events', 'export', 'SELECT count(*) AS n FROM events', '--output', 'answer'];
  const check = ({ code, error, cwd, left, whole }: Interrupted): void => {
    const isAnswered = code === 0 || error.includes(STAYS);
    expect(left).toEqual(isAnswered ? whole : filesIn(before));
    expect(existsSync(path.join(cwd, 'answer'))).toBe(isAnswered);
  };
  await interrupt(args, check, before);
});

test('a plan', LIMIT, async () => {
  const args = ['plan', ...TARGET, '--shards', '2', '--output', 'plan'];
  await interrupt(args, ({ code, left, whole }) => expect([code, left]).toEqual([0, whole]));
});
