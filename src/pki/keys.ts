/** The keys that reports are signed with: read from PEM and PKCS #12 files, made, and given a first certificate or a request for one. */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import forge from 'node-forge';
import { TrailVerifyError } from '../base/errors.ts';
import { type Certificate, readCertificate } from './certificate.ts';
import {
  algorithmIdentifier,
  context,
  integer,
  itemsOf,
  OID,
  octets,
  oid,
  readBits,
  readDer,
  type SignatureAlgorithm,
  schemeOf,
  sequence,
  TAG,
  tlv,
  verifyScheme,
} from './der.ts';
import { signWith, timeValue } from './sign.ts';

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
    // OpenSSL cannot distinguish a wrong passphrase from a damaged file: it sees only the result of decryption.
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

/** The content of a PKCS #12 file (.p12, .pfx) for a signer. */
export interface Pkcs12 {
  readonly key: KeyObject;
  readonly certificates: readonly Certificate[];
}

const MAX_PKCS12_LENGTH = 1024 * 1024;
const { oids } = forge.pki;

/**
 * The one private key and the certificates in a PKCS #12 file (RFC 7292). node-forge decrypts it, because node:crypto does not
 * give out the content of such a file; nothing is verified with it. Throws KEY_FILE_INVALID, naming `name`, also for a wrong
 * passphrase.
 */
export function readPkcs12(file: Uint8Array, name: string, passphrase: string): Pkcs12 {
  const refuse = (why: string, hint: string, cause?: unknown): TrailVerifyError =>
    new TrailVerifyError('KEY_FILE_INVALID', `PKCS #12 file ${name} ${why}`, { hint, cause });
  if (file.length > MAX_PKCS12_LENGTH) throw refuse('is too large', 'give a .p12 or .pfx file');
  let container: forge.pkcs12.Pkcs12Pfx;
  try {
    container = decrypt(file, passphrase);
  } catch (cause) {
    const isPassphrase = cause instanceof Error && /MAC could not be verified/.test(cause.message);
    throw isPassphrase
      ? refuse('cannot be decrypted', 'check the passphrase', cause)
      : refuse('cannot be read', 'give a .p12 or .pfx file', cause);
  }
  const bags = container.safeContents.flatMap(({ safeBags }) => safeBags);
  const keys = bags.filter(({ type }) => type === oids.pkcs8ShroudedKeyBag || type === oids.keyBag);
  const [first] = keys;
  if (first === undefined || keys.length > 1)
    throw refuse(`holds ${keys.length} private keys`, 'give a file with exactly one');
  try {
    return {
      key: readKey(first),
      certificates: bags
        .filter(({ type }) => type === oids.certBag)
        .map((bag) => readCertificate(certificateBytes(bag), `a certificate in ${name}`)),
    };
  } catch (cause) {
    throw refuse(
      'holds a key or certificate that cannot be read',
      'export it again, for example with openssl pkcs12 -export',
      cause,
    );
  }
}

function decrypt(file: Uint8Array, passphrase: string): forge.pkcs12.Pkcs12Pfx {
  const parse = (): forge.asn1.Asn1 =>
    forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(file).toString('latin1')));
  try {
    return forge.pkcs12.pkcs12FromAsn1(parse(), true, passphrase);
  } catch (error) {
    const isPlain = /^[ -~]*$/.test(passphrase);
    if (isPlain || (error instanceof Error && /MAC could not be verified/.test(error.message))) throw error;
    // The MAC has confirmed the passphrase, as UTF-16 (RFC 7292, appendix B.1). PBES2 takes it as UTF-8, and node-forge
    // as it is; so once more without the MAC, which would not hold for that.
    const parsed = parse();
    if (!Array.isArray(parsed.value)) throw error;
    parsed.value = parsed.value.slice(0, 2);
    return forge.pkcs12.pkcs12FromAsn1(parsed, true, forge.util.encodeUtf8(passphrase));
  }
}

