import type { Weight } from './finding.ts';

/** What a run proved: everything, that something is wrong, or neither. */
export type Verdict = 'VALID' | 'INVALID' | 'INCONCLUSIVE';

/** The verdict is the heaviest weight among the findings. */
export function verdictOf(weights: Iterable<Weight>): Verdict {
  let verdict: Verdict = 'VALID';
  for (const weight of weights) {
    if (weight === 'violation') return 'INVALID';
    if (weight === 'unproven') verdict = 'INCONCLUSIVE';
  }
  return verdict;
}
