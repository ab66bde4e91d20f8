import { CATALOGUE } from '../../findings/catalogue.ts';
import type { Finding, FindingCode, Weight } from '../../findings/finding.ts';
import type { FindingsOf } from '../../report/finding-counts.ts';
import { countOf } from '../words.ts';

/** Findings of one code and weight. */
export interface FindingGroup {
  readonly code: FindingCode;
  readonly weight: Weight;
  /** Those that the report names, in its order. */
  readonly findings: readonly Finding[];
  /** How many there are, named or not. */
  readonly count: number;
}

const WEIGHTS: readonly Weight[] = ['violation', 'unproven', 'note'];
const CODES = Object.keys(CATALOGUE);

/** A report's findings gathered by code, heaviest weight first, then in the catalogue's order. */
export function groupFindings({ findings, furtherFindings }: FindingsOf): readonly FindingGroup[] {
  const groups = new Map<string, { code: FindingCode; weight: Weight; findings: Finding[]; count: number }>();
  const groupOf = ({ code, weight }: Pick<Finding, 'code' | 'weight'>) => {
    const name = `${weight} ${code}`;
    const group = groups.get(name) ?? { code, weight, findings: [], count: 0 };
    groups.set(name, group);
    return group;
  };
  for (const finding of findings) {
    const group = groupOf(finding);
    group.findings.push(finding);
    group.count += 1;
  }
  for (const further of furtherFindings?.counts ?? []) groupOf(further).count += further.count;
  return [...groups.values()].sort(
    (left, right) =>
      WEIGHTS.indexOf(left.weight) - WEIGHTS.indexOf(right.weight) ||
      CODES.indexOf(left.code) - CODES.indexOf(right.code),
  );
}

/** The files that have the findings which are not shown, as a reader finds them. */
export function whereTheRestIs({ furtherFindings }: FindingsOf): string {
  return furtherFindings === undefined ? 'report.json' : `report.json and ${furtherFindings.path}`;
}

/** So many findings of a weight, in words: `1 violation`, `3 unproven`, `2 notes`. */
export function countOfWeight(count: number, weight: Weight): string {
  return weight === 'unproven' ? countOf(count, weight, weight) : countOf(count, weight);
}
