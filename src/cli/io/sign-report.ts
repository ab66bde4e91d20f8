import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { TrailVerifyError } from '../../base/errors.ts';
import type { Certificate } from '../../pki/certificate.ts';
import { type ReportSigner, signContent } from '../../pki/sign.ts';
import { embedTimestamp, requestTimestamp, type Stamp, type Timestamp } from '../../pki/timestamp.ts';
import { postBytes } from '../../source/post-bytes.ts';
import type { TimestampSettings } from '../options/signing.ts';
import { writeNewFile } from './new-file.ts';
import { type WrittenBundle, writeBundle } from './write-bundle.ts';

/** A signed report: the files beside it, and why there is not all that was asked for. */
export interface SignedReport {
  readonly signatureFile: string;
  readonly timestamp: { readonly file: string; readonly says: Timestamp } | undefined;
  /** The timestamp in the signature file itself. */
  readonly embedded: Timestamp | undefined;
  readonly timestampFailure: TrailVerifyError | undefined;
  /** The Sigstore bundle; undefined where none was asked for. */
  readonly bundle: WrittenBundle | undefined;
}

/** Where a timestamp comes from, with the authorities that its maker must lead to. */
export type TimestampSource = TimestampSettings & { readonly authorities: readonly Certificate[] };

/** What is made besides the signature file. */
export interface SigningWishes {
  readonly timestamp: TimestampSource | undefined;
  readonly bundle: boolean;
}

/** The name of a report's signature file, and of the timestamp over that. */
export function signatureFileOf(reportFile: string): string {
  return `${reportFile}.p7s`;
}

/** The name of the timestamp over a report's signature file. */
export function timestampFileOf(signatureFile: string): string {
  return `${signatureFile}.tsr`;
}

/**
 * Signs the bytes of the report as they lie on the disk, and has the signature timestamped. A timestamp or a bundle that
 * cannot be had is told, not thrown: the signature stands without it. Throws SIGNING_FAILED, and what the signer throws.
 */
export async function signReport(
  reportFile: string,
  signer: ReportSigner,
  { timestamp: source, bundle: wantsBundle }: SigningWishes,
): Promise<SignedReport> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(reportFile), hash);
  let signature = await signContent({ sha256: hash.digest(), at: Date.now() }, signer);
  const signatureFile = signatureFileOf(reportFile);
  // An authority that has failed once is not asked again: its answer may take minutes.
  let stamp = source && stampOf(source);
  let timestamp: SignedReport['timestamp'];
  let embedded: Timestamp | undefined;
  let timestampFailure: TrailVerifyError | undefined;
  const told = async (act: () => Promise<void>): Promise<void> => {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof TrailVerifyError)) throw error;
      timestampFailure ??= error;
      stamp = undefined;
    }
  };
  if (stamp !== undefined && source?.embed === true) {
    const embed = stamp;
    await told(async () => {
      const timed = await embedTimestamp(signature, embed);
      signature = timed.file;
      embedded = timed.timestamp;
    });
  }
  await writeNewFile(signatureFile, [signature]);
  if (stamp !== undefined) {
    const beside = stamp;
    await told(async () => {
      const { file: bytes, timestamp: says } = await beside(signature);
      const file = timestampFileOf(signatureFile);
      await writeNewFile(file, [bytes]);
      timestamp = { file, says };
    });
  }
  const bundle = wantsBundle ? await writeBundle(reportFile, signer, stamp) : undefined;
  return { signatureFile, timestamp, embedded, timestampFailure, bundle };
}

function stampOf({ url, policy, authorities }: TimestampSource): Stamp {
  return (data) =>
    requestTimestamp(data, {
      url,
      policy,
      anchors: authorities,
      post: (address, body) =>
        postBytes(address, body, {
          contentType: 'application/timestamp-query',
          accept: 'application/timestamp-reply',
        }),
    });
}
