/** What is kept of an event of a witness: the line that it becomes, and the facts of a finding about it. */
import { isoTime } from '../base/clock.ts';
import type { Cause } from './causes.ts';
import type { CauseRecord } from './document.ts';
import type { WitnessKind } from './kinds.ts';
import type { Unmatched } from './match.ts';
import { recordLine, type WitnessEvent } from './witness-event.ts';

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

/** Gives the facts of an event. */
export function factsOf({ id, time, name, source }: WitnessEvent): EventFacts {
  return { eventId: id, time: isoTime(time), eventName: name, eventSource: source };
}

/** The line of an event that no proven log file holds, with its line feed: what is known of it, and its record as the witness has it. */
export function eventLine(
  origin: EventOrigin,
  { event, changedFiles }: Unmatched,
  belongsTo: readonly Cause[],
  explained: { readonly explainedBy?: 'selectors' },
): string {
  const head = {
    ...origin,
    ...factsOf(event),
    ...(belongsTo.length === 0 ? {} : { belongsTo: belongsTo.slice(0, MOST_CAUSES).map(causeRecord) }),
    ...(changedFiles.length === 0 ? {} : { changedFiles }),
    ...explained,
  };
  return `${recordLine(JSON.stringify(head)).slice(0, -1)},"event":${recordLine(event.text)}}\n`;
}

function causeRecord(cause: Cause): CauseRecord {
  const { chain, from, to } = cause;
  const time = { chain, from: isoTime(from), to: isoTime(to) };
  return cause.kind === 'uncovered'
    ? { kind: 'uncovered', ...time, reason: cause.reason }
    : { kind: 'finding', ...time, code: cause.code, uri: cause.uri };
}
