/** Questions that get no answer: one clear line each, the right exit code, and nothing left behind. And those asked of a target itself. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from '../support/command.ts';
import type { FakeTerminal } from '../support/fake-terminal.ts';
import { copyOf, exportOf, realisticTrail } from '../support/realistic-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
let events: string;
let now: string;

beforeAll(async () => {
  stubAwsEnvironment();
  ({ events, now } = await exportOf(realisticTrail(), made));
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));
beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  mkdirSync('tmp');
  vi.stubEnv('TMPDIR', path.resolve('tmp'));
});
afterEach(() => {
  // Whatever became of the question.
  expect(readdirSync('tmp')).toEqual([]);
  process.chdir(START);
  vi.unstubAllEnvs();
});

const COUNT = 'SELECT count(*) AS n FROM cloudtrail_logs';

function ask(...args: readonly string[]): Promise<CommandResult> {
  return runCommand(['query', ...args, '--events', events, '--now', now], { columns: 80 });
}

/** One line of what is wrong, one of help perhaps, and no answer. */
function expectRefusal({ exitCode, out, error }: CommandResult, words: RegExp, hint = /./, code = 2): void {
  expect({ exitCode, out }).toEqual({ exitCode: code, out: '' });
  expect(error).toMatch(/^trail-verify: [^\n]+\n(?:hint: [^\n]+\n)?$/);
  const [line = '', help] = error.split('\n');
  expect(line).toMatch(words);
  if (help !== '') expect(help).toMatch(hint);
}

describe('a question that is no SELECT of events', () => {
  const NO_SELECT = /the statement is no SELECT/;
  const NO_FILES = /a file \(line 1, column \d+\) is no table here: only verified events can be asked/;
  const questions: readonly (readonly [string, RegExp, RegExp?])[] = [
    ["SELECT * FROM read_text('/etc/passwd')", NO_FILES],
    ["SELECT * FROM read_csv('/etc/passwd')", NO_FILES],
    ["SELECT * FROM read_parquet('/etc/passwd')", NO_FILES],
    ["SELECT * FROM parquet_metadata('/etc/passwd')", NO_FILES],
    ["SELECT * FROM glob('/etc/*')", NO_FILES],
    [
      "SELECT * FROM cloudtrail_logs WHERE eventname IN (SELECT content FROM read_text('/etc/passwd'))",
      NO_FILES,
    ],
    ["SELECT * FROM query('COPY (SELECT 1) TO ''evil.csv''')", /cannot call query in FROM/],
    ['TABLE all_events', /cannot ask the table all_events/, /the tables are cloudtrail_logs/],
    ['SELECT * FROM pg_catalog.pg_settings', /no table "pg_settings"/],
    ['SELECT * FROM duckdb_views', /no table "duckdb_views"/],
    ["SELECT current_setting('http_proxy')", /cannot call current_setting/],
    ["SELECT * FROM '/etc/passwd'", /is no table here/, /the tables are cloudtrail_logs/],
    ["COPY cloudtrail_logs TO 'evil.csv'", NO_SELECT],
    ["COPY (SELECT 1) TO 'evil.csv'", NO_SELECT],
    ["ATTACH 'evil.db'", NO_SELECT],
    ['INSTALL httpfs', NO_SELECT],
    ['LOAD httpfs', NO_SELECT],
    ['SET enable_external_access = true', NO_SELECT],
    ['PRAGMA version', NO_SELECT],
    ['EXPLAIN SELECT 1', NO_SELECT],
    ["EXPORT DATABASE 'evil'", NO_SELECT],
    ['CALL pragma_version()', NO_SELECT],
    ['CREATE TABLE t AS SELECT 1', NO_SELECT],
    ['INSERT INTO verified_events SELECT 1', NO_SELECT],
    ['DELETE FROM cloudtrail_logs', NO_SELECT],
    ['DROP VIEW cloudtrail_logs', NO_SELECT],
    ['WITH x AS (SELECT 1) DELETE FROM cloudtrail_logs', NO_SELECT],
    ['DESCRIBE cloudtrail_logs', NO_SELECT, /information_schema\.columns/],
    ['SELECT 1; SELECT 2', /more than one statement/],
    ["SELECT 1; COPY (SELECT 1) TO 'evil.csv'", /more than one statement/],
    ['', /the statement is empty/],
    [' ; ;\n', /the statement is empty/],
    ['/* nothing */', /the statement is empty/],
    ['SELECT', /Parser Error/],
    ["SELECT 'no end", /Parser Error|no end|not closed|ends/],
    ['SELECT * FROM cloudtrail_log', /no table "cloudtrail_log"/, /did you mean cloudtrail_logs\?/],
    ['SELECT * FROM nowhere', /no table "nowhere"/, /known: cloudtrail_logs, lake_events/],
    ['SELECT evntname FROM cloudtrail_logs', /"evntname" not found/, /"eventname"/],
    ["SELECT regexp_lke(eventname, 'x') FROM cloudtrail_logs", /regexp_lke does not exist/, /"regexp_like"/],
    ['SELECT CAST(eventname AS INTEGER) FROM cloudtrail_logs', /Could not convert string/],
    [`SELECT '${'x'.repeat(262_144)}'`, /more than 262144 bytes/],
  ];
  test.each(questions.map(([sql, words, hint]) => ({ sql, words, hint, name: sql.slice(0, 60) })))(
    '$name',
    async ({ sql, words, hint }) => {
      for (const more of [
        [],
        ['--output', 'above/answer'],
        ['--output', 'above/answer', '--format', 'parquet'],
      ])
        expectRefusal(await ask(sql, ...more), words, hint);
      expect(readdirSync('.')).toEqual(['tmp']);
    },
  );

  test('in a file that is missing, binary, too long, a folder or none at all', async () => {
    expectRefusal(await ask('--file', 'question.sql'), /question question\.sql/);
    writeFileSync('question.sql', Buffer.from([0x53, 0xff, 0xfe, 0x00]));
    expectRefusal(await ask('--file', 'question.sql'), /question question\.sql is not UTF-8/);
    writeFileSync('question.sql', 'SELECT 1 \0');
    expectRefusal(await ask('--file', 'question.sql'), /a NUL character/);
    writeFileSync('question.sql', '');
    expectRefusal(await ask('--file', 'question.sql'), /the statement is empty/);
    truncateSync('question.sql', 2 ** 40);
    expectRefusal(await ask('--file', 'question.sql'), /question question\.sql/);
    expectRefusal(await ask('--file', 'tmp'), /question tmp/);
  });

  test('by a name or with a parameter that nobody knows', async () => {
    expectRefusal(
      await ask('--name', 'dynamodb-call'),
      /there is no query named "dynamodb-call"/,
      /did you mean dynamodb-calls/,
    );
    expectRefusal(await ask('--name', 'dynamodb-table-calls'), /needs the parameter table/);
    expectRefusal(
      await ask('--name', 'dynamodb-table-calls', '--param', 'tabel=x'),
      /has no parameter "tabel"/,
      /did you mean table\?/,
    );
    expectRefusal(
      await ask('--name', 'root-use', '--param', 'from=yesterday'),
      /^trail-verify: the parameter from: "/,
      /2026-11-20/,
    );
    expectRefusal(await ask('--name', 'root-use', '--param', 'x'), /"x" is not NAME=VALUE/);
    expectRefusal(
      await ask('--name', 'root-use', '--param', 'from=2026-10-05', '--param', 'from=2026-10-06'),
      /from was given twice/,
    );
  });

  test('in a form that cannot be', async () => {
    expectRefusal(await ask(COUNT, '--format', 'parquet'), /parquet is written to a folder/);
    expectRefusal(await ask(COUNT, '--format', 'csv', '--chart'), /contradict/);
    expectRefusal(await ask('SELECT eventname FROM cloudtrail_logs', '--chart'), /no column of numbers/);
    expectRefusal(await ask(COUNT, '--chart-value', 'calls'), /no column named "calls"/, /its columns are n/);
    expectRefusal(
      await ask('SELECT eventname FROM cloudtrail_logs', '--chart', '--output', 'answer'),
      /no column of numbers/,
    );
    expect(readdirSync('.')).toEqual(['tmp']);
  });
});

