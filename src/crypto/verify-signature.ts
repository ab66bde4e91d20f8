import { type KeyObject, verify } from 'node:crypto';

const HEX = /^[0-9a-f]+$/i;
/** Twice the bytes of the largest accepted modulus (8192 bits). */
const MAX_SIGNATURE_LENGTH = 2048;

/** True for hex digits that could be an RSA signature: even in number and of bounded length. */
export function isSignatureHex(text: string): boolean {
  return text.length <= MAX_SIGNATURE_LENGTH && text.length % 2 === 0 && HEX.test(text);
}

/**
 * Whether `signature` (hex) is RSASSA-PKCS1-v1_5 with SHA-256 by `key` over `text` in UTF-8. The hash is pinned
 * here and never taken from the signature. (User guide, "Custom implementations of log file integrity validation".)
 */
export function verifySignature(text: string, signature: string, key: KeyObject): boolean {
  if (!isSignatureHex(signature)) return false;
  return verify('RSA-SHA256', Buffer.from(text, 'utf8'), key, Buffer.from(signature, 'hex'));
}
