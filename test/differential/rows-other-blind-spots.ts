import { type Row, TRAILING_DATA } from './row.ts';
import { firstHoursModified } from './scenarios.ts';

/** What validate-logs passes: time that nothing covers, and log files that are not what was delivered. */
export const BLIND_SPOTS_OF_TIME_AND_LOGS: readonly Row[] = [
  {
    title: 'validation switched off for three hours',
    scenario: 'validation-switched-off',
    aws: {
      says: 'exit 0; 7/7 digest files valid; 12/12 log files valid; 1 x "No log files were delivered by CloudTrail"',
      relation: 'aws misses',
      why: 'It says that no log files were delivered. There are six, which no digest lists.',
    },
    ours: 'INCONCLUSIVE; 1 CHAIN_RESTARTED',
  },
  {
    title: 'logging stopped and started again',
    scenario: 'chain-restarted',
    aws: {
      says: 'exit 0; 7/7 digest files valid; 11/11 log files valid; 1 x "No log files were delivered by CloudTrail"',
      relation: 'aws misses',
      why: 'The gap is a remark that counts for nothing.',
    },
    ours: 'INCONCLUSIVE; 1 CHAIN_RESTARTED',
  },
  {
    title: 'six hours between two linked digests',
    scenario: 'window-hole',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never compares the windows of two digests.',
    },
    ours: 'INCONCLUSIVE; 1 WINDOW_HOLE',
  },
  {
    title: 'window that begins before the first digest',
    scenario: 'chain-starts-late',
    question: { startTime: '2026-10-05T03:12:37Z' },
    aws: {
      says: 'exit 0; 6/6 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It does not say which part of the range it asked for is not covered.',
    },
    ours: 'INCONCLUSIVE; 1 CHAIN_STARTS_LATE',
  },
  {
    title: 'log files in no digest',
    scenario: 'log-unlisted',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never lists the folders of log files.',
    },
    ours: 'INCONCLUSIVE; 2 LOG_UNLISTED',
  },
  {
    title: 'only backfill digest deleted',
    scenario: 'backfill-deleted',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'Nothing names it; that its log file is in no digest is not looked at.',
    },
    ours: 'INCONCLUSIVE; 1 LOG_UNLISTED',
  },
  {
    title: 'log file with another gzip member behind it',
    scenario: 'log-trailing-data',
    aws: {
      changedIn: TRAILING_DATA,
      before: {
        says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
        relation: 'aws misses',
        why: 'It hashes the first member only; zcat and Athena read on.',
      },
      since: {
        says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: unexpected data after end of compressed stream"',
        relation: 'agree',
      },
    },
    ours: 'INVALID; 1 LOG_TRAILING_DATA',
  },
  {
    title: 'log file with zero bytes behind it',
    scenario: 'log-trailing-zeros',
    aws: {
      changedIn: TRAILING_DATA,
      before: {
        says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
        relation: 'aws misses',
        why: 'It hashes the first member only.',
      },
      since: {
        says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: unexpected data after end of compressed stream"',
        relation: 'agree',
      },
    },
    ours: 'INVALID; 1 LOG_TRAILING_DATA',
  },
  {
    title: 'log files with their gzip trailers cut off',
    scenario: 'log-truncated',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'What can be inflated hashes as recorded, so it never sees that the trailer is missing; gzip itself refuses the files.',
    },
    ours: 'INVALID; 2 LOG_MALFORMED',
  },
  {
    title: 'log file of no bytes, recorded as empty',
    scenario: 'log-empty',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'Nothing inflates to nothing, which hashes as recorded; CloudTrail would have written a gzip file.',
    },
    ours: 'INVALID; 1 LOG_MALFORMED',
  },
  {
    title: "another Region's digests deleted",
    scenario: 'chain-absent',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It looks at one Region a run.',
    },
    ours: 'INCONCLUSIVE; 1 CHAIN_ABSENT',
  },
  {
    title: 'start time with an offset',
    scenario: firstHoursModified,
    question: { startTime: '2026-10-05T13:12:38+04:00' },
    aws: {
      says: 'exit 0; 1/1 digest files valid; 2/2 log files valid',
      relation: 'aws misses',
      why: 'It drops the offset, begins four hours late and never comes to the modified file.',
    },
    ours: 'INVALID; 1 LOG_MODIFIED',
  },
];
