/** Answers that are kept for a run that is resumed: what is given again, what is damaged, and what is nobody's but the user's. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DAY } from '../../../src/base/clock.ts';
import { type AskedRun, openKeptAnswers } from '../../../src/cli/io/witness/resume.ts';
import { isUnfinished } from '../../../src/source/unfinished.ts';
import type { GivenEvent, Witness } from '../../../src/witness/contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const HOME = process.cwd();
beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(HOME));

const RUN: AskedRun = { reportSha256: 'a'.repeat(64), all: false, output: '/cases/7' };
const PLACE = { account: '111122223333', region: 'us-east-1', trails: [], hasInsights: false };
const DAYS = [0, 1, 2].map((day) => ({ from: day * DAY, to: (day + 1) * DAY - 1 }));

/** A witness with two pages a day; `endsAt` is the page of all with which it ends. */
function witness({ refusal, endsAt }: { refusal?: string; endsAt?: number } = {}) {
  let pages = 0;
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
      for (const events of [
        [{ id: `é${from}`, record: '{"a":"\u2028"}' }],
        [{ id: `b${from}`, record: undefined }],
      ]) {
        await take(events);
        pages += 1;
        if (pages === endsAt) throw new Error('interrupted');
      }
      return { refusal, foreign: 'http://localhost' };
    },
  };
  return own satisfies Witness;
}

const EVENTS = DAYS.flatMap(({ from }) => [`é${from}`, `b${from}`]);

async function askAll(given: Witness, run = RUN) {
  const kept = await openKeptAnswers('.', run);
  const events: GivenEvent[] = [];
  const answers = [];
  try {
    for (const day of DAYS)
      answers.push(await kept.keeping(given).ask(PLACE, day, async (page) => void events.push(...page)));
  } finally {
    await kept.close();
  }
  const { known, file, damaged } = kept;
  return { events, answers, known, file, damaged };
}

const idsIn = (events: readonly GivenEvent[]) => events.map(({ id }) => id);

describe('answers that are kept', () => {
  test('are given again, page by page, and nobody is asked', async () => {
    const first = await askAll(witness());
    const later = witness();
    expect(await askAll(later)).toEqual(first);
    expect(later.asked).toBe(0);
    expect(readFileSync(first.file, 'latin1')).toMatch(/^[ -~\n]*$/);
  });

  test('are not those that were refused', async () => {
    await askAll(witness({ refusal: 'no' }));
    const later = witness();
    expect((await askAll(later)).known).toBe(3);
    expect(later.asked).toBe(3);
  });

  test('of a file that was cut anywhere are those that are whole, and no half of one', async () => {
    const { file } = await askAll(witness());
    const text = readFileSync(file);
    const ends = [...text.keys()].filter((at) => text[at] === 0x0a);
    for (const end of ends)
      for (const at of [end - 20, end, end + 1]) {
        writeFileSync(file, text.subarray(0, at));
        const later = witness();
        const { events, damaged } = await askAll(later);
        const whole = ends.filter((one) => one < at).length;
        // A line for the head, and three for each answer.
        expect([later.asked, damaged]).toEqual([3 - Math.max(0, Math.floor((whole - 1) / 3)), 0]);
        expect(idsIn(events)).toEqual(EVENTS);
        expect(readFileSync(file, 'latin1').startsWith(text.toString('latin1').slice(0, ends[0]))).toBe(true);
      }
  });

  test('are none of a question that was interrupted amid its pages, and are whole the next time', async () => {
    await expect(askAll(witness({ endsAt: 3 }))).rejects.toThrow('interrupted');
    await expect(askAll(witness({ endsAt: 1 }))).rejects.toThrow('interrupted');
    const later = witness();
    expect(idsIn((await askAll(later)).events)).toEqual(EVENTS);
    expect(later.asked).toBe(2);
    const last = witness();
    const { events, damaged } = await askAll(last);
    expect([last.asked, damaged, idsIn(events)]).toEqual([0, 0, EVENTS]);
  });

  test('of another report, of other questions, or of another caller are in a file of their own', async () => {
    await askAll(witness());
    const others: readonly AskedRun[] = [
      { ...RUN, reportSha256: 'b'.repeat(64) },
      { ...RUN, all: true },
      { ...RUN, output: '/cases/8' },
      { ...RUN, store: 'arn' },
      { ...RUN, now: 1 },
      { ...RUN, access: { endpoints: {} } },
      { ...RUN, access: { endpoints: { CLOUDTRAIL: 'http://127.0.0.1:1' } } },
      { ...RUN, access: { endpoints: {}, caller: 'arn:aws:iam::111122223333:user/a' } },
      { ...RUN, access: { endpoints: {}, memberRole: 'Auditor' } },
      { ...RUN, access: { endpoints: {}, roleArn: 'arn:aws:iam::111122223333:role/a' } },
      { ...RUN, access: { endpoints: {}, profile: 'a' } },
    ];
    for (const other of others) {
      const later = witness();
      await askAll(later, other);
      expect(later.asked).toBe(3);
    }
    expect(readdirSync('.')).toHaveLength(1 + others.length);
  });
});

