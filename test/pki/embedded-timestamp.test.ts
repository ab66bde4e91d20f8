/** Timestamps in the signature file (CAdES-T), and openssl and pkijs as second opinions. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as pkijs from 'pkijs';
import { describe, expect, test } from 'vitest';
import { signatureFacts } from '../../src/bag/texts.ts';
import { certificatePem } from '../../src/pki/certificate.ts';
import { verifySignedData } from '../../src/pki/cms.ts';
import { context, OID, oid, readDer, sequence, TAG, tlv } from '../../src/pki/der.ts';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { embedTimestamp, requestTimestamp, type Stamp } from '../../src/pki/timestamp.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { checkReport, type ReportCheckOptions, renderReportCheck } from '../../src/signed/check-report.ts';
import { openssl, opensslAbsence } from '../support/openssl.ts';
import { sampleReport } from '../support/sample-reports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testChain } from '../support/test-certificates.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';

const absence = opensslAbsence();
if (absence !== undefined) console.log(`skipped, for openssl cannot be started: ${absence}`);

const DAY = 86_400_000;
const NOW = Math.floor(Date.now() / 1000) * 1000;
const REPORT = Buffer.from(renderJson(sampleReport()));
const { root, middle, leaf } = testChain({ notBefore: NOW - DAY, notAfter: NOW + 365 * DAY });
const authority = testAuthority();
const other = testAuthority();
const signer = keySigner(
  leaf.key,
  [leaf, middle, root].map(({ certificate }) => certificate),
);
const plain = await signContent({ sha256: createHash('sha256').update(REPORT).digest(), at: NOW }, signer);
const timed = (await embedTimestamp(plain, stampAt(NOW))).file;
const good: ReportCheckOptions = {
  report: REPORT,
  signature: timed,
  timestamp: undefined,
  trust: [root.certificate],
  timestampTrust: [authority.root.certificate],
  now: NOW + 1000,
};

function stampAt(at: number, by = authority, over?: Uint8Array): Stamp {
  const post = async (_url: string, body: Uint8Array) => testAnswer(body, by, { at });
  return (data) => requestTimestamp(over ?? data, { url: 'http://tsa.example.com', post });
}

async function outcome(change: Partial<ReportCheckOptions> = {}) {
  const { verdict, problems } = await checkReport({ ...good, ...change });
  return [verdict, ...problems.map(({ code }) => code)];
}

/** The signature file with these unsigned attributes in place of its own. */
function withUnsigned(...attributes: readonly Uint8Array[]): Uint8Array {
  const [type, wrapped] = readDer(plain, 'file').items;
  const fields = wrapped?.items[0]?.items ?? [];
  const info = fields.at(-1)?.items[0]?.items ?? [];
  const bytesOf = (values: typeof info) => values.map(({ bytes }) => bytes);
  const changed = sequence(...bytesOf(info), tlv(context(1), ...attributes));
  const signedData = sequence(...bytesOf(fields.slice(0, -1)), tlv(TAG.set, changed));
  return sequence(type?.bytes ?? new Uint8Array(), tlv(context(0), signedData));
}

const read = (file: Uint8Array, mayHoldTimestamp = true) =>
  verifySignedData(file, { type: OID.data, detached: REPORT, mayHoldTimestamp }, 'it');
const token = read(timed).timestampToken ?? new Uint8Array();
const attribute = (id: string, ...values: readonly Uint8Array[]): Uint8Array =>
  sequence(oid(id), tlv(TAG.set, ...values));

describe('a timestamp in the signature file', () => {
  test('proves the time, and outlives the certificate', async () => {
    const check = await checkReport(good);
    expect(check.problems).toEqual([]);
    expect(check.timestamp?.time).toBe(NOW);
    expect(renderReportCheck(check, 'r')).toMatch(
      /^GENUINE: .* before .*Z as CN=Example Time confirms; the report says VALID$/,
    );
    expect(await outcome({ now: NOW + 2000 * DAY })).toEqual(['VALID']);
    expect(await outcome({ signature: plain, now: NOW + 2000 * DAY })).toEqual([
      'INCONCLUSIVE',
      'TIMESTAMP_MISSING',
      'SIGNER_OUTSIDE_VALIDITY',
    ]);
  });

  test('and one beside it: both must be right, and the earlier counts', async () => {
    const later = (await stampAt(NOW + 500_000)(timed)).file;
    const both = { timestamp: later, now: NOW + DAY };
    expect((await checkReport({ ...good, ...both })).timestamp?.time).toBe(NOW);
    const early = { signature: (await embedTimestamp(plain, stampAt(NOW + 500_000))).file };
    const before = (await stampAt(NOW)(early.signature)).file;
    expect((await checkReport({ ...good, ...both, ...early, timestamp: before })).timestamp?.time).toBe(NOW);
    expect(await outcome({ ...both, timestamp: (await stampAt(NOW)(plain)).file })).toEqual([
      'INVALID',
      'TIMESTAMP_INVALID',
    ]);
  });

  test('taken away is noticed where one must be there, or one lies beside', async () => {
    expect(await outcome({ signature: plain })).toEqual(['INCONCLUSIVE', 'TIMESTAMP_MISSING']);
    const companions = (await stampAt(NOW)(timed)).file;
    expect(await outcome({ signature: plain, timestamp: companions })).toEqual([
      'INVALID',
      'TIMESTAMP_INVALID',
    ]);
  });

  test.each<readonly [string, () => Promise<Partial<ReportCheckOptions>>, readonly string[]]>([
    [
      'of an authority not named',
      async () => ({ timestampTrust: undefined }),
      ['INCONCLUSIVE', 'TIMESTAMP_TRUST_NOT_GIVEN'],
    ],
    [
      'of another authority',
      async () => ({ timestampTrust: [other.root.certificate] }),
      ['INVALID', 'TIMESTAMP_UNTRUSTED'],
    ],
    ['of the future', async () => ({ now: NOW - 3_600_000 }), ['INCONCLUSIVE', 'TIMESTAMP_INVALID']],
    [
      'over the whole file, as one beside it',
      async () => ({ signature: (await embedTimestamp(plain, stampAt(NOW, authority, plain))).file }),
      ['INVALID', 'TIMESTAMP_INVALID'],
    ],
    [
      'that is none',
      async () => ({ signature: withUnsigned(attribute(OID.signatureTimestamp, sequence())) }),
      ['INVALID', 'TIMESTAMP_INVALID'],
    ],
  ])('%s', async (_name, change, expected) => {
    expect(await outcome(await change())).toEqual(expected);
  });

  test('is noticed with any byte changed', async () => {
    for (let at = 0; at < timed.length; at += 1) {
      const signature = Buffer.from(timed);
      signature.writeUInt8(signature.readUInt8(at) ^ 1, at);
      expect((await outcome({ signature }))[0], `byte ${at}`).toBe('INVALID');
    }
  });

  test('is told in the texts of a bag; one beside it comes first', async () => {
    const time = new Date(NOW).toISOString().slice(0, 19);
    expect(signatureFacts(REPORT, timed, undefined).timestamp?.time).toContain(time);
    const companions = (await stampAt(NOW + 5000, other)(timed)).file;
    expect(signatureFacts(REPORT, timed, companions).timestamp?.time).not.toContain(time);
    const foreign = withUnsigned(attribute(OID.signatureTimestamp, sequence()));
    expect(() => signatureFacts(REPORT, foreign, undefined)).toThrow(/EVIDENCE_INVALID|timestamp/);
  });

  test('is put in once', async () => {
    await expect(embedTimestamp(timed, stampAt(NOW))).rejects.toThrow(/is timestamped already/);
  });
});

