import type { Finding } from '../findings/finding.ts';

/** The order of findings in a report: chain, time, code, key; so two runs over the same bytes list them alike. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.chain ?? '', b.chain ?? '') ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.code, b.code) ||
    compareText(a.object.uri, b.object.uri)
  );
}

/** The order of code units. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
