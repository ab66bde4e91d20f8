/**
 * What is kept of an event of a witness: the line that it becomes, read back as the line of an unknown writer, and the facts of a finding.
 *
 *     {"witness":"event-history","account":"…","region":"…","eventId":"…","time":"…",…,"belongsTo":[…],"event":{…}}
 */
import { isoTime } from '../base/clock.ts';
import { strictJsonText } from '../base/json.ts';
import type { Cause } from './causes.ts';
import type { CauseRecord } from './document.ts';
import { WITNESSES, type WitnessKind } from './kinds.ts';
import type { ChangedFile, Unmatched } from './match.ts';
import { readWitnessEvent, recordLine, type WitnessEvent } from './witness-event.ts';

/** Causes that are named of one event. */
const MOST_CAUSES = 8;

/** Who said it, and of which account and Region. */
export interface EventOrigin {
  readonly witness: WitnessKind;
  readonly account: string;
  readonly region: string;
}

/** The facts of an event that findings and lines name. */
export interface EventFacts {
  readonly eventId: string;
  readonly time: string;
  readonly eventName: string;
  readonly eventSource: string;
}

/** Why no log file need hold an event. */
export interface Explanation {
  readonly explainedBy?: 'selectors' | undefined;
}

/** Gives the facts of an event. */
export function factsOf({ id, time, name, source }: WitnessEvent): EventFacts {
  return { eventId: id, time: isoTime(time), eventName: name, eventSource: source };
}

const EVENT = ',"event":';

/** The line of an event that no proven log file holds, with its line feed: what is known of it, and its record as the witness has it. */
export function eventLine(
  origin: EventOrigin,
  unmatched: Unmatched,
  belongsTo: readonly Cause[],
  explained: Explanation,
): string {
  return `${headOf(origin, unmatched, belongsTo, explained)}${EVENT}${recordLine(unmatched.event.text)}}\n`;
}

function headOf(
  { witness, account, region }: EventOrigin,
  { event, changedFiles }: Unmatched,
  belongsTo: readonly Cause[],
  { explainedBy }: Explanation,
): string {
  const head = {
    witness,
    account,
    region,
    ...factsOf(event),
    belongsTo: belongsTo.length === 0 ? undefined : belongsTo.slice(0, MOST_CAUSES).map(causeRecord),
    changedFiles: changedFiles.length === 0 ? undefined : changedFiles,
    explainedBy,
  };
  return recordLine(JSON.stringify(head)).slice(0, -1);
}

function causeRecord(cause: Cause): CauseRecord {
  const { chain, from, to } = cause;
  const time = { chain, from: isoTime(from), to: isoTime(to) };
  return cause.kind === 'uncovered'
    ? { kind: 'uncovered', ...time, reason: cause.reason }
    : { kind: 'finding', ...time, code: cause.code, uri: cause.uri };
}

/** A line that was read: its event is the one in it, and belongs to `chains`; to none where its time is covered. */
export interface ReadLine extends Explanation {
  readonly origin: EventOrigin;
  readonly event: WitnessEvent;
  readonly chains: readonly string[];
}

/** Gives what an account and Region lacks of a time, in milliseconds since the epoch. */
export type CausesAt = (place: Omit<EventOrigin, 'witness'>, time: number) => readonly Cause[];

/**
 * Reads a line without its line feed. What it says of its event must follow from that event and from the report: the line is made once
 * more, and must be the same to the letter. Undefined for any other.
 */
export function readEventLine(line: string, causesAt: CausesAt): ReadLine | undefined {
  const begin = line.indexOf(EVENT);
  if (begin === -1 || !line.endsWith('}')) return undefined;
  const [head, text] = [line.slice(0, begin), line.slice(begin + EVENT.length, -1)];
  const said = readHead(`${head}}`);
  if (said === undefined || recordLine(text) !== text) return undefined;
  const { origin, changedFiles, explainedBy } = said;
  // Written in ASCII, a record is longer than it was: the line has a bound of its own.
  const event = readWitnessEvent(text, undefined, origin.account, ANY_TIME, text.length);
  if ('refused' in event) return undefined;
  const causes = causesAt(origin, event.time);
  if (headOf(origin, { event, changedFiles }, causes, { explainedBy }) !== head) return undefined;
  const chains = [...new Set(causes.slice(0, MOST_CAUSES).map(({ chain }) => chain))];
  return { origin, event, chains, explainedBy };
}

const ANY_TIME = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** What follows from nothing else. */
function readHead(
  text: string,
):
  | (Explanation & { readonly origin: EventOrigin; readonly changedFiles: readonly ChangedFile[] })
  | undefined {
  const read = strictJsonText(text);
  if ('problem' in read) return undefined;
  const { witness: name, account, region, changedFiles = [], explainedBy } = fieldsOf(read.value);
  const witness = WITNESSES.find((one) => one === name);
  const files = Array.isArray(changedFiles) ? changedFiles.map(changedFile) : [undefined];
  if (witness === undefined || typeof account !== 'string' || typeof region !== 'string') return undefined;
  if (explainedBy !== undefined && explainedBy !== 'selectors') return undefined;
  const known = files.flatMap((file) => file ?? []);
  if (known.length < files.length) return undefined;
  return { origin: { witness, account, region }, changedFiles: known, explainedBy };
}

function changedFile(value: unknown): ChangedFile | undefined {
  const { uri, says } = fieldsOf(value);
  return typeof uri === 'string' && (says === 'same' || says === 'other') ? { uri, says } : undefined;
}

/** The fields of an object; none of anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // Its fields may hold anything, which is what the type says.
  return isObject ? (value as Readonly<Record<string, unknown>>) : {};
}
