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

/**
 * Why a key proves nothing: it came from an endpoint that is not AWS's own, or from a file that is a part of the verified
 * target. The writer of the evidence may have made such a key, and signed with it. `detail` names the endpoint or file.
 */
export interface KeyDistrust {
  readonly reason: 'endpoint-not-aws' | 'inside-target';
  readonly detail: string;
}

/** One CloudTrail public key: its fingerprint (lower-case hex MD5 of `der`), validity and origin. Times are milliseconds since the epoch. */
export interface PublicKey {
  readonly fingerprint: string;
  readonly der: Uint8Array;
  readonly key: KeyObject;
  /** The Region it signs in; undefined where a key file does not say. */
  readonly region: string | undefined;
  /** Undefined where a key file does not say (a PEM file). */
  readonly validFrom: number | undefined;
  readonly validTo: number | undefined;
  /** Where it came from, for the report: `ListPublicKeys us-east-1` or a file's name. */
  readonly origin: string;
  /** The endpoint that listed it, where that is not AWS's own. */
  readonly endpoint?: string | undefined;
  /** Absent for a trusted key: the maker of a ring answers for its keys. */
  readonly distrust?: KeyDistrust | undefined;
}

/** Which key is wanted: the fingerprint a digest names, in the Region that delivered it, at the end of its window. */
export interface KeyQuery {
  readonly region: string;
  readonly fingerprint: string;
  readonly time: number;
  /** When a backfill digest says it was generated; unsigned, so only a hint where to look. */
  readonly generatedAt?: number | undefined;
}

/** The key, or whether its absence is evidence: `complete` where AWS itself listed all keys of that Region and time. */
export type KeyLookup =
  | { readonly found: PublicKey }
  | { readonly found: undefined; readonly complete: boolean };

/**
 * CloudTrail's public keys. A ring of your own decides which keys are trusted. A key that it hands out without `distrust`
 * counts as AWS's, and everything that it signed as proven.
 */
export interface KeyRing {
  find(query: KeyQuery): Promise<KeyLookup>;
  /** The gaps in the knowledge so far, for the report's limits. */
  limits(): readonly string[];
  /** The keys that were handed out so far, for the report. */
  used(): readonly PublicKey[];
  /** All its keys, where somebody gave them. Their proofs count for nobody who trusts others. Absent where AWS is asked for them. */
  given?(): readonly PublicKey[];
}
