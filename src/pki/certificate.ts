/** X.509 certificates (RFC 5280), with what path checks and signature files need of them. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { malformed, messageOf, TrailVerifyError } from '../base/errors.ts';
import {
  context,
  type DerValue,
  expectTag,
  itemsOf,
  OID,
  oid,
  onlyItem,
  readDer,
  readOid,
  readSmallInteger,
  readTime,
  sameBytes,
  sequence,
  sortedItems,
  TAG,
  tlv,
} from './der.ts';

/** A certificate. Times are milliseconds since the epoch; `serial`, `issuer` and `subject` are its own DER bytes. */
export interface Certificate extends CertificateExtensions {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly key: KeyObject;
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** The subject on one line, as OpenSSL writes it, not yet escaped for any output. */
  readonly name: string;
  /** SHA-256 of the DER bytes, lower-case hex, as `openssl x509 -fingerprint -sha256` shows it. */
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Object identifier and parameters of the signature on it, DER. */
  readonly signedWith: Uint8Array;
}

/** The certificate in `der`. Throws EVIDENCE_INVALID, naming `what`, where it is none or not in strict DER. */
export function readCertificate(der: Uint8Array, what: string): Certificate {
  const [body, algorithm, , more] = itemsOf(readDer(der, what), what);
  const fields = [...itemsOf(body, what)];
  if (fields[0]?.tag === context(0)) fields.shift();
  const [serial, innerAlgorithm, issuer, validity, subject, , ...rest] = fields;
  const [notBefore, notAfter] = itemsOf(validity, what);
  if (more !== undefined || !sameBytes(algorithm?.bytes, innerAlgorithm?.bytes))
    throw malformed(what, 'is no certificate');
  let x509: X509Certificate;
  let key: KeyObject;
  try {
    x509 = new X509Certificate(Buffer.from(der));
    key = x509.publicKey;
  } catch (cause) {
    throw new TrailVerifyError('EVIDENCE_INVALID', `${what} is no certificate that can be read`, { cause });
  }
  return {
    der,
    x509,
    key,
    serial: expectTag(serial, TAG.integer, what).bytes,
    issuer: expectTag(issuer, TAG.sequence, what).bytes,
    subject: expectTag(subject, TAG.sequence, what).bytes,
    name: (x509.subject ?? '').split('\n').join(', ') || '(no name)',
    fingerprint: createHash('sha256').update(der).digest('hex'),
    notBefore: readTime(notBefore, what),
    notAfter: readTime(notAfter, what),
    signedWith: expectTag(algorithm, TAG.sequence, what).bytes,
    ...readExtensions(
      rest.find(({ tag }) => tag === context(3)),
      what,
    ),
  };
}

/** More than any certificate file in use; a bundle of all public roots is 250 KB. */
const MAX_FILE_LENGTH = 4 * 1024 * 1024;
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

/** Every certificate of a PEM file, in its order, or the one of a DER file. Throws KEY_FILE_INVALID, naming `name`. */
export function readCertificateFile(file: Uint8Array, name: string): readonly Certificate[] {
  const refuse = (why: string, cause?: unknown): TrailVerifyError =>
    new TrailVerifyError('KEY_FILE_INVALID', `certificate file ${name} ${why}`, {
      hint: 'give X.509 certificates as PEM (-----BEGIN CERTIFICATE-----) or one as DER',
      cause,
    });
  if (file.length > MAX_FILE_LENGTH) throw refuse('is too large for a certificate file');
  const text = Buffer.from(file).toString('latin1');
  const blocks = [...text.matchAll(PEM_BLOCK)].map(([, body = '']) => Buffer.from(body, 'base64'));
  const encoded = blocks.length === 0 && file[0] === TAG.sequence ? [file] : blocks;
  if (encoded.length === 0) throw refuse('holds no certificate');
  try {
    return encoded.map((der) => readCertificate(der, 'it'));
  } catch (error) {
    throw refuse(`holds something other than a certificate: ${messageOf(error)}`, error);
  }
}

/** A certificate as PEM text. */
export function certificatePem(der: Uint8Array): string {
  return pemText('CERTIFICATE', der);
}

