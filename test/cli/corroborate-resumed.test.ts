/** Questions that were interrupted go on where they ended. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { openKeptAnswers } from '../../src/cli/io/witness/resume.ts';
import { runCommandLine } from '../../src/cli/main.ts';
import { readReport } from '../../src/report/report-schema.ts';
import type { GivenEvent, Witness } from '../../src/witness/contract.ts';
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
  expect(terminal.complained()).toContain(
    'run trail-verify corroborate out/report.json --output witness to go on',
  );
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

describe('answers that are kept', () => {
  const RUN = { reportSha256: 'a'.repeat(64), all: false, output: '/cases/7' };
  const PLACE = { account: '111122223333', region: 'us-east-1', trails: [], hasInsights: false };
  const DAYS = [0, 1, 2].map((day) => ({ from: day * DAY, to: (day + 1) * DAY - 1 }));

  function witness(refusal?: string): Witness & { asked: number } {
    const own = {
      kind: 'event-history' as const,
      name: 'the event history',
      days: 90,
      limits: [],
      asked: 0,
      holdings: async () => () => true,
      ask: async (
        _: unknown,
        { from }: { readonly from: number },
        take: (events: readonly GivenEvent[]) => Promise<void>,
      ) => {
        own.asked += 1;
        await take([{ id: `é${from}`, record: '{"a":"\u2028"}' }]);
        await take([]);
        return { refusal, foreign: 'http://localhost' };
      },
    };
    return own;
  }

  async function askAll(given: Witness, run = RUN) {
    const kept = await openKeptAnswers('.', run);
    const events: GivenEvent[] = [];
    const answers = [];
    for (const day of DAYS)
      answers.push(await kept.keeping(given).ask(PLACE, day, async (page) => void events.push(...page)));
    const { known, file } = kept;
    await kept.close();
    return { events, answers, known, file };
  }

  test('are given again, page by page, and nobody is asked', async () => {
    const first = await askAll(witness());
    const later = witness();
    expect(await askAll(later)).toEqual(first);
    expect(later.asked).toBe(0);
    expect(readFileSync(first.file, 'latin1')).toMatch(/^[ -~\n]*$/);
  });

  test('are not those that were refused', async () => {
    await askAll(witness('no'));
    const later = witness();
    expect((await askAll(later)).known).toBe(3);
    expect(later.asked).toBe(3);
  });

  test.each([1, 20, 200])(
    'of a file that was cut %i bytes before its end are as many as are whole',
    async (cut) => {
      const first = await askAll(witness());
      const text = readFileSync(first.file);
      writeFileSync(first.file, text.subarray(0, text.length - cut));
      const later = witness();
      const { events } = await askAll(later);
      expect(later.asked).toBe(cut === 1 ? 0 : cut === 20 ? 1 : later.asked);
      for (const { id } of first.events) expect(events.map((event) => event.id)).toContain(id);
      const last = witness();
      await askAll(last);
      expect(last.asked).toBe(0);
    },
  );

  test('of another report, or of other questions, are in a file of their own', async () => {
    await askAll(witness());
    for (const other of [
      { ...RUN, reportSha256: 'b'.repeat(64) },
      { ...RUN, all: true },
      { ...RUN, output: '/cases/8' },
      { ...RUN, store: 'arn' },
    ]) {
      const later = witness();
      await askAll(later, other);
      expect(later.asked).toBe(3);
    }
    expect(readdirSync('.')).toHaveLength(5);
  });

  test('are not read from a file of another content, nor through a link, and that is left alone', async () => {
    const { file } = await askAll(witness());
    const text = readFileSync(file);
    writeFileSync(file, 'my notes');
    await expect(askAll(witness())).rejects.toMatchObject({ code: 'OUTPUT_NOT_USABLE' });
    expect(readFileSync(file, 'utf8')).toBe('my notes');
    writeFileSync('elsewhere', text);
    for (const target of ['elsewhere', 'nowhere']) {
      rmSync(file);
      symlinkSync(target, file);
      await expect(askAll(witness())).rejects.toThrow('answers cannot be kept in');
    }
    expect(readFileSync('elsewhere')).toEqual(text);
    expect(existsSync('nowhere')).toBe(false);
  });
});
