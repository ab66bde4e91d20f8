import { hash } from 'node:crypto';

/** SHA-256 of `bytes`, lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

/** MD5 of `bytes`, lower-case hex: CloudTrail's key fingerprint, an identifier and never a proof. */
export function md5(bytes: Uint8Array): string {
  return hash('md5', bytes, 'hex');
}
