/** Signing a written report: its signature file, the timestamp over that, and a bundle for supply-chain tools. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Network } from '../../../aws/network/network.ts';
import { isoTime } from '../../../base/clock.ts';
import { TrailVerifyError } from '../../../base/errors.ts';
import type { Certificate } from '../../../pki/certificate.ts';
import { type ReportSigner, signContent, signerCertificate } from '../../../pki/sign.ts';
import { embedTimestamp, requestTimestamp, type Stamp, type Timestamp } from '../../../pki/timestamp.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import type { WrittenSignature } from '../../../render/text/terminal.ts';
import type { SigningRecord } from '../../../report/report.ts';
import { MOST_REPORT_BYTES, readReport } from '../../../report/report-schema.ts';
import { formatBundle, requireBundleSigner, signBundle, stampBundle } from '../../../signed/bundle.ts';
import { postBytes } from '../../../source/post-bytes.ts';
import type { AccessSettings } from '../../options/access.ts';
import type { SigningSettings, TimestampSettings } from '../../options/signing.ts';
import { showFailure } from '../exit.ts';
import { readWholeFile } from '../files.ts';
import { openSession } from '../open-target.ts';
import { writeNewFile } from '../output.ts';
import type { Terminal } from '../terminal.ts';
import { within } from './own-folder.ts';
import { type OpenedSigner, openSigner, readAllCertificates } from './signer.ts';

/** Everything that signing a report needs, opened before the run. */
export interface ReportSigning extends SigningWishes {
  readonly opened: OpenedSigner;
  /** The signer as the report names it before it is signed. */
  readonly record: SigningRecord;
}

/** The result of signing: lines for people (not escaped), and whether the run failed for want of a signature or a timestamp. */
export interface SigningOutcome {
  readonly lines: readonly string[];
  /** Undefined where the report could not be signed. */
  readonly signature: WrittenSignature | undefined;
  readonly failure: TrailVerifyError | undefined;
}

/** How long the folder of the local identity may take (milliseconds): a home folder on a server that is away answers never. */
const MOST_WAIT = 15_000;

/**
 * Opens signer and timestamp authorities; undefined with --no-sign. A signature that nobody asked for stops no run: where the
 * local identity cannot be had, one line on standard error says why, `unsigned` takes the same, and the result is undefined.
 * Throws as openSigner, readCertificates and requireBundleSigner do, and CONFIGURATION for a proxy or
 * a file of authorities that cannot be used.
 */
export async function openSigning(
  settings: SigningSettings,
  access: AccessSettings,
  terminal: Terminal,
  unsigned: (why: string) => void = () => {},
): Promise<ReportSigning | undefined> {
  const authorities = await readAllCertificates(settings.timestamp?.authorityFiles ?? []);
  let opened: OpenedSigner | undefined;
  try {
    opened = isAskedFor(settings)
      ? await openSigner(settings, access, terminal)
      : await within(MOST_WAIT, 'the folder of the signing identity', openSigner(settings, access, terminal));
  } catch (error) {
    if (isAskedFor(settings) || !(error instanceof TrailVerifyError)) throw error;
    terminal.error.write(`warning: not signed: ${escapeTerminal(error.message)}\n`);
    unsigned(error.message);
  }
  if (opened === undefined) return undefined;
  if (settings.bundle) requireBundleSigner(opened.signer);
  const timestamp = settings.timestamp && {
    ...settings.timestamp,
    authorities,
    network: await openSession(access, undefined).network(),
  };
  return { opened, record: recordOf(opened, settings), timestamp, bundle: settings.bundle };
}

/** Whether an option says that there is to be a signature: then a run without one has failed. */
function isAskedFor({ signer, algorithm, timestamp, bundle }: SigningSettings): boolean {
  return signer.kind !== 'local' || algorithm !== undefined || timestamp !== undefined || bundle;
}

function recordOf({ signer }: OpenedSigner, settings: SigningSettings): SigningRecord {
  const { name, fingerprint } = signerCertificate(signer);
  return {
    subject: name,
    certificateSha256: fingerprint,
    algorithm: signer.alg,
    localIdentity: settings.signer.kind === 'local',
    timestampRequested: settings.timestamp !== undefined,
  };
}

/**
 * Signs a written report, or the file that errors call `what`. A failure is returned, not thrown: the report is written, and its verdict must be seen. A timestamp
 * that may be absent (--tsa-optional) is a warning on standard error.
 */
export async function signWritten(
  reportFile: string,
  { opened, timestamp, bundle }: ReportSigning,
  show: (file: string) => string,
  terminal: Terminal,
  what = 'the report',
): Promise<SigningOutcome> {
  const { signer, newIdentity } = opened;
  let signed: SignedReport;
  try {
    signed = await signReport(reportFile, signer, { timestamp, bundle });
  } catch (error) {
    if (!(error instanceof TrailVerifyError)) throw error;
    return {
      lines: [],
      signature: undefined,
      failure: new TrailVerifyError(error.code, `${what} is not signed: ${error.message}`, hintOf(error)),
    };
  }
  const { name, fingerprint } = signerCertificate(signer);
  const lines = [`Signed: ${show(signed.signatureFile)} by ${name}, certificate SHA-256 ${fingerprint}`];
  const signature = writtenSignature(signed, signer, show);
  if (signed.timestamp !== undefined) {
    const { file, says } = signed.timestamp;
    lines.push(`Timestamp: ${show(file)}, ${isoTime(says.time)} by ${says.signer.name}`);
  }
  if (signed.embedded !== undefined) {
    const { time, signer: authority } = signed.embedded;
    lines.push(`Timestamp in the signature: ${isoTime(time)} by ${authority.name}`);
  }
  if (signed.bundle?.file !== undefined) lines.push(`Sigstore bundle: ${show(signed.bundle.file)}`);
  if (newIdentity !== undefined) {
    terminal.error.write(
      `A signing identity was made for you: ${escapeTerminal(newIdentity)} is its certificate, SHA-256 ${fingerprint}\n`,
    );
  }
  const failure = await firstFailure(signed, timestamp?.optional === true, terminal);
  return { lines, signature, failure };
}

