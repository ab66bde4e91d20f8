/** What an answer rests on: the report behind the events, the time that the question could see, and what of that is not covered. */
import { HOUR, isoTime } from '../base/clock.ts';
import type { EventsDocument } from '../events/events-document.ts';
import type { Span } from '../findings/family.ts';
import type { Report } from '../report/report.ts';
import type { UncoveredTime } from './answer-document.ts';

/** The time of the events that are asked, by eventTime, in milliseconds since the epoch. */
export interface Range {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What of the range is covered by proven digests, and what is not, as ISO 8601. */
export interface Coverage {
  readonly covered: readonly Span[];
  readonly uncovered: readonly UncoveredTime[];
}

/**
 * Digests are of the time in which log files were delivered, some minutes after the events in them (user guide, "How CloudTrail
 * works": 5 minutes on average). What is missing within the hour after the range may have held events of it.
 */
const LATEST = HOUR;

/** The coverage of a range: without an end, that of the window which the report is about. */
export function coverageOf({ window }: Report, { from, to }: Range): Coverage {
  const wanted = {
    from: from ?? Number.NEGATIVE_INFINITY,
    to: to === undefined ? Number.POSITIVE_INFINITY : to + LATEST,
  };
  const within = <One extends Span>(spans: readonly One[]): readonly One[] =>
    spans.filter((span) => Date.parse(span.to) > wanted.from && Date.parse(span.from) < wanted.to);
  const uncovered = within(window.uncovered).map(({ from: begin, to: end, chain, reason }) => ({
    from: begin,
    to: end,
    chain,
    reason,
  }));
  return {
    covered: within(window.covered),
    uncovered: [...outside(window, { from, to }), ...uncovered],
  };
}

/** Time of the range that nobody asked the run to look at. A run over everything has looked at nothing before its first digest. */
function outside({ requested, covered }: Report['window'], { from, to }: Range): readonly UncoveredTime[] {
  const of = (begin: number, end: number): readonly UncoveredTime[] =>
    end > begin ? [{ from: isoTime(begin), to: isoTime(end), chain: 'all', reason: 'OUTSIDE_WINDOW' }] : [];
  const starts = requested.from === null ? covered.map((span) => span.from) : [requested.from];
  const begin = starts.length === 0 ? undefined : Math.min(...starts.map((time) => Date.parse(time)));
  const end = Date.parse(requested.to);
  return [
    ...(from === undefined || begin === undefined ? [] : of(from, Math.min(begin, to ?? begin))),
    ...(to === undefined ? [] : of(Math.max(end, from ?? end), to)),
  ];
}

/** What a reader must know before the answer, in sentences. */
export function answerWarnings({ unreadable }: EventsDocument, isSigned: boolean): readonly string[] {
  const count = unreadable.length;
  const left =
    count === 0
      ? []
      : [
          `The events of ${count} intact log ${count === 1 ? 'file' : 'files'} are missing, because ${count === 1 ? 'it holds' : 'they hold'} no records that can be read (see events.json).`,
        ];
  return isSigned ? left : ['The export is not signed: nothing shows that it is as it was made.', ...left];
}
