/**
 * Checks a signed report: that these bytes were signed, by whom, when, whether that signer is trusted, and whether the report
 * agrees with itself and with what lies beside it.
 */
import { TrailVerifyError } from '../errors.ts';
import { type Verdict, verdictOf } from '../findings/verdict.ts';
import { readReport } from '../report/read-report.ts';
import type { Report } from '../report/report.ts';
import type { Certificate } from './certificate.ts';
import { trustIn } from './certificate-path.ts';
import { OID } from './object-identifiers.ts';
import { inconsistenciesOf } from './report-consistency.ts';
import { reportPurposeProblem } from './signer-purpose.ts';
import { type Timestamp, verifyTimestamp } from './timestamp.ts';
import { type SignedData, verifySignedData } from './verify-cms.ts';

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
  | 'TRUST_NOT_GIVEN'
  | 'TIMESTAMP_MISSING'
  | 'TIMESTAMP_INVALID'
  | 'TIMESTAMP_UNTRUSTED'
  | 'TIMESTAMP_TRUST_NOT_GIVEN';

/** A file that lies beside the report, as it is stored; undefined where there is none of that name. */
export type OpenBeside = (name: string) => Promise<AsyncIterable<Uint8Array> | undefined>;

/** A further check, of what a report says about files beside it. */
export type BesideCheck = (report: Report, open: OpenBeside) => Promise<readonly ReportProblem[]>;

/** What is checked, and against whom. All bytes are those of the files. */
export interface ReportCheckOptions {
  readonly report: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly timestamp: Uint8Array | undefined;
  /** The signer's certificate itself, or authorities that it must lead to; none given leaves the report unproven. */
  readonly trust: readonly Certificate[];
  /** Authorities of the timestamp; where undefined those of `trust` count. Given, a timestamp must be there. */
  readonly timestampTrust?: readonly Certificate[] | undefined;
  /** The present, milliseconds since the epoch: the time of signing where no timestamp proves an earlier one. */
  readonly now: number;
  readonly beside?: { readonly checks: readonly BesideCheck[]; readonly open: OpenBeside };
}

/** What a check came to. `verdict` is about the signed report, `report.verdict` is what the report says of the trail. */
export interface ReportCheck {
  readonly verdict: Verdict;
  readonly problems: readonly ReportProblem[];
  readonly report: Report | undefined;
  readonly signed: SignedData | undefined;
  readonly timestamp: Timestamp | undefined;
}

/** Checks a signed report; whatever is wrong with its files is a problem, never an error. */
export async function checkReport(options: ReportCheckOptions): Promise<ReportCheck> {
  const problems: ReportProblem[] = [];
  const note = (found: ReportProblem | undefined): void => {
    if (found !== undefined) problems.push(found);
  };
  const signed = checkSignature(options, note);
  const timestamp = checkTimestamp(options, note);
  if (signed !== undefined) note(signerProblem(signed, timestamp, options));
  const report = checkContent(options.report, note);
  if (report !== undefined && options.beside !== undefined) {
    for (const check of options.beside.checks) problems.push(...(await check(report, options.beside.open)));
  }
  return { verdict: verdictOf(problems.map(({ weight }) => weight)), problems, report, signed, timestamp };
}

type Note = (found: ReportProblem | undefined) => void;

function checkSignature({ report, signature }: ReportCheckOptions, note: Note): SignedData | undefined {
  if (signature === undefined) {
    note(unproven('SIGNATURE_MISSING', 'there is no signature'));
    return undefined;
  }
  return attempt(
    () => verifySignedData(signature, { type: OID.data, detached: report }, 'the signature'),
    ({ code, message }) =>
      note(
        code === 'CONTENT_CHANGED'
          ? violation('REPORT_CHANGED', 'the report is not the one that was signed')
          : violation('SIGNATURE_INVALID', message),
      ),
  );
}

function checkTimestamp(options: ReportCheckOptions, note: Note): Timestamp | undefined {
  const { signature, timestamp: file, timestampTrust, trust, now } = options;
  if (file === undefined) {
    if (timestampTrust !== undefined) note(unproven('TIMESTAMP_MISSING', 'there is no timestamp'));
    return undefined;
  }
  const timestamp = attempt(
    () => verifyTimestamp(file, signature ?? new Uint8Array(), 'the timestamp'),
    ({ message }) => note(violation('TIMESTAMP_INVALID', message)),
  );
  if (timestamp === undefined) return undefined;
  const anchors = timestampTrust ?? trust;
  const authority = trustIn(timestamp.signer, timestamp.certificates, anchors, timestamp.time);
  if ('why' in authority) {
    const text = `the timestamp authority ${timestamp.signer.name} is not trusted: ${authority.why}`;
    note(
      timestampTrust === undefined
        ? unproven('TIMESTAMP_TRUST_NOT_GIVEN', `${text}; name its authority with --tsa-ca`)
        : violation('TIMESTAMP_UNTRUSTED', text),
    );
    return undefined;
  }
  if (timestamp.time <= now) return timestamp;
  note(unproven('TIMESTAMP_INVALID', "the timestamp is of the future, by this machine's clock"));
  return undefined;
}

function signerProblem(
  { signer, certificates }: SignedData,
  timestamp: Timestamp | undefined,
  { trust, now }: ReportCheckOptions,
): ReportProblem | undefined {
  if (trust.length === 0) {
    return unproven(
      'TRUST_NOT_GIVEN',
      `signed by ${signer.name} (certificate SHA-256 ${signer.fingerprint}), but whom to trust was not said: give a certificate with --trust`,
    );
  }
  const purpose = reportPurposeProblem(signer);
  if (purpose !== undefined) return violation('SIGNER_UNTRUSTED', purpose);
  const trusted = trustIn(signer, certificates, trust, timestamp?.time ?? now);
  if (trusted.kind === 'untrusted')
    return violation('SIGNER_UNTRUSTED', `the signer ${signer.name} is not trusted: ${trusted.why}`);
  return trusted.kind === 'outside-validity'
    ? unproven('SIGNER_OUTSIDE_VALIDITY', `when it was signed is not proven: ${trusted.why}`)
    : undefined;
}

function checkContent(bytes: Uint8Array, note: Note): Report | undefined {
  const report = attempt(
    () => readReport(bytes, 'the report').report,
    ({ message }) => note(violation('REPORT_MALFORMED', message)),
  );
  if (report === undefined) return undefined;
  for (const why of inconsistenciesOf(report))
    note(violation('REPORT_INCONSISTENT', `the report contradicts itself: ${why}`));
  return report;
}

const OF_THE_FILES: ReadonlySet<string> = new Set(['EVIDENCE_INVALID', 'CONTENT_CHANGED', 'REPORT_INVALID']);

/** What `read` returns, or undefined after telling why the file concerned is not what it must be. */
function attempt<Value>(read: () => Value, tell: (error: TrailVerifyError) => void): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TrailVerifyError) || !OF_THE_FILES.has(error.code)) throw error;
    tell(error);
    return undefined;
  }
}

function violation(code: ReportProblemCode, text: string): ReportProblem {
  return { code, weight: 'violation', text };
}

function unproven(code: ReportProblemCode, text: string): ReportProblem {
  return { code, weight: 'unproven', text };
}
