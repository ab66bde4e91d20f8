import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { encodedUri, relativeUri } from '../../../src/render/escape.ts';
import { renderSarif } from '../../../src/render/formats/sarif.ts';
import { codeScanningProblems } from '../../support/code-scanning-rules.ts';
import { HOSTILE_NAMES } from '../../support/hostile-names.ts';
import { officialSarifErrors } from '../../support/official-sarif.ts';
import { reportWithNames } from '../../support/report-with-names.ts';
import {
  ALL_CODES,
  logKey,
  sampleChain,
  sampleFinding,
  sampleReport,
  tamperedReport,
} from '../../support/sample-reports.ts';

const MARKDOWN = [
  '[VALID](https://example.com/) ![](http://example.com/x.png) <img src=x>',
  '**VALID** _VALID_ __VALID__ *VALID* ~~VALID~~ `VALID` $VALID$ &lt;b&gt;',
  'see www.example.com, HTTP://example.com, mailto:who@example.com, @everyone and #1',
  '\\[VALID](x) \\\\[VALID](x)',
];
const SHA256 = '5a'.repeat(32);
const file = new URL('../../schemas/sarif-2.1.0.schema.json', import.meta.url);
const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
  JSON.parse(readFileSync(file, 'utf8')),
);

interface Log {
  readonly runs: readonly [
    {
      readonly tool: {
        readonly driver: { readonly rules: readonly { readonly id: string; readonly properties: object }[] };
      };
      readonly invocations: readonly [
        {
          readonly executionSuccessful: boolean;
          readonly toolExecutionNotifications: readonly { readonly message: { readonly text: string } }[];
        },
      ];
      readonly artifacts: readonly unknown[];
      readonly results: readonly {
        readonly ruleId: string;
        readonly ruleIndex: number;
        readonly level: string;
        readonly suppressions?: readonly { readonly justification: string }[];
        readonly message: { readonly text: string };
        readonly locations: readonly [
          { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } },
        ];
        readonly partialFingerprints: Readonly<Record<string, string>>;
      }[];
    },
  ];
}

function sarifOf(report: Parameters<typeof renderSarif>[0]): Log['runs'][0] {
  const text = renderSarif(report, SHA256);
  expect(text).toMatch(/^[ -~\n]*\n$/);
  const log: unknown = JSON.parse(text);
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  expect(officialSarifErrors(log)).toEqual([]);
  expect(codeScanningProblems(text)).toEqual([]);
  return (log as Log).runs[0];
}

