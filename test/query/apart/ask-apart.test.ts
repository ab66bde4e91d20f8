/** Whatever a question takes, the process that asks it is another one, and is gone afterwards. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../../fixtures/scenario.ts';
import { fixedClock } from '../../../src/base/clock.ts';
import type { EventsDocument } from '../../../src/events/events-document.ts';
import type { FileMarks } from '../../../src/events/file-marks.ts';
import { openVerifiedEvents, requireAnswerable } from '../../../src/query/apart/ask-apart.ts';
import type { OpenedEvents } from '../../../src/query/opened-events.ts';
import { exportEvents } from '../../../src/verify-events.ts';
import { childrenOf } from '../../support/child-processes.ts';
import { marksNow } from '../../support/export-marks.ts';
import { memorySource } from '../../support/memory-source.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const NOW = Date.parse('2026-12-01T00:00:00Z');
const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-made-'));
const folder = path.join(made, 'events');
let document: EventsDocument;
let marks: FileMarks;
let target: string;
let events: OpenedEvents;

beforeAll(async () => {
  mkdirSync(folder);
  const { store, trail } = auditTrail(3);
  const scenario = scenarioOf(store, trail);
  const options = { targets: scenario.targets, keyRing: ringOf(scenario), clock: fixedClock(scenario.now) };
  ({ document } = await exportEvents({ source: memorySource(store), ...options }, folder));
  marks = marksNow(folder, document);
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(async () => {
  vi.stubEnv('TMPDIR', made);
  vi.stubEnv('HTTPS_PROXY', 'http://user:pass@proxy.example:3128');
  target = path.join(temporaryFolder(), 'result.parquet');
  events = await openVerifiedEvents({ folder, document, marks, now: NOW, target });
});
afterEach(async () => {
  await events.close();
  expect(processes()).toEqual([]);
  expect(readdirSync(made).filter((name) => name.startsWith('trail-verify-query-'))).toEqual([]);
  vi.unstubAllEnvs();
});

/** The processes that ask for this one. */
function processes(): readonly number[] {
  return childrenOf(process.pid, 'asking-process');
}

async function take(sql: string, from: OpenedEvents = events): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const batch of (await from.ask(sql)).batches) rows.push(...batch);
  return rows;
}

test('answers as they are, however many rows they have and however long one is', async () => {
  const { columns } = await events.ask("SELECT 1 AS one, [1.5] AS list, 'nan'::DOUBLE AS odd");
  expect(columns).toEqual([
    { name: 'one', type: 'INTEGER' },
    { name: 'list', type: 'DECIMAL(2,1)[]' },
    { name: 'odd', type: 'DOUBLE' },
  ]);
  expect(await take("SELECT 1, NULL, 'é\u2028😀', 'nan'::DOUBLE, 9007199254740993, {'a': [true]}")).toEqual([
    [1, null, 'é\u2028😀', 'NaN', '9007199254740993', { a: [true] }],
  ]);
  const numbers = await take("SELECT i::INTEGER, system.main.repeat('x', 1000) FROM range(20000) AS t(i)");
  expect(numbers.map((row) => (row as readonly unknown[])[0])).toEqual([...new Array(20000).keys()]);
  const [[long] = []] = (await take("SELECT system.main.repeat('x', 20000000)")) as readonly [[string]];
  expect(long?.length).toBe(20_000_000);
  expect(await events.undated()).toBe(0);
});

test('rows that are given up keep nothing from being answered', async () => {
  for await (const _ of (await events.ask('SELECT * FROM range(1000000)')).batches) break;
  expect(await events.write('SELECT 7 AS seven')).toBe(false);
  const written: unknown[] = [];
  for await (const batch of (await events.written()).batches) written.push(...batch);
  expect(written).toEqual([[7]]);
});

