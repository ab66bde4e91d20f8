/** Questions that are asked of an export: every form of an answer, what it rests on, and its signed record. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { loadScenario } from '../../fixtures/scenarios.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { openDatabase } from '../../src/events/database.ts';
import type { AnswerDocument } from '../../src/query/answer-document.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from '../support/command.ts';
import { expectGolden } from '../support/golden.ts';
import { openssl, opensslAbsence } from '../support/openssl.ts';
import { copyOf, exportOf, realisticTrail } from '../support/realistic-trail.ts';
import { identityFolder } from '../support/signing-identity.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const noOpenssl = opensslAbsence();
if (noOpenssl !== undefined) console.log(`answers are not checked with openssl: ${noOpenssl}`);
const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));

const ESCAPE = '\u001b[2J\u202egnp';
const FORMULA = '=cmd|" /C calc"!A0';
const MARKUP = '</script><img src=x onerror=alert(1)>|`x`';
/** One record whose every text is hostile. */
const HOSTILE = {
  eventTime: '2026-10-06T10:30:00Z',
  eventSource: 'hostile.example',
  eventName: ESCAPE,
  awsRegion: 'us-east-1',
  userAgent: FORMULA,
  errorMessage: MARKUP,
};
let events: string;
let now: string;
let trust: string;

beforeAll(async () => {
  stubAwsEnvironment();
  trust = path.join(await identityFolder(), 'trail-verify/certificate.pem');
  ({ events, now } = await exportOf(realisticTrail([HOSTILE]), made));
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));
beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});

function ask(...args: readonly string[]): Promise<CommandResult> {
  return runCommand(['query', '--events', events, '--now', now, ...args], { columns: 80 });
}

const CALLS =
  "SELECT eventname, count(*) AS calls FROM cloudtrail_logs WHERE eventsource = 'dynamodb.amazonaws.com' GROUP BY 1 ORDER BY 2 DESC, 1";
const COUNT = 'SELECT count(*) AS n FROM cloudtrail_logs';
/** What an export of everything lacks: the time after its newest digest. */
const TAIL = 'no digest covers the time after 2026-10-06 20:12 UTC: events of then may be missing\n';

/** The document of an answer. */
function answerIn(folder: string): AnswerDocument {
  return JSON.parse(readFileSync(path.join(folder, 'answer.json'), 'utf8'));
}

