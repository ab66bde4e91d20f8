/** A timestamp authority for tests, in pure code: answers what it is told to, also what none should. */
import { createHash } from 'node:crypto';
import {
  algorithmIdentifier,
  context,
  integer,
  OID,
  octets,
  oid,
  readDer,
  SHA256_IDENTIFIER,
  sequence,
  sortedItems,
  TAG,
  tlv,
} from '../../src/pki/der.ts';
import { bareSigner } from '../../src/pki/keys.ts';
import { signWith, timeValue } from '../../src/pki/sign.ts';
import { type TestParty, testParty } from './test-certificates.ts';

/** How an answer differs from what was asked. */
export interface TestTimestampOptions {
  readonly at?: number;
  readonly status?: Uint8Array;
  readonly policy?: string;
  readonly nonce?: Uint8Array | null;
  readonly imprint?: Uint8Array;
  /** Behind the nonce, as it stands. */
  readonly more?: Uint8Array;
  /** Refer to the certificate by SHA-1 (RFC 2634), as older authorities do. */
  readonly oldReference?: boolean;
}

/** The policy of the test authority. */
export const TEST_POLICY = '1.3.6.1.4.1.55555.1.1';

/** A timestamp authority's root and signer. */
export function testAuthority(change: Partial<Parameters<typeof testParty>[0]> = {}): {
  readonly root: TestParty;
  readonly tsa: TestParty;
} {
  const root = testParty({ name: 'CN=Example Time Root', isAuthority: true });
  const tsa = testParty({
    name: 'CN=Example Time',
    issuer: root,
    purposes: { critical: true, ids: [OID.timeStamping] },
    ...change,
  });
  return { root, tsa };
}

/** The answer to a request, DER. */
export function testAnswer(
  request: Uint8Array,
  { tsa, root }: { readonly tsa: TestParty; readonly root: TestParty },
  options: TestTimestampOptions = {},
): Uint8Array {
  const [, imprint, ...rest] = readDer(request, 'request').items;
  const asked = rest.find(({ tag }) => tag === TAG.integer)?.bytes ?? new Uint8Array();
  const digits = new Date(options.at ?? Date.now()).toISOString().slice(0, 19).replace(/[-:T]/g, '');
  const info = sequence(
    integer(1),
    oid(options.policy ?? TEST_POLICY),
    options.imprint ?? imprint?.bytes ?? new Uint8Array(),
    integer(7),
    tlv(TAG.generalizedTime, Buffer.from(`${digits}Z`)),
    ...(options.nonce === null ? [] : [options.nonce === undefined ? asked : integer(options.nonce)]),
    ...(options.more === undefined ? [] : [options.more]),
  );
  const token = signedData(info, tsa, root, options.oldReference === true);
  return sequence(options.status ?? sequence(integer(0)), token);
}

function signedData(info: Uint8Array, tsa: TestParty, root: TestParty, isOld: boolean): Uint8Array {
  const { der, issuer, serial } = tsa.certificate;
  const hash = (name: string, bytes: Uint8Array): Uint8Array => createHash(name).update(bytes).digest();
  const attribute = (id: string, value: Uint8Array): Uint8Array => sequence(oid(id), tlv(TAG.set, value));
  const reference = sequence(sequence(sequence(octets(hash(isOld ? 'sha1' : 'sha256', der)))));
  const attributes = sortedItems([
    attribute(OID.contentType, oid(OID.timestampInfo)),
    attribute(OID.messageDigest, octets(hash('sha256', info))),
    attribute(OID.signingTime, timeValue(Date.now())),
    attribute(isOld ? OID.signingCertificate : OID.signingCertificateV2, reference),
  ]);
  const { alg } = bareSigner(tsa.key);
  const signerInfo = sequence(
    integer(1),
    sequence(issuer, serial),
    SHA256_IDENTIFIER,
    tlv(context(0), ...attributes),
    algorithmIdentifier(alg),
    octets(signWith(tsa.key, alg, tlv(TAG.set, ...attributes))),
  );
  const data = sequence(
    integer(3),
    tlv(TAG.set, SHA256_IDENTIFIER),
    sequence(oid(OID.timestampInfo), tlv(context(0), octets(info))),
    tlv(context(0), ...sortedItems([der, root.certificate.der])),
    tlv(TAG.set, signerInfo),
  );
  return sequence(oid(OID.signedData), tlv(context(0), data));
}
