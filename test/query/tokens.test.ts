import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { type Token, tokenize } from '../../src/query/tokens.ts';
import { SQL_PIECES } from '../support/sql-pieces.ts';

function kinds(sql: string): string {
  return tokenize(sql)
    .filter(({ kind }) => kind !== 'space')
    .map(({ kind, text }) => `${kind}:${text}`)
    .join(' ');
}

function refusal(sql: string): TrailVerifyError {
  try {
    tokenize(sql);
  } catch (error) {
    if (error instanceof TrailVerifyError) return error;
    throw error;
  }
  throw new Error(`${sql} was read`);
}

describe('the tokens of a statement', () => {
  test.each([
    ["'it''s' 'b'", "text:'it''s' text:'b'"],
    [`"a""b".c`, `quoted:"a""b" symbol:. word:c`],
    ["E'a\\'b' e", "text:E'a\\'b' word:e"],
    ["$$ ; 'x $$ $t$ $$ $t$", "text:$$ ; 'x $$ text:$t$ $$ $t$"],
    ['$EDS_ID $1 ?', 'parameter:$EDS_ID parameter:$1 parameter:?'],
    ['a -- b; c\nd', 'word:a comment:-- b; c word:d'],
    ['a /* b /* ; */ c */ d', 'word:a comment:/* b /* ; */ c */ word:d'],
    ['1.5e-3 .5 0x1F 1_000', 'number:1.5e-3 number:.5 number:0x1F number:1_000'],
    ['a::b', 'word:a symbol::: word:b'],
    ['größe', 'word:größe'],
    ['a\u00a0b', 'word:a word:b'],
  ])('%s', (sql, expected) => {
    expect(kinds(sql)).toBe(expected);
  });

  test.each([
    ["SELECT 'a", 'the text that begins at line 1, column 8 has no end'],
    ['SELECT\n "a', 'the quoted name that begins at line 2, column 2 has no end'],
    ['/* /* */', 'the comment that begins at line 1, column 1 has no end'],
    ['$a$ $a', 'the text that begins at line 1, column 1 has no end'],
    ["E'\\'", 'the text that begins at line 1, column 1 has no end'],
  ])('what has no end is named: %s', (sql, message) => {
    expect(refusal(sql).message).toBe(message);
    expect(refusal(sql).code).toBe('CONFIGURATION');
  });

  test('a typographic quotation mark in place of the end is pointed out', () => {
    expect(refusal("SELECT ‘a’, 'b’").hint).toContain('quotation marks');
  });

  test('joined, they give the statement back', () => {
    const sql = fc.array(fc.oneof(fc.constantFrom(...SQL_PIECES), fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(sql, (pieces) => {
        const text = pieces.join('');
        let tokens: readonly Token[];
        try {
          tokens = tokenize(text);
        } catch (error) {
          return error instanceof TrailVerifyError;
        }
        const places = tokens.map((token) => token.at + token.text.length);
        expect(tokens.map((token) => token.text).join('')).toBe(text);
        expect(tokens.map((token) => token.at)).toEqual([0, ...places].slice(0, tokens.length));
        return tokens.every((token) => token.text !== '');
      }),
      { numRuns: 500 },
    );
  });

  test('takes time in proportion to the length', () => {
    for (const piece of ['/* ', "'", '"', '$a', '((', '1', 'a.', '--', '<', 'é']) {
      const text = piece.repeat(100_000);
      const began = performance.now();
      try {
        tokenize(text);
      } catch {
        // Some have no end.
      }
      expect(performance.now() - began, piece).toBeLessThan(2000);
    }
  });
});
