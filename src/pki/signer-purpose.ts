import type { Certificate } from './certificate.ts';
import { OID } from './object-identifiers.ts';

/** Microsoft's and the IETF's purposes for signing documents; OpenSSL's default purpose for CMS is e-mail protection. */
const REPORT_PURPOSES: readonly string[] = [
  OID.anyExtendedKeyUsage,
  OID.emailProtection,
  OID.documentSigning,
  '1.3.6.1.4.1.311.10.3.12',
];

/** Why a certificate may not sign reports: its key usage or purposes are for something else; undefined where it may. */
export function reportPurposeProblem({ name, keyUsage, extendedKeyUsage }: Certificate): string | undefined {
  if (!maySign(keyUsage)) return `the key usage of ${name} does not allow signatures on documents`;
  const purposes = extendedKeyUsage?.purposes;
  if (purposes === undefined || purposes.some((purpose) => REPORT_PURPOSES.includes(purpose)))
    return undefined;
  return `the extended key usage of ${name} (${purposes.join(', ')}) is for something else than signing documents`;
}

/** Why a certificate may not sign timestamps (RFC 3161, 2.3: critical, and this purpose alone); undefined where it may. */
export function timestampPurposeProblem({
  name,
  keyUsage,
  extendedKeyUsage,
}: Certificate): string | undefined {
  const { critical = false, purposes = [] } = extendedKeyUsage ?? {};
  if (maySign(keyUsage) && critical && purposes.length === 1 && purposes[0] === OID.timeStamping)
    return undefined;
  return `${name} is not a certificate for timestamps: its extended key usage must be timeStamping alone and critical`;
}

function maySign(keyUsage: Certificate['keyUsage']): boolean {
  return keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation');
}