describe('renderSarif', () => {
  test('fits the schema for every finding, and each names its rule', () => {
    const run = sarifOf(
      sampleReport(
        [sampleChain()],
        ALL_CODES.map((code) => sampleFinding(code)),
      ),
    );
    expect(run.results).toHaveLength(ALL_CODES.length);
    for (const { ruleId, ruleIndex } of run.results)
      expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(run.invocations[0].executionSuccessful).toBe(false);
  });

  test('violations are errors, what is unproven warns', () => {
    const levels = sarifOf(tamperedReport()).results.map(({ ruleId, level }) => `${level} ${ruleId}`);
    expect(levels).toEqual([
      'error DIGEST_MISSING',
      'error LINK_HASH_MISMATCH',
      'error LOG_MISSING',
      'error LOG_MODIFIED',
      'warning LOG_UNREADABLE',
      'note WINDOW_OVERLAP',
    ]);
  });

  test('names the authoritative report by its hash', () => {
    const { artifacts, invocations } = sarifOf(sampleReport());
    expect(artifacts).toMatchObject([{ location: { uri: 'report.json' }, hashes: { 'sha-256': SHA256 } }]);
    expect(invocations[0].toolExecutionNotifications[0]?.message.text).toContain(SHA256);
  });

  test('holds 5000 results, the violations first, and says how many it left out', () => {
    const notes = Array.from({ length: 6000 }, (_, index) => sampleFinding('WINDOW_OVERLAP', `n${index}`));
    const run = sarifOf(sampleReport([sampleChain()], [...notes, sampleFinding('LOG_MODIFIED')]));
    expect(run.results).toHaveLength(5000);
    expect(run.results[0]?.ruleId).toBe('LOG_MODIFIED');
    const texts = run.invocations[0].toolExecutionNotifications.map(({ message }) => message.text);
    expect(texts).toContain('1,001 further findings are in report.json only.');
  });

  test('is taken with as many of the longest names as nothing makes shorter', () => {
    const longest = (index: number): string =>
      Array.from({ length: 16 }, (_, part) =>
        createHash('sha512').update(`${index}/${part}`).digest('base64url'),
      )
        .join('')
        .slice(0, 1024);
    const findings = Array.from({ length: 5000 }, (_, index) =>
      sampleFinding('LOG_MODIFIED', longest(index)),
    );
    expect(findings[0]?.object.uri).toHaveLength('s3://example-trail-bucket/'.length + 1024);
    expect(sarifOf(sampleReport([sampleChain()], findings)).results).toHaveLength(5000);
  });

  test('the severity of a rule is that of its heaviest finding, else its usual one', () => {
    const finding = { ...sampleFinding('DIGEST_KEY_UNKNOWN'), weight: 'violation' } as const;
    const severityOf = (run: ReturnType<typeof sarifOf>) =>
      run.tool.driver.rules.find(({ id }) => id === 'DIGEST_KEY_UNKNOWN')?.properties;
    expect(severityOf(sarifOf(sampleReport()))).toMatchObject({ 'security-severity': '5.5' });
    const heavy = sarifOf(sampleReport([sampleChain()], [finding]));
    expect(severityOf(heavy)).toMatchObject({ 'security-severity': '9.5', 'problem.severity': 'error' });
  });

  test('fingerprints stay the same between runs and tell findings apart', () => {
    const findings = ['a', 'b'].flatMap((key) => [
      sampleFinding('LOG_MISSING', logKey(key)),
      sampleFinding('LOG_MODIFIED', logKey(key)),
    ]);
    const prints = (changes: Parameters<typeof sampleReport>[2]) =>
      sarifOf(sampleReport([sampleChain()], findings, changes)).results.map(
        (result) => result.partialFingerprints,
      );
    const first = prints({});
    expect(new Set(first.map((print) => Object.values(print)[0])).size).toBe(4);
    expect(
      prints({ run: { id: 'other', started: '2027-01-01T00:00:00Z', finished: '2027-01-01T00:00:01Z' } }),
    ).toEqual(first);
  });

  test('hostile names are URIs that lead nowhere else, and text without placeholders or links', () => {
    for (const { locations, message } of sarifOf(reportWithNames(HOSTILE_NAMES)).results) {
      const { uri } = locations[0].physicalLocation.artifactLocation;
      expect(uri).toMatch(/^s3\/example-trail-bucket(?:\/(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*)?$/);
      expect(() => decodeURIComponent(uri)).not.toThrow();
      expect(message.text.replaceAll('{{', '').replaceAll('}}', '')).not.toMatch(/[{}]/);
      expect(message.text).not.toMatch(/(?<!\\)[[\]]/);
    }
  });

  test('no name, limit or reason is Markdown, HTML, a mention or a link anywhere that it is read', () => {
    const { results, invocations } = sarifOf(reportWithNames([...HOSTILE_NAMES, ...MARKDOWN]));
    const messages = [...results, ...invocations[0].toolExecutionNotifications].map(
      ({ message }) => message.text,
    );
    const justifications = results.flatMap(({ suppressions = [] }) =>
      suppressions.map(({ justification }) => justification),
    );
    expect(justifications.length).toBeGreaterThan(0);
    for (const text of messages) expect(text).not.toMatch(/(?<!\\)(?:\\\\)*[[\]]/);
    for (const text of justifications) expect(text).not.toMatch(/[[\]]/);
    for (const text of [...messages, ...justifications]) {
      expect(text).not.toMatch(/[`*<>&~@#$|]/);
      expect(text).not.toMatch(/(?:https?|ftp|mailto|xmpp):|www\./i);
      expect(text).not.toMatch(/(?:^|[^A-Za-z0-9])_|_(?:[^A-Za-z0-9]|$)/);
      expect(text).not.toMatch(/[^ -~\p{L}\p{M}\p{N}\p{P}\p{S}]/u);
    }
  });

  test('honest names stay as they are', () => {
    const { results } = sarifOf(sampleReport([sampleChain()], [sampleFinding('LOG_MISSING', logKey('a'))]));
    expect(results[0]?.message.text).toContain(`s3://example-trail-bucket/${logKey('a')}`);
  });
});

describe('encodedUri', () => {
  test.each([
    ['s3://bucket/AWSLogs/a_b-c.json.gz', 's3://bucket/AWSLogs/a_b-c.json.gz'],
    ['s3://bucket/a b+c?d#e%f', 's3://bucket/a%20b%2Bc%3Fd%23e%25f'],
    ['s3://bucket/été', 's3://bucket/%C3%A9t%C3%A9'],
    ['s3://bucket/../x/./y/..', 's3://bucket/..%2Fx/.%2Fy%2F..'],
    ['/tmp/a folder', '/tmp/a%20folder'],
  ])('%s becomes %s', (uri, encoded) => {
    expect(encodedUri(uri)).toBe(encoded);
  });
});

describe('relativeUri', () => {
  test.each([
    ['s3://bucket/AWSLogs/a.json.gz', 's3/bucket/AWSLogs/a.json.gz'],
    ['s3://bucket/AWSLogs/', 's3/bucket/AWSLogs'],
    ['s3://bucket/../../etc', 's3/bucket/..%2F..%2Fetc'],
    ['s3://../x', 's3/..%2Fx'],
    ['/tmp/a folder', 'file/tmp/a%20folder'],
    ['../up', 'file/..%2Fup'],
    ['arn:aws:s3:::bucket', 'aws/arn%3Aaws%3As3%3A%3A%3Abucket'],
  ])('%s becomes %s', (uri, path) => {
    expect(relativeUri(uri)).toBe(path);
  });
});

describe('what code scanning would not take', () => {
  const log = JSON.parse(renderSarif(tamperedReport(), SHA256));
  const changed = (change: (result: Record<string, unknown>) => void): readonly string[] => {
    const copy = structuredClone(log);
    change(copy.runs[0].results[0]);
    return codeScanningProblems(JSON.stringify(copy));
  };
  test('is told of a place, a rule and a fingerprint', () => {
    const at = (uri: string) => [{ physicalLocation: { artifactLocation: { uri } } }];
    expect(changed((result) => Object.assign(result, { locations: at('s3://bucket/key') }))).toHaveLength(2);
    expect(changed((result) => Object.assign(result, { locations: at('../x') }))[0]).toContain('../x');
    expect(changed((result) => Object.assign(result, { ruleIndex: 9999 }))[0]).toContain('another');
    expect(changed((result) => Object.assign(result, { partialFingerprints: {} }))).toHaveLength(1);
  });
});
