import type { Certificate } from '../pki/certificate.ts';
import { trustIn } from '../pki/certificate-path.ts';
import type { Timestamp } from '../pki/timestamp.ts';
import { attempt, type NoteProblem, type Problem } from '../report/check.ts';
import type { Report } from '../report/report.ts';

/** One thing wrong with a signed report. */
export type ReportProblem = Problem<ReportProblemCode> & { readonly code: ReportProblemCode };

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
export type NoteReportProblem = NoteProblem<ReportProblem>;

/** A problem that shows forgery or damage. */
export function violation(code: ReportProblemCode, text: string): ReportProblem {
  return { code, weight: 'violation', text };
}

/** A problem that leaves the report unproven. */
export function unproven(code: ReportProblemCode, text: string): ReportProblem {
  return { code, weight: 'unproven', text };
}

/** Whom a timestamp is checked against. */
export interface TimestampTrust {
  readonly trust: readonly Certificate[];
  /** Authorities of the timestamp; where undefined those of `trust` count. */
  readonly timestampTrust?: readonly Certificate[] | undefined;
  /** The present, milliseconds since the epoch. */
  readonly now: number;
}

/** The timestamp that `verify` reads, where its authority is trusted and its time has been; undefined after noting why not. */
export function trustedTimestamp(
  verify: () => Timestamp,
  { trust, timestampTrust, now }: TimestampTrust,
  note: NoteReportProblem,
): Timestamp | undefined {
  const timestamp = attempt(verify, ({ message }) => note(violation('TIMESTAMP_INVALID', message)));
  if (timestamp === undefined) return undefined;
  const { signer, certificates, time } = timestamp;
  const authority = trustIn(signer, certificates, timestampTrust ?? trust, time);
  if ('why' in authority) {
    const text = `the timestamp authority ${signer.name} is not trusted: ${authority.why}`;
    note(
      timestampTrust === undefined
        ? unproven('TIMESTAMP_TRUST_NOT_GIVEN', `${text}; name its authority with --tsa-ca`)
        : violation('TIMESTAMP_UNTRUSTED', text),
    );
    return undefined;
  }
  if (time <= now) return timestamp;
  note(unproven('TIMESTAMP_INVALID', "the timestamp is of the future, by this machine's clock"));
  return undefined;
}

/**
 * Notes where a report names who is to sign it and somebody else did: that signer, even a trusted one,
 * signed the report of another as his own. A report that names nobody may be signed by anybody.
 */
export function checkIntendedSigner({ signing }: Report, signer: Certificate, note: NoteReportProblem): void {
  if (signing === undefined || signing === null || signing.certificateSha256 === signer.fingerprint) return;
  const intended = `${signing.subject} (certificate SHA-256 ${signing.certificateSha256})`;
  note(
    violation(
      'SIGNER_NOT_INTENDED',
      `the report names ${intended} as its signer, and ${signer.name} (${signer.fingerprint}) signed it`,
    ),
  );
}