function readKey({ key, asn1 }: forge.pkcs12.Bag): KeyObject {
  // Of keys other than RSA forge gives the structure only.
  const info = key == null ? asn1 : forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key));
  return createPrivateKey({ key: derOf(info), format: 'der', type: 'pkcs8' });
}

function certificateBytes({ cert, asn1 }: forge.pkcs12.Bag): Uint8Array {
  // A parsed certificate keeps its body as it was read, so this is the very certificate.
  return derOf(cert == null ? asn1 : forge.pki.certificateToAsn1(cert));
}

function derOf(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1');
}

/** A key that can sign without having a certificate yet: `sign` as in ReportSigner. */
export interface BareSigner {
  readonly publicKey: KeyObject;
  readonly alg: SignatureAlgorithm;
  sign(tbs: Uint8Array): Promise<Uint8Array>;
}

/** From when to when a certificate is valid, milliseconds since the epoch. */
export interface Validity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const TRUE = tlv(TAG.boolean, Uint8Array.of(0xff));
/** digitalSignature and nonRepudiation: the first two bits, six unused. */
const SIGNING_USAGE = tlv(TAG.bitString, Uint8Array.of(6, 0xc0));
const SERIAL_LENGTH = 16;

/**
 * A self-signed certificate (DER) for signing reports: no authority, key usage digitalSignature and nonRepudiation, no
 * extended key usage, so that OpenSSL's default purpose accepts it. `subject` is DER. Throws SIGNING_FAILED where the
 * key's signature does not verify with its public key.
 */
export async function selfSignedCertificate(
  signer: BareSigner,
  subject: Uint8Array,
  validity: Validity,
): Promise<Uint8Array> {
  const serial = randomBytes(SERIAL_LENGTH);
  // Positive, and never of fewer bytes (RFC 5280, 4.1.2.2).
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const key = publicKeyInfo(signer.publicKey);
  const body = sequence(
    tlv(context(0), integer(2)),
    integer(serial),
    algorithmIdentifier(signer.alg),
    subject,
    sequence(timeValue(validity.notBefore), timeValue(validity.notAfter)),
    subject,
    key,
    tlv(context(3), extensions(key)),
  );
  return signed(signer, body);
}

/** A certificate request (PKCS #10, RFC 2986; DER) that asks for what selfSignedCertificate gives. Throws SIGNING_FAILED. */
export async function certificateRequest(signer: BareSigner, subject: Uint8Array): Promise<Uint8Array> {
  const key = publicKeyInfo(signer.publicKey);
  const attribute = sequence(oid(OID.extensionRequest), tlv(TAG.set, extensions(key)));
  return signed(signer, sequence(integer(0), subject, key, tlv(context(0), attribute)));
}

function publicKeyInfo(key: KeyObject): Uint8Array {
  return key.export({ type: 'spki', format: 'der' });
}

function extensions(publicKey: Uint8Array): Uint8Array {
  const bits = readBits(itemsOf(readDer(publicKey, 'public key'), 'public key')[1], 'public key');
  // RFC 7093, 2, method 1.
  const keyIdentifier = createHash('sha256').update(bits).digest().subarray(0, 20);
  return sequence(
    sequence(oid(OID.basicConstraints), TRUE, octets(sequence())),
    sequence(oid(OID.keyUsage), TRUE, octets(SIGNING_USAGE)),
    sequence(oid(OID.subjectKeyIdentifier), octets(octets(keyIdentifier))),
  );
}

async function signed(signer: BareSigner, body: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(body);
  if (!verifyScheme(schemeOf(signer.alg), signer.publicKey, body, signature))
    throw new TrailVerifyError('SIGNING_FAILED', 'the signing key gave a signature that does not verify');
  const bits = tlv(TAG.bitString, Uint8Array.of(0), signature);
  return sequence(body, algorithmIdentifier(signer.alg), bits);
}
