/**
 * How wide a text is on a terminal, and the breaking of it into lines of a width. It is for texts that are escaped already: they
 * hold no control character, no zero-width joiner and no variation selector, so that each character is as wide as itself.
 */

/**
 * The blocks whose characters take two columns (Unicode Standard Annex 11, "East Asian Width": wide and full width). Pictures
 * among them are those that have a presentation as emoji of their own.
 */
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|(?!\p{Regional_Indicator})\p{Emoji_Presentation}/u;
/** What is drawn over the character before it; and the vowels and finals of Hangul, which join the syllable before them. */
const JOINED = /[\p{Mn}\p{Me}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/** Text that is never parted, and the columns that it takes. */
interface Piece {
  readonly text: string;
  readonly columns: number;
}

/** More marks on one character than any script has; the rest would be drawn over the lines above. */
const MOST_MARKS = 4;
const ESCAPE = /\\u\{[0-9a-f]+\}|\\.|./gsu;

/** The pieces of an escaped text: an escape is one, and so is a character with its marks. */
function piecesOf(text: string): readonly Piece[] {
  const pieces: { text: string; columns: number; marks: number }[] = [];
  for (const [part] of text.matchAll(ESCAPE)) {
    if (JOINED.test(part)) {
      const base = pieces.at(-1);
      if (base !== undefined && base.marks < MOST_MARKS) {
        base.text += part;
        base.marks += 1;
      } else {
        const shown = `\\u{${(part.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}}`;
        pieces.push({ text: shown, columns: shown.length, marks: MOST_MARKS });
      }
    } else {
      const columns = part.length > 2 || part.startsWith('\\') ? part.length : WIDE.test(part) ? 2 : 1;
      pieces.push({ text: part, columns, marks: columns > 2 ? MOST_MARKS : 0 });
    }
  }
  return pieces;
}

/** UTF-16 units of a column, at most: a character and its marks, of two each. */
const UNITS_A_COLUMN = 12;

/** A line of a cell and the columns that it takes. */
export interface FittedLine {
  readonly text: string;
  readonly columns: number;
}

/** Nearly all texts; the escapes in one are of it as well. */
const ASCII = /^[ -~]*$/;

/** An escaped text on one line, however long. */
export function oneLine(text: string): FittedLine {
  if (ASCII.test(text)) return { text, columns: text.length };
  return join(piecesOf(text));
}

/** The columns of an escaped text on one line, or `most` where it has more. */
export function columnsOf(text: string, most: number): number {
  if (ASCII.test(text)) return Math.min(most, text.length);
  return text.length > most * UNITS_A_COLUMN ? most : Math.min(most, oneLine(text).columns);
}

function join(pieces: readonly Piece[]): FittedLine {
  return {
    text: pieces.map((piece) => piece.text).join(''),
    columns: pieces.reduce((sum, piece) => sum + piece.columns, 0),
  };
}

/** The mark of text that is cut off. */
export const CUT = '…';
/** A line may end behind these where no space leaves it half full. */
const BREAK = /[/:,;&?}\])]$/;
/** The widest piece that is never parted is an escape of six digits. */
const WIDEST_PIECE = 10;

/**
 * An escaped text in lines of at most `width` columns, which is ten at least, and in at most `lines` lines. The last one ends in
 * `…` where there is more. Lines end behind words, else within names and paths behind a mark, if that leaves them half full.
 */
export function fitText(text: string, width: number, lines: number): readonly FittedLine[] {
  const columns = Math.max(width, WIDEST_PIECE);
  const isAscii = ASCII.test(text);
  if (isAscii && text.length <= columns) return [{ text, columns: text.length }];
  // Marks take no columns, so that a bound on columns alone would let any number of characters in.
  const bound = columns * lines * (isAscii ? 1 : UNITS_A_COLUMN) + WIDEST_PIECE;
  const near = text.length > bound ? piecesOf(text.slice(0, bound)).slice(0, -1) : piecesOf(text);
  let rest = near;
  const fitted: FittedLine[] = [];
  while (rest.length > 0 && fitted.length < lines) {
    const end = lineEnd(rest, columns);
    fitted.push(join(rest.slice(0, end)));
    rest = rest.slice(end);
  }
  const isCut = rest.length > 0 || text.length > bound;
  const last = fitted.at(-1);
  if (!isCut || last === undefined) return fitted.length === 0 ? [{ text: '', columns: 0 }] : fitted;
  const pieces = [...piecesOf(last.text)];
  while (join(pieces).columns > columns - 1) pieces.pop();
  const { text: kept, columns: taken } = join(pieces);
  return [...fitted.slice(0, -1), { text: kept + CUT, columns: taken + 1 }];
}

/** How many of the pieces are on the first line. */
function lineEnd(pieces: readonly Piece[], width: number): number {
  let columns = 0;
  let end = 0;
  let behindWord = { end: 0, columns: 0 };
  let behindMark = { end: 0, columns: 0 };
  for (const piece of pieces) {
    if (columns + piece.columns > width) {
      const parted = [behindWord, behindMark].find((one) => one.columns * 2 >= width);
      return parted?.end ?? end;
    }
    columns += piece.columns;
    end += 1;
    if (piece.text.endsWith(' ')) behindWord = { end, columns };
    else if (BREAK.test(piece.text)) behindMark = { end, columns };
  }
  return end;
}
