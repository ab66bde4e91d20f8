import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { requestTimestamp } from '../../src/pki/timestamp.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import {
  checkReport,
  type ReportCheck,
  type ReportCheckOptions,
  renderReportCheck,
} from '../../src/signed/check-report.ts';
import { sampleReport, tamperedReport } from '../support/sample-reports.ts';
import { type TestParty, testChain } from '../support/test-certificates.ts';
import { testAnswer, testAuthority } from '../support/test-timestamp.ts';

const DAY = 86_400_000;
const NOW = Date.now();
const REPORT = Buffer.from(renderJson(sampleReport()));
const { root, middle, leaf } = testChain({ notBefore: NOW - DAY, notAfter: NOW + 365 * DAY });
const other = testChain();
const authority = testAuthority();

async function sign(
  report: Uint8Array,
  party: TestParty = leaf,
  issuers: readonly TestParty[] = [middle, root],
) {
  const chain = [party, ...issuers].map(({ certificate }) => certificate);
  return signContent(
    { sha256: createHash('sha256').update(report).digest(), at: NOW },
    keySigner(party.key, chain),
  );
}

async function stamp(signature: Uint8Array, by = authority, at = NOW) {
  const post = async (_url: string, body: Uint8Array) => testAnswer(body, by, { at });
  return (await requestTimestamp(signature, { url: 'http://tsa.example.com', post })).file;
}

const signature = await sign(REPORT);
const timestamp = await stamp(signature);
const good: ReportCheckOptions = {
  report: REPORT,
  signature,
  timestamp,
  trust: [root.certificate],
  timestampTrust: [authority.root.certificate],
  now: NOW + 1000,
};

function check(change: Partial<ReportCheckOptions> = {}): Promise<ReportCheck> {
  return checkReport({ ...good, ...change });
}

async function outcome(change: Partial<ReportCheckOptions>) {
  const { verdict, problems } = await check(change);
  return [verdict, ...problems.map(({ code }) => code)];
}

