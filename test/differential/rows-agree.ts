import { BACKFILL, type Row } from './row.ts';
import { intactHours } from './scenarios.ts';

/** The management account is the only one expected to deliver. */
const ORGANIZATION = {
  id: 'o-exampleorgid',
  managementAccountId: '777788889999',
  accounts: [{ id: '777788889999' }],
};

/** What both tools get right: nothing wrong, and damaged log files. */
export const AGREEMENTS: readonly Row[] = [
  {
    title: 'nothing wrong',
    scenario: intactHours,
    aws: { says: 'exit 0; 5/5 digest files valid; 10/10 log files valid', relation: 'agree' },
    ours: 'VALID',
  },
  {
    title: 'nothing wrong, with backfill digests',
    scenario: 'backfill',
    aws: {
      changedIn: BACKFILL,
      before: { says: 'exit 0; 5/5 digest files valid; 10/10 log files valid', relation: 'agree' },
      since: {
        says: 'exit 0; 5/5 digest files valid; 2/2 backfill digest files valid; 13/13 log files valid',
        relation: 'agree',
      },
    },
    ours: 'VALID',
  },
  {
    title: 'nothing wrong, the trail of an organization',
    scenario: 'intact',
    question: {
      account: '777788889999',
      trail: 'organization_trail',
      startTime: '2026-10-02T16:33:13Z',
      described: { S3KeyPrefix: 'o-exampleorgid', IsOrganizationTrail: true, IsMultiRegionTrail: true },
      options: ['--account-id', '777788889999'],
      server: { accountId: '777788889999', organization: ORGANIZATION },
    },
    aws: { says: 'exit 0; 4/4 digest files valid; 3/3 log files valid', relation: 'agree' },
    ours: 'VALID',
  },
  {
    title: 'nothing wrong, the trail moved to another bucket and prefix',
    scenario: 'trail-moved',
    question: { described: { S3KeyPrefix: 'security' } },
    aws: { says: 'exit 0; 6/6 digest files valid; 12/12 log files valid', relation: 'agree' },
    ours: 'VALID',
  },
  {
    title: 'nothing wrong, the trail moved to a prefix of the same bucket',
    scenario: 'trail-moved-prefix',
    question: { described: { S3KeyPrefix: 'security' } },
    aws: { says: 'exit 0; 6/6 digest files valid; 12/12 log files valid', relation: 'agree' },
    ours: 'VALID',
  },
  {
    title: 'windows overlap',
    scenario: 'window-overlap',
    aws: { says: 'exit 0; 5/5 digest files valid; 10/10 log files valid', relation: 'agree' },
    ours: 'VALID; 1 WINDOW_OVERLAP',
  },
  {
    title: 'objects that are no digests among them',
    scenario: 'object-unrecognized',
    aws: { says: 'exit 0; 5/5 digest files valid; 10/10 log files valid', relation: 'agree' },
    ours: 'VALID; 3 OBJECT_UNRECOGNIZED',
  },
  {
    title: 'a log file listed twice in one digest (aws counts it twice)',
    scenario: 'log-listed-twice',
    aws: { says: 'exit 0; 5/5 digest files valid; 11/11 log files valid', relation: 'agree' },
    ours: 'VALID; 1 LOG_LISTED_TWICE',
  },
  {
    title: 'log file deleted',
    scenario: 'log-missing',
    aws: {
      says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: not found"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 LOG_MISSING',
  },
  {
    title: 'log file modified',
    scenario: 'log-modified',
    aws: {
      says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: hash value doesn\'t match"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 LOG_MODIFIED',
  },
  {
    title: 'log files swapped',
    scenario: 'log-swapped',
    aws: {
      says: 'exit 1; 5/5 digest files valid; 8/10 log files valid, 2/10 log files INVALID; 2 x "Log file INVALID: hash value doesn\'t match"',
      relation: 'agree',
    },
    ours: 'INVALID; 2 LOG_MODIFIED',
  },
  {
    title: 'log file with a wrong check sum',
    scenario: 'log-malformed',
    aws: {
      says: 'exit 1; 5/5 digest files valid; 9/10 log files valid, 1/10 log files INVALID; 1 x "Log file INVALID: invalid format"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 LOG_MALFORMED',
  },
];
