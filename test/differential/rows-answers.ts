import type { AwsServer } from '../support/aws-server.ts';
import type { Row } from './row.ts';
import { intactHours, misfitName, plantedBesideStoppedTrail } from './scenarios.ts';

/** An answer with that status for one object, however often it is asked for. */
function answers(match: RegExp, status: number, code?: string): (server: AwsServer) => void {
  const times = Number.POSITIVE_INFINITY;
  const fault = { kind: 'status', match, operation: 'GetObject', status, times } as const;
  return (server) => server.faults.add(code === undefined ? fault : { ...fault, code });
}

/** What somebody plants among log files, or answers in the place of S3. */
export const PLANTED_AND_ANSWERED: readonly Row[] = [
  {
    title: 'log file in no digest, by a name that CloudTrail does not write',
    scenario: () => misfitName(),
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never lists the folders of log files. Athena reads every object below them, whatever its name.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNLISTED',
  },
  {
    title: 'object in the folder of a Region',
    scenario: () => misfitName('CloudTrail/us-east-1/x'),
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never lists the folders of log files.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNLISTED',
  },
  {
    title: 'object in the folder of a month',
    scenario: () => misfitName('CloudTrail/us-east-1/2026/10/x'),
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never lists the folders of log files.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNLISTED',
  },
  {
    title: 'object in a day folder without leading zeros',
    scenario: () => misfitName('CloudTrail/us-east-1/2026/10/5/x.json.gz'),
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never lists the folders of log files.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNLISTED',
  },
  {
    title: 'log file in a folder that looks like CloudTrail',
    scenario: () => misfitName('Cloudtrail/us-east-1/2026/10/05/x.json.gz'),
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never lists the folders of log files.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNLISTED',
  },
  {
    title: 'log file in no digest, planted after a second trail of the same folders stopped',
    scenario: plantedBesideStoppedTrail,
    aws: {
      says: 'exit 0; 14/14 digest files valid; 28/28 log files valid',
      relation: 'aws misses',
      why: 'It never lists the folders of log files.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNLISTED',
  },
  {
    title: 'answer without content (204) for one digest',
    scenario: intactHours,
    question: { prepare: answers(/CloudTrail-Digest_.*T121237Z/, 204) },
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: 0 read, but total bytes expected is 347."',
      relation: 'aws false alarm',
      why: 'An answer that S3 does not give for an object is reported as an invalid digest.',
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_UNREADABLE',
  },
  {
    title: 'answer without content (204) for one log file',
    scenario: intactHours,
    question: { prepare: answers(/_CloudTrail_.*T1030Z/, 204) },
    aws: {
      says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: invalid format"',
      relation: 'aws false alarm',
      why: 'An answer that S3 does not give for an object is reported as an invalid log file.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNREADABLE',
  },
  {
    title: 'denied digest (403) whose body says NoSuchKey',
    scenario: intactHours,
    question: { prepare: answers(/CloudTrail-Digest_.*T121237Z/, 403, 'NoSuchKey') },
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: not found"',
      relation: 'aws false alarm',
      why: 'It takes the words of a refusal for the absence of the object.',
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_UNREADABLE',
  },
  {
    title: 'denied log file (403) whose body says NoSuchKey',
    scenario: intactHours,
    question: { prepare: answers(/_CloudTrail_.*T1030Z/, 403, 'NoSuchKey') },
    aws: {
      says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: not found"',
      relation: 'aws false alarm',
      why: 'It takes the words of a refusal for the absence of the object.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNREADABLE',
  },
  {
    title: 'answer to come later (202) for one log file',
    scenario: intactHours,
    question: { prepare: answers(/_CloudTrail_.*T1030Z/, 202) },
    aws: {
      says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: invalid format"',
      relation: 'aws false alarm',
      why: 'An answer that S3 does not give for an object is reported as an invalid log file.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNREADABLE',
  },
];
