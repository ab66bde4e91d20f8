/** A statement's significant tokens, by their numbers, and what is to be written in their place. */
import { position, type Token } from './tokens.ts';

/** No type that anybody writes has as many tokens. */
const LONGEST_TYPE = 64;

/** Spaces and comments are no significant tokens; they stay as they are. */
export class Edits {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  /** The places of the significant tokens among all. */
  readonly #significant: readonly number[];
  readonly #written: string[];
  /** For each significant token that opens a bracket, the one that closes it. */
  readonly #closing: ReadonlyMap<number, number>;
  readonly #opening: ReadonlyMap<number, number>;

  constructor(sql: string, tokens: readonly Token[]) {
    this.sql = sql;
    this.#tokens = tokens;
    this.#written = tokens.map(({ text }) => text);
    this.#significant = tokens.flatMap(({ kind }, index) =>
      kind === 'space' || kind === 'comment' ? [] : [index],
    );
    this.#closing = this.#pairs();
    this.#opening = new Map([...this.#closing].map(([open, close]) => [close, open]));
  }

  /** How many significant tokens there are. */
  get length(): number {
    return this.#significant.length;
  }

  token(index: number): Token | undefined {
    const place = this.#significant[index];
    return place === undefined ? undefined : this.#tokens[place];
  }

  /** The characters of a token; '' where there is none. */
  text(index: number): string {
    return this.token(index)?.text ?? '';
  }

  /** A keyword or an unquoted name in lower case; undefined for any other token. */
  word(index: number): string | undefined {
    const token = this.token(index);
    return token?.kind === 'word' ? token.text.toLowerCase() : undefined;
  }

  /** The line and column of a token. */
  position(index: number): string {
    return position(this.sql, this.token(index)?.at ?? this.sql.length);
  }

  /** The token that closes the bracket which a token opens; undefined where it opens none, or none closes it. */
  closing(open: number): number | undefined {
    return this.#closing.get(open);
  }

  /** The token that opens the bracket which a token closes; undefined where it closes none. */
  opening(close: number): number | undefined {
    return this.#opening.get(close);
  }

  /** The token that closes `<`, as in array<varchar>, before another; undefined where there is none. */
  closingAngle(open: number, end: number): number | undefined {
    let depth = 0;
    for (let index = open; index < Math.min(end, open + LONGEST_TYPE); index += 1) {
      if (this.text(index) === '<') depth += 1;
      if (this.text(index) === '>') depth -= 1;
      if (depth === 0) return index === open ? undefined : index;
    }
    return undefined;
  }

  /** The commas of a bracket, without those of brackets inside it. */
  commas(open: number): readonly number[] {
    const commas: number[] = [];
    this.find(open + 1, this.closing(open) ?? this.length, (index) => {
      if (this.text(index) === ',') commas.push(index);
      return false;
    });
    return commas;
  }

  /** The first token of a stretch that fulfils a condition, not within a further bracket. */
  find(from: number, to: number, fulfils: (index: number) => boolean): number | undefined {
    for (let index = from; index < to; index = (this.closing(index) ?? index) + 1) {
      if (fulfils(index)) return index;
    }
    return undefined;
  }

  /** Whether nothing is written in place of a token. */
  isAsGiven(index: number): boolean {
    const place = this.#significant[index];
    return place !== undefined && this.#written[place] === this.#tokens[place]?.text;
  }

  /** Writes a text in place of a token. */
  set(index: number, text: string): void {
    const place = this.#significant[index];
    if (place !== undefined) this.#written[place] = text;
  }

  /** Writes a text in place of tokens and of what is between them. */
  replace(from: number, to: number, text: string): void {
    const first = this.#significant[from] ?? 0;
    const last = this.#significant[to] ?? first;
    for (let place = first; place <= last; place += 1) this.#written[place] = '';
    this.set(from, text);
  }

  /** The statement as it is now written, up to a significant token: a comment at its end could hide what others append. */
  written(last: number): string {
    return this.#written
      .slice(0, (this.#significant[last] ?? -1) + 1)
      .join('')
      .trim();
  }

  #pairs(): ReadonlyMap<number, number> {
    const pairs = new Map<number, number>();
    const open: number[] = [];
    for (let index = 0; index < this.length; index += 1) {
      const token = this.token(index);
      if (token?.kind !== 'symbol') continue;
      if ('([{'.includes(token.text)) open.push(index);
      else if (')]}'.includes(token.text)) {
        const opened = open.pop();
        if (opened !== undefined) pairs.set(opened, index);
      }
    }
    return pairs;
  }
}
