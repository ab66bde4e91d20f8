import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, chartColumns, questionMarkup } from '../../../src/render/answer/answer.ts';
import { ANSWER_FORMATS, answerPieces } from '../../../src/render/answer/render.ts';
import { columnsOf, fitText, oneLine } from '../../../src/render/answer/width.ts';
import { escapeTerminal } from '../../../src/render/escape.ts';
import { plain } from '../../../src/render/text/terminal.ts';
import { OPEN, sampleAnswer, WHOLE } from '../../support/answers.ts';
import { expectGolden } from '../../support/golden.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';

/** What no form may hold: controls but for the line end, bidirectional and invisible characters, other line ends, half characters. */
const RAW = /[^\n -~\p{L}\p{M}\p{N}\p{P}\p{S}]/u;

const textOf = (...parameters: Parameters<typeof answerPieces>): string =>
  [...answerPieces(...parameters)].join('');
const text = (name: string) => ({ name, type: 'VARCHAR' });
const number = (name: string) => ({ name, type: 'BIGINT' });

/** Hostile texts in every place that an answer has. */
function hostileAnswer(names: readonly string[]): Answer {
  const all = names.join(' ');
  return {
    title: all,
    sql: names.join('\n'),
    columns: [text(names[0] ?? ''), text('nested'), { name: all, type: 'BIGINT' }],
    rows: names.map((name, index) => [
      name,
      { [name]: [name, null, { name }] },
      index % 3 === 0 ? name : `${index}`,
    ]),
    isCut: true,
    context: {
      ...OPEN,
      uncovered: names.map((chain) => ({
        from: '2026-11-20T08:00:00Z',
        to: '2026-11-20T11:00:00Z',
        chain,
        reason: chain,
      })),
      signer: all,
      warnings: names,
    },
    chart: {},
  };
}

