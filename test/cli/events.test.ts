/** The commands around an export: what is planted in a bucket, databases and statements made of an export, and exports of nothing. */
import {
  existsSync,
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
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';

import { readEvents } from '../../src/events/events-document.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from '../support/command.ts';
import { plantObject } from '../support/damage.ts';
import { copyOf, exportOf, KEYS, realisticTrail } from '../support/realistic-trail.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { gzip } from '../support/test-gzip.ts';

const START = process.cwd();
const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
let now: string;

beforeAll(async () => {
  stubAwsEnvironment();
  ({ now } = await exportOf(realisticTrail(), made));
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));
const events = path.join(made, 'events');
beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

/** The rows of a statement, as any client of DuckDB has them. */
async function rowsOf(sql: string, file = ':memory:'): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const instance = await DuckDBInstance.create(file, file === ':memory:' ? {} : { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function expectRefusal({ exitCode, out, error }: CommandResult, words: RegExp, code = 2): void {
  expect({ exitCode, out }).toEqual({ exitCode: code, out: '' });
  expect(error).toMatch(/^trail-verify: [^\n]+\n(?:hint: [^\n]+\n)?$/);
  expect(error).toMatch(words);
}

describe('an event that somebody planted', () => {
  const DELETION = {
    eventTime: '2026-10-05T12:12:37Z',
    eventName: 'DeleteItem',
    eventSource: 'dynamodb.amazonaws.com',
    awsRegion: 'us-east-1',
    userIdentity: { type: 'Root' },
  };
  const IN_BUCKET =
    "SELECT filename, record ->> 'eventName' AS name FROM (SELECT filename, unnest(from_json(json -> 'Records', '[\"JSON\"]')) AS record FROM read_json_objects('copy/**/*.json.gz', format = 'newline_delimited', filename = true, ignore_errors = true)) WHERE name = 'DeleteItem'";

  test.each(['tampered', 'intact'])(
    'in the bucket of %s is seen by who reads its files, and by no question',
    async (name) => {
      const scenario = (await loadScenario(name)).build();
      const [bucket = ''] = scenario.store.bucketNames();
      const model =
        scenario.store
          .keys(bucket)
          .filter((key) => /\/CloudTrail\/us-east-1\/.*\.json\.gz$/.test(key))
          .at(2) ?? '';
      const key = model.replace(/_[A-Za-z0-9]{16}\.json\.gz$/, '_AAAAAAAAAAAAAAAA.json.gz');
      plantObject(
        scenario.store,
        { bucket, key },
        gzip(JSON.stringify({ Records: [DELETION] })),
        scenario.store.get(bucket, model)?.lastModified ?? 0,
      );
      const { events: folder, now: then } = await exportOf(
        scenario,
        process.cwd(),
        [],
        name === 'tampered' ? 1 : 3,
      );
      const report = JSON.parse(readFileSync('events/report.json', 'utf8')) as {
        findings: { code: string; object: { key?: string } }[];
      };
      expect(report.findings.filter(({ object }) => object.key === key).map(({ code }) => code)).toEqual([
        'LOG_UNLISTED',
      ]);
      // Athena, and any other reader of the bucket, has it as an event like the others.
      expect(await rowsOf(IN_BUCKET)).toEqual([{ filename: `copy/${bucket}/${key}`, name: 'DeleteItem' }]);
      const ask = (sql: string) =>
        runCommand(['query', sql, '--events', folder, '--now', then, '--format', 'csv']);
      expect(
        (await ask("SELECT * FROM cloudtrail_logs WHERE eventname = 'DeleteItem'")).out.split('\r\n'),
      ).toHaveLength(2);
      expect(
        (
          await ask(
            "SELECT count(*) AS n FROM events WHERE event_json LIKE '%DeleteItem%' OR log_uri LIKE '%AAAAAAAAAAAAAAAA%'",
          )
        ).out,
      ).toBe('"n"\r\n0\r\n');
      expect((await ask('SELECT count(*) > 10 AS n FROM events')).out).toBe('"n"\r\n"true"\r\n');
    },
  );
});

describe('events connect', () => {
  test('makes a database that any client opens, with the views of both dialects', async () => {
    const { exitCode, out, error } = await runCommand([
      'events',
      'connect',
      events,
      '--output',
      'events.duckdb',
      '--now',
      now,
    ]);
    expect({ exitCode, out, error }).toEqual({
      exitCode: 0,
      out: 'events.duckdb opens 60 events of 21 log files in any client of DuckDB, as cloudtrail_logs and as lake_events\n',
      error: '',
    });
    expect(readdirSync('.')).toEqual(['events.duckdb']);
    const count = 'SELECT CAST(count(*) AS INTEGER) AS n FROM';
    const inDatabase = (sql: string) => rowsOf(sql, 'events.duckdb');
    for (const table of ['cloudtrail_logs', 'lake_events', 'events', 'verified_events'])
      expect(await inDatabase(`${count} ${table}`)).toEqual([{ n: 60 }]);
    const orders = await inDatabase(
      `${count} cloudtrail_logs WHERE json_extract_scalar(requestparameters, '$.tableName') = 'orders'`,
    );
    expect(
      await inDatabase(`${count} lake_events WHERE element_at(requestParameters, 'tableName') = 'orders'`),
    ).toEqual(orders);
    const { report } = readEvents(readFileSync(path.join(events, 'events.json')), 'events.json');
    expect(await inDatabase('FROM about')).toEqual([
      {
        report_sha256: report.sha256,
        verdict: 'VALID',
        run: report.run,
        finished: report.finished,
        log_files: 21,
        events: 60,
      },
    ]);
  });

  test('writes over nothing that is there, and through no link', async () => {
    writeFileSync('events.duckdb', 'mine');
    expectRefusal(await runCommand(['events', 'connect', events]), /file events\.duckdb exists already/);
    expect(readFileSync('events.duckdb', 'utf8')).toBe('mine');
    symlinkSync('nowhere', 'link');
    expectRefusal(
      await runCommand(['events', 'connect', events, '--output', 'link']),
      /file link exists already/,
    );
    expectRefusal(
      await runCommand(['events', 'connect', events, '--output', path.join(events, 'events/x.duckdb')]),
      /x\.duckdb would be in the export that it opens/,
    );
    expect(readdirSync(path.join(events, 'events')).filter((name) => name.startsWith('x'))).toEqual([]);
    mkdirSync('folder');
    expectRefusal(
      await runCommand(['events', 'connect', events, '--output', 'folder']),
      /file folder exists already/,
    );
    expectRefusal(
      await runCommand(['events', 'connect', events, '--output', 'none/x.duckdb']),
      /database none\/x\.duckdb cannot be written/,
    );
    expect(readdirSync('.').toSorted()).toEqual(['events.duckdb', 'folder', 'link']);
  });

  test('refuses an export that was moved away; and a database whose export is gone answers nothing', async () => {
    const { store, trail } = auditTrail(2);
    await exportOf(scenarioOf(store, trail), process.cwd());
    await runCommand(['events', 'connect', 'events', '--output', 'one.duckdb']);
    renameSync('events', 'moved');
    expectRefusal(
      await runCommand(['events', 'connect', 'events', '--output', 'two.duckdb']),
      /folder events holds no export/,
    );
    await expect(rowsOf('FROM cloudtrail_logs', 'one.duckdb')).rejects.toThrow(
      /No files found|Cannot open file/,
    );
    expect(existsSync('two.duckdb')).toBe(false);
  });
});

describe('events ddl', () => {
  const ddl = (...args: readonly string[]) =>
    runCommand(['events', 'ddl', events, '--location', 's3://my-evidence/cloudtrail', ...args]);

  test('prints the table of the folders that the export has', async () => {
    const { exitCode, out, error } = await ddl('--database', 'security');
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(out).toMatch(/^CREATE EXTERNAL TABLE IF NOT EXISTS `security`\.`verified_events` \(/);
    expect(out).toContain("'projection.account.values' = '111122223333'");
    expect(out).toContain("'projection.region.values' = 'eu-west-1,us-east-1'");
    expect(out).toContain("'projection.day.range' = '2026-10-05,2026-10-06'");
    expect(out).toContain("LOCATION 's3://my-evidence/cloudtrail/events/'");
    const { report } = readEvents(readFileSync(path.join(events, 'events.json')), 'events.json');
    expect(out).toContain(report.sha256);
  });

  test('prints Trino, and the view of a table that is there already', async () => {
    const trino = await ddl('--engine', 'trino', '--catalog', 'lake');
    expect(trino.out).toMatch(/^CREATE TABLE IF NOT EXISTS "lake"\."default"\."verified_events" \(/);
    const view = await ddl('--logs-table', 'other.cloudtrail_logs');
    expect(view.out).toContain('CREATE OR REPLACE VIEW "default"."verified_cloudtrail_logs" AS');
    expect(view.out).toContain('FROM "other"."cloudtrail_logs" l');
    const { report } = readEvents(readFileSync(path.join(events, 'events.json')), 'events.json');
    expect(view.out).toContain(`from_iso8601_timestamp('${report.started.slice(0, 19)}Z')`);
  });

  test.each([
    [['--database', 'x; DROP'], /not a name of a catalog, database or table/],
    [['--catalog', 'x'], /--catalog is of use with --engine trino only/],
    [['--logs-table', 'a.b.c'], /is no name of a table/],
    [['--engine', 'hive'], /--engine/],
    [['--location', 's3://bucket/it is/'], /a prefix that Athena and Trino can read/],
  ])('with %j is refused', async (args, words) => {
    expectRefusal(await ddl(...args), words);
  });
});

describe('an export of a manifest alone', () => {
  test('has no events, and is a table and a view', async () => {
    const { args } = copyOf(realisticTrail(), process.cwd());
    const run = await runCommand([
      'events',
      'export',
      args[0] ?? '',
      'manifest',
      ...args.slice(1),
      '--manifest-only',
      '--quiet',
    ]);
    expect(run).toMatchObject({ exitCode: 0, error: '' });
    expect(readdirSync('manifest').toSorted()).toEqual([
      'events.json',
      'events.json.p7s',
      'inventory.jsonl.gz',
      'manifest',
      'report.json',
      'report.json.p7s',
    ]);
    const trust = path.join(await identityFolder(), 'trail-verify/certificate.pem');
    const check = await runCommand(['events', 'check', 'manifest', '--trust', trust]);
    expect(check).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('manifest names 21 log files as CN=test identity'),
    });
    const place = ['--location', 's3://bucket/prefix'];
    expectRefusal(await runCommand(['events', 'ddl', 'manifest', ...place]), /export manifest has no events/);
    const ddl = await runCommand(['events', 'ddl', 'manifest', ...place, '--logs-table', 'cloudtrail_logs']);
    expect(ddl.out).toMatch(/^CREATE EXTERNAL TABLE IF NOT EXISTS `default`\.`verified_log_files`/);
    const [row] = await rowsOf(
      "SELECT CAST(count(*) AS INTEGER) AS n, count(events) AS events FROM read_parquet('manifest/manifest/*.parquet')",
    );
    expect(row).toEqual({ n: 21, events: '0' });
  });
});

describe('an export of nothing', () => {
  test('of a trail without a log file is whole, and is asked all the same', async () => {
    const { store, trail } = auditTrail();
    trail.hour({ logs: 0 });
    const { now: then, run } = await exportOf(scenarioOf(store, trail), process.cwd());
    expect(run.out).toContain('Verified events: events, 0 events of 0 log files');
    const asked = await runCommand([
      'query',
      'SELECT count(*) AS n FROM lake_events',
      '--events',
      'events',
      '--now',
      then,
    ]);
    expect(asked).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('from 0 events of 0 verified log files'),
    });
    const connected = await runCommand(['events', 'connect', 'events', '--now', then]);
    expect(connected.exitCode).toBe(0);
    expect(await rowsOf('FROM cloudtrail_logs', 'events.duckdb')).toEqual([]);
    expectRefusal(
      await runCommand(['events', 'ddl', 'events', '--location', 's3://bucket/prefix']),
      /export events has no events/,
    );
  });

  test('of a trail without a digest is INCONCLUSIVE: nothing was proven, and nothing is answered as if it were', async () => {
    const { events: folder, now: then } = await exportOf(
      (await loadScenario('all-digests-deleted')).build(),
      process.cwd(),
      [],
      3,
    );
    const asked = await runCommand([
      'query',
      'SELECT count(*) AS n FROM cloudtrail_logs',
      '--events',
      folder,
      '--now',
      then,
    ]);
    expect(asked.exitCode).toBe(3);
    expect(asked.out).toMatch(/^INCONCLUSIVE: /);
    expect(asked.out).toContain('covered: nothing');
  });

  test.each([
    [['verify', 'copy', '--no-logs', '--events', 'out'], /--events and --no-logs contradict each other/],
    [['events', 'export', 'copy', 'out', '--no-logs'], /--no-logs leaves nothing to export/],
    [
      ['verify', 'copy', '--events', 'out', '--state', 'state.json'],
      /--events and --state contradict each other/,
    ],
    [['verify', 'copy', '--keys', KEYS, '--events', 'copy/out'], /would be in the folder that is verified/],
    [['events', 'export', 'copy', 'copy/out', '--keys', KEYS], /would be in the folder that is verified/],
  ])('%j is refused before any work', async (args, words) => {
    mkdirSync('copy');
    expectRefusal(await runCommand(args), words);
    expect(readdirSync('.', { recursive: true })).toEqual(['copy']);
  });
});
