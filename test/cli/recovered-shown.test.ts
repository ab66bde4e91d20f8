/** Where recovered events are shown: each command is run for real, on what verify and corroborate have written. */
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isoTime, MINUTE } from '../../src/base/clock.ts';
import { checkDocument } from '../../src/base/document-schema.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { answerSchema } from '../../src/query/answer-document.ts';
import { formatCorroboration } from '../../src/witness/document.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { recoveredLine, writeCorroboration } from '../support/corroboration-files.ts';
import { deleteObject } from '../support/damage.ts';
import { historyOf } from '../support/event-history.ts';
import { type SilencedTrail, silencedTrail } from '../support/silenced-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
let trail: SilencedTrail | undefined;

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(async () => {
  await trail?.server.close();
  trail = undefined;
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

const CALLS = ['RunInstances', 'DescribeInstances', 'StopLogging', 'GetConsoleOutput'];

/** Verifies a trail that was silenced, and asks the event history of that time. */
async function recover(
  during: readonly string[] = CALLS,
  changes?: (name: string, at: number) => object,
): Promise<void> {
  trail = await silencedTrail(during, changes);
  expect(await trail.verify('--events', 'events')).toBe(3);
  expect(await trail.corroborate()).toBe(3);
}

const WITH = ['--corroboration', 'witness'];
const explain = (...more: readonly string[]) =>
  runCommand(['explain-gap', 'out/report.json', ...more], { columns: 80 });

describe('explain-gap --corroboration', () => {
  test('lists what was recovered below the gap, control events first, and marks it on the axis', async () => {
    await recover();
    const { exitCode, out, error } = await explain(...WITH);

    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    const [, list = ''] = out.split('recovered from a witness, unsigned copies: 4 events\n');
    const lines = list.split('\n').filter((line) => /^ {2,5}[a-z]+ {2}2026/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(/^ {5}a {2}\S+Z {2}StopLogging, a control event$/),
      expect.stringMatching(/^ {5}b {2}\S+Z {2}RunInstances$/),
      expect.stringMatching(/^ {5}c {2}\S+Z {2}DescribeInstances/),
      expect.stringMatching(/^ {5}d {2}\S+Z {2}GetConsoleOutput/),
    ]);
    expect(list).toMatch(/^ {8}by arn:aws:sts::111122223333:assumed-role\/operations\/night at\s+ec2/m);
    expect(list).toMatch(/event history-2026\S+, from event-history/);
    expect(out).toContain('a b c events recovered from a witness, unsigned\n');
    expect(out.replaceAll('\n', ' ')).toContain('no signature of AWS covers them');
    const bar = out.split('\n').find((line) => /^ {2} *=+\.+=+ *$/.test(line)) ?? '';
    const marks = out.split('\n').filter((line) => /^ {2}[ a-z]*[a-d]$/.test(line));
    expect(bar).not.toBe('');
    for (const letter of ['a', 'b', 'c', 'd'])
      expect('.=').toContain(bar[Math.max(...marks.map((line) => line.indexOf(letter)))]);
    for (const line of list.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('changes nothing without it, and says where there is nothing', async () => {
    await recover([]);
    const without = await explain();
    expect(without.out).not.toMatch(/recovered|witness/);
    const { out } = await explain(...WITH);
    expect(out).toContain('  recovered from a witness: no event of this time\n');
    expect(existsSync('witness/recovered.jsonl')).toBe(false);
  });

  test('shows thirty, and counts the others; --verbose shows all', async () => {
    await recover(new Array(34).fill('RunInstances'));
    const { out } = await explain(...WITH);
    expect(out.match(/RunInstances/g)).toHaveLength(30);
    expect(out).toContain('    ad  2026');
    expect(out).toContain('  and 4 more recovered events in recovered.jsonl\n');
    expect((await explain(...WITH, '--verbose')).out.match(/RunInstances/g)).toHaveLength(34);
  });

  test('lets nothing of an event reach the terminal', async () => {
    const evil = '\u001b[2J\u202e<script>';
    await recover([`${evil}${'x'.repeat(200)}`], () => ({
      eventSource: `${evil}.amazonaws.com`,
      userIdentity: { arn: `${evil}\n  a  2026-01-01T00:00:00Z  StopLogging` },
    }));
    const { exitCode, out } = await explain(...WITH);
    expect(exitCode).toBe(0);
    expect(out).toContain('\\u{001b}[2J\\u{202e}<script>xxx');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(out).not.toMatch(/^ +a {2}2026-01-01/m);
  });

  test('lists what a missing log file held below the time of it', async () => {
    trail = await silencedTrail([]);
    const [log] = trail.trail.logFiles;
    if (log === undefined) throw new Error('the trail has no log file');
    deleteObject(trail.store, log);
    expect(await trail.verify()).toBe(1);
    expect(await trail.corroborate()).toBe(1);
    const { out } = await explain(...WITH);
    const ids = historyOf([log]).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    for (const id of ids) expect(out).toContain(`event ${id}, from event-history`);
    expect(out).toContain(`recovered from a witness, unsigned copies: ${ids.length} event`);
    const page = await runCommand(['report', 'render', 'out/report.json', '--format', 'html', ...WITH]);
    expect(page.out).toContain('<g class="copy">');
  });

  test('lists what happened just before a gap, and says what was not answered', async () => {
    await recover();
    const { chains, window } = JSON.parse(readFileSync('out/report.json', 'utf8'));
    // What happened in the hour before a gap is asked about as well: its file may be of the gap.
    const before = isoTime(Date.parse(window.uncovered[0].from) - 30 * MINUTE);
    writeCorroboration('other', readFileSync('out/report.json'), [recoveredLine(chains[0].id, before)], {
      answered: false,
    });
    const { out } = await explain('--corroboration', 'other');
    expect(out).toContain(`event at-${before}, from event-history`);
    expect(out).toContain('A witness did not answer every question');
  });
});

describe('report render --format html --corroboration', () => {
  const render = (...more: readonly string[]) =>
    runCommand(['report', 'render', 'out/report.json', '--format', 'html', ...more]);

  test('draws what was recovered on the axis of the gap, and lists it apart from proven events', async () => {
    await recover();
    const { exitCode, out, error } = await render(...WITH);
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
    expect(out).toContain('What happened around it: 2 control events and 4 recovered events');
    expect(out).toMatch(/<g class="copy control"><title>[^<]*StopLogging[^<]*<\/title><path d="M/);
    expect(out).toContain('recovered from a witness, unsigned: a control event');
    expect(out).toContain('<a href="#recovered">Recovered events</a>');
    const [, section = ''] = out.split('<section id="recovered"');
    const [table = ''] = section.split('</section>');
    expect(table.match(/<th scope="row">/g)).toHaveLength(4);
    expect(table.indexOf('StopLogging')).toBeLessThan(table.indexOf('RunInstances'));
    expect(table).toContain('arn:aws:sts::111122223333:assumed-role/operations/night');
    // A table of proven events has none of them.
    const [, proven = ''] = out.split('Control events, oldest first');
    expect(proven.split('</table>')[0]).not.toContain('RunInstances');
  });

  test('changes nothing without it, and is of HTML alone', async () => {
    await recover();
    const { out } = await render();
    expect(out).not.toMatch(/recovered|class="copy/i);
    const text = await runCommand(['report', 'render', 'out/report.json', '--format', 'text', ...WITH]);
    expect(text).toMatchObject({ exitCode: 2, out: '' });
    expect(text.error).toContain('--corroboration and --format text contradict each other');
  });

  test('says that nothing was recovered', async () => {
    await recover([]);
    expect((await render(...WITH)).out).toContain('No witness has an event that the proven log files lack.');
  });

  test('has two hundred rows at most, and counts the others', async () => {
    await recover(CALLS.slice(0, 1));
    const { chains } = JSON.parse(readFileSync('out/report.json', 'utf8'));
    const { time } = JSON.parse(readFileSync('witness/recovered.jsonl', 'utf8'));
    const lines = Array.from({ length: 1203 }, (_, index) =>
      recoveredLine(chains[0].id, time, { eventID: `id-${index}` }),
    );
    writeCorroboration('many', readFileSync('out/report.json'), lines);
    const { out } = await render('--corroboration', 'many');
    expect(out.match(/<code>id-/g)).toHaveLength(200);
    expect(out).toContain('… and 1,003 more events in recovered.jsonl.');
    expect(out.match(/<g class="copy">/g)).toHaveLength(1);
    expect(out).toContain('1,203 recovered events, unsigned, 2026-');
  });
});

describe('query --corroboration', () => {
  const ask = (sql: string, ...more: readonly string[]) =>
    runCommand(['query', sql, '--events', 'events', '--no-sign', ...more], { columns: 80 });
  const WARNING =
    "warning: The rows of witness_events are a witness's copies: no signature covers them, and they are not verified.";

  test('asks what was recovered in a table of its own, and says what it is worth', async () => {
    await recover();
    const sql = 'SELECT eventname, eventsource, useridentity_arn FROM witness_events ORDER BY eventtime';
    const { exitCode, out, error } = await ask(sql, ...WITH, '--format', 'csv');
    expect(exitCode).toBe(3);
    expect(error).toContain(`${WARNING}\n`);
    expect(error).toContain('All events but those of witness_events are of proven log files.');
    const arn = '"arn:aws:sts::111122223333:assumed-role/operations/night"';
    expect(out.replaceAll('\r', '')).toBe(
      `"eventname","eventsource","useridentity_arn"\n"RunInstances","ec2.amazonaws.com",${arn}\n"DescribeInstances","ec2.amazonaws.com",${arn}\n"StopLogging","cloudtrail.amazonaws.com",${arn}\n"GetConsoleOutput","ec2.amazonaws.com",${arn}\n`,
    );
    const text = await ask(sql, ...WITH);
    expect(text.out.replaceAll('\n', ' ')).toContain('4 unsigned events of a witness');
    expect((await ask(sql, ...WITH, '--format', 'html')).out).toContain('4 recovered events, unsigned');
  });

  test('never has one of its rows in another table', async () => {
    await recover();
    for (const table of ['cloudtrail_logs', 'lake_events', 'events', 'verified_events']) {
      const sql = `SELECT count(*) AS n FROM ${table}`;
      const [alone, both] = [await ask(sql, '--format', 'csv'), await ask(sql, '--format', 'csv', ...WITH)];
      expect(both.out).toBe(alone.out);
      const same = `SELECT count(*) AS n FROM ${table} JOIN witness_events USING (eventid)`;
      expect((await ask(same, '--format', 'csv', ...WITH)).out).toBe('"n"\r\n0\r\n');
    }
  });

  test('has the columns, and the record as it was given', async () => {
    const long = '{"amount":12345678901234567890123,"name":"\\u001B[2J"}';
    await recover(['RunInstances'], () => ({ requestParameters: 'HERE', userIdentity: { arn: { x: 1 } } }));
    const text = readFileSync('witness/recovered.jsonl', 'utf8').replace('"HERE"', long);
    writeFileSync('witness/recovered.jsonl', text);
    const document = JSON.parse(readFileSync('witness/corroboration.json', 'utf8'));
    document.recovered.sha256 = sha256(Buffer.from(text));
    writeFileSync('witness/corroboration.json', formatCorroboration(document));
    const { out } = await ask('SELECT * FROM witness_events', ...WITH, '--format', 'ndjson');
    const row = JSON.parse(out);
    expect(Object.keys(row)).toEqual([
      ...['witness', 'account', 'region', 'eventid', 'eventtime', 'eventname', 'eventsource'],
      ...['useridentity_arn', 'belongsto', 'event'],
    ]);
    expect(row).toMatchObject({ witness: 'event-history', account: '111122223333', useridentity_arn: null });
    expect(row.event).toContain(`"requestParameters":${long}`);
    expect(JSON.parse(row.belongsto)).toEqual([expect.objectContaining({ kind: 'uncovered' })]);
  });

  test('gives the events of the time that is asked about', async () => {
    await recover();
    const sql = 'SELECT eventname FROM witness_events ORDER BY eventtime';
    const lines = readFileSync('witness/recovered.jsonl', 'utf8').trimEnd().split('\n');
    const times = lines.map((line) => JSON.parse(line).time).sort();
    const window = ['--from', times[1], '--to', times[3]];
    const { out } = await ask(sql, ...WITH, ...window, '--format', 'csv');
    expect(out).toBe('"eventname"\r\n"DescribeInstances"\r\n"StopLogging"\r\n');
  });

  test('binds the corroboration in the record of an answer', async () => {
    await recover();
    await ask('SELECT count(*) AS n FROM witness_events', ...WITH, '--output', 'answer');
    const document = JSON.parse(readFileSync('answer/answer.json', 'utf8'));
    expect(document.corroboration).toEqual({
      sha256: sha256(readFileSync('witness/corroboration.json')),
      recovered: 4,
      signer: null,
    });
    expect(document.warnings).toContain(WARNING.slice('warning: '.length));
    expect(checkDocument(answerSchema(), document)).toHaveProperty('value');
    expect(readFileSync('answer/result.csv', 'utf8')).toBe('"n"\r\n4\r\n');
  });

  test('is needed for its table, and is of use with an export only', async () => {
    await recover([]);
    const sql = 'SELECT * FROM witness_events';
    const without = await ask(sql);
    expect([without.exitCode, without.out]).toEqual([2, '']);
    expect(without.error).toBe(
      'trail-verify: table witness_events (line 1, column 15) has what a witness recovered, and no corroboration is given\nhint: give the folder that trail-verify corroborate wrote with --corroboration\n',
    );
    expect((await ask('SELECT count(*) AS n FROM witness_events', ...WITH, '--format', 'csv')).out).toBe(
      '"n"\r\n0\r\n',
    );
    // A name that a question gives itself is its own.
    const own = await ask('WITH witness_events AS (SELECT 1 AS n) SELECT n FROM witness_events');
    expect(own.exitCode).toBe(3);
    const target = await runCommand(['query', sql, 'somewhere', ...WITH]);
    expect(target.exitCode).toBe(2);
    expect(target.error).toContain('--corroboration is of use with --events only');
  });

  test('gives half a character as U+FFFD, and all other events with it', async () => {
    const half = '{"__proto__":{"\\udc00":"\\ud83d\\ude00 \\\\ud800"}}';
    await recover(['RunInstances', '\ud800Half'], (name) =>
      name === 'RunInstances' ? {} : { requestParameters: JSON.parse(half) },
    );
    const sql =
      "SELECT eventname, event ->> '$.eventName' AS own, event FROM witness_events ORDER BY eventtime";
    const { exitCode, out } = await ask(sql, ...WITH, '--format', 'ndjson');
    const [other, row] = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([exitCode, other.eventname, row.eventname, row.own]).toEqual([
      3,
      'RunInstances',
      '\ufffdHalf',
      '\ufffdHalf',
    ]);
    const { requestParameters } = JSON.parse(row.event);
    expect(JSON.stringify(requestParameters)).toBe('{"__proto__":{"\ufffd":"\u{1f600} \\\\ud800"}}');
    // The list keeps what it was.
    const text = readFileSync('witness/recovered.jsonl', 'utf8');
    expect(text).toContain('"eventName":"\\ud800Half"');
    const page = ['report', 'render', 'out/report.json', '--format', 'html', ...WITH];
    expect((await explain(...WITH)).out).toContain('Half');
    expect((await runCommand(page)).out).toContain('Half');
  });

  test('reads nothing else, and lets nothing be changed', async () => {
    await recover();
    for (const sql of [
      "SELECT * FROM read_json('witness/recovered.jsonl')",
      "SELECT * FROM 'witness/recovered.jsonl'",
      'SELECT * FROM witness_lines',
      'DELETE FROM witness_events',
      'INSERT INTO witness_events SELECT * FROM witness_events',
    ]) {
      const { exitCode, out } = await ask(sql, ...WITH);
      expect([sql, exitCode, out]).toEqual([sql, 2, '']);
    }
  });

  test('lets nothing of an event reach the terminal', async () => {
    await recover(['\u001b[2J\u202e\u0000<script>']);
    const { out } = await ask('SELECT eventname, event FROM witness_events', ...WITH);
    expect(out).toContain('\\u{001b}[2J\\u{202e}');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const page = await ask('SELECT eventname FROM witness_events', ...WITH, '--format', 'html');
    expect(page.out).not.toContain('<script>');
  });
});

describe('a corroboration that is not of the report, or not as it was written', () => {
  const commands = {
    'explain-gap': ['explain-gap', 'out/report.json'],
    query: ['query', 'SELECT count(*) AS n FROM witness_events', '--events', 'events', '--no-sign'],
    'report render': ['report', 'render', 'out/report.json', '--format', 'html'],
  };
  const cases = [
    ['was changed', 5, /recovered.jsonl has another SHA-256 than corroboration.json names\n$/],
    ['was cut', 5, /recovered.jsonl has 3 lines, and corroboration.json counts 4\n$/],
    ['has another line', 5, /recovered.jsonl has more than the 4 lines of corroboration.json\n$/],
    ['lacks its events', 5, /^trail-verify: witness\/recovered.jsonl cannot be read: ENOENT.*\n$/],
    ['is of another report', 2, /corroboration.json is of another report\nhint: give the folder .*\n$/],
    [
      'is not there',
      2,
      /corroboration \S+corroboration.json cannot be read: .*\nhint: give the folder .*\n$/,
    ],
  ] as const;

  test.each(Object.entries(commands))('is refused by %s', async (_name, command) => {
    await recover();
    const text = readFileSync('witness/recovered.jsonl', 'utf8');
    const report = readFileSync('out/report.json');
    const document = readFileSync('witness/corroboration.json', 'utf8');
    const damage: Readonly<Record<(typeof cases)[number][0], () => void>> = {
      'was changed': () => writeFileSync('witness/recovered.jsonl', text.replace('RunInst', 'RunXnst')),
      'was cut': () =>
        writeFileSync('witness/recovered.jsonl', text.slice(0, text.trimEnd().lastIndexOf('\n') + 1)),
      'has another line': () =>
        appendFileSync('witness/recovered.jsonl', text.slice(0, text.indexOf('\n') + 1)),
      'lacks its events': () => rmSync('witness/recovered.jsonl'),
      'is of another report': () =>
        writeFileSync('witness/corroboration.json', document.replace(sha256(report), '00'.repeat(32))),
      'is not there': () => {},
    };
    for (const [what, code, message] of cases) {
      damage[what]();
      const folder = what === 'is not there' ? 'nowhere' : 'witness';
      const result = await runCommand([...command, '--corroboration', folder]);
      expect([what, result.exitCode, result.out]).toEqual([what, code, '']);
      expect(result.error).toMatch(message);
      writeFileSync('witness/recovered.jsonl', text);
      writeFileSync('witness/corroboration.json', document);
    }
  });
});