/** Cells of CSV (RFC 4180), as a reader that knows nothing else takes them: null where there are no quotes and nothing. */
function parseCsv(csv: string): readonly (readonly (string | null)[])[] {
  const lines: (string | null)[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  let end = 0;
  for (const [whole, quoted, bare, separator] of csv.matchAll(pattern)) {
    end += whole.length;
    lines
      .at(-1)
      ?.push(quoted === undefined ? (bare === '' ? null : (bare ?? null)) : quoted.replaceAll('""', '"'));
    if (separator === '\r\n') lines.push([]);
  }
  expect(end).toBe(csv.length);
  return lines.slice(0, -1);
}

/** What `csvCell` was given, of what a reader finds in the cell. */
function unescaped(cell: string): string {
  const marks: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };
  return cell
    .replace(/^'/, '')
    .replace(/\\(?:u\{([0-9a-f]+)\}|(.))/g, (_, point: string | undefined, mark: string) =>
      point === undefined ? (marks[mark] ?? '') : String.fromCodePoint(Number.parseInt(point, 16)),
    );
}

describe('an answer for people', () => {
  test.each(ANSWER_FORMATS)('as %s', (format) => {
    const suffix = { text: 'txt', csv: 'csv', ndjson: 'jsonl', markdown: 'md', html: 'html' }[format];
    // Git has no line ends of CSV.
    const shown = textOf(format, sampleAnswer({ context: OPEN, chart: {} })).replaceAll('\r\n', '\n');
    expectGolden(`answer.${suffix}`, shown);
  });

  test('as records, where the columns have no room next to one another', () => {
    const names = [
      'eventtime',
      'eventid',
      'awsregion',
      'sourceipaddress',
      'useragent',
      'requestparameters',
      'errorcode',
    ];
    const row = [
      '2026-11-20T14:00:00Z',
      '7bd5a1c5-60d4-4b2c-9e6e-0c7d0f8a1b2c',
      'us-east-1',
      '192.0.2.1',
      'aws-cli/2.31.0 md/awscrt#0.27.2 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13',
      JSON.stringify({ tableName: '台帳', key: { id: 'z'.repeat(900) } }),
      null,
    ];
    const answer = sampleAnswer({
      title: undefined,
      columns: names.map(text),
      rows: [row, row],
      isCut: true,
    });
    expectGolden('answer-records.txt', textOf('text', answer));
  });

  test('with no row says so', () => {
    const answer = sampleAnswer({ rows: [], chart: {} });
    expect(textOf('text', answer)).toContain(
      'No rows.\n\n0 rows from 1,234 events of 56 verified log files\n',
    );
    expect(textOf('html', answer)).toContain('0 rows from');
    expect(textOf('csv', answer)).toBe('"arn","eventname","mean","calls"\r\n');
  });

  test('that is cut says so', () => {
    const answer = sampleAnswer({ isCut: true });
    for (const format of ['text', 'markdown', 'html'] as const)
      expect(textOf(format, answer)).toMatch(/the first 4 rows, and there are more/i);
  });

  test('has its verdict before the first row, where it is not VALID', () => {
    const invalid = sampleAnswer({ context: { ...WHOLE, verdict: 'INVALID' } });
    expect(textOf('text', invalid)).toMatch(/^INVALID: something contradicts/);
    expect(textOf('text', sampleAnswer())).not.toContain('VALID');
  });

  test('does not mistake texts for NULL and for text that was cut', () => {
    const table = textOf('text', sampleAnswer({ columns: [text('a')], rows: [[null], ['∅'], ['…'], ['']] }));
    expect(table).toContain('\na\n∅\n\\u{2205}\n\\u{2026}\n\n\n4 rows');
    expect(table).not.toContain('no room here');
  });

  test('as Markdown has less than a mebibyte, and counts the rows that have no room', () => {
    const rows = Array.from({ length: 3000 }, () => ['<'.repeat(900), 'x', 1, '1']);
    const markdown = textOf('markdown', sampleAnswer({ rows }));
    expect(Buffer.byteLength(markdown)).toBeLessThan(1024 ** 2);
    expect(markdown).toMatch(/… and 2,\d{3} more rows\./);
  });
});

describe('hostile texts', () => {
  test.each(ANSWER_FORMATS)('as %s hold no character that a screen acts on or hides', (format) => {
    expect(textOf(format, hostileAnswer(HOSTILE_NAMES)).replaceAll('\r\n', '\n')).not.toMatch(RAW);
  });

  const cells = fc.array(
    fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...HOSTILE_NAMES)),
    { minLength: 1, maxLength: 6 },
  );

  test('of any kind leave a table in its width, and every line in its place', () => {
    fc.assert(
      fc.property(cells, fc.integer({ min: 20, max: 120 }), (names, columns) => {
        const answer = { ...hostileAnswer(names), title: undefined, context: WHOLE };
        const table = textOf('text', answer, { columns, paint: plain });
        expect(table).not.toMatch(RAW);
        const body = table.slice(0, table.indexOf('\n\nthe first '));
        for (const line of body.split('\n'))
          expect(oneLine(line).columns).toBeLessThanOrEqual(Math.max(columns, 24));
      }),
    );
  });

  test('of any kind are letters, digits and entities in Markdown cells', () => {
    fc.assert(
      fc.property(cells, (names) => {
        const marked = names.map((name) => `QQ${name.replaceAll('ZZ', '')}ZZ`);
        const markdown = textOf('markdown', { ...hostileAnswer(marked), sql: 'SELECT 1' });
        const found = [...markdown.matchAll(/QQ(.*?)ZZ/gs)];
        expect(found.length).toBeGreaterThanOrEqual(names.length);
        for (const [, name = ''] of found)
          expect(name.replace(/&#\d+;/g, '')).not.toMatch(/[!"#$&*<>?@[\\\]^`{|}~\n]|https?:\/\/|www\./i);
        const rows = markdown.split('\n').filter((line) => line.startsWith('| QQ'));
        for (const row of rows) expect(row.match(/(?<!&#\d+)\|/g)).toHaveLength(4);
      }),
      { numRuns: 50 },
    );
  });

  test('of any kind are no tag, entity or attribute of their own in HTML', () => {
    const tags = (html: string): readonly string[] => html.match(/<\/?[a-z][^>]*>/g) ?? [];
    const shapeOf = (names: readonly string[]) =>
      tags(textOf('html', { ...hostileAnswer(names) })).map((tag) => tag.replace(/"[^"]*"/g, '""'));
    fc.assert(
      fc.property(cells, (names) => {
        const harmless = names.map((_, index) => `name${index}`);
        const dropped = (tag: string): boolean => !/^<\/?(?:rect|svg|text|path)/.test(tag);
        const numbers = (tag: string) => tag.replace(/ class=""/, '');
        // Bars differ by the values alone, which a hostile text may be by chance.
        expect(shapeOf(names).filter(dropped).map(numbers)).toEqual(
          shapeOf(harmless).filter(dropped).map(numbers),
        );
        const body = textOf('html', hostileAnswer(names)).replace(/<style>[\s\S]*?<\/style>/, '');
        expect(body.replace(/<[^<>]*>/g, '')).not.toMatch(/[<>"']/);
      }),
      { numRuns: 50 },
    );
  });

  test('of any kind are read back from CSV, and begin no formula', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.option(fc.string({ unit: 'binary' })), fc.string(), fc.bigInt())),
        (rows) => {
          const columns = [text('a'), text('b'), number('c')];
          const answer = sampleAnswer({ columns, rows: rows.map(([a, b, c]) => [a, b, `${c}`]) });
          const [, ...read] = parseCsv(textOf('csv', answer));
          // Half characters come back as they went.
          expect(read.map((row) => row.map((cell) => (cell === null ? null : unescaped(cell))))).toEqual(
            rows.map(([a, b, c]) => [a, b, `${c}`]),
          );
          for (const [a, b] of read)
            for (const cell of [a, b]) expect(cell ?? '').not.toMatch(/^ *[=+\-@\t\r\uff1d]/);
        },
      ),
    );
  });

  test('in a column of numbers have no part in its exemption from the rule of formulas', () => {
    const rows = ['-5', '-1+1', '=1', '1e3', '-5.25', '+1'].map((value) => [value]);
    const [, ...read] = parseCsv(textOf('csv', sampleAnswer({ columns: [number('n')], rows })));
    expect(read.flat()).toEqual(['-5', "'-1+1", "'=1", '1e3', '-5.25', "'+1"]);
  });

  test('NULL and an empty text are two things in CSV, but for one column alone', () => {
    const rows = [[null, '', null]];
    expect(textOf('csv', sampleAnswer({ columns: [text('a'), text('b'), number('c')], rows }))).toMatch(
      /\r\n,"",\r\n$/,
    );
    expect(textOf('csv', sampleAnswer({ columns: [text('a')], rows: [[null]] }))).toBe('"a"\r\n""\r\n');
  });
});

describe('lines of JSON', () => {
  test('are read back as they were, whatever is in them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.jsonValue(), fc.string({ unit: 'binary' }), fc.maxSafeInteger())),
        (rows) => {
          const columns = [text('__proto__'), text('b'), number('c')];
          const answer = sampleAnswer({ columns, rows: rows.map(([a, b, c]) => [a as string, b, `${c}`]) });
          const lines = textOf('ndjson', answer).split('\n').slice(0, -1);
          expect(lines.map((line) => Object.entries(JSON.parse(line)))).toEqual(
            rows.map(([a, b, c]) =>
              Object.entries(
                JSON.parse(
                  `{"__proto__":${JSON.stringify(a)},"b":${JSON.stringify(b)},"c":${c === 0 ? 0 : c}}`,
                ),
              ),
            ),
          );
        },
      ),
    );
  });

  test('have numbers that no reader rounds', () => {
    const columns = [number('n')];
    const lineOf = (type: string, value: string | number) =>
      textOf(
        'ndjson',
        sampleAnswer({ columns: columns.map((column) => ({ ...column, type })), rows: [[value]] }),
      );
    expect(lineOf('BIGINT', '9007199254740991')).toBe('{"n":9007199254740991}\n');
    expect(lineOf('BIGINT', '9007199254740993')).toBe('{"n":"9007199254740993"}\n');
    expect(lineOf('BIGINT', '-9223372036854775808')).toBe('{"n":"-9223372036854775808"}\n');
    expect(lineOf('DECIMAL(18,2)', '1.50')).toBe('{"n":1.50}\n');
    expect(lineOf('DECIMAL(38,20)', '0.12345678901234567890')).toBe('{"n":"0.12345678901234567890"}\n');
    expect(lineOf('DOUBLE', 0.1234567890123457)).toBe('{"n":0.1234567890123457}\n');
    expect(lineOf('DOUBLE', Number.NaN)).toBe('{"n":"NaN"}\n');
    expect(lineOf('BIGINT', '007')).toBe('{"n":"007"}\n');
    expect(lineOf('VARCHAR', '7')).toBe('{"n":"7"}\n');
  });

  test('have a name for each column, where two have the same', () => {
    const columns = [text('a'), text('a_2'), text('a'), text('a')];
    expect(textOf('ndjson', sampleAnswer({ columns, rows: [['1', '2', '3', '4']] }))).toBe(
      '{"a":"1","a_2":"2","a_3":"3","a_4":"4"}\n',
    );
  });
});

