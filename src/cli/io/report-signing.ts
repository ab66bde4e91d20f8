import { isoTime } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { signerCertificate } from '../../pki/sign.ts';
import { escapeTerminal } from '../../render/escape.ts';
import type { WrittenSignature } from '../../render/text/terminal.ts';
import type { SigningRecord } from '../../report/report.ts';
import { requireBundleSigner } from '../../signed/bundle.ts';
import type { AccessSettings } from '../options/common.ts';
import type { SigningSettings } from '../options/signing.ts';
import { showFailure } from './failure.ts';
import { type SignedReport, type SigningWishes, signReport } from './sign-report.ts';
import { type OpenedSigner, openSigner, readCertificates } from './signer.ts';
import type { Terminal } from './terminal.ts';
import { writtenSignature } from './written-signature.ts';

/** Everything that signing a report needs, opened before the run. */
export interface ReportSigning extends SigningWishes {
  readonly opened: OpenedSigner;
  /** The signer as the report names it before it is signed. */
  readonly record: SigningRecord;
}

/** What became of signing: lines for people (not escaped), and whether the run failed for want of a signature or a timestamp. */
export interface SigningOutcome {
  readonly lines: readonly string[];
  /** Undefined where the report could not be signed. */
  readonly signature: WrittenSignature | undefined;
  readonly failure: TrailVerifyError | undefined;
}

/** Opens signer and timestamp authorities; undefined with --no-sign. Throws as openSigner, readCertificates and requireBundleSigner do. */
export async function openSigning(
  settings: SigningSettings,
  access: AccessSettings,
  terminal: Terminal,
): Promise<ReportSigning | undefined> {
  const authorities = [];
  for (const file of settings.timestamp?.authorityFiles ?? [])
    authorities.push(...(await readCertificates(file)));
  const opened = await openSigner(settings, access, terminal);
  if (opened === undefined) return undefined;
  if (settings.bundle) requireBundleSigner(opened.signer);
  const timestamp = settings.timestamp && { ...settings.timestamp, authorities };
  return { opened, record: recordOf(opened, settings), timestamp, bundle: settings.bundle };
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
 * Signs a written report. What goes wrong is told, not thrown: the report is written, and its verdict must be seen. A
 * timestamp that may be absent (--tsa-optional) is a warning on standard error.
 */
export async function signWritten(
  reportFile: string,
  { opened, timestamp, bundle }: ReportSigning,
  show: (file: string) => string,
  terminal: Terminal,
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
      failure: new TrailVerifyError(error.code, `the report is not signed: ${error.message}`, hintOf(error)),
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

/** What the run has failed for want of; the rest is told as a warning. */
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

function hintOf({ hint, cause }: TrailVerifyError): { hint?: string; cause?: unknown } {
  return { ...(hint === undefined ? {} : { hint }), cause };
}
