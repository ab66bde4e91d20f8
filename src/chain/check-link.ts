import type { Finding } from '../findings/finding.ts';

/** What a proven successor recorded of a digest: content hash and signature (lower-case hex), and the successor's URI. */
export interface Recorded {
  readonly sha256: string;
  readonly signature: string;
  readonly by: string;
}

/**
 * Both links to the digest really read: the content hash (`previousDigestHashValue`) and the signature
 * (`previousDigestSignature`). A hash or signature that the digest does not have, or a missing record, gives no
 * finding here: other checks name those.
 */
export function checkLink(
  about: () => Pick<Finding, 'object'> & { readonly chain: string; readonly time: string },
  sha256: string | undefined,
  signature: string | undefined,
  recorded: Recorded | undefined,
): readonly Finding[] {
  if (recorded === undefined) return [];
  const findings: Finding[] = [];
  if (sha256 !== undefined && sha256 !== recorded.sha256) {
    const evidence = { expected: recorded.sha256, actual: sha256, recordedBy: recorded.by };
    findings.push({ code: 'LINK_HASH_MISMATCH', weight: 'violation', ...about(), evidence });
  }
  if (signature !== undefined && signature !== recorded.signature) {
    const evidence = { expected: recorded.signature, actual: signature, recordedBy: recorded.by };
    findings.push({ code: 'LINK_SIGNATURE_MISMATCH', weight: 'violation', ...about(), evidence });
  }
  return findings;
}