describe('a damaged line', () => {
  /** The lines of a whole file with one change, and what comes of it. */
  async function changed(change: (lines: string[]) => readonly string[]) {
    const { file } = await askAll(witness());
    const lines = readFileSync(file, 'latin1').trimEnd().split('\n');
    writeFileSync(file, `${change(lines).join('\n')}\n`, 'latin1');
    const later = witness();
    const { events, damaged } = await askAll(later);
    expect(idsIn(events)).toEqual(EVENTS);
    const again = witness();
    expect(idsIn((await askAll(again)).events)).toEqual(EVENTS);
    expect(again.asked).toBe(0);
    return { asked: later.asked, isSaid: damaged > 0 };
  }
  const at = (place: number, line: (old: string) => string) => (lines: string[]) =>
    lines.map((old, index) => (index === place ? line(old) : old));

  test.each<[string, (lines: string[]) => readonly string[]]>([
    ['an event that is null', at(1, (old) => old.replace(/"events":.*/, '"events":[null]}'))],
    ['an id that is a number', at(1, (old) => old.replace(/"id":"[^"]*"/, '"id":5'))],
    ['a list of another kind', at(1, (old) => old.replace(/"events":.*/, '"events":{"length":5}}'))],
    ['bytes that are no UTF-8', at(1, (old) => old.replace('"a', '"\u00ff'))],
    ['a tab', at(1, (old) => old.replace('{', '{\t'))],
    ['a carriage return', at(1, (old) => `${old}\r`)],
    ['another content', at(1, (old) => old.replace('{\\"a\\"', '{\\"b\\"'))],
    ['a page that is gone', (lines) => lines.toSpliced(2, 1)],
    ['a page twice', (lines) => lines.toSpliced(2, 0, lines[2] ?? '')],
    ['pages in another order', ([head, one, two, ...rest]) => [head ?? '', two ?? '', one ?? '', ...rest]],
    ['fewer pages by its answer', at(3, (old) => old.replace('"pages":2', '"pages":1'))],
    ['no pages by its answer', at(3, (old) => old.replace('"pages":2', '"pages":0'))],
    ['no hash', at(3, (old) => old.replace(/,"sha256":"[^"]*"/, ''))],
    ['an endpoint that is none', at(3, (old) => old.replace(/"foreign":.*/, '"foreign":{}}'))],
    ['no answer', at(3, () => 'null')],
  ])('with %s: its question is asked again', async (_, change) => {
    expect(await changed(change)).toEqual({ asked: 1, isSaid: true });
  });

  test.each([
    'null',
    '[]',
    '5',
    '""',
    '{',
    '{"question":5}',
    '{"question":"__proto__","page":1,"events":[]}',
  ])('that is no answer, %s, costs none', async (line) => {
    const { asked, isSaid } = await changed((lines) => lines.toSpliced(1, 0, line));
    expect([asked, isSaid]).toEqual([0, !line.includes('proto')]);
  });

  test('twice, of an answer, is the same answer', async () => {
    expect(await changed((lines) => lines.toSpliced(4, 0, lines[3] ?? ''))).toEqual({
      asked: 0,
      isSaid: false,
    });
  });
});

describe('a file that is not believed is left alone', () => {
  const refused = { code: 'OUTPUT_NOT_USABLE', hint: 'remove it, and run again' };

  async function keptFile(): Promise<string> {
    return (await askAll(witness())).file;
  }

  test('of another content', async () => {
    const file = await keptFile();
    for (const content of ['my notes', 'my notes\n', '\n', `${'x'.repeat(5000)}\n`]) {
      writeFileSync(file, content);
      await expect(askAll(witness())).rejects.toMatchObject(refused);
      expect(readFileSync(file, 'utf8')).toBe(content);
    }
  });

  test('with lines without an end', async () => {
    const file = await keptFile();
    truncateSync(file, 3 * 1024 ** 3);
    await expect(askAll(witness())).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/longer than any/),
    });
  });

  test('behind a link', async () => {
    const file = await keptFile();
    const text = readFileSync(file);
    writeFileSync('elsewhere', text);
    for (const target of ['elsewhere', 'nowhere']) {
      rmSync(file);
      symlinkSync(target, file);
      await expect(askAll(witness())).rejects.toMatchObject(refused);
    }
    expect(readFileSync('elsewhere')).toEqual(text);
    expect(existsSync('nowhere')).toBe(false);
  });

  test('that is a pipe, or a folder', async () => {
    const file = await keptFile();
    rmSync(file);
    execFileSync('mkfifo', ['-m', '600', file]);
    await expect(askAll(witness())).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/it is no file$/),
    });
    rmSync(file);
    mkdirSync(file);
    await expect(askAll(witness())).rejects.toMatchObject(refused);
  });

  test.each([0o666, 0o660, 0o602])('that others may write: mode %o', async (mode) => {
    const file = await keptFile();
    chmodSync(file, mode);
    await expect(askAll(witness())).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/written by others$/),
    });
  });

  test('with another name elsewhere', async () => {
    const file = await keptFile();
    linkSync(file, 'twin');
    await expect(askAll(witness())).rejects.toMatchObject({
      ...refused,
      message: expect.stringMatching(/hard link/),
    });
  });
});

test('a file is noted as one that goes with its process until it has an answer', async () => {
  const half = { ...RUN, all: true };
  await expect(askAll(witness({ endsAt: 1 }), half)).rejects.toThrow('interrupted');
  const [file = ''] = readdirSync('.');
  expect(isUnfinished(file)).toBe(true);
  await askAll(witness({ endsAt: 5 }), half).catch(() => undefined);
  expect(isUnfinished(file)).toBe(false);
  expect(readdirSync('.')).toEqual([path.basename(file)]);
});
