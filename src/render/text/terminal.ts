import { stripVTControlCharacters, styleText } from 'node:util';
import { isoTime } from '../../base/clock.ts';
import type { Verdict, Weight } from '../../findings/finding.ts';
import { columnsOf } from '../answer/width.ts';
import { escapeMarkdown } from '../escape.ts';
import { asciiJson } from '../formats/json.ts';

/** What a piece of text is, so that one place decides how it looks. */
export type Tone = 'good' | 'bad' | 'doubtful' | 'heading' | 'faint';

/** Colours a text by its tone, or returns it as it is. */
export type Paint = (tone: Tone, text: string) => string;

/** No colour at all: for files, pipes and `NO_COLOR`. */
export const plain: Paint = (_tone, text) => text;

const STYLES = {
  good: ['bold', 'green'],
  bad: ['bold', 'red'],
  doubtful: ['bold', 'yellow'],
  heading: ['bold'],
  faint: ['dim'],
} as const;

/** ANSI colours for a terminal; whether there is one is the caller's to know. */
export const coloured: Paint = (tone, text) => styleText([...STYLES[tone]], text, { validateStream: false });

/** The tone of a verdict: only VALID is good. */
export function verdictTone(verdict: Verdict): Tone {
  if (verdict === 'VALID') return 'good';
  return verdict === 'INVALID' ? 'bad' : 'doubtful';
}

/** The tone of a finding's weight. */
export function weightTone(weight: Weight): Tone {
  if (weight === 'violation') return 'bad';
  return weight === 'unproven' ? 'doubtful' : 'faint';
}

/** One column: its heading, and whether its cells are numbers, which are aligned to the right. */
export interface Column {
  readonly heading: string;
  readonly right?: boolean | undefined;
}

/**
 * Rows under headings, padded into columns with two spaces between, without a rule; each line behind `indent`.
 * The first line is the headings. Widths count UTF-16 units: cells must be escaped and are ASCII in practice.
 */
export function alignTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  indent: string,
): readonly string[] {
  const headings = columns.map((column) => column.heading);
  const widths = columns.map((column, index) =>
    rows.reduce((width, row) => Math.max(width, (row[index] ?? '').length), column.heading.length),
  );
  return [headings, ...rows].map((row) => {
    const cells = columns.map((column, index) => {
      const cell = row[index] ?? '';
      const width = widths[index] ?? 0;
      return column.right === true ? cell.padStart(width) : cell.padEnd(width);
    });
    return (indent + cells.join('  ')).trimEnd();
  });
}

/** The signature of a report that was just written: files as people read them, certificates by SHA-256 (hex). */
export interface WrittenSignature {
  readonly file: string;
  readonly signer: string;
  readonly certificateSha256: string;
  readonly algorithm: string;
  /** `time` is in milliseconds since the epoch; `file` is the signature's own where the timestamp is in that. */
  readonly timestamp?:
    | { readonly file: string; readonly time: number; readonly authority: string }
    | undefined;
  /** The Sigstore bundle that says the same. */
  readonly bundle?: string | undefined;
}

/** The line of JSON in a stream of events about the signature; it comes before the one with the verdict. */
export function renderSignedLine({ timestamp, ...signature }: WrittenSignature): string {
  const at = timestamp === undefined ? null : { ...timestamp, time: isoTime(timestamp.time) };
  return `${asciiJson({ type: 'signed', ...signature, timestamp: at })}\n`;
}

/**
 * The companion files of a report, as the last section of its Markdown: a report cannot itself name a signature that is
 * made over it. `lines` are for people, not escaped; none give ''.
 */
export function renderWrittenSection(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `\n### Companion files\n\n${lines.map((line) => `- ${escapeMarkdown(line)}\n`).join('')}`;
}

/**
 * How a text for people is laid out. `columns` is the width to keep to; `reportPath` names the written report, and
 * `reportSha256` (hex) the one that is authoritative.
 */
export interface TextOptions {
  readonly columns: number;
  readonly paint: Paint;
  readonly verbose: boolean;
  readonly reportPath?: string | undefined;
  /** True where no report was written, and so no command can be given one. */
  readonly isUnwritten?: boolean | undefined;
  readonly reportSha256?: string | undefined;
  /** Who signed the written report and who confirms the time, a line each, below its path; shown escaped. */
  readonly signedBy?: readonly string[] | undefined;
  /** False where the checkpoint that the report names could not be written. */
  readonly stateKept?: boolean | undefined;
}

/** Longer lines of prose are hard to read, however wide the terminal. */
const MOST_PROSE_COLUMNS = 100;

/** The width that prose is wrapped to. */
export function proseColumns(options: TextOptions): number {
  return Math.min(options.columns, MOST_PROSE_COLUMNS);
}

/** Lines of whole sentences, each broken at its spaces where it is wider than the screen; what follows has the same indent. */
export function wrapLines(lines: readonly string[], { columns }: TextOptions): readonly string[] {
  return lines.flatMap((line) => {
    if (widthOf(line, columns) <= columns) return [line];
    const indent = /^ */.exec(line)?.[0] ?? '';
    const parts: string[] = [];
    let part = '';
    // The spaces before a word, which a break takes the place of.
    for (const [, space = '', word = ''] of line.slice(indent.length).matchAll(/( *)([^ ]+)/g)) {
      if (part !== '' && widthOf(indent + part + space + word, columns) > columns) {
        parts.push(indent + part);
        part = word;
      } else part += part === '' ? word : space + word;
    }
    return [...parts, indent + part];
  });
}

/** The columns of a line that may be painted, or one more than `columns`. */
function widthOf(line: string, columns: number): number {
  return columnsOf(stripVTControlCharacters(line), columns + 1);
}
