import type { Row } from './row.ts';
import { modifiedBelowPrefix, modifiedInOrganization, signedByEndedKey } from './scenarios.ts';

/** What validate-logs passes: digests that are gone, exchanged or not what CloudTrail writes. */
export const BLIND_SPOTS_OF_DIGESTS: readonly Row[] = [
  {
    title: 'newest digests deleted',
    scenario: 'chain-ends-early-known',
    question: { lastDelivered: Date.parse('2026-10-05T16:43:37Z') },
    aws: {
      says: 'exit 0; 4/4 digest files valid; 8/8 log files valid',
      relation: 'aws misses',
      why: 'The summary names a shorter range and no more. That a newer digest was delivered is known from GetTrailStatus.',
    },
    ours: 'INVALID; 1 CHAIN_ENDS_EARLY',
  },
  {
    title: 'all digests deleted',
    scenario: 'all-digests-deleted',
    aws: { says: 'exit 0; No digests found', relation: 'aws misses', why: 'Nothing found is exit 0.' },
    ours: 'INCONCLUSIVE; 1 CHAIN_ABSENT; 1 NOTHING_VERIFIED',
  },
  {
    title: 'prefix given with a slash behind it',
    scenario: modifiedBelowPrefix,
    question: {
      options: ['--s3-bucket', 'example-trail-logs', '--s3-prefix', 'security/'],
      place: { bucket: 'example-trail-logs', prefix: 'security/' },
    },
    aws: {
      says: 'exit 0; No digests found',
      relation: 'aws misses',
      why: 'It looks below security//AWSLogs and finds nothing, which is exit 0.',
    },
    ours: 'INVALID; 1 LOG_MODIFIED',
  },
  {
    title: "an organization's trail with its bucket given",
    scenario: modifiedInOrganization,
    question: {
      options: ['--s3-bucket', 'example-trail-logs'],
      place: { bucket: 'example-trail-logs', prefix: '' },
    },
    aws: {
      says: 'exit 0; No digests found',
      relation: 'aws misses',
      why: 'With --s3-bucket it never asks for the organization, looks in the wrong folders and finds nothing.',
    },
    ours: 'INVALID; 1 LOG_MODIFIED',
  },
  {
    title: 'three digests in a row deleted',
    scenario: 'digest-missing-run',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: not found"',
      relation: 'aws misses',
      why: 'Only the first is counted, for only that one is named by a digest; the range it reports still spans all of them.',
    },
    ours: 'INVALID; 3 DIGEST_MISSING',
  },
  {
    title: "another trail whose name begins with this one's",
    scenario: 'trail-name-collision',
    aws: {
      says: 'exit 0; 6/6 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: "Its pattern for keys takes the other trail's digests for this one's, and validates those instead of the corrupt one.",
    },
    ours: 'INVALID; 1 DIGEST_SIGNATURE_INVALID; 1 LINK_HASH_MISMATCH',
  },
  {
    title: 'digest replaced by another that AWS signed',
    scenario: 'digest-replaced',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 8/8 log files valid',
      relation: 'aws misses',
      why: 'Neither previousDigestHashValue nor previousDigestSignature is compared with the digest that was read.',
    },
    ours: 'INVALID; 1 LINK_HASH_MISMATCH; 1 LINK_SIGNATURE_MISMATCH',
  },
  {
    title: 'digest of AWS next to the chain',
    scenario: 'digest-unlinked',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It follows the links and never asks what else is listed.',
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_UNLINKED',
  },
  {
    title: 'digest with another account inside',
    scenario: 'digest-malformed-wrong-account',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It never looks at awsAccountId.',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED',
  },
  {
    title: 'digest with another hash algorithm for a log file',
    scenario: 'digest-malformed-hash-algorithm',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It ignores hashAlgorithm.',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED',
  },
  {
    title: 'digest with a JSON key that occurs twice, signed so',
    scenario: 'digest-malformed-duplicate-key-signed',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'Its parser takes the last of the two; another takes the first.',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED',
  },
  {
    title: 'digest with another gzip member behind it',
    scenario: 'digest-malformed-trailing-data',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It reads the first member only; other readers see another document.',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED',
  },
  {
    title: 'metadata with another signature algorithm',
    scenario: 'digest-signature-algorithm',
    aws: {
      says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
      relation: 'aws misses',
      why: 'It asks only that the name is there.',
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_SIGNATURE_MISSING',
  },
  {
    title: 'digest signed with SHA-1',
    scenario: 'digest-signature-sha1',
    aws: {
      changedIn: [undefined, '2.0.0'],
      before: {
        says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
        relation: 'aws misses',
        why: 'Version 1 takes the hash algorithm from the signature itself.',
      },
      since: {
        says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
        relation: 'agree',
      },
    },
    ours: 'INVALID; 1 DIGEST_SIGNATURE_INVALID',
  },
  {
    title: 'digest signed by a key that had ended',
    scenario: signedByEndedKey,
    question: { startTime: '2026-10-12T16:12:38Z' },
    aws: {
      says: 'exit 0; 6/6 digest files valid; 12/12 log files valid',
      relation: 'aws misses',
      why: "It never looks at a key's validity: whatever was valid somewhere in the range will do.",
    },
    ours: 'INVALID; 1 DIGEST_KEY_EXPIRED',
  },
  {
    title: 'whole trail made again, its keys listed by the endpoint that serves it',
    scenario: 'keys-untrusted',
    question: { trustEndpointKeys: false },
    aws: {
      says: 'exit 0; 3/3 digest files valid; 6/6 log files valid',
      relation: 'aws misses',
      why: 'It believes the public keys of whatever endpoint it was given.',
    },
    ours: 'INCONCLUSIVE; 3 KEYS_UNTRUSTED; 1 NOTHING_VERIFIED',
  },
];
