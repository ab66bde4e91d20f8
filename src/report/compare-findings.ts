import type { Finding } from '../findings/finding.ts';

/** The order of findings in a report: chain, time, code, key; so two runs over the same bytes list them alike. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compare(a.chain ?? '', b.chain ?? '') ||
    compare(a.time ?? '', b.time ?? '') ||
    compare(a.code, b.code) ||
    compare(a.object.uri, b.object.uri)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