describe('an answer on standard output', () => {
  test.each([
    ['text', 'txt'],
    ['csv', 'csv'],
    ['ndjson', 'jsonl'],
    ['markdown', 'md'],
  ])('as %s', async (format, suffix) => {
    const { exitCode, out, error } = await ask(CALLS, '--format', format);
    const said = format === 'csv' || format === 'ndjson' ? TAIL : '';
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: said });
    // The hash of the report is another in each run; Git has no line ends of CSV.
    expectGolden(`query.${suffix}`, out.replace(/[0-9a-f]{64}/g, '0'.repeat(64)).replaceAll('\r\n', '\n'));
  });

  test('as a page with a chart, which asks for nothing from elsewhere', async () => {
    const { exitCode, out, error } = await ask('--name', 'dynamodb-calls', '--chart');
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(out).toMatch(/^<!doctype html>/i);
    expect(out).toContain('<svg');
    expect(out).toContain('GetItem');
    expect(out).not.toMatch(/(?:src|href)="(?!#|https:\/\/docs\.aws|data:)/);
  });

  test('has its whole number of rows, or as many as were asked for', async () => {
    const lines = ({ out }: CommandResult): number => out.trimEnd().split('\n').length;
    expect(lines(await ask('SELECT eventid FROM cloudtrail_logs', '--format', 'ndjson'))).toBe(61);
    for (const [form, head] of [
      ['ndjson', 0],
      ['csv', 1],
    ] as const) {
      const part = await ask('SELECT eventid FROM cloudtrail_logs', '--format', form, '--limit', '7');
      expect(lines(part)).toBe(7 + head);
      expect(part.error).toContain('warning: these are the first 7 rows, and there are more\n');
      const whole = await ask('SELECT eventid FROM cloudtrail_logs', '--format', form, '--limit', '61');
      expect(whole.error).not.toContain('there are more');
    }
    const cut = await ask(CALLS, '--limit', '2');
    expect(cut.out).toContain(
      'the first 2 rows, and there are more; from 61 events of 21 verified log files',
    );
    const [first, second, third] = cut.out.split('\n').slice(4);
    expect([first, second, third]).toEqual(['GetItem         6', 'DeleteItem      4', '']);
    const exact = await ask('SELECT 1 AS one UNION ALL SELECT 2', '--limit', '2');
    expect(exact.out).toContain('\n2 rows from 61 events');
    const usual = await ask('SELECT a.record FROM cloudtrail_logs a, cloudtrail_logs b');
    expect(usual.out).toContain('the first 1,000 rows, and there are more');
  });

  test('says who signed the events, and whether anybody asked if that signer is trusted', async () => {
    expect((await ask(COUNT)).out).toMatch(/signed by CN=test identity \(give the certificate with\s--trust/);
    expect((await ask(COUNT, '--trust', trust)).out).toMatch(/signed by CN=test identity\.\n/);
  });

  test('is given to nobody who asks for a signer that the export does not have', async () => {
    const other = path.resolve('unsigned');
    cpSync(events, other, { recursive: true });
    for (const name of ['events.json.p7s', 'report.json.p7s']) rmSync(path.join(other, name));
    const asked = await runCommand(['query', COUNT, '--events', other, '--now', now, '--trust', trust]);
    expect(asked).toMatchObject({ exitCode: 3, out: '', error: expect.stringContaining('no signature') });
    const unasked = await runCommand(['query', COUNT, '--events', other, '--now', now, '--format', 'csv']);
    expect(unasked).toMatchObject({
      exitCode: 0,
      error: `${TAIL}warning: The export is not signed: nothing shows that it is as it was made.\n`,
    });
  });

  test('to both dialects is the same', async () => {
    const athena = await ask(
      `${COUNT} WHERE json_extract_scalar(requestparameters, '$.tableName') = 'orders'`,
      '--format',
      'csv',
    );
    const lake = await ask(
      "SELECT count(*) AS n FROM $EDS_ID WHERE element_at(requestParameters, 'tableName') = 'orders'",
      '--format',
      'csv',
    );
    expect(athena.out).toMatch(/^"n"\r\n[1-9]\d*\r\n$/);
    expect(lake).toEqual(athena);
  });

  test('is of the time that was asked, and says what of it is not covered', async () => {
    const day = ['--from', '2026-10-06T00:00:00Z', '--to', '2026-10-06T12:00:00Z'];
    const within = await ask(COUNT, '--format', 'csv', ...day);
    const same = await ask(
      `${COUNT} WHERE eventtime >= '2026-10-06T00' AND eventtime < '2026-10-06T12'`,
      '--format',
      'csv',
    );
    expect(within.out).toBe(same.out);
    const undated = '1 event has no time in the form of CloudTrail: what is asked of a time may lack it.';
    expect({ within: within.error, same: same.error }).toEqual({
      within: `warning: ${undated}\n`,
      same: TAIL,
    });
    const named = await ask('--name', 'identities', '--param', 'from=2026-10-06', '--format', 'csv');
    expect(named.error).toBe(`${TAIL}warning: ${undated}\n`);
    expect((await ask('--name', 'identities', '--format', 'csv')).error).toBe(TAIL);
    expect((await ask(COUNT, ...day)).out).not.toContain('not covered');
    const days = ['--from', '2026-10-04T00:00:00Z', '--to', '2026-10-08T00:00:00Z', '--now', '2026-10-09'];
    const { out } = await ask(COUNT, ...days);
    expect(out).toMatch(/^1 stretch of time is not covered; what happened then may be missing/);
    expect(out).toContain('not covered: 2026-10-04 00:00 to 2026-10-05 06:12 UTC (BEFORE_FIRST_DIGEST) all');
    expect(out).toContain('not covered: 2026-10-06 20:12 to 2026-10-08 01:00 UTC (AFTER_NEWEST_DIGEST) all');
  });

  test('says how many events are of a time that there never was, though written as CloudTrail writes times', async () => {
    // The realistic records hold one more of each: a StopLogging with a time, and an event of no time at all.
    const times = [
      '2026-10-06T10:30:60Z',
      '2026-02-32T10:30:00Z',
      '2026-10-05T24:00:00Z',
      '2026-10-06T10:61:00Z',
    ];
    const more = times.map((eventTime) => ({ ...HOSTILE, eventTime, eventName: 'StopLogging' }));
    const found = await exportOf(realisticTrail([HOSTILE, ...more]), temporaryFolder());
    const about = ['query', '--events', found.events, '--now', found.now, '--format', 'csv'];
    const all = await runCommand([
      ...about,
      "SELECT count(*) AS n FROM cloudtrail_logs WHERE eventname = 'StopLogging'",
    ]);
    expect(all.out).toBe('"n"\r\n5\r\n');
    const named = await runCommand([...about, '--name', 'identities', '--param', 'from=2026-10-06']);
    expect(named.error).toContain(
      'warning: 5 events have no time in the form of CloudTrail: what is asked of a time may lack them.\n',
    );
  });

  test('that is longer than any text is refused with what to do', async () => {
    const { exitCode, error } = await runCommand(
      ['query', CALLS, '--events', events, '--now', now, '--format', 'html'],
      {},
      ({ out }) =>
        vi.spyOn(out, 'write').mockImplementation(() => {
          throw new RangeError('Invalid string length');
        }),
    );
    expect({ exitCode, error }).toEqual({
      exitCode: 2,
      error:
        'trail-verify: the answer is too long for --format html\nhint: ask for fewer rows or columns (--limit), or take --format csv, ndjson or parquet, which have any length\n',
    });
  });

  test('to a question of a file, and of a name with its parameters', async () => {
    writeFileSync('question.sql', `-- a comment\n${CALLS};\n`);
    expect((await ask('--file', 'question.sql', '--format', 'csv')).out).toBe(
      (await ask(CALLS, '--format', 'csv')).out,
    );
    const named = await ask('--name', 'dynamodb-table-calls', '--param', 'table=orders');
    expect({ code: named.exitCode, error: named.error }).toEqual({ code: 0, error: '' });
    expect(named.out).toContain('orders');
    const list = await runCommand(['query', '--list'], { columns: 80 });
    expect(list.exitCode).toBe(0);
    expect(list.out).toMatch(/^dynamodb-table-calls\n {2}[\s\S]*? {2}--param: table \(text, required\)/m);
  });

  test.each(['text', 'csv', 'ndjson', 'markdown', 'html'])(
    'as %s holds hostile values as text',
    async (format) => {
      const question = `SELECT eventname, useragent, errormessage, '${MARKUP}' AS "${MARKUP}", 1 AS n FROM cloudtrail_logs WHERE eventsource = 'hostile.example'`;
      const chart = format === 'html' ? ['--chart'] : [];
      const { exitCode, out, error } = await ask(question, '--format', format, ...chart);
      const said = format === 'csv' || format === 'ndjson' ? TAIL : '';
      expect({ exitCode, error }).toEqual({ exitCode: 0, error: said });
      for (const raw of ['\u001b', '\u202e']) expect(out).not.toContain(raw);
      if (format === 'csv') expect(out).toContain('"\'=cmd|""');
      if (format === 'ndjson')
        expect(JSON.parse(out)).toMatchObject({
          eventname: ESCAPE,
          useragent: FORMULA,
          errormessage: MARKUP,
        });
      if (format === 'html' || format === 'markdown') expect(out).not.toContain('<img');
      if (format === 'markdown') expect(out).not.toContain('onerror=alert(1)>|');
    },
  );
});

