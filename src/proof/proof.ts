import {
  checkDocument,
  described,
  documentOf,
  integer,
  list,
  named,
  object,
  only,
  optional,
  orNull,
  pattern,
  type Schema,
  sha256,
  text,
} from '../base/document-schema.ts';
import { malformed } from '../base/errors.ts';
import { asciiJson, strictJsonText } from '../base/json.ts';

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
  readonly digests?: readonly ProofDigest[] | undefined;
  /** AWS's signature of the last of them. */
  readonly signature?: ProofSignature | undefined;
  readonly event?: ProofEvent | undefined;
  /** The log file as stored, in base64. It may be left out, and is then asked for where the proof is checked. */
  readonly log?: string | undefined;
}

/** Digest files in one proof at most: so many of a chain may be without a known key before one that has it. */
export const MOST_PROOF_DIGESTS: number = 32;

/** The largest proof that is read: a log file and a digest of the largest size, in base64. */
export const MOST_PROOF_BYTES: number = 192 * 1024 * 1024;

const bytes = named('bytes', () => pattern(/^[A-Za-z0-9+/]*={0,2}$/));

const inclusion = named(
  'inclusion',
  documentOf<Inclusion>()(() =>
    object({
      leaf: described(text(), 'The line of the inventory.'),
      index: integer(0),
      path: list(sha256(), { most: 64 }),
    }),
  ),
);

/** The schema `trail-verify/proof/v1`, of which the published file is made. */
export const proofSchema: () => Schema<Proof> = documentOf<Proof>()(() =>
  described(
    object({
      schema: only('trail-verify/proof/v1'),
      report: object({
        id: text(),
        sha256: described(sha256(), 'Of report.json, byte for byte.'),
      }),
      tree: described(
        object({ algorithm: only('rfc9162-sha256'), size: integer(1), root: sha256() }),
        'The Merkle tree (RFC 9162) that the report binds.',
      ),
      object: described(inclusion(), 'The object that is proven.'),
      digests: optional(
        described(
          list(object({ inclusion: inclusion(), stored: described(bytes(), 'Its bytes as stored: gzip.') }), {
            least: 1,
            most: MOST_PROOF_DIGESTS,
          }),
          'Digest files: the first names the object, or is it; each further one is the successor that recorded place and SHA-256 of the one before it.',
        ),
      ),
      signature: optional(
        described(
          object({
            value: pattern(/^(?:[0-9a-f]{2}){1,1024}$/),
            signingString: described(
              text(),
              'What AWS signed: end of the window, place, SHA-256 of the uncompressed digest, previous signature.',
            ),
            key: object({
              fingerprint: pattern(/^[0-9a-f]{32}$/),
              region: orNull(text()),
              publicKey: described(bytes(), 'DER, as AWS lists it.'),
            }),
          }),
          "AWS's signature of the last of them.",
        ),
      ),
      event: optional(
        described(
          object({ id: text(), offset: integer(0), length: integer(1), bytes: bytes() }),
          'One event of the proven log file: its place in the uncompressed content, in bytes.',
        ),
      ),
      log: optional(described(bytes(), 'The log file as stored, without which the event cannot be checked.')),
    }),
    {
      title: 'trail-verify proof of one object, version 1',
      description:
        "Shows that a report counted one object and its outcome, with AWS's signature where a proven digest records it. Hashes and signatures are lower-case hex; bytes are base64 (RFC 4648, section 4).",
    },
  ),
);

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
  const checked = checkDocument(proofSchema(), read.value);
  if ('problem' in checked)
    throw malformed(name, `is no proof of trail-verify, version 1: at ${checked.problem}`);
  const proof = checked.value;
  // One proof, one text: nobody can hide a change in spaces or in the letters of escapes.
  if (formatProof(proof) !== text) throw malformed(name, 'is not written as this tool writes it');
  return proof;
}

/** The bytes of a base64 text; undefined where they could be written in another way. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
