import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  csvCell,
  escapeMarkdown,
  escapeMarkup,
  escapeTerminal,
  markdownCode,
} from '../../src/render/escape.ts';
import { HOSTILE_NAMES } from '../support/hostile-names.ts';

const anyText = fc.string({ unit: 'binary' });

describe('escapeTerminal', () => {
  test.each([
    ['AWSLogs/a_b-c.json.gz', 'AWSLogs/a_b-c.json.gz'],
    ['journaux-été/日本', 'journaux-été/日本'],
    ['\u001b[2Jgone', '\\u{001b}[2Jgone'],
    ['a\nVALID\rb\tc', 'a\\nVALID\\rb\\tc'],
    ['fdp\u202egpj.exe', 'fdp\\u{202e}gpj.exe'],
    ['zero\u200bwidth\ufeff', 'zero\\u{200b}width\\u{feff}'],
    ['c1\u009b31m', 'c1\\u{009b}31m'],
    ['no\u00a0break', 'no\\u{00a0}break'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['half\ud800', 'half\\u{d800}'],
    ['back\\slash', 'back\\\\slash'],
  ])('%j becomes %j', (text, escaped) => {
    expect(escapeTerminal(text)).toBe(escaped);
  });

  test('never lets a character through that a terminal acts on or hides', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeTerminal(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u);
      }),
    );
  });

  test('gives every text back, so two texts never look alike', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const back = escapeTerminal(text).replace(
          /\\(?:\\|n|r|t|u\{([0-9a-f]+)\})/g,
          (mark, point?: string) =>
            point === undefined
              ? ({ '\\\\': '\\', '\\n': '\n', '\\r': '\r', '\\t': '\t' }[mark] ?? '?')
              : String.fromCodePoint(Number.parseInt(point, 16)),
        );
        expect(back).toBe(text);
      }),
    );
  });
});

describe('escapeMarkdown', () => {
  test('leaves no mark that Markdown, HTML or a mention is made of', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const rest = escapeMarkdown(text).replace(/&#\d+;/g, '');
        expect(rest).not.toMatch(/[^\p{L}\p{M}\p{N}\p{S}\p{P}\s]|[\n\r]/u);
        // A list, a heading or a rule begins with one of these.
        expect(escapeMarkdown(text).trimStart()).not.toMatch(/^(?:[-+=_.:]|\d+[.)])/);
        expect(rest).not.toMatch(/[!"#$&*<>?@[\\\]^`{|}~]|https?:\/\/|www\./i);
      }),
    );
  });

  test('keeps a hostile key inside its code span and its cell', () => {
    expect(markdownCode('a`|</code><img src=x>@all')).toBe(
      '<code>a&#96;&#124;&#60;/code&#62;&#60;img src&#61;x&#62;&#64;all</code>',
    );
  });
});