/** The lack for which the run has failed; any other is printed as a warning. */
async function firstFailure(
  { timestampFailure, bundle }: SignedReport,
  isTimestampOptional: boolean,
  terminal: Terminal,
): Promise<TrailVerifyError | undefined> {
  const missing = [
    ['there is no Sigstore bundle', bundle?.failure, false],
    ['the signature has no timestamp', timestampFailure, isTimestampOptional],
    ['the Sigstore bundle has no timestamp', bundle?.timestampFailure, isTimestampOptional],
  ] as const;
  let first: TrailVerifyError | undefined;
  for (const [what, error, isOptional] of missing) {
    if (error === undefined) continue;
    const failure = new TrailVerifyError(error.code, `${what}: ${error.message}`, hintOf(error));
    if (first === undefined && !isOptional) first = failure;
    else await showFailure(failure, terminal, false);
  }
  return first;
}

function hintOf({ hint, cause }: TrailVerifyError): {
  readonly hint: string | undefined;
  readonly cause: unknown;
} {
  return { hint, cause };
}

/** A signed report: the files next to it, and why some that were asked for are missing. */
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
export type TimestampSource = TimestampSettings & {
  readonly authorities: readonly Certificate[];
  /** How its authority is reached. */
  readonly network: Network;
};

/** The files to make besides the signature file. */
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
 * Signs the bytes of the report as they are on the disk, and has the signature timestamped. A timestamp or a bundle that cannot
 * be had is a part of the result, not thrown: the signature is valid without it. Throws SIGNING_FAILED, and what the signer
 * throws.
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
  const attempt = async (act: () => Promise<void>): Promise<void> => {
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
    await attempt(async () => {
      const timed = await embedTimestamp(signature, embed);
      signature = timed.file;
      embedded = timed.timestamp;
    });
  }
  await writeNewFile(signatureFile, [signature]);
  if (stamp !== undefined) {
    const companions = stamp;
    await attempt(async () => {
      const { file: bytes, timestamp: says } = await companions(signature);
      const file = timestampFileOf(signatureFile);
      await writeNewFile(file, [bytes]);
      timestamp = { file, says };
    });
  }
  const bundle = wantsBundle ? await writeBundle(reportFile, signer, stamp) : undefined;
  return { signatureFile, timestamp, embedded, timestampFailure, bundle };
}

function stampOf({ url, policy, authorities, network }: TimestampSource): Stamp {
  return (data) =>
    requestTimestamp(data, {
      url,
      policy,
      anchors: authorities,
      post: (address, body) =>
        postBytes(address, body, {
          contentType: 'application/timestamp-query',
          accept: 'application/timestamp-reply',
          network,
        }),
    });
}

/** A report's Sigstore bundle: its file, or why there is none; and why it has no timestamp although one was asked for. */
export interface WrittenBundle {
  readonly file: string | undefined;
  readonly failure: TrailVerifyError | undefined;
  readonly timestampFailure: TrailVerifyError | undefined;
}

/** The name of a report's Sigstore bundle: `report.sigstore.json` for `report.json`. */
export function bundleFileOf(reportFile: string): string {
  const { dir, name } = path.parse(reportFile);
  return path.join(dir, `${name}.sigstore.json`);
}

/**
 * Signs the statement about a report as it is on the disk, has the signature timestamped where `stamp` is given, and writes
 * both next to the report. A failure is returned, not thrown: the report's own signature is valid without it.
 */
export async function writeBundle(
  reportFile: string,
  signer: ReportSigner,
  stamp: Stamp | undefined,
): Promise<WrittenBundle> {
  let timestampFailure: TrailVerifyError | undefined;
  try {
    const report = readReport(await readWholeFile(reportFile, MOST_REPORT_BYTES, 'report'), reportFile);
    let bundle = await signBundle(report, signer);
    try {
      if (stamp !== undefined) bundle = await stampBundle(bundle, stamp);
    } catch (error) {
      timestampFailure = ownError(error);
    }
    const file = bundleFileOf(reportFile);
    await writeNewFile(file, [formatBundle(bundle)]);
    return { file, failure: undefined, timestampFailure };
  } catch (error) {
    return { file: undefined, failure: ownError(error), timestampFailure };
  }
}

function ownError(error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  throw error;
}

/** The result of signing, as a stream of events says it; `show` is how paths are printed. */
export function writtenSignature(
  { signatureFile, timestamp, embedded, bundle }: SignedReport,
  signer: ReportSigner,
  show: (file: string) => string,
): WrittenSignature {
  const { name, fingerprint } = signerCertificate(signer);
  const said = ({ time, signer: authority }: Timestamp) => ({ time, authority: authority.name });
  const file = show(signatureFile);
  return {
    file,
    signer: name,
    certificateSha256: fingerprint,
    algorithm: signer.alg,
    timestamp:
      timestamp === undefined
        ? embedded && { file, ...said(embedded) }
        : { file: show(timestamp.file), ...said(timestamp.says) },
    bundle: bundle?.file === undefined ? undefined : show(bundle.file),
  };
}
