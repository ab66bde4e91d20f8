/**
 * SQL as tokens, by the rules of DuckDB's lexer (that of PostgreSQL), so that a statement can be changed without misreading a
 * text or a comment. The tokens' texts joined give the statement back.
 *
 *     SELECT eventname FROM $EDS_ID -- all
 *     word space word space word space parameter space comment
 */
import { TrailVerifyError } from '../base/errors.ts';

/** What a token is. A symbol is one character, but for `::`. */
export type TokenKind = 'space' | 'comment' | 'word' | 'quoted' | 'text' | 'number' | 'parameter' | 'symbol';

/** One token: its characters, and where they begin in the statement. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
}

// Spaces that a web page leaves in copied SQL count as spaces, as DuckDB has it.
const SPACE = /[\s\u200b]+/y;
const WORD = /(?![\s\u200b])[A-Za-z_\u0080-\uffff](?:(?![\s\u200b])[A-Za-z0-9_$\u0080-\uffff])*/y;
const NUMBER = /0[xX][0-9a-fA-F_]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y;
const PARAMETER = /\$(?:\d+|[A-Za-z_][A-Za-z0-9_]*)|\?/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const COMMENT_EDGE = /\/\*|\*\//g;

/** The tokens of a statement. Throws CONFIGURATION where a text, a quoted name or a comment has no end. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length; ) {
    const token = tokenAt(sql, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, at: number): Token {
  const one = sql[at] ?? '';
  const two = sql.slice(at, at + 2);
  const token = (kind: TokenKind, end: number): Token => ({ kind, text: sql.slice(at, end), at });
  const matched = (kind: TokenKind, pattern: RegExp): Token | undefined => {
    pattern.lastIndex = at;
    const text = pattern.exec(sql)?.[0];
    return text === undefined || text === '' ? undefined : token(kind, at + text.length);
  };
  if (two === '--') return matched('comment', LINE_COMMENT) ?? token('comment', at + 2);
  if (two === '/*') return token('comment', commentEnd(sql, at));
  if (one === "'") return token('text', quotedEnd(sql, at, 'text'));
  if (one === '"') return token('quoted', quotedEnd(sql, at, 'quoted name'));
  if (/^[eE]'/.test(two)) return token('text', escapedEnd(sql, at));
  if (one === '$') {
    const tag = matched('text', DOLLAR_TAG);
    if (tag !== undefined) return token('text', dollarEnd(sql, at, tag.text));
  }
  if (two === '::') return token('symbol', at + 2);
  return (
    matched('space', SPACE) ??
    matched('parameter', PARAMETER) ??
    matched('number', NUMBER) ??
    matched('word', WORD) ??
    token('symbol', at + 1)
  );
}

function quotedEnd(sql: string, at: number, what: string): number {
  const quote = sql[at] ?? '';
  for (let end = sql.indexOf(quote, at + 1); end !== -1; end = sql.indexOf(quote, end + 2)) {
    if (sql[end + 1] !== quote) return end + 1;
  }
  throw unfinished(sql, at, what);
}

/** The end of E'…', in which a backslash takes the next character with it. */
function escapedEnd(sql: string, at: number): number {
  for (let end = at + 2; end < sql.length; end += 1) {
    if (sql[end] === '\\') end += 1;
    else if (sql[end] === "'" && sql[end + 1] === "'") end += 1;
    else if (sql[end] === "'") return end + 1;
  }
  throw unfinished(sql, at, 'text');
}

function dollarEnd(sql: string, at: number, tag: string): number {
  const end = sql.indexOf(tag, at + tag.length);
  if (end === -1) throw unfinished(sql, at, 'text');
  return end + tag.length;
}

/** The end of a comment in which others may be nested. */
function commentEnd(sql: string, at: number): number {
  let depth = 0;
  COMMENT_EDGE.lastIndex = at;
  for (let edge = COMMENT_EDGE.exec(sql); edge !== null; edge = COMMENT_EDGE.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_EDGE.lastIndex;
  }
  throw unfinished(sql, at, 'comment');
}

function unfinished(sql: string, at: number, what: string): TrailVerifyError {
  const hint = TYPOGRAPHIC.test(sql.slice(at)) ? TYPOGRAPHIC_HINT : undefined;
  return new TrailVerifyError('CONFIGURATION', `the ${what} that begins at ${position(sql, at)} has no end`, {
    hint,
  });
}

/** Quotation marks that text programs put in place of those of SQL. */
export const TYPOGRAPHIC: RegExp = /[\u2018\u2019\u201c\u201d]/;
/** What to do about them. */
export const TYPOGRAPHIC_HINT = `write quotation marks as ' and ", not as a text program prints them`;

/** The line and column of a character, both counted from 1. */
export function position(sql: string, at: number): string {
  const before = sql.slice(0, at).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
