import { type DerValue, readDer, TAG } from './der.ts';
import { OID } from './object-identifiers.ts';
import { expectTag, itemsOf, malformed, onlyItem, readOid, readSmallInteger } from './read-value.ts';

/** What a certificate's extensions say (RFC 5280, 4.2); undefined where the extension is absent. */
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

/** Reads the extensions in `[3]` of a certificate. Throws EVIDENCE_INVALID, naming `what`, for one that is malformed or stands twice. */
export function readExtensions(value: DerValue | undefined, what: string): CertificateExtensions {
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