describe('rows', () => {
  test('can be taken once', async () => {
    const { batches } = await events.ask('SELECT 1');
    for await (const batch of batches) expect(batch).toEqual([[1]]);
    expect(() => batches[Symbol.asyncIterator]()).toThrow('the rows of an answer can be taken once');
  });

  test('are those of their own question, or none', async () => {
    const { batches } = await events.ask('SELECT 1');
    expect(await take('SELECT 2')).toEqual([[2]]);
    await expect(batches[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'another question was asked since',
    });
  });

  /** Runs a program that has `events` open and the answer to a million rows, up to its end. */
  function run(rest: string): { status: number | null; stdout: string; stderr: string } {
    const [asking, starting] = ['ask-apart.ts', 'start-asking.ts'].map(
      (name) => new URL(`../../../src/query/apart/${name}`, import.meta.url).href,
    );
    const options = { folder, document, now: NOW };
    const program = `
      import { takeProgramNextTo } from ${JSON.stringify(starting)};
      import { openVerifiedEvents } from ${JSON.stringify(asking)};
      takeProgramNextTo(${JSON.stringify(pathToFileURL(path.join(inject('threads'), 'tests.js')).href)});
      const marks = new Map(${JSON.stringify([...marks])});
      const events = await openVerifiedEvents({ ...${JSON.stringify(options)}, marks });
      const { columns, batches } = await events.ask('SELECT * FROM range(1000000)');
      ${rest}`;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', program],
      { encoding: 'utf8', timeout: 30_000 },
    );
    return { status, stdout, stderr };
  }

  test('that nobody takes keep no program from its end', () => {
    const ending = run(`
      for await (const batch of batches) {
        console.log(columns.length, batch.length > 0);
        break;
      }`);
    expect(ending).toEqual({ status: 0, stdout: '1 true\n', stderr: '' });
  });

  test('that come when the events are closed end no program before they are', () => {
    const ending = run(`
      await batches[Symbol.asyncIterator]().next();
      // The next rows are there, and not yet heard of.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      await events.close();
      console.log('closed');`);
    expect(ending).toEqual({ status: 0, stdout: 'closed\n', stderr: '' });
  });
});

test('an error is the one that it was there', async () => {
  await expect(events.ask('SELECT evntname FROM events')).rejects.toMatchObject({
    name: 'TrailVerifyError',
    code: 'CONFIGURATION',
    message: expect.stringContaining('evntname'),
    hint: expect.stringContaining('eventname'),
  });
  // One that comes with the rows.
  await expect(take("SELECT error('in ' || i) FROM range(5000) AS t(i)")).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringContaining('in 0'),
  });
  expect(await take('SELECT 1')).toEqual([[1]]);
});

test('a question that cannot be asked leaves no process', async () => {
  await expect(requireAnswerable('SELECT (', NOW)).rejects.toMatchObject({ code: 'CONFIGURATION' });
  const missing = { folder: path.join(made, 'nowhere'), document, marks, now: NOW };
  await expect(openVerifiedEvents(missing)).rejects.toMatchObject({ code: 'EVIDENCE_INVALID' });
  const failing = {
    folder,
    document,
    marks,
    now: NOW,
    witness: () => Promise.reject(new TypeError('no lines')),
  };
  await expect(openVerifiedEvents(failing)).rejects.toThrow(TypeError);
  expect(processes()).toHaveLength(1);
});

test('files are looked at while a statement is under way, and not when they are closed', async () => {
  const asked = take('SELECT count(*) FROM range(100000000000)');
  const closed = { code: 'INTERNAL', message: 'the events are closed' };
  const ended = expect(asked).rejects.toMatchObject(closed);
  await events.check();
  await events.close();
  await ended;
  await expect(events.check()).rejects.toMatchObject(closed);
});

