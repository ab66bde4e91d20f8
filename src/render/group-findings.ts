import { CATALOGUE } from '../findings/catalogue.ts';
import type { Finding, FindingCode, Weight } from '../findings/finding.ts';
import { countOf } from './words.ts';

/** Findings of one code and weight, in the report's order. */
export interface FindingGroup {
  readonly code: FindingCode;
  readonly weight: Weight;
  readonly findings: readonly Finding[];
}

const WEIGHTS: readonly Weight[] = ['violation', 'unproven', 'note'];
const CODES = Object.keys(CATALOGUE);

/** Findings gathered by code, heaviest weight first, then in the catalogue's order. */
export function groupFindings(findings: readonly Finding[]): readonly FindingGroup[] {
  const groups = new Map<string, { code: FindingCode; weight: Weight; findings: Finding[] }>();
  for (const finding of findings) {
    const name = `${finding.weight} ${finding.code}`;
    const group = groups.get(name);
    if (group === undefined) {
      groups.set(name, { code: finding.code, weight: finding.weight, findings: [finding] });
    } else {
      group.findings.push(finding);
    }
  }
  return [...groups.values()].sort(
    (left, right) =>
      WEIGHTS.indexOf(left.weight) - WEIGHTS.indexOf(right.weight) ||
      CODES.indexOf(left.code) - CODES.indexOf(right.code),
  );
}

/** How many findings have each weight. */
export function countByWeight(findings: readonly Finding[]): Readonly<Record<Weight, number>> {
  const counts = { violation: 0, unproven: 0, note: 0 };
  for (const finding of findings) counts[finding.weight] += 1;
  return counts;
}

/** So many findings of a weight, in words: `1 violation`, `3 unproven`, `2 notes`. */
export function countOfWeight(count: number, weight: Weight): string {
  return weight === 'unproven' ? countOf(count, weight, weight) : countOf(count, weight);
}
