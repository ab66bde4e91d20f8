/** Sigstore bundles: what they say, that nothing in them can be changed, and openssl as a second opinion. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { makePrivateKey } from '../../src/pki/keys.ts';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { requestTimestamp } from '../../src/pki/timestamp.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import { readReport } from '../../src/report/report-schema.ts';
import {
  type Bundle,
  checkBundle,
  formatBundle,
  keyHint,
  MOST_BUNDLE_BYTES,
  preAuthenticationEncoding,
  readBundle,
  requireBundleSigner,
  signBundle,
  stampBundle,
  statementOf,
} from '../../src/signed/bundle.ts';
import { checkReport, type ReportCheckOptions, renderReportCheck } from '../../src/signed/check-report.ts';
import { openssl, opensslAbsence } from '../support/openssl.ts';
import { sampleReport, tamperedReport } from '../support/sample-reports.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { type TestParty, testChain, testParty } from '../support/test-certificates.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';

const absence = opensslAbsence();
if (absence !== undefined) console.log(`skipped, for openssl cannot be started: ${absence}`);

const NOW = Date.now();
const { root, middle, leaf } = testChain();
const other = testChain();
const authority = testAuthority();
const REPORT = Buffer.from(renderJson(tamperedReport()));
const OTHER = Buffer.from(renderJson(sampleReport()));
const rsa = testParty({ name: 'CN=Auditor', key: makePrivateKey('rsa-3072') });

const signerOf = ({ key, certificate }: TestParty) => keySigner(key, [certificate]);
const bundleOf = (report: Uint8Array, party = leaf) =>
  signBundle(readReport(report, 'report'), signerOf(party));
const stamp = (by = authority) => {
  const post = async (_url: string, body: Uint8Array) => testAnswer(body, by, { at: NOW });
  return (data: Uint8Array) => requestTimestamp(data, { url: 'http://tsa.example.com', post });
};
const file = (bundle: Bundle): Uint8Array => Buffer.from(formatBundle(bundle));

const chain = keySigner(
  leaf.key,
  [leaf, middle, root].map(({ certificate }) => certificate),
);
const signature = await signContent({ sha256: createHash('sha256').update(REPORT).digest(), at: NOW }, chain);
const plain = await bundleOf(REPORT);
const timed = await stampBundle(plain, stamp());
const good: ReportCheckOptions = {
  report: REPORT,
  signature,
  timestamp: undefined,
  bundle: file(plain),
  trust: [root.certificate],
  now: NOW + 1000,
};
const withTime: Partial<ReportCheckOptions> = {
  bundle: file(timed),
  timestamp: (await stamp()(signature)).file,
  timestampTrust: [authority.root.certificate],
};

async function outcome(change: Partial<ReportCheckOptions> = {}) {
  const { verdict, problems } = await checkReport({ ...good, ...change });
  return [verdict, ...problems.map(({ code }) => code)];
}

/** A statement of somebody's own making, rightly signed. */
async function signed(statement: unknown, party = leaf): Promise<Uint8Array> {
  const payload = Buffer.from(JSON.stringify(statement));
  const sig = await signerOf(party).sign(preAuthenticationEncoding(payload));
  return file({ ...plain, payload, signature: sig, hint: keyHint(party.certificate.key) });
}