test('a folder that holds no export, one that is incomplete, and one of another report answer nothing', async () => {
  const of = (folder: string) => runCommand(['query', COUNT, '--events', folder, '--now', now]);
  expectRefusal(await of('nowhere'), /folder nowhere holds no export/);
  cpSync(events, 'events', { recursive: true });
  rmSync('events/events.json');
  expectRefusal(await of('events'), /it has no events\.json/, /one without that file is incomplete/);
  cpSync(path.join(events, 'events.json'), 'events/events.json');
  writeFileSync('events/report.json', '{}');
  expectRefusal(await of('events'), /REFUSED: events: it is of another report/, /events check events/, 5);
});

test('a manifest alone answers nothing, and becomes no database: an empty answer would look as if nothing had happened', async () => {
  const { store, trail } = auditTrail(2);
  const { args } = copyOf(scenarioOf(store, trail), process.cwd());
  const run = await runCommand([
    'events',
    'export',
    args[0] ?? '',
    'manifest',
    ...args.slice(1),
    '--manifest-only',
  ]);
  expect({ exitCode: run.exitCode, error: run.error }).toEqual({ exitCode: 0, error: '' });
  expect(run.out).toContain(
    'Manifest: manifest, 4 log files; trail-verify events ddl manifest prints its table and view',
  );
  expectRefusal(
    await runCommand(['query', COUNT, '--events', 'manifest']),
    /export manifest is a manifest, and holds no events/,
    /--manifest-only/,
  );
  expectRefusal(
    await runCommand(['query', COUNT, '--events', 'manifest', '--output', 'answer']),
    /holds no events/,
  );
  expectRefusal(
    await runCommand(['events', 'connect', 'manifest', '--output', 'made.duckdb']),
    /holds no events/,
  );
  expect(readdirSync('.').toSorted()).toEqual(['copy', 'manifest', 'tmp']);
});

