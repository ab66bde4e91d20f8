import type { ErrorCode } from '../../base/errors.ts';
import type { Verdict } from '../../findings/finding.ts';

/** What the command's exit code says; scripts rely on these numbers. */
export const EXIT = { valid: 0, invalid: 1, usage: 2, inconclusive: 3, failed: 4, killed: 130 } as const;

/** Which verdicts exit non-zero (`--fail-on`). */
export type FailOn = 'invalid' | 'inconclusive';

/** The exit code of a run that came to a verdict. */
export function exitCodeOf(verdict: Verdict, failOn: FailOn): number {
  if (verdict === 'INVALID') return EXIT.invalid;
  return verdict === 'INCONCLUSIVE' && failOn === 'inconclusive' ? EXIT.inconclusive : EXIT.valid;
}

/** Errors that the caller mends by calling differently; every other one means that the run failed. */
const USAGE_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'USAGE',
  'CONFIGURATION',
  'KEY_FILE_INVALID',
  'REPORT_INVALID',
  'TARGET_NOT_FOUND',
  'TARGET_WITHOUT_TRAIL',
  'OUTPUT_NOT_USABLE',
  'STATE_INVALID',
]);

/** The exit code for an error's stable code. */
export function exitCodeOfError(code: string): number {
  return USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}
