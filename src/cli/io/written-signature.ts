import { type ReportSigner, signerCertificate } from '../../pki/sign.ts';
import type { Timestamp } from '../../pki/timestamp.ts';
import type { WrittenSignature } from '../../render/text/terminal.ts';
import type { SignedReport } from './sign-report.ts';

/** What became of signing, as a stream of events tells it; `show` is how paths are told. */
export function writtenSignature(
  { signatureFile, timestamp, embedded, bundle }: SignedReport,
  signer: ReportSigner,
  show: (file: string) => string,
): WrittenSignature {
  const { name, fingerprint } = signerCertificate(signer);
  const told = ({ time, signer: authority }: Timestamp) => ({ time, authority: authority.name });
  const file = show(signatureFile);
  return {
    file,
    signer: name,
    certificateSha256: fingerprint,
    algorithm: signer.alg,
    ...(embedded === undefined ? {} : { timestamp: { file, ...told(embedded) } }),
    ...(timestamp === undefined
      ? {}
      : { timestamp: { file: show(timestamp.file), ...told(timestamp.says) } }),
    ...(bundle?.file === undefined ? {} : { bundle: show(bundle.file) }),
  };
}