describe('a verdict that is not VALID', () => {
  test.each([
    ['tampered', 1, 'INVALID'],
    ['chain-ends-early', 3, 'INCONCLUSIVE'],
  ])('of %s is said first, and is the exit code', async (name, code, verdict) => {
    const { events: folder, now: then } = await exportOf(
      (await loadScenario(name)).build(),
      process.cwd(),
      [],
      code,
    );
    const of = (...args: readonly string[]) =>
      runCommand(['query', COUNT, ...args, '--events', folder, '--now', then]);
    const table = await of();
    expect({ exitCode: table.exitCode, error: table.error }).toEqual({ exitCode: code, error: '' });
    expect(table.out).toMatch(new RegExp(`^${verdict}: `));
    expect((await of('--format', 'html')).out).toContain(verdict);
    expect((await of('--format', 'markdown')).out).toMatch(
      new RegExp(`^## [^\n]*\n\n[^\n]*\\*\\*${verdict}\\*\\*`),
    );
    expect((await of('--output', 'answer')).exitCode).toBe(code);
    expect(answerIn('answer').report.verdict).toBe(verdict);
  });

  test('is INCONCLUSIVE to a script where intact files hold no records that can be read', async () => {
    const { store, trail } = auditTrail();
    trail.hour({ logs: [{ content: Buffer.from('no JSON') }, {}] });
    const { args } = copyOf(scenarioOf(store, trail), process.cwd());
    const run = await runCommand(['verify', ...args, '--output', 'run', '--events', 'events']);
    expect(run.exitCode).toBe(3);
    expect(run.error).toMatch(
      /^warning: 1 intact log file without records that can be read: s3:[^\n]* is not JSON; [^\n]*\n$/,
    );
    const asked = await runCommand(['query', COUNT, '--events', 'events', '--now', args.at(-1) ?? '']);
    expect(asked.exitCode).toBe(3);
    expect(asked.out).toMatch(/The events of 1 intact log file are\s+missing/);
    const checked = await runCommand(['events', 'check', 'events', '--trust', trust]);
    expect(checked).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('it has no events of 1 intact log files'),
    });
  });
});