/** 61 to the power of six rows: hours. */
const ENDLESS = `SELECT count(*) AS n FROM ${'abcdef'
  .split('')
  .map((name) => `cloudtrail_logs ${name}`)
  .join(', ')} WHERE concat(${'abcdef'
  .split('')
  .map((name) => `${name}.eventid`)
  .join(', ')}) = 'x'`;

/** Presses ctrl-C as soon as somebody listens, and a little later. */
function pressing(after: number): (terminal: FakeTerminal) => void {
  return (terminal) => {
    const timer = setInterval(() => {
      if (terminal.listeners() === 0) return;
      clearInterval(timer);
      setTimeout(() => terminal.press(), after);
    }, 1);
  };
}

describe('ctrl-C', () => {
  const NOTICE =
    /^trail-verify: interrupted: [^\n]+; press ctrl-C again to stop at once\ntrail-verify: the question was interrupted\n$/;
  test.each([
    ['at once', 0, []],
    ['during the question', 600, []],
    ['during the question, as CSV', 600, ['--format', 'csv']],
    ['with a folder for the answer', 600, ['--output', 'answer']],
    ['with a folder for Parquet', 600, ['--output', 'answer', '--format', 'parquet']],
  ] as const)('%s ends it, and leaves nothing', async (_, after, more) => {
    const args = ['query', ENDLESS, '--events', events, '--now', now, ...more];
    const { exitCode, out, error } = await runCommand(args, {}, pressing(after));
    expect({ exitCode, out }).toEqual({ exitCode: 4, out: '' });
    expect(error).toMatch(NOTICE);
    expect(readdirSync('.')).toEqual(['tmp']);
  });

  test('during the verification of a target ends it without an answer', async () => {
    const { args } = copyOf(realisticTrail(), process.cwd());
    const { exitCode, out, error } = await runCommand(['query', COUNT, ...args], {}, pressing(0));
    expect({ exitCode, out }).toEqual({ exitCode: 4, out: '' });
    expect(error).toMatch(NOTICE);
  });
});

describe('a question of a target', () => {
  test.each([
    ['intact', 0, /^no digest covers the time after .*\n$/],
    [
      'tampered',
      1,
      /^INVALID: .*\n2 stretches of time are not covered.*\nno digest covers .*\nwarning: The events of 3 log files are missing.*\n$/,
    ],
    ['chain-ends-early', 3, /^INCONCLUSIVE: .*\n1 stretch of time is not covered.*\nno digest covers .*\n$/],
  ])('%s is answered with the exit code of its verification', async (name, code, caveats) => {
    const scenario = (await loadScenario(name)).build();
    const { args } = copyOf(scenario, process.cwd());
    const asked = await runCommand(['query', COUNT, ...args, '--format', 'csv']);
    const run = await runCommand(['verify', ...args, '--output', 'run', '--events', 'events', '--quiet']);
    const same = await runCommand([
      'query',
      COUNT,
      '--events',
      'events',
      '--now',
      args.at(-1) ?? '',
      '--format',
      'csv',
    ]);
    expect(asked).toEqual({ exitCode: code, out: same.out, error: expect.stringMatching(caveats) });
    expect(run.exitCode).toBe(code);
    const table = await runCommand(['query', COUNT, ...args, '--output', 'answer']);
    expect(table.exitCode).toBe(code);
    expect(readdirSync('answer').toSorted()).toEqual(['answer.json', 'answer.json.p7s', 'result.csv']);
    expect(readdirSync('.').toSorted()).toEqual(['answer', 'copy', 'events', 'run', 'tmp']);
  });

  test('that cannot be asked is found before anything is read', async () => {
    expectRefusal(
      await runCommand(['query', 'SELECT evntname FROM cloudtrail_logs', 'nowhere']),
      /"evntname" not found/,
    );
    expectRefusal(await runCommand(['query', COUNT, 'nowhere']), /nowhere/);
  });

  test.each([
    [[COUNT], /nothing to ask was given/],
    [[COUNT, 'copy', '--events', 'events'], /a target and --events both say what is asked/],
    [[COUNT, 'copy', '--no-logs'], /--no-logs leaves nothing to ask/],
    [[COUNT, 'copy', '--trust', 'x.pem'], /--trust is of use with --events only/],
    [['--events', 'events'], /no question was given/],
    [[COUNT, '--events', 'events', '--keys', 'x'], /--keys says how a target is verified/],
    [['--name', 'x', '--file', 'y', '--events', 'z'], /both say what is asked/],
    [['--file', 'y', COUNT, 'copy'], /a question twice/],
    [['--list', COUNT], /--list asks nothing/],
    [[COUNT, '--param', 'a=b', '--events', 'z'], /--param is of use with --name only/],
  ] as const)('%j is refused', async (args, words) => {
    expectRefusal(await runCommand(['query', ...args]), words);
  });
});
