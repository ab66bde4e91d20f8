/**
 * The rows of a result file of CloudTrail Lake: CSV with a line of names first. AWS does not publish how it quotes; fields are read as
 * RFC 4180 has them, and a file that is otherwise is refused.
 */
import { malformed } from '../base/errors.ts';

/** A column's name in lower case, and its value. */
export type ResultRow = ReadonlyMap<string, string>;

/** Characters of one field: an event has at most 1 MB, and its quotation marks are doubled. */
const LONGEST_FIELD = 4 << 20;
const MOST_COLUMNS = 1000;
/** Bytes of one file, inflated: more is no result of a query that anybody waited for. */
const MOST_BYTES = 16 * 1024 ** 3;

/**
 * Reads a file in pieces, and gives its rows; `name` is what errors call it. No more than a piece and a row is held. Throws
 * EVIDENCE_INVALID for a file that is not UTF-8 or no such CSV.
 */
export async function* resultRows(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<ResultRow> {
  const reader = new CsvReader(name);
  let names: readonly string[] | undefined;
  for await (const rows of textsOf(pieces, name, reader)) {
    for (const row of rows) {
      if (names === undefined) {
        names = row.map((one) => one.toLowerCase());
        continue;
      }
      if (row.length !== names.length)
        throw malformed(name, `has a row of ${row.length} fields below ${names.length} names`);
      yield new Map(names.map((column, at) => [column, row[at] ?? '']));
    }
  }
}

type Rows = readonly (readonly string[])[];

async function* textsOf(
  pieces: AsyncIterable<Uint8Array>,
  name: string,
  reader: CsvReader,
): AsyncGenerator<Rows> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw malformed(name, 'is no UTF-8');
    }
  };
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > MOST_BYTES) throw malformed(name, `has more than ${MOST_BYTES} bytes`);
    yield reader.feed(decode(piece));
  }
  yield reader.feed(decode());
  yield reader.end();
}

const DELIMITER = /["\r\n,]/g;

/** Where a reader is: before a field, in one, in a quoted one, or behind a quotation mark in that. */
type Place = 'begin' | 'plain' | 'quoted' | 'mark';

class CsvReader {
  readonly #name: string;
  #place: Place = 'begin';
  #field = '';
  #row: string[] = [];
  #rows: (readonly string[])[] = [];
  /** Whether a carriage return ended the row before: its line feed belongs to it. */
  #returned = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** The rows that end in a text. */
  feed(text: string): Rows {
    for (let at = 0; at < text.length; ) at = this.#step(text, at);
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  /** The last row, where no line feed ended it. */
  end(): Rows {
    if (this.#place === 'quoted') throw malformed(this.#name, 'ends within a quoted field');
    if (this.#row.length > 0 || this.#field !== '' || this.#place === 'mark') this.#endRow();
    return this.feed('');
  }

  #step(text: string, at: number): number {
    const letter = text.charAt(at);
    switch (this.#place) {
      case 'quoted': {
        const mark = text.indexOf('"', at);
        this.#add(text.slice(at, mark === -1 ? text.length : mark));
        if (mark === -1) return text.length;
        this.#place = 'mark';
        return mark + 1;
      }
      case 'mark':
        if (letter === '"') {
          this.#add(letter);
          this.#place = 'quoted';
          return at + 1;
        }
        if (letter !== ',' && letter !== '\r' && letter !== '\n')
          throw malformed(this.#name, 'has text behind a quoted field');
        this.#place = 'plain';
        return at;
      case 'begin':
        if (letter === '\n' && this.#returned) {
          this.#returned = false;
          return at + 1;
        }
        this.#returned = false;
        this.#place = letter === '"' ? 'quoted' : 'plain';
        return letter === '"' ? at + 1 : at;
      case 'plain':
        return this.#plain(text, at);
    }
  }

  #plain(text: string, at: number): number {
    DELIMITER.lastIndex = at;
    const end = DELIMITER.exec(text)?.index ?? text.length;
    this.#add(text.slice(at, end));
    const letter = text.charAt(end);
    if (letter === '') return end;
    if (letter === '"') throw malformed(this.#name, 'has a quotation mark within a field');
    if (letter === ',') this.#endField();
    else {
      this.#endRow();
      this.#returned = letter === '\r';
    }
    return end + 1;
  }

  #add(text: string): void {
    this.#field += text;
    if (this.#field.length > LONGEST_FIELD)
      throw malformed(this.#name, `has a field of more than ${LONGEST_FIELD} characters`);
  }

  #endField(): void {
    this.#row.push(this.#field);
    if (this.#row.length > MOST_COLUMNS) throw malformed(this.#name, `has more than ${MOST_COLUMNS} columns`);
    this.#field = '';
    this.#place = 'begin';
  }

  #endRow(): void {
    this.#endField();
    const row = this.#row;
    this.#row = [];
    // A line without anything is no row.
    if (row.length > 1 || row[0] !== '') this.#rows.push(row);
  }
}
