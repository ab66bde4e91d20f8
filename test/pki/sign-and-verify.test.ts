import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { trustIn } from '../../src/pki/certificate-path.ts';
import { verifySignedData } from '../../src/pki/cms.ts';
import { context, integer, OID, octets, oid, readDer, sequence, TAG, tlv } from '../../src/pki/der.ts';
import { makePrivateKey } from '../../src/pki/keys.ts';
import { keySigner, type ReportSigner, signContent } from '../../src/pki/sign.ts';
import { type TestParty, testChain, testParty } from '../support/test-certificates.ts';

const CONTENT = Buffer.from('{\n  "verdict": "VALID"\n}\n');
const AT = Date.UTC(2026, 10, 20, 12, 6, 52);
const { root, middle, leaf } = testChain();
const CHAIN = [leaf, middle, root].map(({ certificate }) => certificate);
const SIGNER = keySigner(leaf.key, CHAIN);

function contains(attribute: Uint8Array, type: string): boolean {
  return Buffer.from(attribute).includes(Buffer.from(oid(type)));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

function signed(signer: ReportSigner = SIGNER, at = AT): Promise<Uint8Array> {
  return signContent({ sha256: sha256(CONTENT), at }, signer);
}

function verify(file: Uint8Array, content: Uint8Array = CONTENT) {
  return verifySignedData(file, { type: OID.data, detached: content }, 'the signature');
}

/** Whether the signature verifies and its signer leads to the root. */
function isTrusted(file: Uint8Array): boolean {
  try {
    const { signer, certificates } = verify(file);
    return trustIn(signer, certificates, [root.certificate], Date.now()).kind === 'chain';
  } catch (error) {
    expect(error).toMatchObject({ name: 'TrailVerifyError' });
    return false;
  }
}

/** The file with its SignerInfo, or what is around it, taken apart and put together otherwise. */
function rebuilt(
  file: Uint8Array,
  change: (parts: {
    readonly version: Uint8Array;
    readonly digests: Uint8Array;
    readonly content: Uint8Array;
    readonly certificates: Uint8Array;
    readonly infos: readonly Uint8Array[];
  }) => readonly Uint8Array[],
): Uint8Array {
  const [type, wrapped] = readDer(file, 'file').items;
  const [version, digests, content, certificates, infos] = wrapped?.items[0]?.items ?? [];
  if (!type || !version || !digests || !content || !certificates || !infos)
    throw new Error('no signature file');
  const parts = change({
    version: version.bytes,
    digests: digests.bytes,
    content: content.bytes,
    certificates: certificates.bytes,
    infos: infos.items.map(({ bytes }) => bytes),
  });
  return sequence(type.bytes, tlv(context(0), sequence(...parts)));
}

/** The SignerInfo signed again by the right key, with its attributes changed. */
function withAttributes(
  file: Uint8Array,
  { key }: TestParty,
  change: (attributes: readonly Uint8Array[]) => readonly Uint8Array[],
): Uint8Array {
  return rebuilt(file, ({ version, digests, content, certificates, infos }) => {
    const [one, id, digest, attributes, algorithm] = readDer(infos[0] ?? new Uint8Array(), 'info').items;
    if (!one || !id || !digest || !attributes || !algorithm) throw new Error('no signer info');
    const changed = change(attributes.items.map(({ bytes }) => bytes));
    const info = sequence(
      one.bytes,
      id.bytes,
      digest.bytes,
      tlv(context(0), ...changed),
      algorithm.bytes,
      octets(sign('sha256', tlv(TAG.set, ...changed), key)),
    );
    return [version, digests, content, certificates, tlv(TAG.set, info)];
  });
}

describe('a signature file', () => {
  test.each(['rsa-3072', 'rsa-pss-3072', 'ecdsa-p256'] as const)('of a key of type %s', async (kind) => {
    const party = testParty({
      name: 'CN=Prüfer Ä+OU=Revision,O=Beispiel\\, GmbH',
      key: makePrivateKey(kind),
    });
    const file = await signed(keySigner(party.key, [party.certificate]));
    const { signer, signingTime } = verify(file);
    expect(signer.fingerprint).toBe(party.certificate.fingerprint);
    expect(signingTime).toBe(AT);
  });

  test('of an RSA key with RSA-PSS', async () => {
    const party = testParty({ name: 'CN=Auditor', key: makePrivateKey('rsa-3072') });
    const file = await signed(keySigner(party.key, [party.certificate], 'rsa-pss-sha256'));
    expect(verify(file).signer.name).toBe('CN=Auditor');
  });

  test('has its signed attributes in the order of DER', async () => {
    const data = readDer(await signed(), 'file').items[1]?.items[0];
    const attributes = data?.items[4]?.items[0]?.items[3]?.items.map(({ bytes }) => bytes) ?? [];
    expect(attributes).toHaveLength(4);
    expect([...attributes].sort(Buffer.compare)).toEqual(attributes);
  });

  test('beyond 2049 has its time in four digits of a year', async () => {
    const time = Date.UTC(2051, 0, 1);
    expect(verify(await signed(SIGNER, time)).signingTime).toBe(time);
  });

  test('is over these bytes only', async () => {
    const file = await signed();
    expect(() => verify(file, Buffer.from(CONTENT.toString().replaceAll('\n', '\r\n')))).toThrow(
      expect.objectContaining({ code: 'CONTENT_CHANGED' }),
    );
  });

  test('is noticed with any byte changed in any way', async () => {
    const file = Buffer.from(await signed());
    expect(isTrusted(file)).toBe(true);
    for (let at = 0; at < file.length; at += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const changed = Buffer.from(file);
        changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
        expect(isTrusted(changed), `byte ${at} xor ${mask}`).toBe(false);
      }
    }
  });

  test('is noticed cut short or prolonged', async () => {
    const file = await signed();
    for (const length of [0, 1, 100, file.length - 1])
      expect(() => verify(file.subarray(0, length))).toThrow();
    expect(() => verify(Buffer.concat([file, Buffer.from([0])]))).toThrow(/not DER|not strict DER/);
    expect(() => verify(Buffer.alloc(2_000_000, 0x30))).toThrow(/larger than/);
  });
});