describe('the statement', () => {
  const statement = statementOf(readReport(REPORT, 'report'));

  test('has the form of an in-toto Statement, version 1, about the report', () => {
    expect(Object.keys(statement)).toEqual(['_type', 'subject', 'predicateType', 'predicate']);
    expect(statement._type).toBe('https://in-toto.io/Statement/v1');
    expect(new URL(statement.predicateType).protocol).toBe('urn:');
    expect(statement.subject[0]).toEqual({
      name: 'report.json',
      digest: { sha256: createHash('sha256').update(REPORT).digest('hex') },
    });
    for (const subject of statement.subject) expect(subject.digest.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('says what the report says', () => {
    const report = tamperedReport();
    const weights = report.findings.map(({ weight }) => weight);
    expect(statement.predicate).toMatchObject({
      verdict: 'INVALID',
      run: report.run.id,
      target: report.source.target,
      timeCreated: report.run.finished,
      window: { to: report.window.requested.to, verifiedThrough: report.window.verifiedThrough },
      digests: report.totals.digests,
      logs: report.totals.logs,
      limits: report.limits.length,
    });
    expect(statement.predicate.findings.violation).toBe(weights.filter((one) => one === 'violation').length);
    expect(statement.predicate.findings.unproven).toBe(weights.filter((one) => one === 'unproven').length);
  });

  test('is about the inventory and the manifest of the bag too, where there are any', () => {
    const sha256 = 'ab'.repeat(32);
    const inventory = { path: 'inventory.jsonl.gz', sha256: 'cd'.repeat(32), lines: 7 };
    const report = {
      ...sampleReport(),
      evidence: { payloadManifestSha256: sha256 },
      objects: {
        count: 7,
        merkle: { algorithm: 'rfc9162-sha256' as const, size: 7, root: sha256, leaf: '', order: '' },
        inventory,
      },
    };
    expect(statementOf({ report, sha256 }).subject).toEqual([
      { name: 'report.json', digest: { sha256 } },
      { name: 'inventory.jsonl.gz', digest: { sha256: inventory.sha256 } },
      { name: 'manifest-sha256.txt', digest: { sha256 } },
    ]);
  });
});

describe('a bundle', () => {
  test('is VALID with the report it is about, by the same signer', async () => {
    const check = await checkReport(good);
    expect(check).toMatchObject({ problems: [], bundleAgrees: true });
    expect(renderReportCheck(check, 'r')).toMatch(/; the Sigstore bundle says the same$/);
    expect(await outcome(withTime)).toEqual(['VALID']);
    expect((await checkReport({ ...good, bundle: undefined })).bundleAgrees).toBeUndefined();
  });

  test('does not stand in for the signature, and then needs the certificate of its signer', async () => {
    const alone = { signature: undefined };
    expect(await outcome({ ...alone, trust: [leaf.certificate] })).toEqual([
      'INCONCLUSIVE',
      'SIGNATURE_MISSING',
    ]);
    expect(await outcome(alone)).toEqual(['INCONCLUSIVE', 'SIGNATURE_MISSING', 'BUNDLE_SIGNER_UNKNOWN']);
  });

  test.each<readonly [string, () => Promise<Partial<ReportCheckOptions>>, string]>([
    ['of another report', async () => ({ bundle: file(await bundleOf(OTHER)) }), 'BUNDLE_CHANGED'],
    [
      'of another signer',
      async () => ({ bundle: file(await bundleOf(REPORT, other.leaf)) }),
      'BUNDLE_INVALID',
    ],
    [
      "of another signer under the signer's name",
      async () => ({ bundle: file({ ...(await bundleOf(REPORT, other.leaf)), hint: plain.hint }) }),
      'BUNDLE_INVALID',
    ],
    [
      'with another verdict, rightly signed',
      async () => {
        const statement = statementOf(readReport(REPORT, 'report'));
        const predicate = { ...statement.predicate, verdict: 'VALID' };
        return { bundle: await signed({ ...statement, predicate }) };
      },
      'BUNDLE_INCONSISTENT',
    ],
    [
      'of another predicate type, rightly signed',
      async () => {
        const statement = statementOf(readReport(REPORT, 'report'));
        return { bundle: await signed({ ...statement, predicateType: 'https://slsa.dev/provenance/v1' }) };
      },
      'BUNDLE_INCONSISTENT',
    ],
    ['of something else, rightly signed', async () => ({ bundle: await signed('hello') }), 'BUNDLE_CHANGED'],
    [
      'with a signature over the bare statement',
      async () => ({
        bundle: file({ ...plain, signature: await signerOf(leaf).sign(plain.payload) }),
      }),
      'BUNDLE_INVALID',
    ],
    ['that is a signature file', async () => ({ bundle: signature }), 'BUNDLE_INVALID'],
    [
      'with the timestamp of another signature',
      async () => ({
        ...withTime,
        bundle: file({ ...plain, timestamp: (await stamp()(signature)).file }),
      }),
      'TIMESTAMP_INVALID',
    ],
    [
      'with the timestamp of another authority',
      async () => ({ ...withTime, bundle: file(await stampBundle(plain, stamp(testAuthority()))) }),
      'TIMESTAMP_UNTRUSTED',
    ],
  ])('%s is refused', async (_name, change, code) => {
    expect(await outcome(await change())).toEqual(['INVALID', code]);
  });

  test.each([
    ['without a timestamp', plain, {}],
    ['with one', timed, withTime],
  ] as const)('%s is refused with any byte changed', (_name, bundle, options) => {
    const bytes = Buffer.from(file(bundle));
    const report = readReport(REPORT, 'report');
    const checked = { ...good, ...options, report, signer: leaf.certificate };
    expect(checkBundle(bytes, checked, () => undefined)).toBe(true);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      // Alternately another letter, and the same letter in the other case.
      const mask = at % 2 === 0 ? 0x01 : 0x20;
      changed.writeUInt8(changed.readUInt8(at) ^ mask, at);
      const codes: (string | undefined)[] = [];
      checkBundle(changed, checked, (problem) => codes.push(problem?.weight));
      expect(codes, `byte ${at} xor ${mask}`).toContain('violation');
    }
  });

  test.each<readonly [string, (text: string) => string]>([
    ['with a space more', (text) => text.replace(',', ', ')],
    ['without its line end', (text) => text.trimEnd()],
    ['with a name twice', (text) => text.replace('{', '{"mediaType":"x",')],
    ['with a field more', (text) => text.replace('"keyid"', '"cert":"","keyid"')],
    ['of another version', (text) => text.replace('v0.3', 'v0.2')],
    ['of another payload type', (text) => text.replace('in-toto+json', 'other+json')],
    [
      'with an entry of a transparency log',
      (text) => text.replace('"tlogEntries":[]', '"tlogEntries":["x"]'),
    ],
    ['with two signatures', (text) => text.replace(/(\{"sig".*?\})/, '$1,$1')],
    ['with no signature', (text) => text.replace(/\{"sig".*?\}/, '')],
    ['in base64 of the other alphabet', (text) => text.replace(/"payload":"[^"]*"/, '"payload":"-_-_"')],
    ['empty', () => ''],
    ['without end', () => ' '.repeat(MOST_BUNDLE_BYTES + 1)],
  ])('%s is none', (_name, change) => {
    const text = formatBundle(plain);
    expect(change(text)).not.toBe(text);
    expect(() => readBundle(Buffer.from(change(text)), 'it')).toThrow(
      expect.objectContaining({ code: 'EVIDENCE_INVALID' }),
    );
  });

  test('is not signed with RSA-PSS, which no tool of Sigstore verifies', () => {
    const pss = keySigner(rsa.key, [rsa.certificate], 'rsa-pss-sha256');
    expect(() => requireBundleSigner(pss)).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION', hint: expect.stringContaining('--also-sign') }),
    );
    expect(() => requireBundleSigner(signerOf(rsa))).not.toThrow();
  });
});

describe.each([
  ['an RSA key', rsa],
  ['a key on P-256', leaf],
] as const)('second opinions on the signature of %s', (_name, party) => {
  /** The encoding as DSSE's protocol has it, put together by hand. */
  const encoded = (envelope: { payloadType: string; payload: string }): Buffer => {
    const body = Buffer.from(envelope.payload, 'base64');
    const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${body.length} `;
    return Buffer.concat([Buffer.from(head), body]);
  };

  test('Node and openssl verify it over an encoding made by hand, and not over another', async () => {
    const bundle = JSON.parse(formatBundle(await bundleOf(REPORT, party)));
    const { dsseEnvelope: envelope, verificationMaterial: material } = bundle;
    const key = createPublicKey(party.key);
    const spki = key.export({ type: 'spki', format: 'der' });
    expect(material.publicKey.hint).toBe(createHash('sha256').update(spki).digest('base64'));
    const sig = Buffer.from(envelope.signatures[0].sig, 'base64');
    expect(verify('sha256', encoded(envelope), key, sig)).toBe(true);
    expect(verify('sha256', Buffer.from(envelope.payload, 'base64'), key, sig)).toBe(false);
    if (absence !== undefined) return;
    const folder = temporaryFolder();
    const write = (name: string, content: Uint8Array | string) =>
      writeFileSync(path.join(folder, name), content);
    write('pub.pem', key.export({ type: 'spki', format: 'pem' }));
    write('sig', sig);
    write('pae', encoded(envelope));
    write('payload', Buffer.from(envelope.payload, 'base64'));
    const dgst = ['dgst', '-sha256', '-verify', 'pub.pem', '-signature', 'sig'];
    expect(openssl(folder, [...dgst, 'pae'])).toMatchObject({ code: 0 });
    expect(openssl(folder, [...dgst, 'payload']).code).not.toBe(0);
  });
});
