import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import type { BareSigner } from './build-certificate.ts';
import { signWith } from './signer.ts';

/** The kinds of key that can be made for signing reports. */
export type KeyKind = 'rsa-3072' | 'rsa-4096' | 'rsa-pss-3072' | 'ecdsa-p256';

/** Every kind of key that can be made, the usual one first. */
export const KEY_KINDS: readonly KeyKind[] = ['rsa-3072', 'rsa-4096', 'rsa-pss-3072', 'ecdsa-p256'];

/** An RSA key of 16,384 bits is 13 KB of PEM. */
const MAX_FILE_LENGTH = 256 * 1024;
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;
const PEM_KEY = /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/;

/** True where the private key in a PEM file is encrypted, so that a passphrase is needed. */
export function isEncryptedKey(file: Uint8Array): boolean {
  return ENCRYPTED.test(Buffer.from(file).toString('latin1'));
}

/**
 * The private key in a PEM file: PKCS #8 or the older forms, encrypted or not. Throws KEY_FILE_INVALID, naming `name`,
 * where there is none, the passphrase is missing or it does not decrypt the key.
 */
export function readPrivateKey(file: Uint8Array, name: string, passphrase?: string): KeyObject {
  const refuse = (why: string, hint: string, cause?: unknown): TrailVerifyError =>
    new TrailVerifyError('KEY_FILE_INVALID', `signing key ${name} ${why}`, { hint, cause });
  const text = Buffer.from(file).toString('latin1');
  if (file.length > MAX_FILE_LENGTH || !PEM_KEY.test(text))
    throw refuse(
      'holds no private key in PEM',
      'give a PEM file (-----BEGIN PRIVATE KEY-----), or a PKCS #12 file with --sign-p12',
    );
  const encrypted = isEncryptedKey(file);
  if (encrypted && passphrase === undefined)
    throw refuse(
      'is encrypted, and no passphrase was given',
      'give --passphrase-env NAME or --passphrase-file FILE',
    );
  try {
    return createPrivateKey(encrypted ? { key: text, passphrase: passphrase ?? '' } : text);
  } catch (cause) {
    // OpenSSL cannot tell a wrong passphrase from a damaged file: it sees what decryption made of it.
    if (encrypted) throw refuse('cannot be decrypted', 'check the passphrase', cause);
    throw refuse(
      'cannot be read',
      'check that the file is complete, with openssl pkey -in FILE -noout',
      cause,
    );
  }
}

/** A new private key. */
export function makePrivateKey(kind: KeyKind): KeyObject {
  switch (kind) {
    case 'rsa-3072':
      return generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey;
    case 'rsa-4096':
      return generateKeyPairSync('rsa', { modulusLength: 4096 }).privateKey;
    case 'rsa-pss-3072':
      return generateKeyPairSync('rsa-pss', { modulusLength: 3072 }).privateKey;
    case 'ecdsa-p256':
      return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  }
}

/** A private key as PKCS #8 in PEM, encrypted (AES-256) where a passphrase is given. */
export function privateKeyPem(key: KeyObject, passphrase?: string): string {
  const form = { type: 'pkcs8', format: 'pem' } as const;
  const text =
    passphrase === undefined ? key.export(form) : key.export({ ...form, cipher: 'aes-256-cbc', passphrase });
  return text.toString();
}

/** The signer that makes a certificate for its own key: with the algorithm usual for that key. */
export function bareSigner(key: KeyObject): BareSigner {
  const alg: SignatureAlgorithm =
    key.asymmetricKeyType === 'ec'
      ? 'ecdsa-sha256'
      : key.asymmetricKeyType === 'rsa-pss'
        ? 'rsa-pss-sha256'
        : 'rsa-pkcs1-sha256';
  return { publicKey: createPublicKey(key), alg, sign: async (tbs) => signWith(key, alg, tbs) };
}
