/**
 * What `corroborate` wrote, read back as files of unknown origin: the document must be of its schema and of the given report, and
 * the lines of recovered events must be those that it names.
 */
import { createHash } from 'node:crypto';
import { isoTime, knownTime } from '../base/clock.ts';
import { checkDocument } from '../base/document-schema.ts';
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { strictJson, strictJsonText, strictText } from '../base/json.ts';
import type { Recovered, RecoveredEvent } from '../render/facts/recovered.ts';
import { linesOf } from '../report/lines.ts';
import { type CorroborationDocument, corroborationSchema, type LinesRecord } from './document.ts';
import { WITNESSES } from './kinds.ts';

/** The names of the files in the folder of a corroboration. */
export const CORROBORATION_FILE = 'corroboration.json';
/** The events that no proven log file holds, of times that the report lacks. */
export const RECOVERED_FILE = 'recovered.jsonl';
/** The events that no proven log file holds, of times that proven digests cover. */
export const UNLOGGED_FILE = 'unlogged.jsonl';

/** Bytes of a document: as of a report, whose places it counts. */
export const MOST_CORROBORATION_BYTES: number = 256 * 1024 * 1024;
/** A record has a million characters at most, each perhaps six letters of ASCII; the rest is what the line says about it. */
const LONGEST_LINE = 8 << 20;
/** Events that are handed on: a rendering shows some hundred, and counts the others. */
const MOST_EVENTS = 100_000;
/** Characters of a name, of an id and of an ARN (IAM user guide, "IAM and AWS STS quotas"). */
const LONGEST_NAME = 256;
const LONGEST_ARN = 2048;
const LINE_FEED = 0x0a;
/** Chains that one event belongs to at most, as `corroborate` writes it. */
const MOST_CHAINS = 8;

/**
 * The document in `bytes`; `file` is what errors call it. Throws EVIDENCE_INVALID where it is none of this tool, and CONFIGURATION
 * where it is of another report than the one of that SHA-256.
 */
export function readCorroboration(
  bytes: Uint8Array,
  file: string,
  reportSha256: string,
): CorroborationDocument {
  const document = parseCorroboration(bytes, file);
  if (document.report.sha256 !== reportSha256)
    throw new TrailVerifyError('CONFIGURATION', `${file} is of another report`, {
      hint: 'give the folder that trail-verify corroborate wrote about this very report.json',
    });
  return document;
}

/** The document in `bytes`, of whatever report. Throws EVIDENCE_INVALID where it is none of this tool. */
export function parseCorroboration(bytes: Uint8Array, file: string): CorroborationDocument {
  if (bytes.length > MOST_CORROBORATION_BYTES)
    throw malformed(file, `is larger than ${MOST_CORROBORATION_BYTES} bytes`);
  const read = strictJson(bytes);
  if ('problem' in read) throw malformed(file, read.problem);
  const checked = checkDocument(corroborationSchema(), read.value);
  if ('problem' in checked)
    throw malformed(file, `is not a corroboration of trail-verify, version 1: at ${checked.problem}`);
  const document = checked.value;
  // The document says which files they are: that must not lead elsewhere.
  for (const [list, name] of [
    [document.recovered, RECOVERED_FILE],
    [document.unlogged, UNLOGGED_FILE],
  ] as const)
    if (list !== undefined && list.file !== name)
      throw malformed(file, `names another file of events than ${name}`);
  return document;
}

/** The lists that a document names: their files, next to it, with their SHA-256 (hex). */
export function listsOf({ recovered, unlogged }: CorroborationDocument): readonly LinesRecord[] {
  return [recovered, unlogged].flatMap((list) => list ?? []);
}

/**
 * The recovered events that a document names, in short, from the pieces of their file; `file` is what errors call it. Lines are read
 * to the end, and the first 100,000 handed on; with `take` each line is checked, and its text handed to that. What was taken counts
 * only when this ends: throws EVIDENCE_INVALID where they are not the lines of the document.
 */