describe('refused are unsigned attributes', () => {
  test.each([
    [
      'of another kind',
      [attribute(OID.signingTime, oid(OID.data))],
      /nothing protects: 1\.2\.840\.113549\.1\.9\.5/,
    ],
    ['none', [], /nothing protects: an empty set/],
    [
      'besides the timestamp',
      [attribute(OID.signingTime, oid(OID.data)), attribute(OID.signatureTimestamp, token)],
      /nothing protects: 1\.2\.840\.113549\.1\.9\.5/,
    ],
    ['with two timestamps in one', [attribute(OID.signatureTimestamp, token, token)], /exactly one value/],
    [
      'with two timestamps',
      [attribute(OID.signatureTimestamp, token), attribute(OID.signatureTimestamp, token)],
      /twice/,
    ],
    ['with something else as timestamp', [attribute(OID.signatureTimestamp, oid(OID.data))], /another type/],
  ] as const)('%s', (_name, attributes, problem) => {
    expect(() => read(withUnsigned(...attributes))).toThrow(problem);
  });

  test('of any kind where none is expected', () => {
    expect(() => read(timed, false)).toThrow(/unsigned attributes, which nothing protects/);
    expect(read(plain).timestampToken).toBeUndefined();
  });
});

describe('second opinions', () => {
  test.skipIf(absence !== undefined)(
    'openssl verifies the file, and the timestamp over the signature',
    () => {
      const folder = temporaryFolder();
      const write = (name: string, content: Uint8Array | string) =>
        writeFileSync(path.join(folder, name), content);
      write('report.json', REPORT);
      write('report.json.p7s', timed);
      write('root.pem', certificatePem(root.certificate.der));
      write('tsa-root.pem', certificatePem(authority.root.certificate.der));
      write('signature', read(timed).signature);
      write('token', token);
      const cms = ['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', 'report.json.p7s'];
      const of = ['-content', 'report.json', '-CAfile', 'root.pem', '-out', '/dev/null'];
      expect(openssl(folder, [...cms, ...of])).toMatchObject({ code: 0 });
      const ts = ['ts', '-verify', '-in', 'token', '-token_in', '-CAfile', 'tsa-root.pem', '-data'];
      expect(openssl(folder, [...ts, 'signature'])).toMatchObject({ code: 0 });
      expect(openssl(folder, [...ts, 'report.json.p7s']).code).not.toBe(0);
    },
  );

  test('pkijs finds the same timestamp, over the same signature, and verifies the file', async () => {
    const info = pkijs.ContentInfo.fromBER(Uint8Array.from(timed));
    const signed = new pkijs.SignedData({ schema: info.content });
    const trustedCerts = [pkijs.Certificate.fromBER(Uint8Array.from(root.certificate.der))];
    const data = Uint8Array.from(REPORT).buffer;
    expect(await signed.verify({ signer: 0, data, checkChain: true, trustedCerts })).toBe(true);
    const [signerInfo] = signed.signerInfos;
    const [found, second] = signerInfo?.unsignedAttrs?.attributes ?? [];
    expect([found?.type, second]).toEqual(['1.2.840.113549.1.9.16.2.14', undefined]);
    const [value] = found?.values ?? [];
    const inner = new pkijs.SignedData({ schema: new pkijs.ContentInfo({ schema: value }).content });
    const content = inner.encapContentInfo.eContent?.getValue() ?? new ArrayBuffer(0);
    const imprint = pkijs.TSTInfo.fromBER(content).messageImprint.hashedMessage.valueBlock.valueHexView;
    const signature = signerInfo?.signature.valueBlock.valueHexView ?? new Uint8Array();
    expect(Buffer.from(imprint)).toEqual(createHash('sha256').update(signature).digest());
  });
});