describe('a chart', () => {
  const chartOf = (rows: Answer['rows'], type = 'BIGINT') =>
    textOf('html', sampleAnswer({ columns: [text('name'), { name: 'n', type }], rows, chart: {} })).match(
      /<figure>[\s\S]*<\/figure>/,
    )?.[0] ?? '';
  const widths = (svg: string) =>
    [...svg.matchAll(/<rect [^>]*? width="([^"]+)"/g)].map(([, width]) => Number(width));

  test('is of the first texts and the last number, or of what is chosen', () => {
    const { columns } = sampleAnswer();
    expect(chartColumns({ columns, chart: {} })).toEqual({ labels: [0, 1], value: 3 });
    expect(chartColumns({ columns, chart: { label: 'eventname', value: 'mean' } })).toEqual({
      labels: [1],
      value: 2,
    });
    const refused =
      (chart: object, some = columns) =>
      () =>
        chartColumns({ columns: some, chart });
    expect(refused({ label: 'x' })).toThrow('no column named "x"');
    expect(refused({ value: 'arn' })).toThrow('"arn" holds no numbers');
    expect(refused({}, [text('a')])).toThrow('no column of numbers');
    expect(refused({}, [number('a')])).toThrow('no column of text');
    expect(refused({}, [{ name: 'list', type: 'VARCHAR[]' }, number('a')])).toThrow('no column of text');
  });

  test('has bars in proportion, and each value as text', () => {
    const svg = chartOf([
      ['a', '4'],
      ['b', '2'],
      ['c', '0'],
      ['d', null],
    ]);
    expect(widths(svg)).toEqual([330, 165]);
    for (const shown of ['a: 4', 'b: 2', 'c: 0', 'd: NULL']) expect(svg).toContain(`<title>${shown}</title>`);
  });

  test('has bars on both sides of zero', () => {
    const svg = chartOf(
      [
        ['a', -1],
        ['b', 2],
      ],
      'DOUBLE',
    );
    expect(widths(svg)).toEqual([110, 220]);
    expect(svg).toContain('class="bar below" x="260"');
  });

  test.each([
    [
      'huge',
      [
        ['a', 1.7e308],
        ['b', -1.7e308],
      ],
    ],
    [
      'tiny',
      [
        ['a', 5e-324],
        ['b', -5e-324],
      ],
    ],
    [
      'no numbers',
      [
        ['a', 'NaN'],
        ['b', 'Infinity'],
        ['c', null],
      ],
    ],
    [
      'zero',
      [
        ['a', 0],
        ['b', '0'],
      ],
    ],
    [
      'beyond a double',
      [
        ['a', `1${'0'.repeat(400)}`],
        ['b', '1'],
      ],
    ],
  ])('of values that are %s draws within its picture', (_, rows) => {
    const svg = chartOf(rows, 'DOUBLE');
    expect(svg).not.toMatch(/"(?:NaN|-?Infinity)"/);
    for (const width of widths(svg)) expect(width).toBeLessThanOrEqual(330);
  });

  test('has forty bars at most, and counts the rest', () => {
    const svg = chartOf(Array.from({ length: 100 }, (_, index) => [`name ${index}`, `${index}`]));
    expect(svg.match(/<g>/g)).toHaveLength(40);
    expect(svg).toContain('… and 60 more rows in the table.');
  });

  test('has labels that are cut, and whole in their titles', () => {
    const svg = chartOf([['日本語'.repeat(20), '1']]);
    expect(svg).toContain(`<title>${'日本語'.repeat(20)}: 1</title>`);
    const label = /class="label"[^>]*>([^<]*)</.exec(svg)?.[1] ?? '';
    expect(label).toMatch(/^日.*…[日本語]+$/);
    expect(oneLine(label).columns).toBeLessThanOrEqual(34);
  });

  test('has labels of two values that each leave room for the other', () => {
    const columns = [text('a'), text('b'), number('n')];
    const rows = ['x', 'x'.repeat(50)].flatMap((a) => ['y', 'y'.repeat(50)].map((b) => [a, b, '1']));
    const svg = textOf('html', sampleAnswer({ columns, rows, chart: {} }));
    expect([...svg.matchAll(/class="label"[^>]*>([^<]*)</g)].map(([, label]) => label)).toEqual([
      'x · y',
      `x · ${'y'.repeat(15)}…${'y'.repeat(14)}`,
      `${'x'.repeat(15)}…${'x'.repeat(14)} · y`,
      `${'x'.repeat(8)}…${'x'.repeat(7)} · ${'y'.repeat(7)}…${'y'.repeat(7)}`,
    ]);
  });
});