export async function readRecovered(
  document: Pick<CorroborationDocument, 'recovered' | 'witnesses'>,
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  take?: ((line: string) => void) | undefined,
): Promise<Recovered> {
  const { lines: total = 0, sha256 } = document.recovered ?? {};
  const hash = createHash('sha256');
  const events: RecoveredEvent[] = [];
  let count = 0;
  for await (const { bytes, lines } of wholeLines(pieces, file)) {
    hash.update(bytes);
    for (const line of lines) {
      count += 1;
      // A file without an end must not be read for ever.
      if (count > total) throw malformed(file, `has more than the ${total} lines of ${CORROBORATION_FILE}`);
      if (events.length === MOST_EVENTS && take === undefined) continue;
      const event = eventOf(line);
      if (event === undefined) throw malformed(`line ${count} of ${file}`, 'is none that this tool writes');
      if (events.length < MOST_EVENTS) events.push(event);
      take?.(Buffer.from(line).toString('utf8'));
    }
  }
  if (count !== total) throw malformed(file, `has ${count} lines, and ${CORROBORATION_FILE} counts ${total}`);
  if (total > 0 && hash.digest('hex') !== sha256)
    throw malformed(file, `has another SHA-256 than ${CORROBORATION_FILE} names`);
  const isAnswered = document.witnesses.every(({ places }) => places.every(({ answered }) => answered));
  return { events, total, isAnswered };
}

/** How many lines there are in the pieces of a file; text behind the last line end is one as well. */
export async function countLines(pieces: AsyncIterable<Uint8Array>): Promise<number> {
  let count = 0;
  let last: number | undefined;
  for await (const piece of pieces) {
    for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) count += 1;
    last = piece.at(-1) ?? last;
  }
  return last === undefined || last === LINE_FEED ? count : count + 1;
}

async function* wholeLines(pieces: AsyncIterable<Uint8Array>, file: string): ReturnType<typeof linesOf> {
  let unreadable: unknown;
  // That a file cannot be read has words of its own, and the same code as a line that is too long.
  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
    } catch (error) {
      unreadable = error;
      throw error;
    }
  }
  try {
    yield* linesOf(watched(), LONGEST_LINE);
  } catch (error) {
    const isLong =
      error !== unreadable && error instanceof TrailVerifyError && error.code === 'EVIDENCE_INVALID';
    throw isLong ? malformed(file, `has a line of more than ${LONGEST_LINE} bytes`) : error;
  }
}

/** The event of a line in short; undefined for a line of another form. */
function eventOf(line: Uint8Array): RecoveredEvent | undefined {
  const text = strictText(line);
  const read = text === undefined ? { problem: 'is none' } : strictJsonText(text, { mayNameAll: true });
  if ('problem' in read) return undefined;
  const { witness, account, region, eventId, time, eventName, eventSource, belongsTo, event } = fieldsOf(
    read.value,
  );
  const isKnown = WITNESSES.some((one) => one === witness);
  if (!isKnown || !isWrittenTime(time) || !Array.isArray(belongsTo) || belongsTo.length > MOST_CHAINS)
    return undefined;
  const texts = { witness, account, region, eventId, time, eventName, eventSource };
  if (!areShort(texts)) return undefined;
  const chains = belongsTo.map((cause) => fieldsOf(cause).chain);
  if (!chains.every(isName)) return undefined;
  const { arn } = fieldsOf(fieldsOf(event).userIdentity);
  const actor = typeof arn === 'string' ? arn.slice(0, LONGEST_ARN) : undefined;
  return { ...texts, actor, chains: [...new Set(chains)] };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // Its fields may hold anything, which is what the type says.
  return isObject ? (value as Readonly<Record<string, unknown>>) : {};
}

/** Whether a time is one that there is, in the one form that is written: readers of the line must not take it for another. */
function isWrittenTime(value: unknown): boolean {
  const moment = isShort(value) ? knownTime(Date.parse(value)) : undefined;
  return moment !== undefined && isoTime(moment) === value;
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_NAME;
}

/** The id of a chain has the name of a trail and two Regions in it; a report of hostile names may have longer ones. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= LONGEST_ARN;
}

function areShort<Name extends string>(
  texts: Readonly<Record<Name, unknown>>,
): texts is Readonly<Record<Name, string>> {
  return Object.values(texts).every(isShort);
}
