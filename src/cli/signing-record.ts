import { type SigningRecord, signerCertificate } from '../index.ts';
import type { ReportSigning } from './report-signing.ts';
import type { SigningSettings } from './signing-settings.ts';

/** The signer as the report names it before it is signed; null where it is not to be. */
export function signingRecord(
  settings: Pick<SigningSettings, 'signer'>,
  signing: ReportSigning | undefined,
): SigningRecord | null {
  if (signing === undefined) return null;
  const { signer } = signing.opened;
  const { name, fingerprint } = signerCertificate(signer);
  return {
    subject: name,
    certificateSha256: fingerprint,
    algorithm: signer.alg,
    localIdentity: settings.signer.kind === 'local',
    timestampRequested: signing.timestamp !== undefined,
  };
}
