import type { Finding } from '../findings/finding.ts';

const FINDINGS_THAT_PASS: ReadonlySet<string> = new Set([
  'CHAIN_ENDS_EARLY',
  'CHAIN_ABSENT',
  'DISCOVERY_INCOMPLETE',
]);

/** Whether a finding keeps the checkpoint where it is: all do but notes and those that every run makes anew of what is there. */
export function holdsBack({ code, weight }: Finding): boolean {
  return weight === 'violation' || (weight === 'unproven' && !FINDINGS_THAT_PASS.has(code));
}
