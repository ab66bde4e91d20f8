import { HOUR, isoTime } from '../base/clock.ts';
import type { Finding, Span } from './finding.ts';

/** The stretch of time that a finding's evidence names; undefined for one that is about an object only. */
export function evidenceSpan(finding: Finding): Span | undefined {
  switch (finding.code) {
    case 'DIGEST_MISSING':
      return finding.evidence.expectedWindow;
    case 'DIGEST_UNLINKED':
      return finding.evidence.window;
    case 'CHAIN_RESTARTED':
    case 'CHAIN_ENDS_EARLY':
    case 'CHAIN_STARTS_LATE':
    case 'WINDOW_HOLE':
      return finding.evidence.uncovered;
    default:
      return undefined;
  }
}

/** The time that a finding is about: what its evidence names, or the hour that its digest speaks for; undefined where neither is known. */
export function findingSpan(finding: Finding): Span | undefined {
  const named = evidenceSpan(finding);
  if (named !== undefined || finding.time === undefined) return named;
  const end = Date.parse(finding.time);
  // A digest speaks for the hour before its end, and so do the log files in it.
  return Number.isNaN(end) ? undefined : { from: isoTime(end - HOUR), to: isoTime(end) };
}
