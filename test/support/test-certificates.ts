/** Certificates of every kind for tests, made with the same DER writer but none of the code that checks them. */
import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Certificate, parseName, readCertificate } from '../../src/pki/certificate.ts';
import {
  algorithmIdentifier,
  context,
  integer,
  OID,
  octets,
  oid,
  type SignatureAlgorithm,
  sequence,
  TAG,
  tlv,
} from '../../src/pki/der.ts';
import { bareSigner, makePrivateKey } from '../../src/pki/keys.ts';
import { signWith, timeValue } from '../../src/pki/sign.ts';

/** Every test certificate is valid then, whatever the machine's clock says and whatever moment a test checks it at. */
export const TEST_VALIDITY = { notBefore: Date.UTC(2000, 0), notAfter: Date.UTC(2100, 0) } as const;

/** Who holds a key and its certificate. */
export interface TestParty {
  readonly key: KeyObject;
  readonly certificate: Certificate;
}

/** What a test certificate is like; by default a signer of reports, valid for this whole century. */
export interface TestCertificateOptions {
  readonly name: string | Uint8Array;
  readonly issuer?: TestParty;
  readonly key?: KeyObject;
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** First byte of the key usage bits; null for no such extension. */
  readonly keyUsage?: number | null;
  readonly purposes?: { readonly critical: boolean; readonly ids: readonly string[] };
  /** Object identifiers of further critical extensions. */
  readonly critical?: readonly string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly algorithm?: SignatureAlgorithm;
}

/** Key usage bits of signers and of authorities. */
export const USAGE = { signing: 0xc0, certificates: 0x06, encipherment: 0x20 } as const;

/** A key with its certificate, signed by `issuer` or by itself. */
export function testParty(options: TestCertificateOptions): TestParty {
  const { name, issuer, isAuthority = false, pathLength, purposes, critical = [] } = options;
  const key = options.key ?? makePrivateKey('ecdsa-p256');
  const signingKey = issuer?.key ?? key;
  const algorithm = options.algorithm ?? bareSigner(signingKey).alg;
  const subject = typeof name === 'string' ? parseName(name) : name;
  const usage =
    options.keyUsage === undefined ? (isAuthority ? USAGE.certificates : USAGE.signing) : options.keyUsage;
  const authority = isAuthority ? [TRUE, ...(pathLength === undefined ? [] : [integer(pathLength)])] : [];
  const extensions = [
    extension(OID.basicConstraints, true, sequence(...authority)),
    ...(usage === null ? [] : [extension(OID.keyUsage, true, tlv(TAG.bitString, Uint8Array.of(1, usage)))]),
    ...(purposes === undefined
      ? []
      : [extension(OID.extendedKeyUsage, purposes.critical, sequence(...purposes.ids.map(oid)))]),
    ...critical.map((id) => extension(id, true, sequence())),
  ];
  const serial = randomBytes(16);
  serial[0] = 0x41;
  const body = sequence(
    tlv(context(0), integer(2)),
    integer(serial),
    algorithmIdentifier(algorithm),
    issuer?.certificate.subject ?? subject,
    sequence(
      timeValue(options.notBefore ?? TEST_VALIDITY.notBefore),
      timeValue(options.notAfter ?? TEST_VALIDITY.notAfter),
    ),
    subject,
    createPublicKey(key).export({ type: 'spki', format: 'der' }),
    tlv(context(3), sequence(...extensions)),
  );
  const signature = tlv(TAG.bitString, Uint8Array.of(0), signWith(signingKey, algorithm, body));
  return {
    key,
    certificate: readCertificate(sequence(body, algorithmIdentifier(algorithm), signature), 'test'),
  };
}

const TRUE = tlv(TAG.boolean, Uint8Array.of(0xff));

function extension(id: string, critical: boolean, value: Uint8Array): Uint8Array {
  return sequence(oid(id), ...(critical ? [TRUE] : []), octets(value));
}

/** Root, intermediate and signer, by default on P-256, which is quick to make. */
export function testChain(signer: Partial<TestCertificateOptions> = {}): {
  readonly root: TestParty;
  readonly middle: TestParty;
  readonly leaf: TestParty;
} {
  const root = testParty({ name: 'CN=Example Root,O=Example', isAuthority: true });
  const middle = testParty({
    name: 'CN=Example Issuing CA,O=Example',
    issuer: root,
    isAuthority: true,
    pathLength: 0,
  });
  const leaf = testParty({ name: 'CN=Auditor,O=Example', issuer: middle, ...signer });
  return { root, middle, leaf };
}
