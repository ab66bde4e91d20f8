/**
 * What `corroborate` wrote, read back as files of unknown origin, by one reader for all who read them: the document must be of its schema,
 * of the given report and written to the letter as it was, the lines of events must be those that it names, and all must agree.
 */
import { createHash } from 'node:crypto';
import { checkDocument } from '../base/document-schema.ts';
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { strictJson } from '../base/json.ts';
import type { Disagreement, Recovered, RecoveredEvent } from '../render/facts/recovered.ts';
import { linesOf } from '../report/lines.ts';
import type { Report } from '../report/report.ts';
import { checkSignature, type SignedBy, type SignedContent } from '../signed/check-signature.ts';
import type { NoteReportProblem } from '../signed/problems.ts';
import { AskedReport, LISTS, LinesTally, miscountIn } from './counts.ts';
import {
  type CorroborationDocument,
  corroborationSchema,
  formatCorroboration,
  type LinesRecord,
} from './document.ts';
import { factsOf, fieldsOf, type ReadLine, readEventLine } from './event-lines.ts';

/** The names of the files in the folder of a corroboration. */
export const CORROBORATION_FILE = 'corroboration.json';
/** The events that no proven log file holds, of times that the report lacks. */
export const RECOVERED_FILE = 'recovered.jsonl';
/** The events that no proven log file holds, of times that proven digests cover. */
export const UNLOGGED_FILE = 'unlogged.jsonl';
const LIST_FILES = { recovered: RECOVERED_FILE, unlogged: UNLOGGED_FILE } as const;

/** Bytes of a document: as of a report, whose places it counts. */
export const MOST_CORROBORATION_BYTES: number = 256 * 1024 * 1024;
/** A record has a million characters at most, each perhaps six letters of ASCII; the rest is what the line says about it. */
const LONGEST_LINE = 8 << 20;
/** Events that are handed on: a rendering shows some hundred, and counts the others. */
const MOST_EVENTS = 100_000;
/** Characters of an ARN (IAM user guide, "IAM and AWS STS quotas"). */
const LONGEST_ARN = 2048;
const LINE_FEED = 0x0a;

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

/**
 * The document in `bytes`, of whatever report. Throws EVIDENCE_INVALID where it is none of this tool, is not written to the letter as this
 * tool writes it, or counts what contradicts itself.
 */
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
  for (const list of LISTS)
    if (document[list] !== undefined && document[list].file !== LIST_FILES[list])
      throw malformed(file, `names another file of events than ${LIST_FILES[list]}`);
  // Two readers of JSON could take other spellings differently, and a shell reads lines.
  if (Buffer.compare(Buffer.from(formatCorroboration(document)), bytes) !== 0)
    throw malformed(file, 'is not written as this tool writes it');
  const miscount = miscountIn(document);
  if (miscount !== undefined) throw malformed(file, miscount);
  return document;
}

/** The lists that a document names: their files, next to it, with their SHA-256 (hex). */
export function listsOf({ recovered, unlogged }: CorroborationDocument): readonly LinesRecord[] {
  return [recovered, unlogged].flatMap((list) => list ?? []);
}

/** Where the lists of a corroboration are, and what errors call its files. */
export interface ListFiles {
  readonly open: (file: string) => AsyncIterable<Uint8Array>;
  readonly nameOf: (file: string) => string;
}

/**
 * The recovered events that a document names, in short, with its lists read to their ends, and held against the document and the report.
 * The first 100,000 are handed on; `take` gets the text of each. What was taken counts only when this ends: throws EVIDENCE_INVALID where
 * the lists are not those of the document, or contradict it, the report or themselves.
 */
export async function readLists(
  document: CorroborationDocument,
  report: Report,
  { open, nameOf }: ListFiles,
  take?: ((line: string) => void) | undefined,
): Promise<Recovered> {
  const file = nameOf(CORROBORATION_FILE);
  const asked = new AskedReport(document, report);
  if (asked.problem !== undefined) throw malformed(file, asked.problem);
  const tally = new LinesTally(document);
  const events: RecoveredEvent[] = [];
  for (const list of LISTS) {
    const record = document[list];
    if (record === undefined) continue;
    const name = nameOf(record.file);
    await readList(record, open(record.file), name, (line) => {
      const text = Buffer.from(line).toString('latin1');
      const read = readEventLine(text, asked.causesAt);
      const isRecovered = list === 'recovered';
      if (read === undefined || read.chains.length > 0 !== isRecovered)
        return 'is none that this tool writes about this report';
      if (!tally.add(list, read)) return 'has an event once more';
      if (isRecovered && events.length < MOST_EVENTS) events.push(inShort(read));
      if (isRecovered) take?.(text);
      return undefined;
    });
  }
  const contradiction = asked.problemWith(tally);
  if (contradiction !== undefined) throw malformed(file, contradiction);
  const isAnswered = document.witnesses.every(({ places }) => places.every(({ answered }) => answered));
  const total = document.recovered?.lines ?? 0;
  return { events, total, isAnswered, disagreement: disagreementOf(document) };
}

function disagreementOf({ witnesses }: Pick<CorroborationDocument, 'witnesses'>): Disagreement {
  const sum = (count: keyof Disagreement): number =>
    witnesses.reduce((total, witness) => total + witness[count], 0);
  return {
    differing: sum('differing'),
    unlogged: sum('unlogged'),
    leftOut: sum('leftOut'),
    lacking: sum('lacking'),
  };
}

/** Reads a list; `take` says in words what is wrong with a line. A list that is not the one that is named is called that before. */
async function readList(
  { lines: total, sha256 }: LinesRecord,
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  take: (line: Uint8Array) => string | undefined,
): Promise<void> {
  const hash = createHash('sha256');
  let count = 0;
  let wrong: TrailVerifyError | undefined;
  for await (const { bytes, lines } of wholeLines(pieces, file)) {
    hash.update(bytes);
    for (const line of lines) {
      count += 1;
      // A file without an end must not be read for ever.
      if (count > total) throw malformed(file, `has more than the ${total} lines of ${CORROBORATION_FILE}`);
      const problem = wrong === undefined ? take(line) : undefined;
      if (problem !== undefined) wrong = malformed(`line ${count} of ${file}`, problem);
    }
    if (bytes.at(-1) !== LINE_FEED) wrong ??= malformed(`line ${count} of ${file}`, 'does not end');
  }
  if (count !== total) throw malformed(file, `has ${count} lines, and ${CORROBORATION_FILE} counts ${total}`);
  if (hash.digest('hex') !== sha256)
    throw malformed(file, `has another SHA-256 than ${CORROBORATION_FILE} names`);
  if (wrong !== undefined) throw wrong;
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

function inShort({ origin, event, chains }: ReadLine): RecoveredEvent {
  const { arn } = fieldsOf(event.record.userIdentity);
  const actor = typeof arn === 'string' ? arn.slice(0, LONGEST_ARN) : undefined;
  return { ...origin, ...factsOf(event), actor, chains };
}

/** The files of the signature of a corroboration, next to it. */
export const CORROBORATION_SIGNATURE = 'corroboration.json.p7s';
export const CORROBORATION_TIMESTAMP = 'corroboration.json.p7s.tsr';

/** Who signed a corroboration, by the rules for a report; undefined where nobody did. Whatever is wrong is noted. */
export function checkCorroborationSignature(
  options: Omit<SignedContent, 'what'>,
  note: NoteReportProblem,
): SignedBy | undefined {
  // A timestamp without the signature that it covers shows that one was taken away.
  if (options.signature === undefined && options.timestamp === undefined) return undefined;
  return checkSignature({ ...options, what: 'the corroboration' }, note);
}