/** What a browser or an XML parser makes of numeric entities. */
function decoded(markup: string): string {
  return markup.replace(/&#(\d+);/g, (_, point: string) => String.fromCodePoint(Number(point)));
}

describe('escapeMarkup', () => {
  const anyName = fc.oneof(anyText, fc.constantFrom(...HOSTILE_NAMES));

  test('leaves no mark of HTML or XML but its own entities', () => {
    fc.assert(
      fc.property(anyName, (text) => {
        expect(escapeMarkup(text).replace(/&#\d+;/g, '')).not.toMatch(/[&<>"'`=]/);
      }),
    );
  });

  test('leaves only characters that XML 1.0 allows', () => {
    fc.assert(
      fc.property(anyName, (text) => {
        expect(escapeMarkup(text)).toMatch(/^[ -~\u00a1-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
      }),
    );
  });

  test('a reader gets the text back as a terminal would show it', () => {
    fc.assert(
      fc.property(anyName, (text) => {
        expect(decoded(escapeMarkup(text))).toBe(escapeTerminal(text));
      }),
    );
  });
});

/** The cells of one line of CSV, read by RFC 4180 with the separator given. */
function cellsOf(line: string, separator: ',' | ';'): readonly string[] {
  const cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? '';
    if (character === '"' && isQuoted && line[at + 1] === '"') {
      cell += '"';
      at += 1;
    } else if (character === '"' && (isQuoted || cell === '')) {
      isQuoted = !isQuoted;
    } else if (character === separator && !isQuoted) {
      cells.push(cell);
      cell = '';
    } else {
      cell += character;
    }
  }
  return [...cells, cell];
}

const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

describe('csvCell', () => {
  const anyCell = fc.oneof(
    anyText,
    fc.constantFrom(...HOSTILE_NAMES),
    fc.string({ unit: fc.constantFrom('=', '+', '-', '@', ';', '"', ',', "'", ' ', 'a', '\n', '\t', '\\') }),
  );

  test.each([
    ['plain', '"plain"'],
    ['=1+1', '"\'=1+1"'],
    ['+1', '"\'+1"'],
    ['-1', '"\'-1"'],
    ['@SUM(A1)', '"\'@SUM(A1)"'],
    ['\t=1', '"\\t=1"'],
    ["'=1", '"\'\'=1"'],
    ['say "hi"', '"say ""hi"""'],
    ['one; two', '"one; two"'],
    ['one;=2', '"one\\u{003b}=2"'],
  ])('%j becomes %s', (text, cell) => {
    expect(csvCell(text)).toBe(cell);
  });

  test('never begins a formula, whichever separator the reader takes', () => {
    fc.assert(
      fc.property(fc.array(anyCell, { minLength: 1, maxLength: 4 }), (texts) => {
        const line = texts.map(csvCell).join(',');
        expect(line).not.toMatch(/[\r\n]/);
        for (const separator of [',', ';'] as const) {
          for (const cell of cellsOf(line, separator)) expect(cell.trim()).not.toMatch(FORMULA);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('gives every text back: as many cells as were written, none like another', () => {
    fc.assert(
      fc.property(fc.array(anyCell, { minLength: 1, maxLength: 4 }), (texts) => {
        const read = cellsOf(texts.map(csvCell).join(','), ',').map((cell) =>
          (cell.startsWith("'") ? cell.slice(1) : cell).replaceAll('\\u{003b}', ';'),
        );
        expect(read).toEqual(texts.map(escapeTerminal));
      }),
    );
  });
});

describe('in Markdown', () => {
  test.each([
    'Not checked: log files, 14:01:31Z, 5.2 GB (97%)',
    "the trail's LOG_MISSING",
    's3, eu-west-1; a/b',
  ])('%j is read as it is', (text) => {
    expect(escapeMarkdown(text)).toBe(text);
  });

  test.each([
    '1. VALID',
    '1) VALID',
    '+ VALID',
    ':100:',
    'a :tada: b',
    'see https://example.com',
    'see WWW.example.com',
    'mailto:who',
    '_VALID_',
    'a _b_ c',
    '#1',
    'a@b.example',
    'a|b',
    'a\\b',
    '',
    '=',
  ])('%j is no Markdown', (text) => {
    const escaped = escapeMarkdown(text);
    if (text.trim() !== '') expect(escaped).not.toBe(text);
    expect(escaped.replace(/&#\d+;/g, '')).not.toMatch(/[!-,.:-@[-`{-~]/);
  });

  test('only the words that hold a mark are in entities', () => {
    expect(escapeMarkdown('CN=Evidence on vm, by <b>, at 1. and -2 (rsa)')).toBe(
      'CN=Evidence on vm, by &#60;b&#62;&#44; at 1. and -2 (rsa)',
    );
  });

  test('a dash at the begin begins no list', () => {
    expect(escapeMarkdown('- VALID')).toBe('&#45; VALID');
    expect(escapeMarkdown('  -x <b>')).toBe('  &#45;x &#60;b&#62;');
  });

  test('the id of a chain is a code span of its own', () => {
    const id = '111122223333/us-east-1/audit@us-east-1';
    expect(escapeMarkdown(`of chain ${id}, and ${id}/backfill`)).toBe(
      `of chain \`${id}\`, and \`${id}/backfill\``,
    );
    expect(markdownCode(id)).toBe(`\`${id}\``);
    for (const hostile of [`x${id}`, `${id}@all`, `${id}\``, `${id}|`, `${id}<b>`])
      expect(escapeMarkdown(`of ${hostile}`).replace(/&#\d+;/g, '')).not.toMatch(/[`@|<>]/);
  });

  test('a plain name is in a code span, and any other in entities', () => {
    expect(markdownCode('s3://bucket/AWSLogs/a_b-c.json.gz')).toBe('`s3://bucket/AWSLogs/a_b-c.json.gz`');
    expect(markdownCode('a@b')).toBe('`a@b`');
    for (const name of ['a`b', 'a|b', ' a', 'a ', '', 'a\\|b', 'a\nb', 'é', '$x$', '<b>'])
      expect(markdownCode(name)).toMatch(/^<code>[^`|<>]*<\/code>$/);
  });
});
