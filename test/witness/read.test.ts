/** What corroborate wrote, read back: of its report and of its lines, or refused. */
import { describe, expect, test } from 'vitest';
import { formatCorroboration } from '../../src/witness/document.ts';
import { MOST_CORROBORATION_BYTES, readCorroboration, readRecovered } from '../../src/witness/read.ts';
import { corroborationOf, recoveredLine, recoveredText } from '../support/corroboration-files.ts';
import { AGREED } from '../support/report-with-names.ts';

const REPORT = '5a'.repeat(32);
const CHAIN = '111122223333/us-east-1/audit@us-east-1';
const TIME = '2026-10-05T12:30:00Z';

const bytesOf = (document: object): Uint8Array => Buffer.from(JSON.stringify(document));

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
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('the document', () => {
  test('is read as it was written', () => {
    const document = corroborationOf(REPORT, recoveredText([recoveredLine(CHAIN, TIME)]));
    expect(readCorroboration(Buffer.from(formatCorroboration(document)), 'c.json', REPORT)).toEqual(document);
  });

  test('of another report is a mistake of the caller, with a remedy', async () => {
    const document = corroborationOf('00'.repeat(32), '');
    expect(await thrown(async () => readCorroboration(bytesOf(document), 'c.json', REPORT))).toMatchObject({
      code: 'CONFIGURATION',
      message: 'c.json is of another report',
      hint: expect.stringContaining('about this very report.json'),
    });
  });

  test.each([
    ['no JSON', Buffer.from('{'), 'c.json is not JSON in UTF-8'],
    ['a field twice', Buffer.from('{"schema":1,"schema":2}'), 'c.json names "schema" twice in one object'],
    [
      'another document',
      bytesOf({ schema: 'trail-verify/report/v1' }),
      /^c.json is not a corroboration of trail-verify, version 1: at \$/,
    ],
    [
      'a file of events elsewhere',
      bytesOf(
        corroborationOf(REPORT, '', {
          recovered: { file: '../recovered.jsonl', sha256: REPORT, lines: 1, events: 1 },
        }),
      ),
      'c.json names another file of events than recovered.jsonl',
    ],
  ])('with %s is refused', async (_what, bytes, message) => {
    const expected = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(await thrown(async () => readCorroboration(bytes, 'c.json', REPORT))).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: expected,
    });
  });

  test('beyond its bound is not parsed', async () => {
    const bytes = { length: MOST_CORROBORATION_BYTES + 1 } as Uint8Array;
    expect(await thrown(async () => readCorroboration(bytes, 'c.json', REPORT))).toMatchObject({
      code: 'EVIDENCE_INVALID',
    });
  });
});

describe('the recovered events', () => {
  const lines = [
    recoveredLine(CHAIN, TIME, { eventName: 'StopLogging', eventSource: 'cloudtrail.amazonaws.com' }),
    recoveredLine(CHAIN, '2026-10-05T12:31:00Z', { event: { userIdentity: { arn: 7 } } }),
  ];
  const text = recoveredText(lines);
  const read = (written: string, document = corroborationOf(REPORT, text)) =>
    readRecovered(document, pieces(written), 'r.jsonl');

  test('are given in short, in their order', async () => {
    expect(await read(text)).toEqual({
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
        expect.objectContaining({ time: '2026-10-05T12:31:00Z', actor: undefined }),
      ],
    });
  });

  test('of a document that names none are none', async () => {
    expect(await read('', corroborationOf(REPORT, ''))).toMatchObject({ total: 0, events: [] });
    expect(await thrown(() => read(text, corroborationOf(REPORT, '')))).toMatchObject({
      code: 'EVIDENCE_INVALID',
    });
  });

  test.each([
    [
      'changed',
      text.replace('StopLogging', 'StopLoggink'),
      'r.jsonl has another SHA-256 than corroboration.json names',
    ],
    ['cut', text.slice(0, text.indexOf('\n') + 1), 'r.jsonl has 1 lines, and corroboration.json counts 2'],
    ['cut within a line', text.slice(0, -9), 'line 2 of r.jsonl is none that this tool writes'],
    ['longer', `${text}{}\n`, 'r.jsonl has more than the 2 lines of corroboration.json'],
    [
      'without a line feed at its end',
      text.slice(0, -1),
      'r.jsonl has another SHA-256 than corroboration.json names',
    ],
  ])('are refused where their file is %s', async (_what, written, message) => {
    expect(await thrown(() => read(written))).toMatchObject({ code: 'EVIDENCE_INVALID', message });
  });

  test.each([
    ['no object', 'null'],
    ['a name that is no text', JSON.stringify({ ...lines[0], eventName: 7 })],
    ['a name of a hundred kilobytes', JSON.stringify({ ...lines[0], eventName: 'x'.repeat(100_000) })],
    ['a witness that nobody knows', JSON.stringify({ ...lines[0], witness: 'a stranger' })],
    ['a time in another form', JSON.stringify({ ...lines[0], time: 'Oct 5 2026 12:00' })],
    ['a day that there is not', JSON.stringify({ ...lines[0], time: '2026-02-30T12:00:00Z' })],
    ['no time', JSON.stringify({ ...lines[0], time: 'soon' })],
    ['nothing that it belongs to', JSON.stringify({ ...lines[0], belongsTo: undefined })],
    ['a thousand chains', JSON.stringify({ ...lines[0], belongsTo: new Array(1000).fill({ chain: CHAIN }) })],
    ['a field twice', `{"witness":"event-history",${JSON.stringify(lines[0]).slice(1)}`],
  ])('are refused where a line has %s', async (_what, line) => {
    const written = `${line}\n`;
    expect(await thrown(() => read(written, corroborationOf(REPORT, written)))).toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: 'line 1 of r.jsonl is none that this tool writes',
    });
  });

  test('are refused where a line does not end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1 << 20, 'x');
    }
    const found = await thrown(() => readRecovered(corroborationOf(REPORT, text), endless(), 'r.jsonl'));
    expect(found).toMatchObject({ message: 'r.jsonl has a line of more than 8388608 bytes' });
  });

  test('beyond the first hundred thousand are counted, and not parsed', async () => {
    const line = recoveredText([recoveredLine(CHAIN, TIME)]);
    const many = line.repeat(100_003);
    const { events, total } = await readRecovered(
      corroborationOf(REPORT, many),
      pieces(many, 1 << 16),
      'r.jsonl',
    );
    expect([events.length, total]).toEqual([100_000, 100_003]);
  });
});
