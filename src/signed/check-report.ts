/**
 * Checks a signed report: that these bytes were signed, by whom, when, whether that signer is trusted, and whether the report
 * agrees with itself and with its companion files.
 */

import { isoTime } from '../base/clock.ts';
import { append } from '../base/lists.ts';
import { type Certificate, reportPurposeProblem } from '../pki/certificate.ts';
import { trustIn } from '../pki/certificate-path.ts';
import { type SignedData, verifySignedData } from '../pki/cms.ts';
import { OID } from '../pki/der.ts';
import { type Timestamp, verifyTimestamp, verifyTimestampToken } from '../pki/timestamp.ts';
import { foreignOrigins } from '../render/facts/report.ts';
import { attempt, type Check, checkLine, conclude } from '../report/check.ts';
import { verdictHeadline } from '../report/findings-beyond.ts';
import type { Report } from '../report/report.ts';
import { type ReadReport, readReport } from '../report/report-schema.ts';
import { checkBundle } from './bundle.ts';
import { inconsistenciesOf } from './consistency.ts';
import {
  checkIntendedSigner,
  type NoteReportProblem,
  type ReportProblem,
  type TimestampTrust,
  trustedTimestamp,
  unproven,
  violation,
} from './problems.ts';

/** Opens a file next to the report, as it is stored; undefined where there is none of that name. */
export type OpenCompanion = (name: string) => Promise<AsyncIterable<Uint8Array> | undefined>;

/** A further check, of what a report says about its companion files. */
export type CompanionCheck = (report: Report, open: OpenCompanion) => Promise<readonly ReportProblem[]>;

/** What is checked, and against whom. All bytes are those of the files. */
export interface ReportCheckOptions extends TimestampTrust {
  readonly report: Uint8Array;
  readonly signature: Uint8Array | undefined;
  readonly timestamp: Uint8Array | undefined;
  /** A Sigstore bundle about the report, which is checked where there is one. */
  readonly bundle?: Uint8Array | undefined;
  /** The signer's certificate itself, or authorities that it must lead to; none given leaves the report unproven. */
  readonly trust: readonly Certificate[];
  /** Authorities of the timestamps; where undefined those of `trust` count. Given, a timestamp must be there. */
  readonly timestampTrust?: readonly Certificate[] | undefined;
  /** The present, milliseconds since the epoch: the time of signing where no timestamp proves an earlier one. */
  readonly now: number;
  readonly companions?:
    | { readonly checks: readonly CompanionCheck[]; readonly open: OpenCompanion }
    | undefined;
}

/** What a check of a signed report read. */
interface CheckedReport {
  readonly report: Report | undefined;
  readonly signed: SignedData | undefined;
  /** The earliest that is trusted, in the signature file or next to it. */
  readonly timestamp: Timestamp | undefined;
  /** Whether a Sigstore bundle was there and says the same of the same signer; undefined where there was none. */
  readonly bundleAgrees: boolean | undefined;
}

/** What a check came to. `verdict` is about the signed report, `report.verdict` is what the report says of the trail. */
export type ReportCheck = Check<CheckedReport, ReportProblem>;

/** Checks a signed report; whatever is wrong with its files is a problem, never an error. */
export async function checkReport(options: ReportCheckOptions): Promise<ReportCheck> {
  const problems: ReportProblem[] = [];
  const note: NoteReportProblem = (found) => {
    // Several timestamps of one authority have one and the same fault.
    if (found !== undefined && problems.every(({ text }) => text !== found.text)) problems.push(found);
  };
  const signed = checkSignature(options, note);
  const timestamp = checkTimestamps(options, signed, note);
  if (signed !== undefined) note(signerProblem(signed, timestamp, options));
  const read = checkContent(options.report, note);
  const report = read?.report;
  const bundleAgrees =
    read === undefined || options.bundle === undefined
      ? undefined
      : checkBundle(options.bundle, { ...options, report: read, signer: signed?.signer }, note);
  if (report !== undefined && signed !== undefined) checkIntendedSigner(report, signed.signer, note);
  if (report !== undefined && options.companions !== undefined) {
    for (const check of options.companions.checks)
      append(problems, await check(report, options.companions.open));
  }
  return conclude<CheckedReport, ReportProblem>(problems, { report, signed, timestamp, bundleAgrees });
}

