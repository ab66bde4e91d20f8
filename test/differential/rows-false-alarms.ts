import type { AwsServer } from '../support/aws-server.ts';
import type { Row } from './row.ts';
import { intactHours, signedLate, withoutLogFiles } from './scenarios.ts';

/** One object that cannot be had, however often it is asked for. */
function outageOf(match: RegExp, kind: 'reset' | 'status'): (server: AwsServer) => void {
  return (server) =>
    server.faults.add({ kind, match, operation: 'GetObject', times: Number.POSITIVE_INFINITY });
}

/** What validate-logs calls invalid, or ends on, although nothing is wrong or nothing more is known. */
export const FALSE_ALARMS: readonly Row[] = [
  {
    title: 'public key as SubjectPublicKeyInfo',
    scenario: 'digest-key-spki',
    question: { homeRegion: 'eu-central-1' },
    aws: {
      says: 'exit 1; No valid digests found in range; 0/4 digest files valid, 4/4 digest files INVALID; 4 x "Digest file INVALID: Unable to load PKCS #1 key with fingerprint …"',
      relation: 'aws false alarm',
      why: 'It reads PKCS#1 only, although AWS has published keys in both forms.',
    },
    ours: 'VALID',
  },
  {
    title: 'recorded hashes in upper case',
    scenario: 'log-hash-upper-case',
    aws: {
      says: 'exit 1; 5/5 digest files valid; 8/10 log files valid, 2/10 log files INVALID; 2 x "Log file INVALID: hash value doesn\'t match"',
      relation: 'aws false alarm',
      why: 'It compares letters, not bytes.',
    },
    ours: 'VALID',
  },
  {
    title: 'digest delivered again and signed by a later key',
    scenario: signedLate,
    question: { startTime: '2026-10-02T09:12:38Z' },
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: public key not found in region us-east-1 for fingerprint …"',
      relation: 'aws false alarm',
      why: 'It asks for keys up to two hours after the end of the range, and that one came later.',
    },
    ours: 'VALID',
  },
  {
    title: "trail of another Region than the caller's",
    scenario: intactHours,
    question: {
      callerRegion: 'eu-west-1',
      described: { IsMultiRegionTrail: true },
      server: { regions: [{ name: 'us-east-1', optStatus: 'ENABLED_BY_DEFAULT' }] },
    },
    aws: {
      says: 'exit 1; No valid digests found in range; 0/5 digest files valid, 5/5 digest files INVALID; 5 x "Digest file INVALID: public key not found in region us-east-1 for fingerprint …"',
      relation: 'aws false alarm',
      why: "It looks for the home Region's digests and asks the caller's Region for the keys.",
    },
    ours: 'VALID',
  },
  {
    title: 'bucket copied, and declared so to us',
    scenario: 'relocated-bucket',
    aws: {
      says: 'exit 1; No valid digests found in range; 0/5 digest files valid, 5/5 digest files INVALID; 5 x "Digest file INVALID: has been moved from its original location"',
      relation: 'aws false alarm',
      why: 'It validates in place only.',
    },
    ours: 'VALID',
  },
  {
    title: 'no answer for one digest',
    scenario: intactHours,
    question: { prepare: outageOf(/CloudTrail-Digest_.*T121237Z/, 'reset') },
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: Connection was closed before we received a valid response from endpoint URL: …."',
      relation: 'aws false alarm',
      why: 'A broken connection is reported as an invalid digest.',
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_UNREADABLE',
  },
  {
    title: 'no answer for one log file',
    scenario: intactHours,
    question: { prepare: outageOf(/_CloudTrail_.*T1030Z/, 'reset') },
    aws: {
      says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: invalid format"',
      relation: 'aws false alarm',
      why: 'A broken connection is reported as an invalid log file.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNREADABLE',
  },
  {
    title: 'service that asks to slow down for one log file',
    scenario: intactHours,
    question: { prepare: outageOf(/_CloudTrail_.*T1030Z/, 'status') },
    aws: {
      says: 'aborts; GetObject: SlowDown',
      relation: 'aws aborts',
      why: 'One object that cannot be had ends the run: no results, no summary.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNREADABLE',
  },
  {
    title: 'denied, archived and undecryptable digests',
    scenario: 'digest-unreadable',
    aws: {
      says: 'aborts; GetObject: KMS.DisabledException',
      relation: 'aws aborts',
      why: 'One object that cannot be had ends the run: no results, no summary.',
    },
    ours: 'INCONCLUSIVE; 3 DIGEST_UNREADABLE',
  },
  {
    title: 'denied, archived and undecryptable log files',
    scenario: 'log-unreadable',
    aws: {
      says: 'aborts; GetObject: KMS.DisabledException',
      relation: 'aws aborts',
      why: 'One object that cannot be had ends the run: no results, no summary.',
    },
    ours: 'INCONCLUSIVE; 3 LOG_UNREADABLE',
  },
  {
    title: 'signed digest without a list of log files',
    scenario: withoutLogFiles,
    aws: { says: "aborts; 'logFiles'", relation: 'aws aborts', why: 'It stumbles over the missing field.' },
    ours: 'INVALID; 1 DIGEST_MALFORMED',
  },
];
