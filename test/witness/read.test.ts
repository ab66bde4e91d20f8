/** What corroborate wrote, read back: of its report and of its lines, or refused. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/crypto/hash.ts';
import type { ReadReport } from '../../src/report/report-schema.ts';
import { type CorroborationDocument, formatCorroboration } from '../../src/witness/document.ts';
import { MOST_CORROBORATION_BYTES, readCorroboration, readLists } from '../../src/witness/read.ts';
import { corroborationOf, lackingTrail, recoveredLine } from '../support/corroboration-files.ts';
import { makeBag } from '../support/evidence-bag.ts';
import { AGREED } from '../support/report-with-names.ts';

const CHAIN = '111122223333/us-east-1/audit@us-east-1';
const TIME = '2026-10-05T10:30:00Z';
const COVERED = '2026-10-05T12:30:00Z';
const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-read-'));
let report: ReadReport;

beforeAll(async () => {
  report = { report: await makeBag(`${folder}/bag`, lackingTrail()), sha256: '5a'.repeat(32) };
});
afterAll(() => rmSync(folder, { recursive: true }));

const bytesOf = (document: object): Uint8Array =>
  Buffer.from(formatCorroboration(document as CorroborationDocument));

/** What an act throws. */
async function thrown(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const EVENTS = () => [
  recoveredLine(CHAIN, TIME, { eventName: 'StopLogging', eventSource: 'cloudtrail.amazonaws.com' }),
  recoveredLine(CHAIN, '2026-10-05T10:31:00Z', { userIdentity: { arn: 7 } }),
];
const written = () => corroborationOf(report, EVENTS());

describe('the document', () => {
  const read = (bytes: Uint8Array) => readCorroboration(bytes, 'c.json', report.sha256);

  test('is read as it was written', () => {
    const { document } = written();
    expect(read(bytesOf(document))).toEqual(document);
  });

  test('of another report is a mistake of the caller, with a remedy', async () => {
    const { document } = corroborationOf({ ...report, sha256: '00'.repeat(32) }, []);
    expect(await thrown(() => read(bytesOf(document)))).toMatchObject({
      code: 'CONFIGURATION',
      message: 'c.json is of another report',
      hint: expect.stringContaining('about this very report.json'),
    });
  });

  const edited = (change: (text: string) => string) => (): Uint8Array =>
    Buffer.from(change(formatCorroboration(written().document)));

  test.each<readonly [string, () => Uint8Array, string | RegExp]>([
    ['no JSON', () => Buffer.from('{'), 'c.json is not JSON in UTF-8'],
    [
      'a field twice',
      () => Buffer.from('{"schema":1,"schema":2}'),
      'c.json names "schema" twice in one object',
    ],
    [
      'another document',
      () => bytesOf({ schema: 'trail-verify/report/v1' }),
      /^c.json is not a corroboration of trail-verify, version 1: at \$/,
    ],
    [
      'a file of events elsewhere',
      edited((text) => text.replace('"recovered.jsonl"', '"../recovered.jsonl"')),
      'c.json names another file of events than recovered.jsonl',
    ],
    [
      'one line',
      edited((text) => `${JSON.stringify(JSON.parse(text))}\n`),
      /is not written as this tool writes it$/,
    ],
    ['no line end', edited((text) => text.trimEnd()), /is not written as this tool writes it$/],
    [
      'other line ends',
      edited((text) => text.replaceAll('\n', '\r\n')),
      /is not written as this tool writes it$/,
    ],
    [
      'an escape that nobody needs',
      edited((text) => text.replace('recovered.jsonl', 'recovered\\u002ejsonl')),
      /is not written as this tool writes it$/,
    ],
    [
      'a fraction',
      edited((text) => text.replace('"lines": 2', '"lines": 2.0')),
      /is not written as this tool/,
    ],
  ])('with %s is refused', async (_what, bytes, message) => {
    const expected = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(await thrown(() => read(bytes()))).toMatchObject({ code: 'EVIDENCE_INVALID', message: expected });
  });

  test('beyond its bound is not parsed', async () => {
    const bytes = { length: MOST_CORROBORATION_BYTES + 1 } as Uint8Array;
    expect(await thrown(() => read(bytes))).toMatchObject({ code: 'EVIDENCE_INVALID' });
  });
});

describe('the recovered events', () => {
  /** Reads a list in place of the one that was written; the document names it, unless that is `isNamed`. */
  const read = (text: string, isNamed = true, size?: number) => {
    const { document } = written();
    const list = {
      file: 'recovered.jsonl',
      sha256: sha256(Buffer.from(text, 'latin1')),
      lines: 2,
      events: 2,
    };
    const named = isNamed ? { ...document, recovered: list } : document;
    return readLists(named, report.report, { open: () => pieces(text, size), nameOf: (file) => file });
  };

  test('are given in short, in their order', async () => {
    expect(await read(written().recovered)).toEqual({
      total: 2,
      isAnswered: true,
      disagreement: AGREED,
      events: [
        {
          witness: 'event-history',
          account: '111122223333',
          region: 'us-east-1',
          eventId: `at-${TIME}`,
          time: TIME,
          eventName: 'StopLogging',
          eventSource: 'cloudtrail.amazonaws.com',
          actor: 'arn:aws:iam::111122223333:user/ada',
          chains: [CHAIN],
        },
        expect.objectContaining({ time: '2026-10-05T10:31:00Z', actor: undefined }),
      ],
    });
  });

  test('of a document that names none are none', async () => {
    const { document } = corroborationOf(report, []);
    const files = { open: () => pieces('x'), nameOf: (file: string) => file };
    expect(await readLists(document, report.report, files)).toMatchObject({ total: 0, events: [] });
  });

  test.each<readonly [string, (text: string) => string, string]>([
    [
      'changed',
      (text) => text.replace('StopLogging', 'StopLoggink'),
      'recovered.jsonl has another SHA-256 than corroboration.json names',
    ],
    [
      'cut',
      (text) => text.slice(0, text.indexOf('\n') + 1),
      'recovered.jsonl has 1 lines, and corroboration.json counts 2',
    ],
    [
      'cut within a line',
      (text) => text.slice(0, -9),
      'recovered.jsonl has another SHA-256 than corroboration.json names',
    ],
    ['longer', (text) => `${text}{}\n`, 'recovered.jsonl has more than the 2 lines of corroboration.json'],
    [
      'without a line feed at its end',
      (text) => text.slice(0, -1),
      'recovered.jsonl has another SHA-256 than corroboration.json names',
    ],
  ])('are refused where their file is %s', async (_what, change, message) => {
    expect(await thrown(() => read(change(written().recovered), false))).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message,
    });
  });

  const NONE = 'line 1 of recovered.jsonl is none that this tool writes about this report';

  test.each<readonly [string, (line: string) => string]>([
    ['no object', () => 'null'],
    ['nothing', () => ''],
    ['a witness that nobody knows', (line) => line.replace('event-history', 'a stranger')],
    ['another id than its event', (line) => line.replace(/"eventId":"[^"]*"/, '"eventId":"x"')],
    [
      'another time than its event',
      (line) => line.replace(/"time":"[^"]*"/, '"time":"2026-10-05T10:31:00Z"'),
    ],
    ['another name than its event', (line) => line.replace('StopLogging', 'RunInstances')],
    ['another source than its event', (line) => line.replace('"cloudtrail.', '"ec2.')],
    ['an event that is null', (line) => line.replace(/"event":.*/, '"event":null}')],
    ['an event that is a text', (line) => line.replace(/"event":.*/, '"event":"x"}')],
    ['an event without a name that is a text', (line) => line.replaceAll('"StopLogging"', '7')],
    ['a name of a megabyte', (line) => line.replaceAll('StopLogging', 'x'.repeat(1 << 20))],
    ['a day that there is not', (line) => line.replaceAll(TIME, '2026-02-30T12:00:00Z')],
    ['a time of which the report lacks nothing', (line) => line.replaceAll(TIME, COVERED)],
    ['nothing that it belongs to', (line) => line.replace(/"belongsTo":\[.*?\]/, '"belongsTo":[]')],
    ['a chain that the report does not have', (line) => line.replace(CHAIN, `${CHAIN}x`)],
    ['a field twice', (line) => line.replace('{', '{"witness":"event-history",')],
    ['a field more', (line) => line.replace('{', '{"more":1,')],
    ['a field more behind its event', (line) => line.replace(/\}$/, ',"more":1}')],
    ['white space', (line) => line.replace('":"', '": "')],
    ['a tab in its event', (line) => line.replace('"event":{', '"event":{\t')],
    ['a byte outside ASCII', (line) => line.replace('ada', 'ad\u00ff')],
    ['an explanation that there is not', (line) => line.replace(',"event":', ',"explainedBy":"x","event":')],
  ])('are refused where a line has %s', async (_what, change) => {
    const [first = '', second = ''] = written().recovered.split('\n');
    const changed = change(first);
    expect(changed).not.toBe(first);
    expect(await thrown(() => read(`${changed}\n${second}\n`, true, 1 << 16))).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: NONE,
    });
  });

  test('are taken as deep as corroborate takes an event, and with a field of any name', async () => {
    const deep = `${'['.repeat(63)}${']'.repeat(63)}`;
    const fields = JSON.parse(`{"deep":${deep},"tags":{"__proto__":1},"half":"\\ud800"}`);
    const { document, recovered } = corroborationOf(report, [recoveredLine(CHAIN, TIME, fields)]);
    const files = { open: () => pieces(recovered), nameOf: (file: string) => file };
    expect(await readLists(document, report.report, files)).toMatchObject({ total: 1 });
  });

  test('are refused where one is there twice', async () => {
    const [first = ''] = written().recovered.split('\n');
    expect(await thrown(() => read(`${first}\n${first}\n`))).toMatchObject({
      message: 'line 2 of recovered.jsonl has an event once more',
    });
  });

  test('are refused where a line does not end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1 << 20, 'x');
    }
    const files = { open: endless, nameOf: (file: string) => file };
    const found = await thrown(() => readLists(written().document, report.report, files));
    expect(found).toMatchObject({ message: 'recovered.jsonl has a line of more than 8388608 bytes' });
  });

  test('beyond the first hundred thousand are counted', async () => {
    const many = Array.from({ length: 100_003 }, (_, at) =>
      recoveredLine(CHAIN, TIME, { eventID: `id-${at}` }),
    );
    const { document, recovered } = corroborationOf(report, many);
    const files = { open: () => pieces(recovered, 1 << 16), nameOf: (file: string) => file };
    const { events, total } = await readLists(document, report.report, files);
    expect([events.length, total]).toEqual([100_000, 100_003]);
  });
});

