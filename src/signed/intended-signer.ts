import type { Certificate } from '../pki/certificate.ts';
import type { Report } from '../report/report.ts';
import { type NoteProblem, violation } from './problems.ts';

/**
 * Notes where a report names who is to sign it and somebody else did: whoever put that signature there, even one who is
 * trusted, took the report of another for his own. A report that names nobody may be signed by anybody.
 */
export function checkIntendedSigner({ signing }: Report, signer: Certificate, note: NoteProblem): void {
  if (signing === undefined || signing === null || signing.certificateSha256 === signer.fingerprint) return;
  const intended = `${signing.subject} (certificate SHA-256 ${signing.certificateSha256})`;
  note(
    violation(
      'SIGNER_NOT_INTENDED',
      `the report names ${intended} as its signer, and ${signer.name} (${signer.fingerprint}) signed it`,
    ),
  );
}
