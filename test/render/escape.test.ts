import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeMarkdown, escapeTerminal, markdownCode } from '../../src/render/escape.ts';

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
        expect(rest).not.toMatch(/[!-,.:-@[-`{-~]/);
      }),
    );
  });

  test('keeps a hostile key inside its code span and its cell', () => {
    expect(markdownCode('a`|</code><img src=x>@all')).toBe(
      '<code>a&#96;&#124;&#60;/code&#62;&#60;img src&#61;x&#62;&#64;all</code>',
    );
  });
});