function checkSignature(
  { report, signature }: ReportCheckOptions,
  note: NoteReportProblem,
): SignedData | undefined {
  if (signature === undefined) {
    note(unproven('SIGNATURE_MISSING', 'there is no signature'));
    return undefined;
  }
  return attempt(
    () =>
      verifySignedData(
        signature,
        { type: OID.data, detached: report, mayHoldTimestamp: true },
        'the signature',
      ),
    ({ code, message }) =>
      note(
        code === 'CONTENT_CHANGED'
          ? violation('REPORT_CHANGED', 'the report is not the one that was signed')
          : violation('SIGNATURE_INVALID', message),
      ),
  );
}

/** The earliest of the timestamps that are trusted: from then on at the latest the signature was there. */
function checkTimestamps(
  options: ReportCheckOptions,
  signed: SignedData | undefined,
  note: NoteReportProblem,
): Timestamp | undefined {
  const { signature = new Uint8Array(), timestamp: file } = options;
  const token = signed?.timestampToken;
  if (file === undefined && token === undefined) {
    if (options.timestampTrust !== undefined) note(unproven('TIMESTAMP_MISSING', 'there is no timestamp'));
    return undefined;
  }
  const embedded =
    signed === undefined || token === undefined
      ? undefined
      : trustedTimestamp(
          () => verifyTimestampToken(token, signed.signature, 'the timestamp in the signature'),
          options,
          note,
        );
  const companions =
    file && trustedTimestamp(() => verifyTimestamp(file, signature, 'the timestamp'), options, note);
  if (embedded === undefined || companions === undefined) return embedded ?? companions;
  return companions.time < embedded.time ? companions : embedded;
}

function signerProblem(
  { signer, certificates }: SignedData,
  timestamp: Timestamp | undefined,
  { trust, now }: ReportCheckOptions,
): ReportProblem | undefined {
  if (trust.length === 0) {
    return unproven(
      'TRUST_NOT_GIVEN',
      `signed by ${signer.name} (certificate SHA-256 ${signer.fingerprint}), but no trusted certificate was given: give one with --trust`,
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

function checkContent(bytes: Uint8Array, note: NoteReportProblem): ReadReport | undefined {
  const read = attempt(
    () => readReport(bytes, 'the report'),
    ({ message }) => note(violation('REPORT_MALFORMED', message)),
  );
  if (read === undefined) return undefined;
  for (const why of inconsistenciesOf(read.report))
    note(violation('REPORT_INCONSISTENT', `the report contradicts itself: ${why}`));
  return read;
}

/**
 * What a check of a signed report came to, in one line without its end: the verdict, then who signed and when, or what is
 * wrong. Not escaped: names in it are those of certificates.
 */
export function renderReportCheck(check: ReportCheck, name: string): string {
  const { report } = check;
  const says = report === undefined ? '' : `; the report says ${verdictHeadline(report)}`;
  return checkLine(check, name, () => {
    const foreign = foreignOrigins(report);
    const keys =
      foreign.length === 0 ? '' : `; its public keys are not AWS's but those of ${foreign.join(', ')}`;
    const bundle = check.bundleAgrees === true ? '; the Sigstore bundle says the same' : '';
    return `${name} is as ${signedBy(check)}${says}${keys}${bundle}`;
  });
}

/** Who signed it, and when. */
function signedBy({ signed, timestamp }: ReportCheck): string {
  const who =
    signed === undefined ? '' : `${signed.signer.name} (certificate SHA-256 ${signed.signer.fingerprint})`;
  if (timestamp !== undefined)
    return `${who} signed it, before ${isoTime(timestamp.time)} as ${timestamp.signer.name} confirms`;
  const claimed =
    signed?.signingTime === undefined ? '' : `, ${isoTime(signed.signingTime)} by the signer's own clock`;
  return `${who} signed it${claimed} (no timestamp)`;
}