describe('a signed report', () => {
  test('is VALID where signer and time are trusted, and the line says who, when and what', async () => {
    const result = await check();
    expect(result.problems).toEqual([]);
    expect(renderReportCheck(result, 'report.json')).toMatch(
      /^GENUINE: report\.json is as O=Example, CN=Auditor|^GENUINE: report\.json is as CN=Auditor, O=Example \(certificate SHA-256 [0-9a-f]{64}\) signed it, before .*Z as CN=Example Time confirms; the report says VALID$/,
    );
  });

  test('needs no timestamp as long as its certificate is valid', async () => {
    const result = await check({ timestamp: undefined, timestampTrust: undefined });
    expect(result.verdict).toBe('VALID');
    expect(renderReportCheck(result, 'r')).toMatch(
      /by the signer's own clock \(no timestamp\); the report says VALID$/,
    );
  });

  test('stays VALID with a timestamp when its certificate has expired, and is unproven without', async () => {
    const now = NOW + 2000 * DAY;
    expect(await outcome({ now })).toEqual(['VALID']);
    expect(await outcome({ now, timestamp: undefined, timestampTrust: undefined })).toEqual([
      'INCONCLUSIVE',
      'SIGNER_OUTSIDE_VALIDITY',
    ]);
  });

  test.each<readonly [string, Partial<ReportCheckOptions>, readonly string[]]>([
    ['nobody to trust', { trust: [] }, ['INCONCLUSIVE', 'TRUST_NOT_GIVEN']],
    [
      'no signature',
      { signature: undefined, timestamp: undefined, timestampTrust: undefined },
      ['INCONCLUSIVE', 'SIGNATURE_MISSING'],
    ],
    [
      'a signature gone, its timestamp left',
      { signature: undefined },
      ['INVALID', 'SIGNATURE_MISSING', 'TIMESTAMP_INVALID'],
    ],
    ['a timestamp asked for and absent', { timestamp: undefined }, ['INCONCLUSIVE', 'TIMESTAMP_MISSING']],
    [
      'an authority that was not named',
      { timestampTrust: undefined },
      ['INCONCLUSIVE', 'TIMESTAMP_TRUST_NOT_GIVEN'],
    ],
    [
      'another authority than the one named',
      { timestampTrust: [other.root.certificate] },
      ['INVALID', 'TIMESTAMP_UNTRUSTED'],
    ],
    [
      'another signer than the one trusted',
      { trust: [other.root.certificate] },
      ['INVALID', 'SIGNER_UNTRUSTED'],
    ],
    ['a timestamp of the future', { now: NOW - 2 * 3_600_000 }, ['INCONCLUSIVE', 'TIMESTAMP_INVALID']],
    [
      'no signature file but something else',
      { signature: REPORT },
      ['INVALID', 'SIGNATURE_INVALID', 'TIMESTAMP_INVALID'],
    ],
    ['no timestamp file but something else', { timestamp: REPORT }, ['INVALID', 'TIMESTAMP_INVALID']],
  ])('with %s', async (_name, change, expected) => {
    expect(await outcome(change)).toEqual(expected);
  });

  test('forged: another verdict, signed by another', async () => {
    const report = Buffer.from(renderJson({ ...tamperedReport(), verdict: 'VALID' }));
    expect((await outcome({ report })).slice(0, 2)).toEqual(['INVALID', 'REPORT_CHANGED']);
    const forged = await sign(report, other.leaf, [other.middle, other.root]);
    const codes = await outcome({ report, signature: forged, timestamp: await stamp(forged) });
    expect(codes.slice(0, 2)).toEqual(['INVALID', 'SIGNER_UNTRUSTED']);
    expect(codes).toContain('REPORT_INCONSISTENT');
  });

  test('with the timestamp of another report', async () => {
    const theirs = await stamp(await sign(Buffer.from('another')));
    expect(await outcome({ timestamp: theirs })).toEqual(['INVALID', 'TIMESTAMP_INVALID']);
  });

  test('rightly signed, but not a report, or with a key that stands twice', async () => {
    const twice = Buffer.from(REPORT.toString().replace('{', '{"verdict":"VALID",'));
    for (const report of [Buffer.from('{}\n'), Buffer.from('hello'), twice]) {
      const own = await sign(report);
      const codes = await outcome({ report, signature: own, timestamp: await stamp(own) });
      expect(codes).toEqual(['INVALID', 'REPORT_MALFORMED']);
    }
  });

  test('with every byte of the report changed', async () => {
    for (let at = 0; at < REPORT.length; at += 1) {
      const report = Buffer.from(REPORT);
      report.writeUInt8(report.readUInt8(at) ^ 1, at);
      const { verdict, problems } = await check({ report, timestamp: undefined, timestampTrust: undefined });
      expect([verdict, problems[0]?.code], `byte ${at}`).toEqual(['INVALID', 'REPORT_CHANGED']);
    }
  });

  test('is checked against what lies beside it', async () => {
    const open = async (name: string) =>
      name === 'inventory'
        ? (async function* () {
            yield Buffer.from('rows');
          })()
        : undefined;
    const result = await check({
      companions: {
        open,
        checks: [
          async (report, openCompanion) => {
            const rows = await openCompanion('inventory');
            const absent = await openCompanion('other');
            return [
              {
                code: 'BESIDE_CHANGED',
                weight: 'violation',
                text: `${report.verdict} ${rows !== undefined} ${absent === undefined}`,
              },
            ];
          },
        ],
      },
    });
    expect(renderReportCheck(result, 'r')).toBe('REFUSED: r: VALID true true');
  });

  test('has its many problems in one line', async () => {
    const problem = (at: number) =>
      ({ code: 'BESIDE_CHANGED', weight: 'violation', text: `file ${at}` }) as const;
    const checks = [async () => Array.from({ length: 9 }, (_, at) => problem(at))];
    const result = await check({ companions: { open: async () => undefined, checks } });
    expect(renderReportCheck(result, 'r')).toBe(
      'REFUSED: r: file 0; file 1; file 2; file 3; file 4; and 4 more',
    );
  });
});