describe('counts that do not fit', () => {
  type Edit = (document: CorroborationDocument) => object;
  const ofWitness =
    (change: object): Edit =>
    ({ witnesses }) => ({ witnesses: witnesses.map((one) => ({ ...one, ...change })) });
  const ofPlace =
    (change: object, both: object = {}): Edit =>
    ({ witnesses }) => ({
      witnesses: witnesses.map((one) => ({
        ...one,
        ...both,
        places: one.places.map((place, at) => (at === 0 ? { ...place, ...change } : place)),
      })),
    });

  test.each<readonly [string, Edit, RegExp]>([
    ['events of a witness', ofWitness({ events: 99 }), /counts other events of event-history as events/],
    ['recovered events of a witness', ofWitness({ recovered: 0 }), /as recovered than in its places/],
    ['events of a place', ofPlace({ events: 9 }, { events: 9 }), /that do not fit one another/],
    ['matched events', ofPlace({ matched: 1, events: 4 }, { matched: 1, events: 4 }), /that do not fit/],
    ['left out events', ofPlace({ leftOut: 9 }, { leftOut: 9 }), /that do not fit/],
    ['fewer left out events', ofPlace({ leftOut: 1 }, { leftOut: 1 }), /that selectors leave out/],
    ['an answer and a refusal', ofPlace({ refusal: 'no' }), /that do not fit/],
    ['no list', () => ({ recovered: undefined }), /counts 2 recovered events of witnesses, and 0 lines/],
    ['no witness', () => ({ witnesses: [] }), /counts 0 recovered events of witnesses, and 2 lines/],
    ['a witness twice', ({ witnesses }) => ({ witnesses: [...witnesses, ...witnesses] }), /a witness twice$/],
    [
      'events of a list',
      ({ recovered }) => ({ recovered: { ...recovered, events: 1 } }),
      /other recovered events/,
    ],
    [
      'no events of a list',
      ({ recovered }) => ({ recovered: { ...recovered, events: 0 } }),
      /0 recovered events in 2/,
    ],
    ['findings', () => ({ findings: [] }), /counts 1 events that differ or are unlogged, and names others/],
    ['further findings', () => ({ furtherFindings: 3 }), /and names others/],
    [
      'another finding',
      ({ findings }) => ({ findings: findings.map((one) => ({ ...one, eventId: 'x' })) }),
      /names unlogged events that its list does not have/,
    ],
    [
      'a finding of another kind',
      ({ findings }) => ({ findings: findings.map((one) => ({ ...one, code: 'EVENT_DIFFERS' })) }),
      /names 1 findings EVENT_DIFFERS of event-history in 111122223333\/us-east-1, and counts 0/,
    ],
    ['a result', () => ({ result: 'recovered' }), /says recovered, and its counts say unproven/],
    [
      'a verdict',
      ({ report: said }) => ({ report: { ...said, verdict: 'VALID' } }),
      /what that does not say/,
    ],
    [
      'an account that is not asked about',
      ofPlace({ account: '999999999999' }),
      /names 0 findings|other accounts and Regions/,
    ],
  ])('are refused: %s', async (_what, edit, message) => {
    const events = [...EVENTS(), recoveredLine(CHAIN, COVERED)];
    const { document, ...lists } = corroborationOf(report, events);
    const files = {
      open: (file: string) => pieces(file === 'recovered.jsonl' ? lists.recovered : lists.unlogged),
      nameOf: (file: string) => file,
    };
    const read = (bytes: Uint8Array) =>
      readLists(readCorroboration(bytes, 'corroboration.json', report.sha256), report.report, files);
    expect(await read(bytesOf(document))).toMatchObject({ total: 2 });
    expect(await thrown(() => read(bytesOf({ ...document, ...edit(document) })))).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: expect.stringMatching(message),
    });
  });
});
