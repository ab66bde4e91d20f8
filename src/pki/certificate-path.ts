/**
 * Trust: from a certificate over its issuers to one that the user named. A certificate that the user named itself
 * is trusted as it is (pinned). Names, signatures, authority, path length, key usage, validity and critical
 * extensions are checked; revocation, name constraints and policies are not: where a certificate demands the
 * latter two, the path is refused.
 */
import { isoTime } from '../base/clock.ts';
import type { Certificate } from './certificate.ts';
import { readDer, readScheme, sameBytes } from './der.ts';

/** How far a signer is trusted: by name, over issuers, not at the time asked about, or not at all; `why` says it in words. */
export type Trust =
  | { readonly kind: 'pinned' | 'chain' }
  | { readonly kind: 'outside-validity' | 'untrusted'; readonly why: string };

const MAX_PATH = 8;
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 16_384;
const MIN_EXPONENT = 65537n;
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Whether `signer` was trustworthy at `at` (milliseconds since the epoch), given certificates that came along and those that the user trusts. */
export function trustIn(
  signer: Certificate,
  embedded: readonly Certificate[],
  anchors: readonly Certificate[],
  at: number,
): Trust {
  const problem = certificateProblem(signer);
  if (problem !== undefined) return { kind: 'untrusted', why: problem };
  const kind = anchors.some(({ fingerprint }) => fingerprint === signer.fingerprint) ? 'pinned' : 'chain';
  const unbacked = kind === 'chain' ? unbackedIn(embedded, anchors) : undefined;
  if (findPath(signer, embedded, anchors, at) !== undefined) {
    return unbacked === undefined
      ? { kind }
      : {
          kind: 'untrusted',
          why: `the certificate of ${unbacked.name} that came along is neither trusted nor issued by a known one`,
        };
  }
  const path = findPath(signer, embedded, anchors, undefined);
  if (path === undefined)
    return { kind: 'untrusted', why: 'is neither trusted itself nor issued by one that is' };
  const outside = path.find((certificate) => !isValidAt(certificate, at)) ?? signer;
  return { kind: 'outside-validity', why: validityWords(outside, at) };
}

/**
 * The first certificate that neither is trusted nor was issued by a certificate that is trusted or came along. Nothing signs
 * the certificates that come along, so a change there would go unseen. A root that another authority certified as well, with a
 * serial number of its own, is fine.
 */
function unbackedIn(
  embedded: readonly Certificate[],
  anchors: readonly Certificate[],
): Certificate | undefined {
  return embedded.find((certificate) => {
    const isBacked = [...anchors, ...embedded].some(
      (issuer) => issuer.fingerprint !== certificate.fingerprint && hasIssued(issuer, certificate),
    );
    const isAnchorOrTwin = anchors.some(
      ({ fingerprint, subject, serial, key }) =>
        fingerprint === certificate.fingerprint ||
        (sameBytes(subject, certificate.subject) &&
          key.equals(certificate.key) &&
          !sameBytes(serial, certificate.serial)),
    );
    return !isBacked && !isAnchorOrTwin && !hasIssued(certificate, certificate);
  });
}

/** Whether `certificate` is valid at `at`, milliseconds since the epoch. */
export function isValidAt(certificate: Certificate, at: number): boolean {
  return certificate.notBefore <= at && at <= certificate.notAfter;
}

function validityWords({ name, notBefore, notAfter }: Certificate, at: number): string {
  return `${name} is valid from ${isoTime(notBefore)} to ${isoTime(notAfter)}, and not on ${isoTime(at)}`;
}

/**
 * The shortest way from `signer` to an anchor, all of it valid at `at` where that is given. Every certificate is
 * reached once, so that a heap of certificates that issue each other costs no more than its pairs.
 */
function findPath(
  signer: Certificate,
  embedded: readonly Certificate[],
  anchors: readonly Certificate[],
  at: number | undefined,
): readonly Certificate[] | undefined {
  const anchorPrints = new Set(anchors.map(({ fingerprint }) => fingerprint));
  const reached = new Set([signer.fingerprint]);
  const paths: Certificate[][] = [[signer]];
  for (const path of paths) {
    const last = path.at(-1);
    if (last === undefined || (at !== undefined && !isValidAt(last, at))) continue;
    if (anchorPrints.has(last.fingerprint)) return path;
    if (path.length >= MAX_PATH) continue;
    for (const issuer of [...anchors, ...embedded]) {
      if (reached.has(issuer.fingerprint)) continue;
      if (!mayIssue(issuer, path.length - 1) || !hasIssued(issuer, last)) continue;
      reached.add(issuer.fingerprint);
      paths.push([...path, issuer]);
    }
  }
  return undefined;
}

/** Whether a certificate is an authority for a path with `below` authorities between it and the signer. */
function mayIssue(issuer: Certificate, below: number): boolean {
  if (!issuer.isAuthority || below > (issuer.pathLength ?? MAX_PATH)) return false;
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.has('keyCertSign')) return false;
  return certificateProblem(issuer) === undefined;
}

/** Whether `issuer` signed `certificate`, by name and by signature; itself counts. */
export function hasIssued(issuer: Certificate, certificate: Certificate): boolean {
  if (!sameBytes(issuer.subject, certificate.issuer)) return false;
  try {
    // The scheme is read first: OpenSSL would also verify signatures over SHA-1.
    readScheme(readDer(certificate.signedWith, 'signature algorithm'), 'signature algorithm');
    return certificate.x509.verify(issuer.key);
  } catch {
    return false;
  }
}

/** Whether the certificate names itself as its issuer. */
export function isSelfIssued(certificate: Certificate): boolean {
  return sameBytes(certificate.subject, certificate.issuer);
}

/**
 * The first certificate that does not belong to the chain of `signer`: neither it nor, by name and signature, an
 * issuer in it, or one that names itself as issuer and did not sign itself; undefined where all belong.
 */
export function strangerIn(
  signer: Certificate,
  certificates: readonly Certificate[],
): Certificate | undefined {
  const chain = [signer];
  for (const link of chain) {
    for (const certificate of certificates) {
      if (!chain.includes(certificate) && hasIssued(certificate, link)) chain.push(certificate);
    }
  }
  return certificates.find(
    (certificate) =>
      !chain.includes(certificate) || (isSelfIssued(certificate) && !hasIssued(certificate, certificate)),
  );
}

/** Why a certificate is not relied on, whatever its issuer: its key, or a demand that is not checked; undefined where it may be. */
export function certificateProblem(certificate: Certificate): string | undefined {
  return keyProblem(certificate) ?? extensionProblem(certificate);
}

function keyProblem({ key, name }: Certificate): string | undefined {
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return modulusLength >= MIN_RSA_BITS && modulusLength <= MAX_RSA_BITS && publicExponent >= MIN_EXPONENT
        ? undefined
        : `${name} has an RSA key of ${modulusLength} bits and exponent ${publicExponent}; at least ${MIN_RSA_BITS} bits and ${MIN_EXPONENT} are accepted`;
    case 'ec':
      return CURVES.has(namedCurve)
        ? undefined
        : `${name} has a key on the curve ${namedCurve}, which is not accepted`;
    default:
      return `${name} has a key of type ${key.asymmetricKeyType ?? 'unknown'}, which is not accepted`;
  }
}

function extensionProblem({ uncheckedCritical, name }: Certificate): string | undefined {
  const [first] = uncheckedCritical;
  return first === undefined
    ? undefined
    : `${name} has the critical extension ${first}, which is not checked here`;
}
