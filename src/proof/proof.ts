import { malformed } from '../base/errors.ts';
import { asciiJson, strictJsonText } from '../base/json.ts';
import { schemaProblem } from '../report/check-schema.ts';
import schema from './proof-v1.schema.json' with { type: 'json' };

/** One line of the inventory, and how it leads to the root: hashes in lower-case hex, the neighbour's first. */
export interface Inclusion {
  readonly leaf: string;
  readonly index: number;
  readonly path: readonly string[];
}

/** A digest file: its line, and its stored bytes in base64. */
export interface ProofDigest {
  readonly inclusion: Inclusion;
  readonly stored: string;
}

/** AWS's signature of a digest file (lower-case hex), what it is over, and the key. */
export interface ProofSignature {
  readonly value: string;
  readonly signingString: string;
  /** `publicKey` is DER in base64. */
  readonly key: { readonly fingerprint: string; readonly region: string | null; readonly publicKey: string };
}

/** One event of the log file that is proven; offset and length are bytes of its uncompressed content. */
export interface ProofEvent {
  readonly id: string;
  readonly offset: number;
  readonly length: number;
  readonly bytes: string;
}

/** That a report counted one object, and what became of it: small enough to mail, and checked without the inventory. */
export interface Proof {
  readonly schema: 'trail-verify/proof/v1';
  readonly report: { readonly id: string; readonly sha256: string };
  readonly tree: { readonly algorithm: 'rfc9162-sha256'; readonly size: number; readonly root: string };
  readonly object: Inclusion;
  /** The first names the object, or is it; each further one is the successor that recorded the one before it. */
  readonly digests?: readonly ProofDigest[];
  /** AWS's signature of the last of them. */
  readonly signature?: ProofSignature;
  readonly event?: ProofEvent;
  /** The log file as stored, in base64. It may be left out, and is then asked for where the proof is checked. */
  readonly log?: string;
}

/** Digest files in one proof at most: so many of a chain may stand without a key before one that has it. */
export const MOST_PROOF_DIGESTS: number = 32;

/** The largest proof that is read: a log file and a digest of the largest size, in base64. */
export const MOST_PROOF_BYTES: number = 192 * 1024 * 1024;

/** A proof as its file has it: ASCII JSON of two spaces' indentation. */
export function formatProof(proof: Proof): string {
  return `${asciiJson(proof, 2)}\n`;
}

/** The proof in those bytes; `name` is what errors call it. Throws EVIDENCE_INVALID for any others than `formatProof` writes. */
export function readProof(bytes: Uint8Array, name: string): Proof {
  if (bytes.length > MOST_PROOF_BYTES) throw malformed(name, `is larger than ${MOST_PROOF_BYTES} bytes`);
  const text = Buffer.from(bytes).toString('latin1');
  const read = strictJsonText(text);
  if (!('value' in read))
    throw malformed(name, read.cause === undefined ? read.problem : 'is not JSON in ASCII');
  const { value } = read;
  const problem = schemaProblem(schema, value);
  if (problem !== undefined) throw malformed(name, `is no proof of trail-verify, version 1: at $${problem}`);
  // The schema has just said so.
  const proof = value as Proof;
  // One proof, one text: nobody can hide a change in spaces or in the letters of escapes.
  if (formatProof(proof) !== text) throw malformed(name, 'is not written as this tool writes it');
  return proof;
}

/** The bytes of a base64 text; undefined where they could be written in another way. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
