import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { keySigner, signContent } from '../../src/pki/sign.ts';
import { renderJson } from '../../src/render/formats/json.ts';
import type { SigningRecord } from '../../src/report/report.ts';
import { checkReport, type ReportCheck, renderReportCheck } from '../../src/signed/check-report.ts';
import { sampleReport } from '../support/sample-reports.ts';
import { type TestParty, testChain, testParty } from '../support/test-certificates.ts';

const NOW = Date.now();
const { root, middle, leaf } = testChain();
const colleague = testParty({ name: 'CN=Colleague, O=Example', issuer: middle });
const sameName = testParty({ name: 'CN=Auditor, O=Example', issuer: middle });

function recordOf({ certificate }: TestParty): SigningRecord {
  return {
    subject: certificate.name,
    certificateSha256: certificate.fingerprint,
    algorithm: 'ecdsa-sha256',
    localIdentity: false,
    timestampRequested: false,
  };
}

/** The check of a report that names `signing` as its signer and was signed by `party`; all of one trusted authority. */
async function check(signing: SigningRecord | null | undefined, party: TestParty): Promise<ReportCheck> {
  const report = Buffer.from(
    renderJson(sampleReport(undefined, [], signing === undefined ? {} : { signing })),
  );
  const chain = [party, middle, root].map(({ certificate }) => certificate);
  const sha256 = createHash('sha256').update(report).digest();
  const signature = await signContent({ sha256, at: NOW }, keySigner(party.key, chain));
  return checkReport({
    report,
    signature,
    timestamp: undefined,
    trust: [root.certificate],
    now: NOW + 1000,
  });
}

describe('a report that names its signer', () => {
  test('is VALID with the signature of that signer', async () => {
    expect(await check(recordOf(leaf), leaf)).toMatchObject({ verdict: 'VALID', problems: [] });
  });

  test.each([
    ['a colleague whom the same authority vouches for', colleague],
    ['somebody of the very same name', sameName],
  ])('is refused with the signature of %s', async (_who, party) => {
    const result = await check(recordOf(leaf), party);
    expect(result.verdict).toBe('INVALID');
    expect(result.problems.map(({ code }) => code)).toEqual(['SIGNER_NOT_INTENDED']);
    const line = renderReportCheck(result, 'report.json');
    expect(line).toContain(`(certificate SHA-256 ${leaf.certificate.fingerprint}) as its signer`);
    expect(line).toContain(`(${party.certificate.fingerprint}) signed it`);
  });
});

test.each([undefined, null])(
  'a report that names %s may be signed by anybody who is trusted',
  async (nobody) => {
    expect((await check(nobody, colleague)).problems).toEqual([]);
  },
);
