/** A report held against the event history: what a gap and a missing file held, and who may lie about it. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { DAY, HOUR, isoTime, MINUTE } from '../../src/base/clock.ts';
import { runCommandLine } from '../../src/cli/main.ts';
import type { HistoryEntry } from '../support/aws-server/options.ts';
import { atServer, keysAtServer, runCommand } from '../support/command.ts';
import { BUCKET, corroborationBench, ids, idsOf, writtenAnswer } from '../support/corroboration-run.ts';
import { deleteObject } from '../support/damage.ts';
import { historyOf } from '../support/event-history.ts';
import { fakeTerminal } from '../support/fake-terminal.ts';
import { signFile } from '../support/sign-file.ts';
import { testParty } from '../support/test-certificates.ts';
import type { DeliveredLog } from '../support/test-digest.ts';
import { gzip } from '../support/test-gzip.ts';

const bench = corroborationBench();
const corroborate = (...more: readonly string[]) => bench.corroborate('--verbose', ...more);

const HOSTILE = 'a\u001b[31m<script>b\u202e';

/** The entry of a log file's first management event. */
function entryOf(log: DeliveredLog): HistoryEntry {
  const [entry] = historyOf([log]);
  if (entry === undefined) throw new Error('the log file has no management event');
  return entry;
}