describe('files that are not those that were checked are not opened:', () => {
  test.each<readonly [string, (part: string, day: string) => void]>([
    ['another one', (part) => writeFileSync(part, readFileSync(part))],
    ['none', (part) => rmSync(part)],
    [
      'one in a folder that is a link',
      (_, day) => {
        renameSync(day, `${day}-real`);
        symlinkSync(`${day}-real`, day, 'junction');
      },
    ],
  ])('%s', async (_, change) => {
    const copy = path.join(temporaryFolder(), 'events');
    cpSync(folder, copy, { recursive: true });
    const before = marksNow(copy, document);
    const [first] = document.files.filter((file) => file.path.startsWith('events/'));
    const part = path.join(copy, first?.path ?? '');
    change(part, path.dirname(part));
    await expect(
      openVerifiedEvents({ folder: copy, document, marks: before, now: NOW }),
    ).rejects.toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: expect.stringMatching(/part-000001\.parquet|day=[-0-9]+/),
    });
  });

  test('nor those without a mark', async () => {
    await expect(openVerifiedEvents({ folder, document, marks: new Map(), now: NOW })).rejects.toMatchObject({
      code: 'EVIDENCE_INVALID',
    });
  });
});

test('one that can be is asked in the same process', async () => {
  const answerable = await requireAnswerable('SELECT 1', NOW, { hasWitness: true });
  const before = processes();
  const line = JSON.stringify({ witness: 'w', eventName: 'DeleteItem', event: {} });
  const witness = async (give: (line: string) => void): Promise<void> => {
    for (let at = 0; at < 3; at += 1) give(line);
  };
  const opened = await answerable.open({ folder, document, marks, now: NOW, witness });
  expect(await take('SELECT eventname FROM witness_events', opened)).toEqual([
    ['DeleteItem'],
    ['DeleteItem'],
    ['DeleteItem'],
  ]);
  expect(await take('SELECT count(*)::INTEGER FROM events', opened)).toEqual([[document.events]]);
  expect(processes()).toEqual(before);
  await answerable.close();
  expect(processes()).toHaveLength(1);
});

test('the process has nothing of the environment that may be secret', () => {
  const [pid] = processes();
  if (process.platform !== 'linux') return;
  const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
  expect(environment).toContain('PATH=');
  expect(environment).not.toContain('proxy.example');
});

describe('memory', () => {
  // DuckDB's own bound holds for none of them.
  test.each([
    "SELECT cardinality(repeat('x', 100000000))",
    'SELECT len(range(800000000))',
    'SELECT range(60000000)',
  ])('%s ends the process and not this one', async (sql) => {
    const before = process.memoryUsage.rss();
    await expect(take(sql)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: 'the question needs more memory than it may have',
      hint: expect.stringContaining('ask for less'),
    });
    expect(process.memoryUsage.rss() - before).toBeLessThan(500e6);
    await expect(events.ask('SELECT 1')).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });

  test('a system that has none ends the process, and that is said', async () => {
    const asked = take('SELECT count(*) FROM range(100000000000)');
    for (const pid of processes()) process.kill(pid, 'SIGKILL');
    await expect(asked).rejects.toMatchObject({ code: 'CONFIGURATION' });
  });
});

describe('an interruption', () => {
  const INTERRUPTED = { code: 'INTERRUPTED', message: 'the question was interrupted' };

  test('ends a statement, or rows that come, and the next statement is answered', async () => {
    const asked = take('SELECT count(*) FROM range(100000000000)');
    setTimeout(() => events.interrupt(), 300);
    await expect(asked).rejects.toMatchObject(INTERRUPTED);
    const some = async (): Promise<void> => {
      for await (const _ of (await events.ask('SELECT * FROM range(1000000000)')).batches) events.interrupt();
    };
    await expect(some()).rejects.toMatchObject(INTERRUPTED);
    expect(await take('SELECT 1')).toEqual([[1]]);
  });

  test('between two statements ends the second', async () => {
    events.interrupt();
    await expect(events.ask('SELECT 1')).rejects.toMatchObject(INTERRUPTED);
  });
});

test('what works on one value heeds no interruption, and is ended all the same', async () => {
  const asked = take('SELECT list_reduce(range(20000000), lambda a, b: a + b)');
  const failed = expect(asked).rejects.toMatchObject({ code: 'INTERRUPTED' });
  setTimeout(() => events.interrupt(), 300);
  await failed;
  await expect(events.ask('SELECT 1')).rejects.toMatchObject({
    name: 'TrailVerifyError',
    code: 'INTERRUPTED',
  });
});
