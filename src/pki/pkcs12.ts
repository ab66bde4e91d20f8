import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { TrailVerifyError } from '../base/errors.ts';
import { type Certificate, readCertificate } from './certificate.ts';

/** What a PKCS #12 file (.p12, .pfx) holds for a signer. */
export interface Pkcs12 {
  readonly key: KeyObject;
  readonly certificates: readonly Certificate[];
}

const MAX_FILE_LENGTH = 1024 * 1024;
const { oids } = forge.pki;

/**
 * The one private key and the certificates in a PKCS #12 file (RFC 7292). node-forge decrypts it, for node:crypto does not
 * give out what is in such a file; nothing is verified with it. Throws KEY_FILE_INVALID, naming `name`, also for a
 * wrong passphrase.
 */
export function readPkcs12(file: Uint8Array, name: string, passphrase: string): Pkcs12 {
  const refuse = (why: string, hint: string, cause?: unknown): TrailVerifyError =>
    new TrailVerifyError('KEY_FILE_INVALID', `PKCS #12 file ${name} ${why}`, { hint, cause });
  if (file.length > MAX_FILE_LENGTH) throw refuse('is too large', 'give a .p12 or .pfx file');
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
