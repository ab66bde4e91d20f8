import { TrailVerifyError } from '../base/errors.ts';

/** One thing wrong with a signed report: a violation shows forgery or damage, what is unproven shows neither. */
export interface ReportProblem {
  readonly code: ReportProblemCode;
  readonly weight: 'violation' | 'unproven';
  /** In words, not yet escaped for any output. */
  readonly text: string;
}

/** The stable names of problems. */
export type ReportProblemCode =
  | 'REPORT_CHANGED'
  | 'REPORT_MALFORMED'
  | 'REPORT_INCONSISTENT'
  | 'BESIDE_CHANGED'
  | 'BESIDE_MISSING'
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_INVALID'
  | 'SIGNER_UNTRUSTED'
  | 'SIGNER_OUTSIDE_VALIDITY'
  | 'SIGNER_NOT_INTENDED'
  | 'TRUST_NOT_GIVEN'
  | 'TIMESTAMP_MISSING'
  | 'TIMESTAMP_INVALID'
  | 'TIMESTAMP_UNTRUSTED'
  | 'TIMESTAMP_TRUST_NOT_GIVEN'
  | 'BUNDLE_INVALID'
  | 'BUNDLE_CHANGED'
  | 'BUNDLE_INCONSISTENT'
  | 'BUNDLE_SIGNER_UNKNOWN';

/** Takes a problem that was found, or none. */
export type NoteProblem = (found: ReportProblem | undefined) => void;

/** A problem that shows forgery or damage. */
export function violation(code: ReportProblemCode, text: string): ReportProblem {
  return { code, weight: 'violation', text };
}

/** A problem that leaves the report unproven. */
export function unproven(code: ReportProblemCode, text: string): ReportProblem {
  return { code, weight: 'unproven', text };
}

const OF_THE_FILES: ReadonlySet<string> = new Set(['EVIDENCE_INVALID', 'CONTENT_CHANGED', 'REPORT_INVALID']);

/** What `read` returns, or undefined after telling why the file concerned is not what it must be. Throws every other error. */
export function attempt<Value>(
  read: () => Value,
  tell: (error: TrailVerifyError) => void,
): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || !OF_THE_FILES.has(error.code)) throw error;
    tell(error);
    return undefined;
  }
}
