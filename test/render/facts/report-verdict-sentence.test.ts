import { describe, expect, test } from 'vitest';
import { verdictSentence, verifiedThroughSentence } from '../../../src/render/facts/verdict.ts';
import { digestKey, logKey, sampleChain, sampleFinding, sampleReport } from '../../support/sample-reports.ts';

describe('verdictSentence', () => {
  test('VALID says how much', () => {
    expect(verdictSentence(sampleReport())).toBe(
      'VALID: all 24 digest files and 240 log files are exactly what AWS signed.',
    );
  });

  test('VALID says that log files were not checked', () => {
    const chain = {
      ...sampleChain(),
      logs: { listed: 240, valid: 0, invalid: 0, missing: 0, unproven: 0 },
    };
    expect(verdictSentence(sampleReport([chain]))).toBe(
      'VALID: all 24 digest files are exactly what AWS signed; 240 log files were not checked.',
    );
  });

  test('VALID of one digest without log files', () => {
    const chain = {
      ...sampleChain('111122223333', 'us-east-1', 1),
      logs: { listed: 0, valid: 0, invalid: 0, missing: 0, unproven: 0 },
    };
    expect(verdictSentence(sampleReport([chain]))).toBe(
      'VALID: 1 digest file is exactly what AWS signed, with no log file to check.',
    );
  });

  test('INVALID counts objects, not findings', () => {
    const key = digestKey(15);
    const findings = [
      sampleFinding('LINK_HASH_MISMATCH', key),
      sampleFinding('LINK_SIGNATURE_MISMATCH', key),
      sampleFinding('LOG_MODIFIED'),
    ];
    expect(verdictSentence(sampleReport([sampleChain()], findings))).toBe(
      'INVALID: 1 digest file altered; 1 log file altered.',
    );
  });

  test('INVALID of one chain alone, and an interruption', () => {
    const findings = [
      sampleFinding('CHAIN_ABSENT', 'AWSLogs/', 'violation'),
      sampleFinding('RUN_INTERRUPTED'),
    ];
    expect(verdictSentence(sampleReport([sampleChain()], findings))).toBe(
      'INVALID: 1 chain missing. The run was interrupted before everything was checked.',
    );
  });

  test('INVALID counts apart what is altered, missing, moved, wrongly signed and unproven', () => {
    const findings = [
      sampleFinding('DIGEST_SIGNATURE_INVALID', digestKey(1)),
      sampleFinding('DIGEST_MISSING', digestKey(2)),
      sampleFinding('DIGEST_MOVED', digestKey(3)),
      sampleFinding('DIGEST_KEY_EXPIRED', digestKey(4)),
      sampleFinding('LOG_MODIFIED', logKey('a')),
      sampleFinding('LOG_TRAILING_DATA', logKey('b')),
      sampleFinding('LOG_MISSING', logKey('c')),
      sampleFinding('LOG_UNREADABLE', logKey('d')),
      sampleFinding('LAKE_RESULT_MISSING', 'a'),
      sampleFinding('CHAIN_STARTS_LATE'),
      sampleFinding('OUTSIDE_TARGET'),
    ];
    expect(verdictSentence(sampleReport([sampleChain()], findings))).toBe(
      'INVALID: 1 digest file altered, 1 missing, 1 signed with a wrong key, 1 moved; 2 log files altered, 1 missing, 1 unproven; 1 file of query results missing; 1 chain leaves time uncovered; 1 further point is open.',
    );
  });

  test('INVALID by the checkpoint alone says so', () => {
    const findings = [sampleFinding('CHAIN_ROLLED_BACK')];
    expect(verdictSentence(sampleReport([sampleChain()], findings))).toBe(
      'INVALID: 1 chain cut short since the checkpoint.',
    );
  });

  test('INCONCLUSIVE says what is open', () => {
    const findings = [
      sampleFinding('DIGEST_UNREADABLE'),
      sampleFinding('LOG_UNLISTED'),
      sampleFinding('CHAIN_ENDS_EARLY'),
      sampleFinding('DISCOVERY_INCOMPLETE'),
    ];
    expect(verdictSentence(sampleReport([sampleChain()], findings))).toBe(
      "INCONCLUSIVE: nothing contradicts AWS's signatures, but 1 of 24 digest files and 1 log file could not be proven, 1 chain leaves time uncovered and 1 further point is open.",
    );
  });

  test('INCONCLUSIVE on nothing, and on an interrupted run', () => {
    expect(verdictSentence(sampleReport([], [sampleFinding('NOTHING_VERIFIED')]))).toBe(
      'INCONCLUSIVE: nothing was verified, because no digest file in scope could be proven.',
    );
    const ended = [sampleFinding('NOTHING_VERIFIED'), sampleFinding('DISCOVERY_INCOMPLETE')];
    expect(verdictSentence(sampleReport([], ended))).toBe(
      "INCONCLUSIVE: nothing was verified, because the search for trails ended before every folder was examined; name the trail's prefix in the target.",
    );
    expect(verdictSentence(sampleReport([sampleChain()], [sampleFinding('RUN_INTERRUPTED')]))).toBe(
      "INCONCLUSIVE: the run was interrupted; of what was checked, 24 digest files and 240 log files agree with AWS's signatures and nothing contradicts them.",
    );
  });

  test('verified through', () => {
    expect(verifiedThroughSentence(sampleReport())).toBe('Verified through 2026-11-21T00:01:31Z.');
    expect(verifiedThroughSentence(sampleReport([]))).toBe('No time is verified.');
  });
});
