/**
 * The lines of a file that keeps answers, as they are written and as they are read again: ASCII alone, each of a known shape, and
 * bounded. What is not so is damaged, and believed by nobody.
 */
import type { FileHandle } from 'node:fs/promises';
import type { GivenEvent } from '../../../witness/contract.ts';

/** The longest line (bytes); an answer of AWS has 16 MB at most, and its escapes make it longer. */
export const LONGEST_LINE: number = 64 << 20;

/** One page of the answer to a question; the first one is 1. */
export interface PageLine {
  readonly question: string;
  readonly page: number;
  readonly events: readonly GivenEvent[];
}

/** That a question is answered: with so many pages, whose lines have this hash together. */
export interface AnswerLine {
  readonly question: string;
  readonly pages: number;
  readonly sha256: string;
  readonly foreign?: string | undefined;
}

const PIECE = 1 << 20;
const NEW_LINE = 0x0a;

/** A line of a file, without its line feed, by its place. */
export interface PlacedLine {
  readonly bytes: Buffer;
  readonly offset: number;
}

/**
 * Gives each whole line of an open file, and returns where the last one ends. Throws an error for
 * one that is longer than a line can be.
 */
export async function eachLine(handle: FileHandle, take: (line: PlacedLine) => void): Promise<number> {
  let rest: Buffer[] = [];
  let held = 0;
  let offset = 0;
  let at = 0;
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE);
    const { bytesRead } = await handle.read(piece, 0, PIECE, at);
    if (bytesRead === 0) return offset;
    at += bytesRead;
    let from = 0;
    for (
      let end = piece.indexOf(NEW_LINE);
      end >= 0 && end < bytesRead;
      end = piece.indexOf(NEW_LINE, from)
    ) {
      const bytes = Buffer.concat([...rest, piece.subarray(from, end)]);
      take({ bytes, offset });
      offset += bytes.length + 1;
      from = end + 1;
      rest = [];
      held = 0;
    }
    rest.push(piece.subarray(from, bytesRead));
    held += bytesRead - from;
    if (held > LONGEST_LINE) throw new Error('it has a line that is longer than any that is written there');
  }
}

/** The line of a page or an answer; undefined for bytes that are none. */
export function readKeptLine(bytes: Uint8Array): PageLine | AnswerLine | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  // Nothing else is ever written, so that no byte can be taken for another character.
  if (!/^[ -~]*$/.test(text)) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(read) || typeof read.question !== 'string') return undefined;
  return 'page' in read ? readPage(read, read.question) : readAnswer(read, read.question);
}

type Fields = Readonly<Record<string, unknown>>;

function readPage(read: Fields, question: string): PageLine | undefined {
  const { page, events } = read;
  if (!hasOnly(read, ['question', 'page', 'events']) || !isCount(page) || page === 0) return undefined;
  return Array.isArray(events) && events.every(isGivenEvent) ? { question, page, events } : undefined;
}

function readAnswer(read: Fields, question: string): AnswerLine | undefined {
  const { pages, sha256, foreign } = read;
  if (!hasOnly(read, ['question', 'pages', 'sha256', 'foreign']) || !isCount(pages)) return undefined;
  if (typeof sha256 !== 'string' || !isTextOrAbsent(foreign)) return undefined;
  return { question, pages, sha256, foreign };
}

function isGivenEvent(event: unknown): event is GivenEvent {
  return (
    isRecord(event) &&
    hasOnly(event, ['id', 'record']) &&
    isTextOrAbsent(event.id) &&
    isTextOrAbsent(event.record)
  );
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function hasOnly(read: Fields, names: readonly string[]): boolean {
  return Object.keys(read).every((name) => names.includes(name));
}