describe('widths', () => {
  test('count wide characters twice and marks not at all', () => {
    const widths = { abc: 3, 日本: 4, ｶﾅ: 2, '😀': 2, 'e\u0301': 1, 한글: 4, ＡＢ: 4, '🇩🇪': 2, '\u263a': 1 };
    for (const [shown, columns] of Object.entries(widths))
      expect([shown, oneLine(shown).columns]).toEqual([shown, columns]);
    expect(columnsOf('a'.repeat(1e6), 80)).toBe(80);
  });

  test('no flood of marks is drawn over other lines', () => {
    expect(oneLine(`a${'\u0301'.repeat(6)}`).text).toBe(`a${'\u0301'.repeat(4)}\\u{0301}\\u{0301}`);
    expect(oneLine('\u0301').text).toBe('\\u{0301}');
  });

  test('fitted lines are within them, and hold the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.integer({ min: 10, max: 60 }),
        fc.integer({ min: 1, max: 50 }),
        (raw, width, lines) => {
          const escaped = escapeTerminal(raw).replaceAll('…', '.');
          const fitted = fitText(escaped, width, lines);
          expect(fitted.length).toBeLessThanOrEqual(lines);
          for (const line of fitted) {
            expect(line.columns).toBeLessThanOrEqual(width);
            expect(oneLine(line.text).columns).toBe(line.columns);
          }
          const together = fitted.map((line) => line.text).join('');
          const whole = oneLine(escaped).text;
          if (together.endsWith('…')) expect(whole.startsWith(together.slice(0, -1))).toBe(true);
          else expect(together).toBe(whole);
        },
      ),
    );
  });
});

test('a question is shown as it is, unless it hides something', () => {
  expect(questionMarkup("SELECT '\\d+' < 1\n\tFROM x\n")).toBe('SELECT &#39;\\d+&#39; &#60; 1\n  FROM x');
  expect(questionMarkup("SELECT '\\d' || '\u202e'")).toBe('SELECT &#39;\\\\d&#39; || &#39;\\u{202e}&#39;');
});