/** DER as PEM text under `label` (RFC 7468). */
export function pemText(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The values of a certificate's extensions (RFC 5280, 4.2); undefined where the extension is absent. */
export interface CertificateExtensions {
  readonly isAuthority: boolean;
  readonly pathLength: number | undefined;
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  readonly extendedKeyUsage: { readonly critical: boolean; readonly purposes: readonly string[] } | undefined;
  /** Critical extensions that nothing here checks: who relies on such a certificate would not do as it demands. */
  readonly uncheckedCritical: readonly string[];
}

/** The uses of a key that matter here, by their bits (RFC 5280, 4.2.1.3). */
export type KeyUsage = 'digitalSignature' | 'nonRepudiation' | 'keyCertSign' | 'other';

const KEY_USAGE_BITS: readonly KeyUsage[] = [
  'digitalSignature',
  'nonRepudiation',
  'other',
  'other',
  'other',
  'keyCertSign',
];
/** Policies need no check where none is demanded, and names of the subject say nothing against it. */
const HARMLESS: ReadonlySet<string> = new Set([OID.certificatePolicies, OID.subjectAlternativeName]);

/** Reads the extensions in `[3]` of a certificate. Throws EVIDENCE_INVALID, naming `what`, for one that is malformed or occurs twice. */
function readExtensions(value: DerValue | undefined, what: string): CertificateExtensions {
  const seen = new Set<string>();
  const uncheckedCritical: string[] = [];
  let isAuthority = false;
  let pathLength: number | undefined;
  let keyUsage: ReadonlySet<KeyUsage> | undefined;
  let extendedKeyUsage: CertificateExtensions['extendedKeyUsage'];
  for (const extension of value === undefined ? [] : itemsOf(onlyItem(value, what), what)) {
    const [name, ...rest] = itemsOf(extension, what);
    const id = readOid(name, what);
    if (seen.has(id)) throw malformed(what, `has the extension ${id} twice`);
    seen.add(id);
    const critical = rest[0]?.tag === TAG.boolean && rest[0].content[0] === 0xff;
    const { content } = expectTag(rest.at(-1), TAG.octetString, what);
    switch (id) {
      case OID.basicConstraints: {
        const [first, second] = itemsOf(readDer(content, what), what);
        isAuthority = first?.tag === TAG.boolean && first.content[0] === 0xff;
        pathLength = second === undefined ? undefined : readSmallInteger(second, what);
        break;
      }
      case OID.keyUsage:
        keyUsage = readKeyUsage(readDer(content, what), what);
        break;
      case OID.extendedKeyUsage: {
        const purposes = itemsOf(readDer(content, what), what).map((purpose) => readOid(purpose, what));
        extendedKeyUsage = { critical, purposes };
        break;
      }
      default:
        if (critical && !HARMLESS.has(id)) uncheckedCritical.push(id);
    }
  }
  return { isAuthority, pathLength, keyUsage, extendedKeyUsage, uncheckedCritical };
}

function readKeyUsage(value: DerValue, what: string): ReadonlySet<KeyUsage> {
  const { content } = expectTag(value, TAG.bitString, what);
  const bits = content[1] ?? 0;
  return new Set(KEY_USAGE_BITS.filter((_, bit) => (bits & (0x80 >> bit)) !== 0));
}

/** Microsoft's and the IETF's purposes for signing documents; OpenSSL's default purpose for CMS is e-mail protection. */
const REPORT_PURPOSES: readonly string[] = [
  OID.anyExtendedKeyUsage,
  OID.emailProtection,
  OID.documentSigning,
  '1.3.6.1.4.1.311.10.3.12',
];

/** Why a certificate may not sign reports: its key usage or purposes are for something else; undefined where it may. */
export function reportPurposeProblem({ name, keyUsage, extendedKeyUsage }: Certificate): string | undefined {
  if (!maySign(keyUsage)) return `the key usage of ${name} does not allow signatures on documents`;
  const purposes = extendedKeyUsage?.purposes;
  if (purposes === undefined || purposes.some((purpose) => REPORT_PURPOSES.includes(purpose)))
    return undefined;
  return `the extended key usage of ${name} (${purposes.join(', ')}) is for something else than signing documents`;
}

/** Why a certificate may not sign timestamps (RFC 3161, 2.3: critical, and this purpose alone); undefined where it may. */
export function timestampPurposeProblem({
  name,
  keyUsage,
  extendedKeyUsage,
}: Certificate): string | undefined {
  const { critical = false, purposes = [] } = extendedKeyUsage ?? {};
  if (maySign(keyUsage) && critical && purposes.length === 1 && purposes[0] === OID.timeStamping)
    return undefined;
  return `${name} is not a certificate for timestamps: its extended key usage must be timeStamping alone and critical`;
}

function maySign(keyUsage: Certificate['keyUsage']): boolean {
  return keyUsage === undefined || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation');
}

/** Attribute types that a name may have (RFC 4514, 3; emailAddress of PKCS #9), and how their values are written. */
const TYPES: Readonly<
  Record<string, { readonly id: string; readonly tag: number; readonly form?: RegExp | undefined }>
> = {
  CN: { id: '2.5.4.3', tag: TAG.utf8String },
  O: { id: '2.5.4.10', tag: TAG.utf8String },
  OU: { id: '2.5.4.11', tag: TAG.utf8String },
  L: { id: '2.5.4.7', tag: TAG.utf8String },
  ST: { id: '2.5.4.8', tag: TAG.utf8String },
  C: { id: '2.5.4.6', tag: TAG.printableString, form: /^[A-Z]{2}$/ },
  EMAILADDRESS: { id: '1.2.840.113549.1.9.1', tag: TAG.ia5String, form: /^[!-~]+@[!-~]+$/ },
};
/** Upper bound of RFC 5280 for most of them. */
const MAX_VALUE = 64;
const HINT =
  'for example "CN=Auditor,O=Example,C=DE"; a comma, plus or backslash in a value is written with \\ before it';

/**
 * The DER name for text such as `CN=Auditor,O=Example` (RFC 4514, in the order written); `+` joins parts of one element.
 * Throws USAGE for anything else.
 */
export function parseName(text: string): Uint8Array {
  const elements = splitAt(text, ',').map((element) =>
    tlv(TAG.set, ...sortedItems(splitAt(element, '+').map(parsePart))),
  );
  return sequence(...elements);
}

function parsePart(part: string): Uint8Array {
  const [, typeName = '', written = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/su.exec(part) ?? [];
  const type = TYPES[typeName.toUpperCase()];
  const value = written.replace(/\\(.)/gsu, '$1');
  if (type === undefined || value === '' || [...value].length > MAX_VALUE || /\p{Cc}/u.test(value))
    throw notName(part);
  if (type.form?.test(value) === false) throw notName(part);
  return sequence(oid(type.id), tlv(type.tag, Buffer.from(value, 'utf8')));
}

function splitAt(text: string, separator: ',' | '+'): readonly string[] {
  const parts: string[] = [''];
  for (const [piece] of text.matchAll(/\\.|[^\\]|\\$/gsu)) {
    if (piece === separator) parts.push('');
    else parts.push((parts.pop() ?? '') + piece);
  }
  return parts;
}

function notName(part: string): TrailVerifyError {
  return new TrailVerifyError('USAGE', `${JSON.stringify(part)} is no part of a distinguished name`, {
    hint: HINT,
  });
}