describe('what is recovered', () => {
  test('is what a missing log file held, with the file that it belongs to', async () => {
    const lost = bench.logAt(5);
    deleteObject(bench.store, lost);
    expect(await bench.verify()).toBe(1);
    const { exitCode, out, recovered, unlogged, document } = await corroborate();
    expect(exitCode).toBe(1);
    expect(ids(recovered)).toEqual(idsOf([lost]));
    expect(unlogged).toEqual([]);
    const [line] = recovered;
    expect(line?.event).toEqual(JSON.parse(entryOf(lost).text));
    expect(line?.belongsTo).toEqual([
      expect.objectContaining({
        kind: 'finding',
        code: 'LOG_MISSING',
        uri: `s3://${lost.bucket}/${lost.key}`,
      }),
    ]);
    expect(document).toMatchObject({ result: 'recovered', asked: 'lacking', report: { verdict: 'INVALID' } });
    expect(out).toContain('RECOVERED: ');
    expect(out).toContain('The verdict stays what the report says: INVALID.');
  });

  test('is what the hours held whose digests are gone, and nothing that a proven file holds', async () => {
    const lost = [2, 3].flatMap((hour) => bench.trail.digestAt(hour).logs);
    for (const hour of [2, 3]) deleteObject(bench.store, bench.trail.digestAt(hour));
    for (const log of lost) deleteObject(bench.store, log);
    expect(await bench.verify()).not.toBe(0);
    const { recovered, document } = await corroborate();
    expect(ids(recovered)).toEqual(idsOf(lost));
    expect(document?.witnesses[0]).toMatchObject({ matched: expect.any(Number), differing: 0, unlogged: 0 });
    expect(recovered[0]?.belongsTo?.[0]).toMatchObject({ kind: 'uncovered' });
  });

  test('is what happened while the trail was stopped', async () => {
    bench.trail
      .stop(25)
      .restart(bench.trail.end + 3 * HOUR)
      .hours(2, { logs: 2 });
    const silent = bench.trail.digestAt(-3).endTime - 2.5 * HOUR;
    const act: HistoryEntry = {
      ...entryOf(bench.logAt(0)),
      id: 'b1946ac9-2492-4d23-9f86-d081884c7d65',
      time: silent,
      text: JSON.stringify({
        ...JSON.parse(entryOf(bench.logAt(0)).text),
        eventID: 'b1946ac9-2492-4d23-9f86-d081884c7d65',
        eventTime: isoTime(silent),
        eventName: 'DeleteDBInstance',
      }),
    };
    bench.options.eventHistory = [...historyOf(bench.trail.logFiles), act];
    expect(await bench.verify()).toBe(3);
    const { exitCode, recovered, out } = await corroborate();
    expect(exitCode).toBe(3);
    expect(ids(recovered)).toEqual([act.id]);
    expect(recovered[0]?.belongsTo?.[0]).toMatchObject({ kind: 'uncovered', reason: 'CHAIN_RESTARTED' });
    expect(out).toContain('DeleteDBInstance');
  });

  test('is the event that a rewritten log file dropped, with its content, and those that it changed are named', async () => {
    const log = bench.logAt(5);
    const records = [1, 2, 3].map((number) => ({
      ...JSON.parse(entryOf(log).text),
      eventID: `00000000-0000-4000-8000-00000000000${number}`,
      eventTime: isoTime(bench.trail.end + 20 * MINUTE),
      eventName: ['StopLogging', 'ListUsers', 'CreateUser'][number - 1],
    }));
    const replaced = bench.trail.hours(1, {
      logs: [{ content: Buffer.from(JSON.stringify({ Records: records })) }],
    });
    const written = replaced.logFiles.at(-1);
    if (written === undefined) throw new Error('no log file');
    bench.options.eventHistory = historyOf(bench.trail.logFiles);
    const [, second, third] = records;
    const kept = [second, { ...third, sourceIPAddress: '198.51.100.7' }];
    bench.store.put(written.bucket, written.key, gzip(Buffer.from(JSON.stringify({ Records: kept }))));
    expect(await bench.verify()).toBe(1);
    const { recovered } = await corroborate();
    const uri = `s3://${written.bucket}/${written.key}`;
    const said = Object.fromEntries(
      recovered.map(({ eventId, changedFiles }) => [eventId.slice(-1), changedFiles]),
    );
    expect(said).toEqual({ 1: undefined, 2: [{ uri, says: 'same' }], 3: [{ uri, says: 'other' }] });
    expect(recovered.find(({ eventId }) => eventId.endsWith('1'))?.event).toEqual(records[0]);
  });

  test('holds events of Insights where the trail has files of them', async () => {
    bench.trail.hours(1, { logs: [{ family: 'insights' }, { family: 'insights' }] });
    const lost = bench.trail.logFiles.at(-1);
    if (lost === undefined) throw new Error('no log file');
    bench.options.eventHistory = historyOf(bench.trail.logFiles);
    deleteObject(bench.store, lost);
    expect(await bench.verify()).toBe(1);
    const { recovered } = await corroborate();
    expect(ids(recovered)).toEqual(idsOf([lost]));
    expect(ids(recovered)).toHaveLength(2);
  });

  test('comes page by page, and as slowly as the service wants it', async () => {
    bench.options.pageSize = 1;
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    bench.server.faults.add({
      kind: 'status',
      operation: 'LookupEvents',
      status: 400,
      code: 'ThrottlingException',
      times: 2,
    });
    const { recovered, document } = await corroborate();
    expect(ids(recovered)).toEqual(idsOf([bench.logAt(5)]));
    expect(document?.witnesses[0]?.events).toBeGreaterThan(1);
    const asked = bench.server.requests.filter(({ operation }) => operation === 'LookupEvents');
    expect(asked.length).toBeGreaterThan(document?.witnesses[0]?.events ?? 0);
  });
});

