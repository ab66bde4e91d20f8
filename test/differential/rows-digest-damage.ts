import { BACKFILL, type Row } from './row.ts';
import { signatureOfLetters } from './scenarios.ts';

/** What both tools find: damaged digests. */
export const DAMAGED_DIGESTS: readonly Row[] = [
  {
    title: 'digest deleted',
    scenario: 'digest-missing',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: not found"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_MISSING',
  },
  {
    title: 'oldest digests deleted',
    scenario: 'digest-missing-oldest',
    aws: {
      says: 'exit 1; 5/6 digest files valid, 1/6 digest files INVALID; 10/10 log files valid; 1 x "Digest file INVALID: not found"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 CHAIN_STARTS_LATE; 1 DIGEST_MISSING',
  },
  {
    title: 'backfill digest deleted that a younger one names',
    scenario: 'backfill-missing',
    aws: {
      changedIn: BACKFILL,
      before: {
        says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
        relation: 'aws misses',
        why: 'It did not know backfill digests.',
      },
      since: {
        says: 'exit 1; 5/5 digest files valid; 1/2 backfill digest files valid, 1/2 backfill digest files INVALID; 11/11 log files valid; 1 x "(backfill) Digest file INVALID: not found"',
        relation: 'agree',
      },
    },
    ours: 'INVALID; 1 DIGEST_MISSING; 1 LOG_UNLISTED',
  },
  {
    title: 'backfill digest without its time of generation',
    scenario: 'backfill-generation-time-missing',
    aws: {
      changedIn: BACKFILL,
      before: {
        says: 'exit 0; 5/5 digest files valid; 10/10 log files valid',
        relation: 'aws misses',
        why: 'It did not know backfill digests.',
      },
      since: {
        says: 'exit 1; 5/5 digest files valid; 0/1 backfill digest files valid, 1/1 backfill digest files INVALID; 10/10 log files valid; 1 x "(backfill) Digest file INVALID: invalid format"',
        relation: 'agree',
      },
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_SIGNATURE_MISSING',
  },
  {
    title: 'digest that is empty',
    scenario: 'digest-malformed-empty',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: invalid format"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED',
  },
  {
    title: 'digest with its gzip trailer cut off',
    scenario: 'digest-malformed-truncated',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: invalid format"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED',
  },
  {
    title: 'digest with a JSON key added twice',
    scenario: 'digest-malformed-duplicate-key',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED; 1 LINK_HASH_MISMATCH',
  },
  {
    title: 'digest with a field taken out',
    scenario: 'digest-malformed-missing-field',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_MALFORMED; 1 LINK_HASH_MISMATCH',
  },
  {
    title: 'digest copied over another',
    scenario: 'digest-moved',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: has been moved from its original location"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_MOVED; 1 LINK_HASH_MISMATCH; 1 LINK_SIGNATURE_MISMATCH',
  },
  {
    title: 'digests swapped',
    scenario: 'digest-swapped',
    aws: {
      says: 'exit 1; 4/6 digest files valid, 2/6 digest files INVALID; 8/8 log files valid; 2 x "Digest file INVALID: has been moved from its original location"',
      relation: 'agree',
    },
    ours: 'INVALID; 2 DIGEST_MOVED; 2 LINK_HASH_MISMATCH; 2 LINK_SIGNATURE_MISMATCH',
  },
  {
    title: 'digest with a recorded hash changed',
    scenario: 'digest-signature-invalid',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_SIGNATURE_INVALID; 1 LINK_HASH_MISMATCH',
  },
  {
    title: 'newest digest changed',
    scenario: 'digest-signature-invalid-newest',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_SIGNATURE_INVALID',
  },
  {
    title: 'signature in the metadata changed',
    scenario: 'digest-signature-altered',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_SIGNATURE_INVALID; 1 LINK_SIGNATURE_MISMATCH',
  },
  {
    title: 'signature that is no hexadecimal number',
    scenario: signatureOfLetters,
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: Non-hexadecimal digit found"',
      relation: 'agree',
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_SIGNATURE_MISSING',
  },
  {
    title: 'metadata lost',
    scenario: 'digest-signature-missing',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
      relation: 'agree',
    },
    ours: 'INCONCLUSIVE; 1 DIGEST_SIGNATURE_MISSING',
  },
  {
    title: "digest signed anew by a foreign key under the name of AWS's",
    scenario: 'digest-forged',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: signature verification failed"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_SIGNATURE_INVALID; 1 LINK_HASH_MISMATCH; 1 LINK_SIGNATURE_MISMATCH',
  },
  {
    title: 'digest signed anew by a foreign key under its own name',
    scenario: 'digest-forged-unknown-key',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: public key not found in region us-east-1 for fingerprint …"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_KEY_UNKNOWN; 1 LINK_HASH_MISMATCH; 1 LINK_SIGNATURE_MISMATCH',
  },
  {
    title: 'digest signed by a key that ended weeks ago',
    scenario: 'digest-key-expired',
    aws: {
      says: 'exit 1; 4/5 digest files valid, 1/5 digest files INVALID; 8/8 log files valid; 1 x "Digest file INVALID: public key not found in region us-east-1 for fingerprint …"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 DIGEST_KEY_EXPIRED',
  },
  {
    title: 'digest that leads to the old bucket deleted',
    scenario: 'trail-moved-link-missing',
    aws: {
      says: 'exit 1; 2/3 digest files valid, 1/3 digest files INVALID; 4/4 log files valid; 1 x "Digest file INVALID: not found"',
      relation: 'agree',
    },
    ours: 'INVALID; 1 CHAIN_STARTS_LATE; 1 DIGEST_MISSING',
  },
];
