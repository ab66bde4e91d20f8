import { METHOD } from '../../src/report/describe-run.ts';
import type { ExaminationReport, Report, ToolRecord } from '../../src/report/report.ts';
import { tamperedReport } from './sample-reports.ts';

const HASH = '3fdba35f'.repeat(8);

/** What stands in a report, in the order in which `examinationWith` asks for texts. */
const TEXTS: readonly string[] = [
  'Verification of AWS CloudTrail log files',
  '0f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  '2026-117',
  '5c0a2f3e-93d5-4d37-8e0c-6d1f2b7c9a10',
  'INVALID: 4 violations and 1 unproven finding.',
  'Examiner of Example',
  'Example Forensics',
  'arn:aws:sts::111122223333:assumed-role/auditor/session',
  'AROAEXAMPLE:session',
  '9fb2a3c4-0d7e-4a54-8f6e-2d7b1c0e5a11',
  'audit-host',
  'github-actions',
  'https://github.com/example/audit/actions/runs/117',
  '5ff45e9e1ae353f14adc43b42d8ea2934ba08314',
  'keys.jsonl',
  'This report relates only to what it counts.',
  '111122223333',
  'us-east-1',
  'management',
  METHOD.id,
  METHOD.reference,
  'Write the report.',
  'arn:aws:cloudtrail:us-east-1:111122223333:trail/management',
  'management',
  'example-trail-bucket',
  'the bytes of one line without its line feed',
  'chain by chain',
  'CN=Auditor, O=Example Forensics',
];

/** The tampered report as a run writes it that was told everything: every field of a report is there. */
export function examinedReport(): Report {
  const report = tamperedReport();
  const examination = examinationWith(TEXTS);
  return {
    ...report,
    ...examination,
    inputs: {
      arguments: ['verify', 's3://example-trail-bucket', '--keys', 'keys.jsonl', '--case', '2026-117'],
      files: examination.inputs?.files ?? [],
    },
    run: {
      ...report.run,
      endpoints: [
        { service: 's3', url: 'https://s3.example.com', source: 'environment', aws: false },
        {
          service: 'sts',
          url: 'https://sts.eu-west-1.amazonaws.com',
          source: 'profile',
          aws: true,
        },
      ],
    },
    tool: { ...report.tool, ...toolFacts(['3.0.19']) },
    keys: report.keys.map((key) => ({
      ...key,
      publicKey: 'MIIBCgKCAQEA',
      sha256: HASH,
      bits: 2048,
      exponent: 65_537,
      usedByDigests: 47,
    })),
    evidence: { payloadManifestSha256: '9c'.repeat(32) },
  };
}

/** The record of an examination in which `texts` stand, one after the other, wherever somebody else's text may. */
export function examinationWith(texts: readonly string[]): ExaminationReport {
  let at = 0;
  const text = (): string => {
    const next = texts[at % texts.length] ?? '';
    at += 1;
    return next;
  };
  return {
    title: text(),
    language: 'en',
    reportId: text(),
    caseRef: text(),
    supersedes: text(),
    conclusion: {
      verdict: 'INVALID',
      sentence: text(),
      counts: {
        findings: { violation: 4, unproven: 1, note: 1 },
        digests: { valid: 48, invalid: 1, missing: 1, unproven: 0 },
        logs: { valid: 477, invalid: 1, missing: 1, unproven: 1 },
      },
    },
    examiner: {
      operator: text(),
      organisation: text(),
      awsCaller: { account: '111122223333', arn: text(), userId: text(), requestId: text() },
      host: { name: text(), ci: { provider: text(), runUrl: text(), commit: text() } },
    },
    clock: { source: 'machine', skew: { milliseconds: 1840, uncertainty: 512 }, elapsedMilliseconds: 75_004 },
    inputs: { arguments: texts, files: [{ role: 'keys', name: text(), sha256: HASH }] },
    scope: {
      statement: text(),
      accounts: [text()],
      regions: [text()],
      trails: [text()],
      checks: { logs: true, unlisted: false },
    },
    method: { ...METHOD, id: text(), reference: text(), steps: [...METHOD.steps, text()] },
    trail: {
      description: {
        arn: text(),
        partition: 'aws',
        homeRegion: 'us-east-1',
        account: '111122223333',
        name: text(),
        bucket: text(),
        prefix: '',
        multiRegion: true,
        organizationTrail: false,
        validationEnabled: true,
        regions: [],
        status: [],
        limits: [],
      },
      sha256: HASH,
    },
    objects: {
      merkle: { algorithm: 'rfc9162-sha256', size: 530, root: '5d'.repeat(32), leaf: text(), order: text() },
      inventory: { path: 'inventory.jsonl.gz', sha256: HASH, lines: 530 },
    },
    signing: {
      subject: text(),
      certificateSha256: 'c4'.repeat(32),
      algorithm: 'rsa-pkcs1-sha256',
      localIdentity: false,
      timestampRequested: true,
    },
  };
}

/** The facts of a tool in which `texts` stand wherever its own text does. */
export function toolFacts(texts: readonly string[]): Partial<ToolRecord> {
  return {
    buildDigest: 'e2'.repeat(32),
    openssl: texts.join(''),
    platform: texts.join(''),
    dependencies: Object.fromEntries(texts.map((text) => [`package-${text}`, text])),
    selfTest: { vectors: 12, passed: true },
  };
}
