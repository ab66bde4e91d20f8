import { describe, expect, test } from 'vitest';
import {
  callerText,
  clockText,
  examinerName,
  hostText,
  inventoryText,
  narrowingText,
  signerText,
} from '../../../src/render/facts/report.ts';
import { examinedReport } from '../../support/examined-report.ts';

test('an examiner is called by what was given', () => {
  const rest = { awsCaller: null, host: null };
  const name = (operator: string | null, organisation: string | null) =>
    examinerName({ examiner: { operator, organisation, ...rest } });
  expect(name('A', 'B')).toBe('A, B');
  expect(name(null, 'B')).toBe('B');
  expect(name(null, null)).toBeUndefined();
  expect(examinerName({})).toBeUndefined();
});

test('a caller is one of AWS, none, or not known', () => {
  const caller = { account: '111122223333', arn: 'arn:aws:iam::111122223333:user/a', userId: 'AIDA' };
  const known = 'arn:aws:iam::111122223333:user/a (account 111122223333, user id AIDA)';
  expect(callerText(caller)).toBe(known);
  expect(callerText({ ...caller, requestId: 'r1' })).toBe(`${known}, by the answer to request r1`);
  expect(callerText('offline')).toBe('none: AWS was not asked for anything');
  expect(callerText(null)).toBe('unknown');
});

test('a machine is named with the job that ran on it', () => {
  expect(hostText(null)).toBe('not recorded');
  expect(hostText({ name: 'host', ci: null })).toBe('host');
  expect(hostText({ name: 'host', ci: { provider: 'jenkins', runUrl: null, commit: null } })).toBe(
    'host; a job of jenkins',
  );
  expect(hostText({ name: 'host', ci: { provider: 'jenkins', runUrl: 'u', commit: 'c' } })).toBe(
    'host; a job of jenkins, u, commit c',
  );
});

describe('a clock', () => {
  test.each([
    [null, 'It was not compared with another: S3 was not asked.'],
    [{ milliseconds: -400, uncertainty: 510 }, 'It agreed with that of S3, give or take 510 ms.'],
    [{ milliseconds: 510, uncertainty: 510 }, 'It agreed with that of S3, give or take 510 ms.'],
    [{ milliseconds: 511, uncertainty: 510 }, 'It was 511 ms ahead of that of S3, give or take 510 ms.'],
    [{ milliseconds: -9999, uncertainty: 510 }, 'It was 9,999 ms behind that of S3, give or take 510 ms.'],
    [
      { milliseconds: 7_260_000, uncertainty: 510 },
      'It was 2 h 1 min ahead of that of S3, give or take 510 ms.',
    ],
  ])('%j', (skew, text) => {
    expect(clockText({ source: 'machine', skew })).toBe(`This machine's clock. ${text}`);
  });

  test('that was given, and one that nobody can set beside it', () => {
    expect(clockText({ source: 'given', skew: null, elapsedMilliseconds: 1234 })).toBe(
      'The time was given (--now), not read. It was not compared with another: S3 was not asked. By a clock that nobody can set the run lasted 1,234 ms.',
    );
  });
});

test('a signer is told with what vouches for it', () => {
  const signing = {
    subject: 'CN=A',
    certificateSha256: 'aa',
    algorithm: 'ecdsa-sha256',
    localIdentity: true,
    timestampRequested: false,
  } as const;
  expect(signerText(signing)).toBe(
    'CN=A, certificate SHA-256 aa (ecdsa-sha256, a key made on that machine, whose name nobody confirms)',
  );
  expect(signerText({ ...signing, localIdentity: false, timestampRequested: true })).toBe(
    'CN=A, certificate SHA-256 aa (ecdsa-sha256), with a timestamp',
  );
  expect(signerText(null)).toBe('nobody: the run was not to be signed');
  expect(signerText(undefined)).toBeUndefined();
});

test('the inventory, and what narrowed the examination', () => {
  expect(inventoryText(examinedReport())).toBe(
    `530 objects in inventory.jsonl.gz, Merkle root ${'5d'.repeat(32)}`,
  );
  expect(inventoryText({})).toBeUndefined();
  expect(narrowingText({})).toBe('');
  const all = { statement: 's', accounts: null, regions: null, trails: null };
  expect(narrowingText({ scope: all })).toBe('');
  expect(
    narrowingText({ scope: { ...all, regions: ['a', 'b'], checks: { logs: false, unlisted: false } } }),
  ).toBe(
    'Only Regions a and b. Log files were not compared with their digests. Log folders were not searched for files that no digest lists.',
  );
});
