/** The signature of one file, be it a report, an export or an answer: that its bytes were signed, by whom, when, and whether that signer is trusted. */

import { isoTime } from '../base/clock.ts';
import { type Certificate, reportPurposeProblem } from '../pki/certificate.ts';
import { trustIn } from '../pki/certificate-path.ts';
import { type SignedData, verifySignedData } from '../pki/cms.ts';
import { OID } from '../pki/der.ts';
import { type Timestamp, verifyTimestamp, verifyTimestampToken } from '../pki/timestamp.ts';
import { attempt } from '../report/check.ts';
import {
  type NoteReportProblem,
  type ReportProblem,
  type TimestampTrust,
  trustedTimestamp,
  unproven,
  violation,
} from './problems.ts';

/** A signature and the timestamp over it, as their files have them, and whom they are checked against. */
export interface SignatureFiles extends TimestampTrust {
  readonly signature: Uint8Array | undefined;
  readonly timestamp: Uint8Array | undefined;
  /** The signer's certificate itself, or authorities that it must lead to; none given leaves the file unproven. */
  readonly trust: readonly Certificate[];
  /** Authorities of the timestamps; where undefined those of `trust` count. Given, a timestamp must be there. */
  readonly timestampTrust?: readonly Certificate[] | undefined;
  /** The present, milliseconds since the epoch: the time of signing where no timestamp proves an earlier one. */
  readonly now: number;
}

/** A signed file; `what` is what problems call it. */
export interface SignedContent extends SignatureFiles {
  readonly content: Uint8Array;
  readonly what: string;
}

/** Who signed a file, and when. */
export interface SignedBy {
  readonly signed: SignedData | undefined;
  /** The earliest that is trusted, in the signature file or next to it. */
  readonly timestamp: Timestamp | undefined;
}

/** Checks who signed a file; whatever is wrong is noted. */
export function checkSignature(options: SignedContent, note: NoteReportProblem): SignedBy {
  const signed = verifySignature(options, note);
  const timestamp = checkTimestamps(options, signed, note);
  if (signed !== undefined) note(signerProblem(signed, timestamp, options));
  return { signed, timestamp };
}

function verifySignature(
  { content, signature, what }: SignedContent,
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
        { type: OID.data, detached: content, mayHoldTimestamp: true },
        'the signature',
      ),
    ({ code, message }) =>
      note(
        code === 'CONTENT_CHANGED'
          ? violation('REPORT_CHANGED', `${what} is not the one that was signed`)
          : violation('SIGNATURE_INVALID', message),
      ),
  );
}

/** The earliest of the timestamps that are trusted: from then on at the latest the signature was there. */
function checkTimestamps(
  options: SignatureFiles,
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
  { trust, now }: SignatureFiles,
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

/** Who signed it, and when. */
export function signedBy({ signed, timestamp }: SignedBy): string {
  const who =
    signed === undefined ? '' : `${signed.signer.name} (certificate SHA-256 ${signed.signer.fingerprint})`;
  if (timestamp !== undefined)
    return `${who} signed it, before ${isoTime(timestamp.time)} as ${timestamp.signer.name} confirms`;
  const claimed =
    signed?.signingTime === undefined ? '' : `, ${isoTime(signed.signingTime)} by the signer's own clock`;
  return `${who} signed it${claimed} (no timestamp)`;
}
