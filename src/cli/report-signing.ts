import { escapeTerminal, isoTime, signerCertificate, TrailVerifyError } from '../index.ts';
import { showFailure } from './failure.ts';
import { type OpenedSigner, openSigner, readCertificates } from './open-signer.ts';
import type { AccessSettings } from './shared-settings.ts';
import { type SignedReport, signReport, type TimestampSource } from './sign-report.ts';
import type { SigningSettings } from './signing-settings.ts';
import type { Terminal } from './terminal.ts';

/** Everything that signing a report needs, opened before the run. */
export interface ReportSigning {
  readonly opened: OpenedSigner;
  readonly timestamp: TimestampSource | undefined;
}

/** What became of signing: lines for people (not escaped), and whether the run failed for want of a signature or a timestamp. */
export interface SigningOutcome {
  readonly lines: readonly string[];
  readonly failure: TrailVerifyError | undefined;
}

/** Opens signer and timestamp authorities; undefined with --no-sign. Throws as openSigner and readCertificates do. */
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
  return { opened, timestamp: settings.timestamp && { ...settings.timestamp, authorities } };
}

/**
 * Signs a written report. What goes wrong is told, not thrown: the report is written, and its verdict must be seen. A
 * timestamp that may be absent (--tsa-optional) is a warning on standard error.
 */
export async function signWritten(
  reportFile: string,
  { opened, timestamp }: ReportSigning,
  show: (file: string) => string,
  terminal: Terminal,
): Promise<SigningOutcome> {
  const { signer, newIdentity } = opened;
  let signed: SignedReport;
  try {
    signed = await signReport(reportFile, signer, timestamp);
  } catch (error) {
    if (!(error instanceof TrailVerifyError)) throw error;
    return {
      lines: [],
      failure: new TrailVerifyError(error.code, `the report is not signed: ${error.message}`, hintOf(error)),
    };
  }
  const { name, fingerprint } = signerCertificate(signer);
  const lines = [`Signed: ${show(signed.signatureFile)} by ${name}, certificate SHA-256 ${fingerprint}`];
  if (signed.timestamp !== undefined) {
    const { file, says } = signed.timestamp;
    lines.push(`Timestamp: ${show(file)}, ${isoTime(says.time)} by ${says.signer.name}`);
  }
  if (newIdentity !== undefined) {
    terminal.error.write(
      `A signing identity was made for you: ${escapeTerminal(newIdentity)} is its certificate, SHA-256 ${fingerprint}\n`,
    );
  }
  const { timestampFailure } = signed;
  if (timestampFailure === undefined) return { lines, failure: undefined };
  const failure = new TrailVerifyError(
    timestampFailure.code,
    `the signature has no timestamp: ${timestampFailure.message}`,
    hintOf(timestampFailure),
  );
  if (timestamp?.optional !== true) return { lines, failure };
  await showFailure(failure, terminal, false);
  return { lines, failure: undefined };
}

function hintOf({ hint, cause }: TrailVerifyError): { hint?: string; cause?: unknown } {
  return { ...(hint === undefined ? {} : { hint }), cause };
}
