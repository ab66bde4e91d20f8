/** The database behind a question holds by itself: whatever text gets to it, it reads events and nothing else, and writes nothing. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../../fixtures/scenario.ts';
import { fixedClock } from '../../../src/base/clock.ts';
import { openDatabase } from '../../../src/events/database.ts';
import type { EventsDocument } from '../../../src/events/events-document.ts';
import { requireAnswerable } from '../../../src/query/apart/ask-apart.ts';
import { openHere } from '../../../src/query/apart/ask-here.ts';
import { connectEvents } from '../../../src/query/connect.ts';
import type { OpenedEvents, OpenOptions } from '../../../src/query/opened-events.ts';
import { exportEvents } from '../../../src/verify-events.ts';
import { marksNow } from '../../support/export-marks.ts';
import { memorySource } from '../../support/memory-source.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const NOW = Date.parse('2026-12-01T00:00:00Z');
const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-made-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));
let folder: string;
let document: EventsDocument;
let events: OpenedEvents;
let target: string;

function openEvents(options: Omit<OpenOptions, 'marks'>): Promise<OpenedEvents> {
  return openHere({ ...options, marks: marksNow(options.folder, options.document) }, temporaryFolder());
}

beforeEach(async () => {
  vi.stubEnv('TMPDIR', made);
  folder = temporaryFolder();
  const { store, trail } = auditTrail(3);
  const scenario = scenarioOf(store, trail);
  const options = { targets: scenario.targets, keyRing: ringOf(scenario), clock: fixedClock(scenario.now) };
  ({ document } = await exportEvents({ source: memorySource(store), ...options }, folder));
  target = path.join(temporaryFolder(), 'result.parquet');
  events = await openEvents({ folder, document, now: NOW, target });
});
afterEach(async () => {
  await events.close();
  // What did not fit into memory is gone.
  expect(readdirSync(made).filter((name) => name.startsWith('trail-verify-query-'))).toEqual([]);
  vi.unstubAllEnvs();
});

async function take(sql: string): Promise<readonly unknown[]> {
  const rows: unknown[] = [];
  for await (const batch of (await events.ask(sql)).batches) rows.push(...batch);
  return rows;
}

describe('no text reads or writes anything else', () => {
  test.each([
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('/tmp/*.parquet')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM cloudtrail_logs WHERE eventname IN (SELECT content FROM read_text('/etc/hostname'))",
    "SELECT * FROM read_csv('https://example.com/x.csv')",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "COPY (SELECT 1) TO 'evil.csv'",
    "ATTACH 'evil.db'",
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    'RESET lock_configuration',
    'CREATE TABLE t AS SELECT 1',
    'DROP VIEW cloudtrail_logs',
    'EXPLAIN SELECT 1',
    'PRAGMA enable_profiling',
    'SELECT 1; SELECT 2',
    "SELECT 1; COPY (SELECT 1) TO 'evil.csv'",
    "SELECT * FROM query('COPY (SELECT 1) TO ''evil.csv''')",
    'WITH x AS (SELECT 1) INSERT INTO t SELECT 1',
    // Rows that no view of ours has, however they are named.
    'TABLE all_events',
    'TABLE memory.main.all_events',
    'WITH a AS (TABLE all_events) SELECT * FROM a',
    'WITH all_events AS (SELECT 1) SELECT * FROM all_events',
    'SELECT (WITH all_events AS (SELECT 1) SELECT 2), * FROM all_events',
    'WITH RECURSIVE pg_settings AS (SELECT 1) SELECT * FROM pg_settings',
    'SELECT * FROM cloudtrail_logs JOIN all_events USING (eventid)',
    'SELECT * FROM (SUMMARIZE all_events)',
    'SELECT * FROM (DESCRIBE pg_settings)',
    'SELECT * FROM (SHOW ALL TABLES)',
    // What the machine is like: the proxy's password, folders, the statements of the views with their paths.
    "SELECT current_setting('http_proxy')",
    "SELECT eventname FROM cloudtrail_logs ORDER BY current_setting('allowed_paths')",
    "SELECT pg_catalog.current_setting('http_proxy')",
    "SELECT json_serialize_plan('SELECT * FROM all_events', optimize := true)",
    'SELECT * FROM pg_catalog.pg_settings',
    'SELECT * FROM system.pg_catalog.pg_settings',
    'TABLE pg_settings',
    'SELECT * FROM duckdb_views',
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM pragma_database_list',
    'SELECT * FROM sqlite_master',
    'SELECT * FROM information_schema.views',
    'SELECT eventid FROM events UNION ALL TABLE duckdb_databases',
    'PIVOT events ON eventname USING count(*)',
    '',
    'SELECT (',
  ])('%s', async (sql) => {
    for (const refused of [() => take(sql), () => events.write(sql)])
      await expect(refused()).rejects.toMatchObject({
        code: 'CONFIGURATION',
        message: expect.not.stringContaining('\n'),
      });
    expect(existsSync('evil.csv') || existsSync('evil.db')).toBe(false);
    expect(existsSync(target)).toBe(false);
  });

  test.each([
    'TABLE events',
    'SELECT * FROM memory.main.lake_events',
    'WITH mine(a) AS (SELECT 1) SELECT * FROM mine, cloudtrail_logs',
    'WITH a AS MATERIALIZED (SELECT 1), b AS (FROM a) SELECT * FROM b',
    'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n',
    'SELECT (WITH Inner_Name AS (SELECT 7 AS x) SELECT max(x) FROM inner_name)',
    'WITH lake_events AS (SELECT 1) SELECT * FROM lake_events',
    'SELECT * FROM (DESCRIBE SELECT eventname FROM events)',
    'SELECT column_name FROM information_schema.columns',
    'SELECT table_name FROM information_schema.tables',
    'SELECT * FROM (VALUES (1), (2)) v(x), unnest([1, 2]) u(y)',
    // Constants that JSON has no numbers for.
    `SELECT 1e400, -1e400, '"value":Infinity}' AS "value"`,
  ])('but our own tables, and what a question defines: %s', async (sql) => {
    expect((await take(sql)).length).toBeGreaterThan(0);
  });

  test('what cannot be asked is refused before any event is there', async () => {
    for (const sql of [
      'SELECT evntname FROM events',
      'SELECT 1; SELECT 2',
      "COPY events TO 'evil.csv'",
      'SELECT (',
    ])
      await expect(requireAnswerable(sql, NOW)).rejects.toMatchObject({ code: 'CONFIGURATION' });
    const answerable = await requireAnswerable('SELECT CAST(eventname AS INTEGER) FROM lake_events', NOW);
    await answerable.close();
  });

  test('a file beside the export’s own is none of them', async () => {
    const [first = { path: '' }] = document.files.filter((file) => file.path.startsWith('events/'));
    const planted = path.join(folder, path.dirname(first.path), 'planted.parquet');
    const database = await openDatabase({ memory: 256e6 });
    await database.run(
      `COPY (SELECT * FROM read_parquet('${path.join(folder, first.path)}')) TO '${planted}' (FORMAT parquet)`,
    );
    database.close();
    expect(await take('SELECT count(*) FROM cloudtrail_logs')).toEqual([[String(document.events)]]);
    await expect(take(`SELECT * FROM read_parquet('${planted}')`)).rejects.toMatchObject({
      code: 'CONFIGURATION',
    });
  });
});

test('a statement that is interrupted says so, and the next one is answered', async () => {
  const names = 'abcdefgh'.split('');
  const endless = `SELECT count(*) FROM ${names.map((name) => `cloudtrail_logs ${name}`).join(', ')} WHERE concat(${names.map((name) => `${name}.eventid`).join(', ')}) = 'x'`;
  for (const run of [() => take(endless), () => events.write(endless)]) {
    setTimeout(() => events.interrupt(), 300);
    await expect(run()).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'the question was interrupted',
    });
  }
  expect(await take('SELECT 1')).toEqual([[1]]);
});

describe('an error that comes after many rows', () => {
  const LATE = 'FROM range(400000) AS t(i)';

  test.each([
    [`SELECT CASE WHEN i = 399000 THEN error('it is odd') ELSE i END ${LATE}`, 'it is odd'],
    [`SELECT CAST(CASE WHEN i = 399000 THEN 'odd' ELSE CAST(i AS VARCHAR) END AS INTEGER) ${LATE}`, "'odd'"],
    [
      `SELECT json_extract('{}', CASE WHEN i = 399000 THEN '$..[' ELSE '$.a' END) AS a, 1 AS a ${LATE}`,
      'JSON path',
    ],
    [`SELECT regexp_matches('a', CASE WHEN i = 399000 THEN '(' ELSE 'a' END) ${LATE}`, 'missing )'],
  ])('%s: is the end of the answer, and is said', async (sql, why) => {
    await expect(take(sql)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(why),
    });
    expect(await take('SELECT 1')).toEqual([[1]]);
  });

  test('an interruption is one', async () => {
    const { batches } = await events.ask('SELECT * FROM range(1000000000)');
    const all = async (): Promise<void> => {
      for await (const _ of batches) events.interrupt();
    };
    await expect(all()).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

test('an answer is written where it was said, whole or as far as was asked', async () => {
  const sql = 'SELECT eventid FROM cloudtrail_logs ORDER BY 1';
  expect(await events.write(sql)).toBe(false);
  const written: unknown[] = [];
  for await (const batch of (await events.written()).batches) written.push(...batch);
  expect(written).toEqual(await take(sql));
  const others = await openEvents({ folder, document, now: NOW });
  await expect(others.write(sql)).rejects.toMatchObject({ code: 'INTERNAL' });
  await others.close();
  for (const [limit, more] of [
    [1, true],
    [11, true],
    [12, false],
    [13, false],
  ] as const) {
    const to = path.join(temporaryFolder(), 'x.parquet');
    const own = await openEvents({ folder, document, now: NOW, target: to });
    expect({ limit, more: await own.write(sql, limit) }).toEqual({ limit, more });
    await own.close();
  }
});

describe('what cannot be given as it is', () => {
  const names = 'fields in it have no names of their own';

  test.each([
    ['SELECT row(1, 2) AS pair', names],
    ['SELECT [row(1, 2)] AS pairs', names],
    ['SELECT MAP {1: row(1, 2)} AS by_key', names],
    ['SELECT MAP {row(1, 2): 1} AS by_pair', names],
    ["SELECT {'a': {'__proto__': 1}} AS odd", names],
    ['SELECT union_value(b := row(1)) AS either', names],
    ['SELECT 1::VARIANT AS anything', 'it is a VARIANT'],
  ])('%s is refused', async (sql, why) => {
    const refused = {
      code: 'CONFIGURATION',
      message: expect.stringContaining(why),
      hint: expect.any(String),
    };
    await expect(events.ask(sql)).rejects.toMatchObject(refused);
    await expect(events.write(sql)).rejects.toMatchObject(refused);
    await expect(requireAnswerable(sql, NOW)).rejects.toMatchObject(refused);
  });

  test.each([
    'SELECT CAST(row(1, 2) AS ROW(a INTEGER, b INTEGER)) AS pair',
    'SELECT union_value(a := 1) AS either',
    'SELECT [1::HUGEINT] AS huge',
  ])('%s is given', async (sql) => {
    expect((await take(sql)).length).toBe(1);
  });

  test.each([
    "SELECT TIMETZ '10:00:00+02' AS at",
    'SELECT union_value(a := 1) AS either',
    'SELECT [1::HUGEINT] AS huge',
    "SELECT {'a': 1::UHUGEINT} AS huge",
  ])('%s has no like in Parquet', async (sql) => {
    const refused = { code: 'CONFIGURATION', message: expect.stringContaining('Parquet has nothing like') };
    await expect(events.write(sql)).rejects.toMatchObject(refused);
    await expect(requireAnswerable(sql, NOW, { asParquet: true })).rejects.toMatchObject(refused);
    expect(existsSync(target)).toBe(false);
  });

  test('numbers of 128 bits are exact in Parquet, in their order and by their names', async () => {
    const sql =
      'SELECT 9007199254740993::HUGEINT * 10 + i AS "a ""b", i::INTEGER AS i, sum(i) AS i FROM range(3) AS t(i) GROUP BY ALL ORDER BY i DESC';
    expect(await events.write(sql, 2)).toBe(true);
    const { columns, batches } = await events.written();
    expect(columns.map(({ name }) => name).slice(0, 2)).toEqual(['a "b', 'i']);
    const rows: unknown[] = [];
    for await (const batch of batches) rows.push(...batch);
    expect(rows).toEqual([
      ['90071992547409932', 2, '2'],
      ['90071992547409931', 1, '1'],
    ]);
  });
});

describe('functions', () => {
  test.each([
    ["FROM enable_logging(storage='stdout')", 'enable_logging in FROM'],
    ['SELECT * FROM disable_logging()', 'disable_logging in FROM'],
    ['FROM enable_profiling()', 'enable_profiling in FROM'],
    ["SELECT (SELECT count(*) FROM query('SELECT 1'))", 'query in FROM'],
    ["WITH a AS (FROM query_table('events')) SELECT 1 FROM a", 'query_table in FROM'],
    ['SELECT 1 WHERE EXISTS (FROM pragma_version())', 'pragma_version in FROM'],
    ["SELECT write_log('x')", 'write_log here'],
  ])('%s is refused', async (sql, why) => {
    await expect(events.ask(sql)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(`cannot call ${why}`),
    });
  });

  test.each([
    'SELECT x FROM unnest([1, 2]) AS t(x)',
    'SELECT sum(x) FROM range(3) AS t(x), generate_series(1, 2)',
    'SELECT key FROM json_each(\'{"a":1}\')',
    `SELECT ${'('.repeat(200)}1${')'.repeat(200)}`,
  ])('%s is let in', async (sql) => {
    expect((await events.ask(sql)).columns).not.toEqual([]);
  });
});

test('files that are no Parquet are no evidence, and make no database', async () => {
  for (const { path: name } of document.files) writeFileSync(path.join(folder, name), 'no Parquet');
  await expect(openEvents({ folder, document, now: NOW })).rejects.toMatchObject({
    code: 'EVIDENCE_INVALID',
    message: expect.stringContaining(`the events in ${folder} cannot be read: `),
  });
  const file = path.join(temporaryFolder(), 'events.duckdb');
  await expect(connectEvents(file, folder, document)).rejects.toMatchObject({ code: 'OUTPUT_NOT_USABLE' });
  expect(readdirSync(path.dirname(file))).toEqual([]);
  await expect(connectEvents(path.join(file, 'x'), folder, document)).rejects.toMatchObject({
    code: 'OUTPUT_NOT_USABLE',
  });
});

test('a folder with quotes in its name is read as any other', async () => {
  const odd = path.join(temporaryFolder(), "it's; DROP");
  mkdirSync(odd);
  const { store, trail } = auditTrail(1);
  const scenario = scenarioOf(store, trail);
  const made = await exportEvents(
    {
      source: memorySource(store),
      targets: scenario.targets,
      keyRing: ringOf(scenario),
      clock: fixedClock(scenario.now),
    },
    odd,
  );
  const own = await openEvents({ folder: odd, document: made.document, now: NOW });
  const rows: unknown[] = [];
  for await (const batch of (await own.ask('SELECT count(*) FROM events')).batches) rows.push(...batch);
  await own.close();
  expect(rows).toEqual([['4']]);
});

describe('a time that is asked about', () => {
  const count = async (range: { readonly from?: number; readonly to?: number }): Promise<unknown> => {
    const opened = await openEvents({ folder, document, now: NOW, ...range });
    try {
      const rows: unknown[] = [];
      for await (const batch of (await opened.ask('SELECT count(*)::INTEGER FROM cloudtrail_logs')).batches)
        rows.push(...batch);
      return rows[0];
    } finally {
      await opened.close();
    }
  };

  test('may be within a second, which is before it and not after it', async () => {
    const [[first]] = (await take('SELECT min(eventtime) FROM cloudtrail_logs')) as [[string]];
    const [[earliest]] = (await take(
      `SELECT count(*)::INTEGER FROM cloudtrail_logs WHERE eventtime = '${first}'`,
    )) as [[number]];
    const second = Date.parse(first);
    expect(earliest).toBeGreaterThan(0);
    expect(await count({ to: second })).toEqual([0]);
    expect(await count({ to: second + 500 })).toEqual([earliest]);
    expect(await count({ from: second })).toEqual([document.events]);
    expect(await count({ from: second + 500 })).toEqual([document.events - earliest]);
  });
});

describe('the folders above an export', () => {
  /** The export copied to that place below a new folder. */
  function movedTo(base: string, place: string): string {
    const elsewhere = path.join(base, place);
    mkdirSync(path.dirname(elsewhere), { recursive: true });
    cpSync(folder, elsewhere, { recursive: true });
    return elsewhere;
  }

  /** The same with every row twice: what a pattern would find in place of the export. */
  async function rivalAt(base: string, place: string): Promise<void> {
    const elsewhere = movedTo(base, place);
    const database = await openDatabase({ memory: 256e6 });
    for (const file of document.files.filter((one) => one.path.startsWith('events/'))) {
      const rows = `SELECT * FROM read_parquet('${path.join(folder, file.path)}', hive_partitioning = false)`;
      await database.run(
        `COPY (${rows} UNION ALL ${rows}) TO '${path.join(elsewhere, file.path)}' (FORMAT parquet)`,
      );
    }
    database.close();
  }

  async function answerIn(moved: string): Promise<unknown> {
    const answer = path.join(moved, 'result.parquet');
    const opened = await openEvents({ folder: moved, document, now: NOW, target: answer });
    try {
      const sql =
        'SELECT account, region, day, eventname, count(*)::INTEGER AS n FROM cloudtrail_logs GROUP BY ALL ORDER BY ALL';
      const rows: unknown[] = [];
      for await (const batch of (await opened.ask(sql)).batches) rows.push(...batch);
      await opened.write(sql);
      const written: unknown[] = [];
      for await (const batch of (await opened.written()).batches) written.push(...batch);
      expect(written).toEqual(rows);
      return rows;
    } finally {
      await opened.close();
    }
  }

  test.each([
    ['eventname=DeleteTable/events', 'other/events'],
    ['account=999999999999/region=eu-west-1/day=2000-01-01/events', 'other/events'],
    ['run[12]/events', 'run1/events'],
    ['*/?/events', 'other/a/events'],
    ["back\\slash/quo'te/events", 'other/events'],
  ])('%s decide nothing of what it says', async (place, rival) => {
    const before = await answerIn(folder);
    const base = temporaryFolder();
    await rivalAt(base, rival);
    expect(await answerIn(movedTo(base, place))).toEqual(before);
    expect(before).toHaveLength(2);
  });

  test('are none that DuckDB cannot be given exactly', async () => {
    const moved = movedTo(temporaryFolder(), 'a\\[b/events');
    await expect(openEvents({ folder: moved, document, now: NOW })).rejects.toMatchObject({
      code: 'CONFIGURATION',
      hint: expect.stringContaining('move the files'),
    });
  });
});