describe('an answer in a folder', () => {
  test.each([
    ['csv', 'result.csv'],
    ['ndjson', 'result.jsonl'],
    ['markdown', 'result.md'],
    ['html', 'result.html'],
    ['parquet', 'result.parquet'],
  ])('as %s has a record of question and answer', async (format, file) => {
    const { exitCode, out, error } = await ask(
      CALLS,
      '--format',
      format,
      '--output',
      'answer',
      '--limit',
      '3',
    );
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(readdirSync('answer').toSorted()).toEqual(['answer.json', 'answer.json.p7s', file].toSorted());
    const bytes = readFileSync(path.join('answer', file));
    const document = answerIn('answer');
    const exported = readFileSync(path.join(events, 'events.json'));
    expect(document).toMatchObject({
      question: { asGiven: CALLS },
      result: { file, sha256: sha256(bytes), bytes: bytes.length, rows: 3, complete: false },
      events: { sha256: sha256(exported), logFiles: 21, events: 61 },
      report: { sha256: sha256(readFileSync(path.join(events, 'report.json'))), verdict: 'VALID' },
      range: { from: null, to: now },
    });
    expect(document.result.columns.map(({ name }) => name)).toEqual(['eventname', 'calls']);
    expect(out).toContain(
      `Answer: answer/${file}\nRecord: answer/answer.json\nSigned: answer/answer.json.p7s by CN=test identity`,
    );
  });

  test('as Parquet has the rows of the answer, in its order', async () => {
    await ask(CALLS, '--format', 'parquet', '--output', 'whole');
    await ask(CALLS, '--format', 'parquet', '--output', 'exact', '--limit', '13');
    const database = await openDatabase({ memory: 256e6 });
    const rows = await database.rows("SELECT eventname, calls FROM read_parquet('whole/result.parquet')");
    database.close();
    expect(rows).toHaveLength(13);
    expect(rows.slice(0, 2)).toEqual([
      { eventname: 'GetItem', calls: '6' },
      { eventname: 'DeleteItem', calls: '4' },
    ]);
    expect(answerIn('whole').result).toMatchObject({ rows: 13, complete: true });
    expect(answerIn('exact').result).toMatchObject({ rows: 13, complete: true });
  });

  test('names the query that it is made of, its time, and what of that is not covered', async () => {
    await ask(
      '--name',
      'dynamodb-table-calls',
      '--param',
      'table=orders',
      '--from',
      '2026-10-06',
      '--to',
      '2026-10-08',
      '--now',
      '2026-10-09',
      '--output',
      'answer',
      '--no-sign',
    );
    expect(readdirSync('answer').toSorted()).toEqual(['answer.json', 'result.csv']);
    const { question, range, uncovered, asked } = answerIn('answer');
    expect(question).toMatchObject({ name: 'dynamodb-table-calls', parameters: { table: 'orders' } });
    expect(range).toEqual({ from: '2026-10-06T00:00:00Z', to: '2026-10-08T00:00:00Z' });
    expect(uncovered).toEqual([
      {
        from: '2026-10-06T20:12:37Z',
        to: '2026-10-08T01:00:00Z',
        chain: 'all',
        reason: 'AFTER_NEWEST_DIGEST',
      },
    ]);
    expect(asked).toBe('2026-10-09T00:00:00Z');
  });

  test('of two questions into one folder is that of the one which was first, whole', async () => {
    const both = await Promise.all(
      ['SELECT 1 AS a', 'SELECT 2 AS b'].map((sql) => ask(sql, '--output', 'shared')),
    );
    expect(both.map(({ exitCode }) => exitCode).toSorted()).toEqual([0, 2]);
    expect(both.map(({ error }) => error).join('')).toMatch(
      /is being written to by another run|is not empty/,
    );
    expect(readdirSync('shared').toSorted()).toEqual(['answer.json', 'answer.json.p7s', 'result.csv']);
    const document = answerIn('shared');
    expect(document.result.sha256).toBe(sha256(readFileSync('shared/result.csv')));
    const [name] = readFileSync('shared/result.csv', 'utf8').split('\r\n');
    expect(document.question.asGiven).toBe(name === '"a"' ? 'SELECT 1 AS a' : 'SELECT 2 AS b');
  });

  test('is written to a new or empty folder alone', async () => {
    mkdirSync('full');
    writeFileSync('full/mine', '');
    const { exitCode, error } = await ask(COUNT, '--output', 'full');
    expect({ exitCode, error }).toMatchObject({
      exitCode: 2,
      error: expect.stringMatching(/is not empty\nhint: [^\n]*\n$/),
    });
    expect(readdirSync('full')).toEqual(['mine']);
  });

  test.skipIf(noOpenssl !== undefined)('is checked with openssl and sha256sum alone', async () => {
    await ask(CALLS, '--output', 'answer');
    const verify = () =>
      openssl('answer', [
        'cms',
        '-verify',
        '-binary',
        '-inform',
        'DER',
        '-in',
        'answer.json.p7s',
        '-content',
        'answer.json',
        '-CAfile',
        trust,
        '-out',
        '/dev/null',
      ]);
    expect(verify()).toMatchObject({ code: 0 });
    const { sha256: recorded } = answerIn('answer').result;
    const sum = spawnSync('sha256sum', ['answer/result.csv'], { encoding: 'utf8' });
    if (sum.error === undefined) expect(sum.stdout).toBe(`${recorded}  answer/result.csv\n`);
    const whole = readFileSync('answer/answer.json');
    for (const at of [0, Math.floor(whole.length / 2), whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync('answer/answer.json', bytes);
      expect(verify().code).not.toBe(0);
    }
  });
});

test('a folder that is no answer yet is not there after an error', async () => {
  const refused = await ask(
    'SELECT CAST(eventname AS INTEGER) AS n FROM cloudtrail_logs',
    '--output',
    'above/answer',
  );
  expect(refused.exitCode).toBe(2);
  expect(existsSync('above')).toBe(false);
});
