import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import {
  type Certificate,
  postBytes,
  type ReportSigner,
  requestTimestamp,
  signContent,
  type Timestamp,
  TrailVerifyError,
} from '../index.ts';
import { writeNewBytes } from './new-bytes.ts';
import type { TimestampSettings } from './signing-settings.ts';

/** A signed report: the files beside it, and the timestamp or why there is none although it was asked for. */
export interface SignedReport {
  readonly signatureFile: string;
  readonly timestamp: { readonly file: string; readonly says: Timestamp } | undefined;
  readonly timestampFailure: TrailVerifyError | undefined;
}

/** Where a timestamp comes from, with the authorities that its maker must lead to. */
export type TimestampSource = TimestampSettings & { readonly authorities: readonly Certificate[] };

/** The name of a report's signature file, and of the timestamp over that. */
export function signatureFileOf(reportFile: string): string {
  return `${reportFile}.p7s`;
}

/** The name of the timestamp over a report's signature file. */
export function timestampFileOf(signatureFile: string): string {
  return `${signatureFile}.tsr`;
}

/**
 * Signs the bytes of the report as they lie on the disk, and has the signature timestamped. A timestamp that cannot
 * be had is told, not thrown: the signature stands without it. Throws SIGNING_FAILED, and what the signer throws.
 */
export async function signReport(
  reportFile: string,
  signer: ReportSigner,
  source: TimestampSource | undefined,
): Promise<SignedReport> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(reportFile), hash);
  const signature = await signContent({ sha256: hash.digest(), at: Date.now() }, signer);
  const signatureFile = signatureFileOf(reportFile);
  await writeNewBytes(signatureFile, signature);
  if (source === undefined) return { signatureFile, timestamp: undefined, timestampFailure: undefined };
  try {
    const { file: bytes, timestamp } = await requestTimestamp(signature, {
      url: source.url,
      policy: source.policy,
      anchors: source.authorities,
      post: (url, body) =>
        postBytes(url, body, {
          contentType: 'application/timestamp-query',
          accept: 'application/timestamp-reply',
        }),
    });
    const file = timestampFileOf(signatureFile);
    await writeNewBytes(file, bytes);
    return { signatureFile, timestamp: { file, says: timestamp }, timestampFailure: undefined };
  } catch (error) {
    if (!(error instanceof TrailVerifyError)) throw error;
    return { signatureFile, timestamp: undefined, timestampFailure: error };
  }
}