describe('refused is a signature file', () => {
  const second = testChain();

  test('without signed attributes, though its signature is right', async () => {
    const file = rebuilt(await signed(), ({ version, digests, content, certificates, infos }) => {
      const [one, id, digest, , algorithm] = readDer(infos[0] ?? new Uint8Array(), 'info').items;
      const bare = octets(sign('sha256', CONTENT, leaf.key));
      const parts = [one, id, digest, algorithm].map((part) => part?.bytes ?? new Uint8Array());
      return [version, digests, content, certificates, tlv(TAG.set, sequence(...parts, bare))];
    });
    expect(() => verify(file)).toThrow(/no signed attributes/);
  });

  test('with an unsigned attribute', async () => {
    const file = rebuilt(await signed(), ({ version, digests, content, certificates, infos }) => {
      const parts = readDer(infos[0] ?? new Uint8Array(), 'info').items.map(({ bytes }) => bytes);
      const extra = tlv(context(1), sequence(oid('1.2.3.4'), tlv(TAG.set, integer(1))));
      return [version, digests, content, certificates, tlv(TAG.set, sequence(...parts, extra))];
    });
    expect(() => verify(file)).toThrow(/unsigned attributes/);
  });

  test.each([
    ['two signers', (infos: readonly Uint8Array[]) => [...infos, ...infos]],
    ['no signer', () => []],
  ])('with %s', async (_name, change) => {
    const file = rebuilt(await signed(), ({ version, digests, content, certificates, infos }) => [
      version,
      digests,
      content,
      certificates,
      tlv(TAG.set, ...change(infos)),
    ]);
    expect(() => verify(file)).toThrow(/exactly one value/);
  });

  test.each([
    ['a content type missing', (all: readonly Uint8Array[]) => all.slice(1), /content type/],
    [
      'the reference to the certificate missing',
      (all: readonly Uint8Array[]) => all.filter((one) => !contains(one, OID.signingCertificateV2)),
      /certificate reference .* is missing/,
    ],
    [
      'no message digest',
      (all: readonly Uint8Array[]) => all.filter((one) => !contains(one, OID.messageDigest)),
      /digest .* is missing/,
    ],
    ['an attribute twice', (all: readonly Uint8Array[]) => [all[0] ?? new Uint8Array(), ...all], /twice/],
    ['attributes in another order', (all: readonly Uint8Array[]) => [...all].reverse(), /unsorted/],
    [
      'another content type',
      (all: readonly Uint8Array[]) =>
        all.map((one) =>
          contains(one, OID.contentType)
            ? sequence(oid(OID.contentType), tlv(TAG.set, oid('1.2.840.113549.1.7.3')))
            : one,
        ),
      /another content type/,
    ],
    [
      'a reference to another certificate',
      (all: readonly Uint8Array[]) =>
        all.map((one) => {
          if (!contains(one, OID.signingCertificateV2)) return one;
          const other = octets(sha256(second.leaf.certificate.der));
          return sequence(oid(OID.signingCertificateV2), tlv(TAG.set, sequence(sequence(sequence(other)))));
        }),
      /refers to another certificate/,
    ],
  ] as const)('with %s, though signed by the right key', async (_name, change, problem) => {
    const file = withAttributes(await signed(), leaf, change);
    expect(() => verify(file)).toThrow(problem);
  });

  test('that holds a certificate of somebody else, or one twice, or not its own', async () => {
    const with_ = (ders: readonly Uint8Array[]) => async () =>
      verify(
        rebuilt(await signed(), ({ version, digests, content, infos }) => [
          version,
          digests,
          content,
          tlv(context(0), ...ders),
          tlv(TAG.set, ...infos),
        ]),
      );
    const own = CHAIN.map(({ der }) => der);
    const stranger = second.root.certificate.der;
    await expect(with_([...own, stranger])()).rejects.toThrow(/no part of the signer's chain/);
    await expect(with_([...own, ...own.slice(0, 1)])()).rejects.toThrow(/twice/);
    await expect(with_(own.slice(1))()).rejects.toThrow(/does not hold its signer's certificate/);
    await expect(with_(Array.from({ length: 17 }, () => stranger))()).rejects.toThrow(/17 certificates/);
    expect((await with_(own.slice(0, 1))()).signer.fingerprint).toBe(leaf.certificate.fingerprint);
  });

  test('that carries content of its own', async () => {
    const attached = rebuilt(await signed(), ({ version, digests, certificates, infos }) => [
      version,
      digests,
      sequence(oid(OID.data), tlv(context(0), octets(CONTENT))),
      certificates,
      tlv(TAG.set, ...infos),
    ]);
    expect(() => verify(attached)).toThrow(/carries content of its own/);
  });
});

describe('whoever signs', () => {
  test('must give a signature that the certificate verifies', async () => {
    const other = makePrivateKey('ecdsa-p256');
    const wrong: ReportSigner = { ...SIGNER, sign: async (tbs) => sign('sha256', tbs, other) };
    await expect(signed(wrong)).rejects.toMatchObject({ code: 'SIGNING_FAILED' });
    await expect(signed({ ...SIGNER, sign: async () => new Uint8Array() })).rejects.toMatchObject({
      code: 'SIGNING_FAILED',
    });
  });

  test('may give an ECDSA signature as its two numbers', async () => {
    const raw = (key: KeyObject) => async (tbs: Uint8Array) =>
      sign('sha256', tbs, { key, dsaEncoding: 'ieee-p1363' });
    // Numbers with a leading bit or byte of zero must come out right too.
    for (let round = 0; round < 40; round += 1) {
      expect(verify(await signed({ ...SIGNER, sign: raw(leaf.key) })).signer.name).toContain('Auditor');
    }
  });

  test('must not have an Ed25519 key, and is told why', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const { certificate } = testParty({ name: 'CN=Auditor', issuer: root, key: privateKey });
    expect(() => keySigner(privateKey, [certificate])).toThrow(/OpenSSL does not verify such signatures/);
  });

  test.each([
    [
      'a certificate for TLS servers',
      { purposes: { critical: false, ids: ['1.3.6.1.5.5.7.3.1'] } },
      /for something else/,
    ],
    ['a certificate for encipherment', { keyUsage: 0x20 }, /does not allow signatures/],
    ['a critical extension that is not checked', { critical: ['1.2.3.4'] }, /which is not checked here/],
  ] as const)('must not have %s', (_name, options, problem) => {
    const party = testParty({ name: 'CN=Auditor', ...options });
    expect(() => keySigner(party.key, [party.certificate])).toThrow(problem);
  });

  test('must bring the certificate of the key, and none of others', () => {
    const other = testParty({ name: 'CN=Other' });
    expect(() => keySigner(other.key, CHAIN)).toThrow(/belongs to the signing key/);
    expect(() => keySigner(leaf.key, [...CHAIN, other.certificate])).toThrow(/no part of the chain/);
    expect(() => keySigner(leaf.key, CHAIN, 'rsa-pkcs1-sha256')).toThrow(/cannot sign with rsa-pkcs1-sha256/);
  });
});