describe('with nothing to ask', () => {
  test('nobody is asked', async () => {
    expect(await bench.verify()).toBe(0);
    const { exitCode, document, out } = await corroborate();
    expect(exitCode).toBe(0);
    expect(document?.result).toBe('nothing-to-ask');
    expect(out).toContain('NOTHING TO ASK');
    expect(bench.server.requests.filter(({ operation }) => operation === 'LookupEvents')).toEqual([]);
  });

  test('--all asks about the whole window, and the same events are the same', async () => {
    expect(await bench.verify()).toBe(0);
    const { exitCode, document, recovered, unlogged } = await corroborate('--all');
    expect(document?.witnesses[0]).toMatchObject({ differing: 0, recovered: 0, unlogged: 0 });
    expect(document?.witnesses[0]?.same).toBeGreaterThan(3);
    expect([exitCode, recovered, unlogged]).toEqual([0, [], []]);
    expect(document?.result).toBe('nothing-recovered');
  });

  test('--all names an event of covered time that no proven log file holds, and one that it has otherwise', async () => {
    const one = entryOf(bench.logAt(5));
    const planted = { ...one, id: '00000000-0000-4000-8000-000000000001' };
    const [changed, text] = [{ ...JSON.parse(one.text), sourceIPAddress: HOSTILE }, JSON.parse(one.text)];
    bench.options.eventHistory = [
      ...historyOf(bench.trail.logFiles).filter(({ id }) => id !== one.id),
      { ...one, text: JSON.stringify(changed) },
      { ...planted, text: JSON.stringify({ ...text, eventID: planted.id, eventName: HOSTILE }) },
    ];
    expect(await bench.verify()).toBe(0);
    const { exitCode, document, recovered, unlogged, out } = await corroborate('--all');
    expect(exitCode).toBe(3);
    expect(document?.result).toBe('unproven');
    expect(document?.report.verdict).toBe('VALID');
    expect(recovered).toEqual([]);
    expect(ids(unlogged)).toEqual([planted.id]);
    expect(document?.findings.map(({ code, eventId }) => [code, eventId])).toEqual(
      [
        ['EVENT_DIFFERS', one.id],
        ['EVENT_UNLOGGED', planted.id],
      ].sort((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1)),
    );
    const differs = document?.findings.find(({ code }) => code === 'EVENT_DIFFERS');
    expect(differs?.fields).toEqual([
      { path: 'sourceIPAddress', verified: '"192.0.2.10"', witness: JSON.stringify(HOSTILE) },
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them must reach a terminal.
    expect(out).not.toMatch(/[\u001b\u202e]/);

    // Every command that shows what was recovered says that, too: nothing recovered is no agreement.
    const gaps = await runCommand(['explain-gap', 'out/report.json', '--corroboration', 'witness']);
    const html = ['--format', 'html', '--output', 'page.html', '--corroboration', 'witness'];
    expect((await runCommand(['report', 'render', 'out/report.json', ...html])).exitCode).toBe(0);
    const page = readFileSync('page.html', 'utf8');
    for (const text of [gaps.out.replace(/\s+/g, ' '), page]) {
      expect(text).toContain('1 event is not the same for a witness and in a proven log file');
      expect(text).toContain('1 event of a witness is of covered time and in no proven log file');
      expect(text).not.toContain('No witness has an event');
    }
  });
});

describe('a witness that cannot answer', () => {
  test('because a Region refuses, leaves the rest as it is', async () => {
    bench.options.deny = new Set(['cloudtrail:LookupEvents@us-east-1']);
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    const { exitCode, document, out } = await corroborate();
    expect(exitCode).toBe(1);
    expect(document?.result).toBe('incomplete');
    expect(document?.witnesses[0]?.places[0]).toMatchObject({ answered: false });
    expect(out).toContain('Not answered:');
    expect(out).toContain('AccessDenied');
  });

  test('because the credentials are of another account, says which option helps', async () => {
    bench.options.accountId = '444455556666';
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    const without = await corroborate();
    expect(without.out.replace(/\s+/g, ' ')).toContain(
      'the credentials are of account 444455556666: name the role to assume with --member-role',
    );
    expect(without.recovered).toEqual([]);
    const { recovered, document } = await corroborate('--output', 'other', '--member-role', 'audit/Reader');
    expect(document?.result).toBe('incomplete');
    expect(recovered).toEqual([]);
    expect(ids(writtenAnswer('other').recovered)).toEqual(idsOf([bench.logAt(5)]));
    expect(bench.server.requests.some(({ operation }) => operation === 'AssumeRole')).toBe(true);
  });

  test('because it has forgotten, is asked for the rest', async () => {
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    const late = isoTime(bench.now() + 91 * DAY);
    const { document, out } = await corroborate('--now', late);
    expect(document?.result).toBe('incomplete');
    expect(out).toContain('goes back 90 days');
    expect(bench.server.requests.filter(({ operation }) => operation === 'LookupEvents')).toEqual([]);
  });

  test('because it gives the same page for ever, is asked no more', async () => {
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    bench.options.repeatPages = true;
    const { document } = await corroborate();
    expect(document?.result).toBe('incomplete');
    expect(document?.witnesses[0]?.places[0]?.refusal).toBe('it gave the same page again');
  });
});

/** An event of the hour that is asked about. */
function planted(id: string): object {
  const { text, time } = entryOf(bench.logAt(5));
  return {
    EventId: id,
    EventTime: time / 1000,
    CloudTrailEvent: JSON.stringify({ ...JSON.parse(text), eventID: id }),
  };
}

describe('a hostile witness', () => {
  const answers = (change: (events: object[]) => object[]) =>
    bench.server.faults.add({
      kind: 'answer',
      operation: 'LookupEvents',
      times: Number.POSITIVE_INFINITY,
      change: (answer) => {
        const body = JSON.parse(answer.body.toString());
        return { ...answer, body: Buffer.from(JSON.stringify({ ...body, Events: change(body.Events) })) };
      },
    });

  test.each<readonly [string, (text: string) => unknown]>([
    ['that is no JSON', (text) => `${text}}`],
    ['that is a list', () => '[]'],
    ['without a record', () => undefined],
    [
      'that is nested deeper than any',
      (text) => text.replace('{', `{"x":${'['.repeat(5000)}${']'.repeat(5000)},`),
    ],
    ['that is far too large', (text) => text.replace('{', `{"x":"${'a'.repeat(1 << 20)}",`)],
    ['that has a field twice', (text) => text.replace('{', '{"eventID":"x",')],
    [
      'of another account',
      (text) => text.replaceAll('"recipientAccountId":"111122223333"', '"recipientAccountId":"999999999999"'),
    ],
    ['of another time', (text) => text.replace(/"eventTime":"[^"]*"/, '"eventTime":"2001-01-01T00:00:00Z"')],
    ['without a time', (text) => text.replace(/"eventTime":"[^"]*"/, '"eventTime":"tomorrow"')],
    ['whose name is no text', (text) => text.replace(/"eventName":"[^"]*"/, '"eventName":{"a":1}')],
  ])('gives an event %s: it is left out, and counted', async (_, change) => {
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    answers((events) =>
      events.map((event) => ({
        ...event,
        CloudTrailEvent: change((event as { CloudTrailEvent: string }).CloudTrailEvent),
      })),
    );
    const { recovered, document, exitCode } = await corroborate();
    expect(exitCode).toBe(1);
    expect(recovered).toEqual([]);
    expect(document?.witnesses[0]?.refused).toBeGreaterThan(0);
    expect(document?.limits.map(({ code }) => code)).toContain('WITNESS_REFUSED_EVENTS');
  });

  test('writes nothing into a terminal or a line that it should not', async () => {
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    const text = (given: string): string =>
      given.replace(/"eventName":"[^"]*"/, `"eventName":${JSON.stringify(HOSTILE)}`).replace('{', '{\r\n\t');
    answers((events) =>
      events.map((event) => ({
        ...event,
        CloudTrailEvent: text((event as { CloudTrailEvent: string }).CloudTrailEvent),
      })),
    );
    const { recovered, out, document } = await corroborate();
    expect(recovered).toHaveLength(1);
    expect(recovered[0]?.event).toMatchObject({ eventName: HOSTILE });
    expect(readFileSync('witness/recovered.jsonl', 'latin1')).toMatch(/^[ -~\n]*$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them must reach a terminal.
    expect(out).not.toMatch(/[\u001b\u202e]/);
    // The proven log files of the same hours have another name of theirs.
    expect(document?.result).toBe('unproven');
  });

  test.each<readonly [string, (page: number) => object[]]>([
    ['of nothing', () => []],
    ['of events of one second', (page) => [planted(`p${page}`)]],
  ])('gives pages %s without an end: it is asked no more', { timeout: 60_000 }, async (_, eventsOf) => {
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    let page = 0;
    bench.server.faults.add({
      kind: 'answer',
      operation: 'LookupEvents',
      times: Number.POSITIVE_INFINITY,
      change: (answer) => {
        page += 1;
        const body = { Events: eventsOf(page), NextToken: `token-${page}` };
        return { ...answer, status: 200, body: Buffer.from(JSON.stringify(body)) };
      },
    });
    // The pace is that of the service: it is not waited for here.
    vi.spyOn(performance, 'now').mockImplementation(() => page * 1000);
    const { document, exitCode } = await corroborate();
    vi.restoreAllMocks();
    expect([exitCode, document?.result]).toEqual([1, 'incomplete']);
    expect(document?.witnesses[0]?.places[0]?.refusal).toMatch(/without an end|do not end/);
    expect(page).toBeLessThan(2100);
  });

  test('gives one event many times: it is one', async () => {
    deleteObject(bench.store, bench.logAt(5));
    expect(await bench.verify()).toBe(1);
    answers((events) => [...events, ...events, ...events]);
    const { recovered } = await corroborate();
    expect(ids(recovered)).toEqual(idsOf([bench.logAt(5)]));
  });
});

describe('a target', () => {
  test('is verified first, and the answer is in a folder of that report', async () => {
    deleteObject(bench.store, bench.logAt(5));
    const args = [`s3://${BUCKET}`, '--now', isoTime(bench.now()), '--no-sign', '--output', 'out'];
    const { exitCode, out } = await runCommand(['corroborate', ...args, ...keysAtServer(bench.server)]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/INVALID[\s\S]*RECOVERED: /);
    const { document } = writtenAnswer('out/witness');
    expect(document?.report.sha256).toBe(
      createHash('sha256').update(readFileSync('out/report.json')).digest('hex'),
    );
    expect(document?.recovered?.lines).toBe(1);
  });

  test('is verified in part where ctrl-C ends that, and no witness is asked', async () => {
    const terminal = fakeTerminal();
    bench.server.faults.add({
      kind: 'answer',
      of: ({ operation }) => operation === 'GetObject',
      change: (answer) => {
        terminal.press();
        return answer;
      },
    });
    const args = [`s3://${BUCKET}`, '--now', isoTime(bench.now()), '--no-sign', '--output', 'out'];
    const code = await runCommandLine(['corroborate', ...args, ...keysAtServer(bench.server)], terminal);
    expect(code).toBe(3);
    expect(bench.server.requests.filter(({ operation }) => operation === 'LookupEvents')).toEqual([]);
    expect(readdirSync('out').toSorted()).toEqual(['inventory.jsonl.gz', 'report.json']);
    // The one that knows that there is an answer.
    expect(terminal.listeners()).toBe(1);
  });

  test('may be a copy, whose events are asked for at AWS', async () => {
    deleteObject(bench.store, bench.logAt(5));
    await collectCopy();
    const args = [
      './copy',
      '--now',
      isoTime(bench.now()),
      '--no-sign',
      '--output',
      'out',
      '--keys',
      'keys.jsonl',
    ];
    const { exitCode, error } = await runCommand(['corroborate', ...args, ...atServer(bench.server)]);
    expect([exitCode, error]).toEqual([1, '']);
    expect(writtenAnswer('out/witness').recovered).toHaveLength(1);
  });
});

/** A copy of the bucket, and public keys from elsewhere. */
async function collectCopy(): Promise<void> {
  const access = keysAtServer(bench.server);
  await runCommand(['collect', `s3://${BUCKET}`, './copy', ...atServer(bench.server)]);
  const keys = ['keys', 'fetch', '--region', 'us-east-1', '--from', '2026-01-01', '--output', 'keys.jsonl'];
  await runCommand([...keys, ...access]);
}

describe('bad input', () => {
  test.each<readonly [string, readonly string[], number, RegExp]>([
    ['no report', ['absent.json'], 2, /absent.json/],
    ['a target without a folder', ['s3://example-trail-logs'], 2, /is verified first/],
    [
      'a target and a source',
      ['s3://example-trail-logs', '--output', 'x', '--source', 'y'],
      2,
      /of use with a report only/,
    ],
    ['a report and a window', ['out/report.json', '--from', '7d'], 2, /--from says how a target is verified/],
    ['another witness', ['out/report.json', '--with', 'oracle'], 2, /"oracle" is no witness/],
    ['a role that is none', ['out/report.json', '--member-role', 'a b'], 2, /is not the name of a role/],
    ['a file for a folder', ['out/report.json', '--output', 'result.json'], 2, /is the name of a file/],
    ['no inventory', ['out/report.json', '--inventory', 'none'], 2, /there is no inventory none/],
  ])('%s', async (_, args, code, words) => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const { exitCode, error } = await runCommand([
      'corroborate',
      ...args,
      '--no-sign',
      ...atServer(bench.server),
    ]);
    expect([exitCode, error]).toEqual([code, expect.stringMatching(words)]);
    expect(error.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(existsSync('witness')).toBe(false);
  });

  test('a report without log files, and a present before the report', async () => {
    await bench.verify('--no-logs');
    const unread = await corroborate('--all');
    expect([unread.exitCode, unread.document]).toEqual([2, undefined]);
    expect(unread.error).toContain('read no log files');
    const early = await corroborate('--now', isoTime(bench.now() - 2 * HOUR));
    expect([early.exitCode, early.document]).toEqual([2, undefined]);
  });

  test('an inventory that is another one, and a log file that changed since: nothing is written', async () => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const inventory = readFileSync('out/inventory.jsonl.gz');
    writeFileSync('other.gz', gzip(Buffer.from('{}\n')));
    const other = await corroborate('--inventory', 'other.gz');
    expect([other.exitCode, other.document]).toEqual([5, undefined]);
    expect(inventory.length).toBeGreaterThan(0);
    const log = bench.logAt(4);
    bench.store.put(log.bucket, log.key, gzip(Buffer.from('{"Records":[]}')));
    const { exitCode, error, document } = await corroborate();
    expect([exitCode, document]).toEqual([5, undefined]);
    expect(error).toContain('is no longer the object that the report counted');
    expect(existsSync('witness')).toBe(false);
  });

  test.each<readonly [string, (report: string) => string, string]>([
    [
      'has a verdict that its findings deny',
      (text) => text.replace('"INVALID"', '"VALID"'),
      'its findings make INVALID',
    ],
    [
      'has lost its findings',
      (text) => JSON.stringify({ ...JSON.parse(text), findings: [] }),
      'its findings make VALID',
    ],
  ])('a report that %s: nobody is asked', async (_, forge, words) => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    bench.server.requests.length = 0;
    writeFileSync('out/report.json', forge(readFileSync('out/report.json', 'utf8')));
    const { exitCode, error, document } = await corroborate();
    expect([exitCode, document, existsSync('witness')]).toEqual([5, undefined, false]);
    expect(error).toContain('out/report.json: the report contradicts itself: its verdict is ');
    expect(error).toContain(words);
    expect(bench.server.requests).toEqual([]);
  });

  test('a report that is not as it was signed: nobody is asked; who signed it is no matter', async () => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    await signFile('out/report.json', testParty({ name: 'CN=Auditor' }));
    expect((await corroborate()).exitCode).toBe(1);
    writeFileSync('out/report.json', `${readFileSync('out/report.json', 'utf8')} `);
    const { exitCode, error } = await corroborate('--output', 'again');
    expect([exitCode, existsSync('again')]).toEqual([5, false]);
    expect(error).toContain('the report is not the one that was signed');
  });

  test('without a folder nothing is left, and the answer is on standard output', async () => {
    deleteObject(bench.store, bench.logAt(5));
    await bench.verify();
    const args = ['corroborate', 'out/report.json', '--now', isoTime(bench.now()), ...atServer(bench.server)];
    const text = await runCommand(args);
    expect(text.out).toContain('RECOVERED');
    const { out } = await runCommand([...args, '--format', 'json']);
    expect(JSON.parse(out)).toMatchObject({ schema: 'trail-verify/corroboration/v1', result: 'recovered' });
    expect(existsSync('witness')).toBe(false);
  });
});
