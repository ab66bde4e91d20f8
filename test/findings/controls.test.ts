import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkBucket, checkPermissions } from '../../src/doctor/checks.ts';
import { FINDING_CODES } from '../../src/findings/catalogue.ts';
import {
  ALL_CONTROLS,
  CHECK_IDS,
  controlNames,
  controlsOf,
  controlsOfCheck,
  controlsText,
} from '../../src/findings/controls.ts';

const page = readFileSync(new URL('../../docs/controls.md', import.meta.url), 'utf8');

describe('controls of findings', () => {
  test.each(FINDING_CODES)('%s names its own, each once, in the order of the frameworks', (code) => {
    const controls = controlsOf(code);
    const names = controlNames(controls);
    expect(names.some((name) => name.startsWith('NIST 800-53 AU-9') || name.includes('AU-10'))).toBe(true);
    expect(names).toContain('ISO 27001:2022 A.8.15');
    expect(new Set(names).size).toBe(names.length);
    const places = controls.map((control) => ALL_CONTROLS.indexOf(control));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(page).toContain(`\`${code}\``);
  });

  test('what was changed supports change detection; what a signature shows supports AU-10, and no other does', () => {
    expect(controlNames(controlsOf('LOG_MODIFIED'))).toEqual([
      'CIS AWS Foundations v5.0.0 3.2',
      'PCI DSS v4 10.3.2',
      'PCI DSS v4 10.3.4',
      'NIST 800-53 AU-9',
      'NIST 800-53 AU-9(3)',
      'NIST 800-53 AU-10',
      'NIST 800-53 SI-7',
      'ISO 27001:2022 A.8.15',
      'SOC 2 CC7.2',
      'SOC 2 CC7.3',
    ]);
    const ofOrigin = FINDING_CODES.filter((code) =>
      controlNames(controlsOf(code)).includes('NIST 800-53 AU-10'),
    );
    expect(ofOrigin).toContain('DIGEST_KEY_UNKNOWN');
    for (const code of ['CHAIN_STARTS_LATE', 'LOG_UNLISTED', 'EVIDENCE_MAY_EXPIRE'])
      expect(ofOrigin).not.toContain(code);
  });

  test('query results do not support what CIS says of log files', () => {
    for (const code of FINDING_CODES.filter((one) => one.startsWith('LAKE_')))
      expect(controlNames(controlsOf(code)).join()).not.toContain('CIS');
  });

  test('a line names each framework once', () => {
    expect(controlsText(controlNames(controlsOf('EVIDENCE_MAY_EXPIRE')))).toBe(
      'PCI DSS v4 10.5.1; NIST 800-53 AU-9, AU-11; ISO 27001:2022 A.8.15',
    );
    expect(controlsText(['alone'])).toBe(' alone');
  });
});

describe('controls of checks', () => {
  const unknown = { known: false, action: 's3:GetBucketPolicy', detail: 'x', denied: true } as const;
  const bucketChecks = checkBucket(
    {
      bucket: 'b',
      policyPublic: unknown,
      aclPublic: unknown,
      accessLogBucket: unknown,
      publicAccessBlock: unknown,
      versioning: unknown,
      objectLock: unknown,
      lifecycle: unknown,
      policy: unknown,
    },
    [],
    'aws',
  );
  const permissions = checkPermissions([
    { action: 's3:GetObject', resource: 'r', need: 'verify', result: 'granted' },
  ]);

  test.each([...bucketChecks, ...permissions].map(({ id }) => id))('%s names some', (id) => {
    expect(controlsOfCheck(id).length).toBeGreaterThan(0);
  });

  test('data events of S3 are what CIS asks for, those of other types are not', () => {
    const s3 = controlNames(controlsOfCheck('data-events.AWS::S3::Object=arn:aws:s3:::a.b=c/'));
    expect(s3).toContain('CIS AWS Foundations v5.0.0 3.8');
    expect(controlNames(controlsOfCheck('data-events.AWS::Lambda::Function')).join()).not.toContain('CIS');
  });

  test('tags are asked for by none, and an id of no check is refused', () => {
    expect(controlsOfCheck('CloudTrail.9')).toEqual([]);
    expect(() => controlsOfCheck('CloudTrail.99')).toThrow(RangeError);
    expect(() => controlsOfCheck('toString')).toThrow(RangeError);
    for (const id of CHECK_IDS) expect(page).toContain(`| \`${id}\` |`);
  });
});

test('the page says of every control what it is about, and promises to satisfy none', () => {
  for (const control of ALL_CONTROLS) {
    expect(page).toContain(`| ${controlNames([control])[0]} | ${control.about} |`);
  }
  expect(page).toContain('No finding satisfies a control');
});
