/** X.509 certificates (RFC 5280), with what path checks and signature files need of them. */
import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import { type CertificateExtensions, readExtensions } from './certificate-extensions.ts';
import { context, readDer, TAG } from './der.ts';
import { expectTag, itemsOf, malformed, readTime, sameBytes } from './read-value.ts';

/** A certificate. Times are milliseconds since the epoch; `serial`, `issuer` and `subject` are the DER bytes as they stand in it. */
export interface Certificate extends CertificateExtensions {
  readonly der: Uint8Array;
  readonly x509: X509Certificate;
  readonly key: KeyObject;
  readonly serial: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** The subject on one line, as OpenSSL writes it, not yet escaped for any output. */
  readonly name: string;
  /** SHA-256 of the DER bytes, lower-case hex: what `openssl x509 -fingerprint -sha256` shows. */
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
    throw refuse(`holds what is not a certificate: ${error instanceof Error ? error.message : error}`, error);
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
