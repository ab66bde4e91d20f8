/** Questions that were interrupted go on where they ended. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { DAY, HOUR, isoTime } from '../../src/base/clock.ts';
import { runCommandLine } from '../../src/cli/main.ts';
import { readReport } from '../../src/report/report-schema.ts';
import { runCommand } from '../support/command.ts';
import { corroborationBench, ids, idsOf, writtenAnswer } from '../support/corroboration-run.ts';
import { deleteObject } from '../support/damage.ts';
import { historyOf } from '../support/event-history.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';

const bench = corroborationBench(0);

test('ctrl-C keeps what was answered, and the same command asks for the rest alone', async () => {
  const { trail, store, server } = bench;
  trail.hours(60, { logs: 1 });
  const lost = trail.logFiles.slice(10, 50);
  for (const log of lost) deleteObject(store, log);
  bench.options.eventHistory = historyOf(trail.logFiles);
  const { requests } = server;
  const asked = (): number => requests.filter(({ operation }) => operation === 'LookupEvents').length;
  await bench.verify();
  const args = bench.corroborateArgs();

  const environment = { XDG_STATE_HOME: path.resolve('state') };
  const terminal = fakeTerminal({ environment });
  // Pressed while the second day is asked about: with the first came the one question for Insights events.
  server.faults.add({
    kind: 'answer',
    of: ({ operation }) => operation === 'LookupEvents' && asked() >= 3,
    change: (answer) => {
      terminal.press();
      return answer;
    },
  });
  const exitCode = await runCommandLine(args, terminal);
  expect(exitCode).toBe(4);
  expect(terminal.complained()).toContain('what was answered is kept');
  expect(terminal.complained()).toContain('run the same command again to go on');
  expect(existsSync('witness')).toBe(false);
  const before = asked();

  expect(readdirSync('state/trail-verify')).toHaveLength(1);
  expect(terminal.complained()).toContain(path.resolve('state/trail-verify/asked-'));

  const second = await runCommand(args, { environment });
  expect(second.exitCode).toBe(1);
  expect(second.error).toContain('1 question answered before the interruption');
  const again = asked() - before;
  expect(readdirSync('.').sort()).toEqual(['out', 'state', 'witness']);
  expect(readdirSync('state/trail-verify')).toEqual([]);

  await runCommand([...args, '--output', 'whole']);
  expect(asked() - before - again).toBe(again + 1);
  expect(readFileSync('witness/recovered.jsonl', 'utf8')).toBe(readFileSync('whole/recovered.jsonl', 'utf8'));
  const { document: resumed } = writtenAnswer('witness');
  const { document: whole } = writtenAnswer('whole');
  const limits = resumed?.limits.filter(({ code }) => code !== 'WITNESS_RESUMED');
  expect({ ...resumed, limits }).toEqual(whole);
  expect(resumed?.limits.find(({ code }) => code === 'WITNESS_RESUMED')?.text).toMatch(/^1 answer is of an /);
  const all = await runCommand([...args, '--output', 'all', '--all']);
  expect(all.error).toMatch(
    /^trail-verify: asking about .* in 1 account and Region; .*; ctrl-C keeps what was answered\n$/,
  );
  expect(ids(writtenAnswer('whole').recovered)).toEqual(idsOf(lost));
});

describe('answers that others put there', () => {
  const planted = async (place: string) => {
    const { trail, store } = bench;
    trail.hours(6, { logs: 1 });
    const [lost] = trail.logFiles;
    if (lost === undefined) throw new Error('no log file');
    deleteObject(store, lost);
    bench.options.eventHistory = historyOf(trail.logFiles);
    await bench.verify();
    const { sha256 } = readReport(readFileSync('out/report.json'), 'out/report.json');
    const answers = [`{"asked":"${sha256}","all":false}`];
    for (const from of [0, 1].map((day) => Math.floor(lost.oldestEvent / DAY) * DAY - day * DAY))
      answers.push(
        `{"question":"event-history 111122223333/us-east-1 ${from} ${from + DAY - 1}","answer":{}}`,
      );
    writeFileSync(place, `${answers.join('\n')}\n`);
    return { lost, ran: await runCommand(bench.corroborateArgs()) };
  };

  test.each(['witness.asked.jsonl', 'out/witness.asked.jsonl'])('in %s are not looked at', async (place) => {
    const { lost, ran } = await planted(place);
    expect(ran.exitCode).toBe(1);
    expect(ids(writtenAnswer().recovered)).toEqual(idsOf([lost]));
    expect(existsSync(place)).toBe(true);
  });

  test('cannot be in a folder that others may write: nothing is kept then, and a line says so', async () => {
    mkdirSync('state/trail-verify', { recursive: true });
    chmodSync('state/trail-verify', 0o777);
    const { trail } = bench;
    trail.hours(6, { logs: 1 });
    bench.options.eventHistory = historyOf(trail.logFiles);
    await bench.verify();
    const environment = { XDG_STATE_HOME: path.resolve('state') };
    const { error } = await runCommand(bench.corroborateArgs(), { environment });
    expect(error).toContain('an interrupted run cannot go on later: folder ');
    expect(error).toContain('can be written by others');
    expect(readdirSync('state/trail-verify')).toEqual([]);
  });
});

test('ctrl-C before any question is answered whole says that nothing is kept', async () => {
  const { trail, store, server } = bench;
  trail.hours(6, { logs: 1 });
  for (const log of trail.logFiles.slice(0, 2)) deleteObject(store, log);
  bench.options.eventHistory = historyOf(trail.logFiles);
  await bench.verify();
  const environment = { XDG_STATE_HOME: path.resolve('state') };
  const terminal = fakeTerminal({ environment });
  server.faults.add({
    kind: 'answer',
    of: ({ operation }) => operation === 'LookupEvents',
    change: (answer) => {
      terminal.press();
      return answer;
    },
  });
  expect(await runCommandLine(bench.corroborateArgs(), terminal)).toBe(4);
  expect(terminal.complained()).toContain('nothing is written');
  expect(terminal.complained()).not.toContain('kept');
  expect(terminal.complained()).not.toContain('to go on');
  expect(readdirSync('state/trail-verify')).toEqual([]);
});

test.each(['LookupEvents', 'GetObject'])(
  'ctrl-C ends a request that hangs at once: %s',
  async (operation) => {
    const { trail, server } = bench;
    trail.hours(6, { logs: 1 });
    bench.options.eventHistory = historyOf(trail.logFiles);
    await bench.verify();
    const terminal = fakeTerminal({ environment: { XDG_STATE_HOME: path.resolve('state') } });
    let pressed = 0;
    server.faults.add({
      kind: 'stall',
      of: (request) => {
        if (request.operation !== operation) return false;
        setTimeout(() => {
          pressed = performance.now();
          terminal.press();
        }, 100);
        return true;
      },
    });
    expect(await runCommandLine([...bench.corroborateArgs(), '--all'], terminal)).toBe(4);
    expect(pressed).toBeGreaterThan(0);
    expect(performance.now() - pressed).toBeLessThan(3000);
    expect(terminal.complained()).toMatch(/interrupted: .*; press ctrl-C again to stop at once\n/);
    expect(terminal.complained()).toContain('the questions were interrupted');
  },
);

describe('what an interrupted run has kept', () => {
  const lookups = (): number =>
    bench.server.requests.filter(({ operation }) => operation === 'LookupEvents').length;
  const environment = () => ({ XDG_STATE_HOME: path.resolve('state') });

  /** A run that was interrupted at its second day. Returns the file that it left. */
  async function keptFile(): Promise<string> {
    const { trail, store, server } = bench;
    trail.hours(30, { logs: 1 });
    for (const log of trail.logFiles.slice(2, 28)) deleteObject(store, log);
    bench.options.eventHistory = historyOf(trail.logFiles);
    await bench.verify();
    const terminal = fakeTerminal({ environment: environment() });
    let isPressed = false;
    server.faults.add({
      kind: 'answer',
      of: ({ operation }) => operation === 'LookupEvents' && !isPressed && lookups() >= 3,
      change: (answer) => {
        isPressed = true;
        terminal.press();
        return answer;
      },
    });
    expect(await runCommandLine(bench.corroborateArgs(), terminal)).toBe(4);
    const [name = ''] = readdirSync('state/trail-verify');
    return path.join('state/trail-verify', name);
  }

  test('is asked again where it is not the own file alone, and a line says what helps', async () => {
    const file = await keptFile();
    const { size } = statSync(file);
    chmodSync(file, 0o666);
    const again = await runCommand(bench.corroborateArgs(), { environment: environment() });
    expect(again.exitCode).toBe(1);
    expect(again.error).toBe(
      `warning: no answer is taken over, and an interrupted run cannot go on later: answers cannot be kept in ${path.resolve(file)}: it can be written by others; remove it, and run again\n`,
    );
    expect(writtenAnswer().document?.limits.map(({ code }) => code)).not.toContain('WITNESS_RESUMED');
    expect(statSync(file).size).toBe(size);

    chmodSync(file, 0o600);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${[lines[0], 'null', ...lines.slice(1)].join('\n')}\n`);
    rmSync('witness', { recursive: true });
    const damaged = await runCommand(bench.corroborateArgs(), { environment: environment() });
    expect(damaged.error).toMatch(
      /^warning: 1 line of .*asked-.*jsonl is damaged: what these were a part of is asked again\n.*1 question answered before/,
    );
  });

  test.each([
    ['another present', ['--now', 'later']],
    ['another role in members', ['--member-role', 'Auditor']],
    ['another profile', ['--profile', 'other']],
  ])('is of no use to a run with %s', async (_, more) => {
    const file = await keptFile();
    writeFileSync('config', '[profile other]\nregion = us-east-1\n');
    const args = [...bench.corroborateArgs()];
    const [option = '', value = ''] = more;
    if (option === '--now') args[args.indexOf('--now') + 1] = isoTime(bench.now() + 1000);
    else args.push(option, value);
    vi.stubEnv('AWS_CONFIG_FILE', path.resolve('config'));
    const { error } = await runCommand(args, { environment: environment() });
    expect(error).not.toContain('before the interruption');
    expect(existsSync(file)).toBe(true);
  });

  test('goes after two weeks, and nothing else that is there', async () => {
    const file = await keptFile();
    const folder = path.dirname(file);
    const old = new Date(Date.now() - 14 * DAY - HOUR);
    const names = ['asked-0123456789abcdef0123456789abcdef.jsonl', 'asked-mine.jsonl', 'notes'];
    for (const name of names) writeFileSync(path.join(folder, name), 'x');
    symlinkSync('notes', path.join(folder, `asked-${'0'.repeat(32)}.jsonl`));
    for (const name of [...names, path.basename(file)]) utimesSync(path.join(folder, name), old, old);
    const { error, exitCode } = await runCommand(bench.corroborateArgs(), { environment: environment() });
    expect([error, exitCode]).toEqual(['', 1]);
    expect(readdirSync(folder)).toEqual([`asked-${'0'.repeat(32)}.jsonl`, 'asked-mine.jsonl', 'notes']);
  });
});
