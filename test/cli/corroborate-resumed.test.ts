/** Questions that were interrupted go on where they ended. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DAY } from '../../src/base/clock.ts';
import { openKeptAnswers } from '../../src/cli/io/witness/resume.ts';
import { runCommandLine } from '../../src/cli/main.ts';
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

  const terminal = fakeTerminal();
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

  const second = await runCommand(args);
  expect(second.exitCode).toBe(1);
  expect(second.error).toContain('1 question answered before the interruption');
  const again = asked() - before;
  expect(readdirSync('.').sort()).toEqual(['out', 'witness']);

  await runCommand([...args, '--output', 'whole']);
  expect(asked() - before - again).toBe(again + 1);
  for (const file of ['recovered.jsonl', 'corroboration.json'])
    expect(readFileSync(`witness/${file}`, 'utf8')).toBe(readFileSync(`whole/${file}`, 'utf8'));
  const all = await runCommand([...args, '--output', 'all', '--all']);
  expect(all.error).toMatch(
    /^trail-verify: asking about .* in 1 account and Region; .*; ctrl-C keeps what was answered\n$/,
  );
  expect(ids(writtenAnswer('whole').recovered)).toEqual(idsOf(lost));
});

describe('answers that are kept', () => {
  const RUN = { reportSha256: 'a'.repeat(64), all: false };
  const PLACE = { account: '111122223333', region: 'us-east-1', trails: [], hasInsights: false };
  const DAYS = [0, 1, 2].map((day) => ({ from: day * DAY, to: (day + 1) * DAY - 1 }));

  function witness(refusal?: string): Witness & { asked: number } {
    const own = {
      kind: 'event-history' as const,
      name: 'the event history',
      days: 90,
      limits: [],
      asked: 0,
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

  async function askAll(given: Witness, file = 'kept.jsonl', run = RUN) {
    const kept = await openKeptAnswers(file, run);
    const events: GivenEvent[] = [];
    const answers = [];
    for (const day of DAYS)
      answers.push(await kept.keeping(given).ask(PLACE, day, async (page) => void events.push(...page)));
    const { known } = kept;
    await kept.close();
    return { events, answers, known };
  }

  test('are given again, page by page, and nobody is asked', async () => {
    const first = await askAll(witness());
    const later = witness();
    expect(await askAll(later)).toEqual(first);
    expect(later.asked).toBe(0);
    expect(readFileSync('kept.jsonl', 'latin1')).toMatch(/^[ -~\n]*$/);
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
      const text = readFileSync('kept.jsonl');
      writeFileSync('kept.jsonl', text.subarray(0, text.length - cut));
      const later = witness();
      const { events } = await askAll(later);
      expect(later.asked).toBe(cut === 1 ? 0 : cut === 20 ? 1 : later.asked);
      for (const { id } of first.events) expect(events.map((event) => event.id)).toContain(id);
      const last = witness();
      await askAll(last);
      expect(last.asked).toBe(0);
    },
  );

  test('of another report, or of other questions, are refused and left alone', async () => {
    await askAll(witness());
    const text = readFileSync('kept.jsonl');
    for (const other of [
      { ...RUN, reportSha256: 'b'.repeat(64) },
      { ...RUN, all: true },
    ])
      await expect(askAll(witness(), 'kept.jsonl', other)).rejects.toMatchObject({
        code: 'OUTPUT_NOT_USABLE',
      });
    writeFileSync('mine.txt', 'my notes');
    await expect(askAll(witness(), 'mine.txt')).rejects.toMatchObject({ code: 'OUTPUT_NOT_USABLE' });
    expect(readFileSync('mine.txt', 'utf8')).toBe('my notes');
    expect(readFileSync('kept.jsonl')).toEqual(text);
  });
});
