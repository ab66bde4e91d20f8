import { constants, publicDecrypt } from 'node:crypto';
import { gunzip } from '../crypto/gunzip.ts';
import { md5, sha256 } from '../crypto/hash.ts';
import { parsePublicKey, verifySignature } from '../crypto/public-key.ts';
import { KNOWN_ANSWERS } from './known-answers.ts';
import { MerkleTree } from './merkle.ts';

/** Known answers to compute anew: see `KNOWN_ANSWERS`. */
export interface KnownAnswers {
  readonly keys: readonly {
    readonly fingerprint: string;
    readonly value: string;
    readonly signatures: readonly { readonly signature: string; readonly sha256: string }[];
  }[];
  readonly signed: { readonly value: string; readonly text: string; readonly signature: string };
  readonly gzip: { readonly file: string; readonly sha256: string };
  readonly merkle: { readonly leaves: readonly string[]; readonly root: string };
}

/** How many answers were computed, and whether all were right. */
export interface SelfTest {
  readonly vectors: number;
  readonly passed: boolean;
}

/** ASN.1 DigestInfo of SHA-256 (RFC 8017, 9.2, note 1), to which a signature of PKCS #1 v1.5 opens. */
const DIGEST_INFO = '3031300d060960864801650304020105000420';

/** Computes known answers anew, so that a report can say that the tool that made it computed rightly. Never throws. */
export function selfTest(answers: KnownAnswers = KNOWN_ANSWERS): SelfTest {
  const { keys, signed, gzip, merkle } = answers;
  const checks: (() => boolean)[] = [
    () => sha256(unpack(gzip.file) ?? new Uint8Array()) === gzip.sha256,
    () => {
      const key = parsePublicKey(decode(signed.value), 'of the self-test');
      const verifies = (text: string): boolean => verifySignature(text, signed.signature, key);
      return verifies(signed.text) && !verifies(`${signed.text}\n`);
    },
    () => {
      const tree = new MerkleTree();
      for (const leaf of merkle.leaves) tree.add(Buffer.from(leaf, 'hex'));
      return tree.root() === merkle.root;
    },
  ];
  for (const { fingerprint, value, signatures } of keys) {
    checks.push(() => md5(decode(value)) === fingerprint);
    for (const { signature, sha256: signedHash } of signatures)
      checks.push(() => openSignature(signature, value) === DIGEST_INFO + signedHash);
  }
  return { vectors: checks.length, passed: checks.every(holds) };
}

function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function unpack(file: string): Uint8Array | undefined {
  return gunzip(decode(file), 1024).content?.bytes;
}

function openSignature(signature: string, value: string): string {
  const key = parsePublicKey(decode(value), 'of the self-test');
  return publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(signature, 'hex')).toString(
    'hex',
  );
}

function decode(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}
