/** Findings about log files, compared with the digests that name them. */
import { type Family, fact } from './family.ts';

/**
 * How much each of them weighs, and what it rests on. Of a file that no digest names, `reason` says that CloudTrail writes no such `name` in that folder, or
 * nothing at that `place`; or it is `undecided` whether a digest outside the window names it. `further` objects next to it are
 * not named one by one.
 */
export const LOG_RULES = {
  LOG_MISSING: { weight: 'violation', evidence: { expected: 'text', digest: 'text', 'claim?': 'text' } },
  LOG_MODIFIED: { weight: 'violation', evidence: { expected: 'text', actual: 'text', digest: 'text' } },
  LOG_MALFORMED: { weight: 'violation', evidence: { problem: 'text', expected: 'text', digest: 'text' } },
  LOG_TRAILING_DATA: {
    weight: 'violation',
    evidence: { trailingBytes: 'count', expected: 'text', actual: 'text', digest: 'text' },
  },
  LOG_UNREADABLE: { weight: 'unproven', evidence: { reason: 'failure', detail: 'text', digest: 'text' } },
  LOG_UNLISTED: {
    weight: 'unproven',
    evidence: {
      'written?': 'text',
      size: 'count',
      'reason?': ['name', 'place', 'undecided'],
      'further?': 'count',
    },
  },
  LOG_LISTED_TWICE: { weight: 'note', evidence: { digest: 'text' } },
} as const;

/** Why CloudTrail cannot have written an unlisted file, or why that is undecided. */
const UNLISTED_REASONS = {
  name: 'CloudTrail writes no such name there',
  place: 'CloudTrail writes nothing there',
  undecided: 'digests outside the window may name it, but they are too many to search',
};

/** The words of each code. */
export const LOG_FINDINGS: Family<typeof LOG_RULES> = {
  LOG_MISSING: {
    title: 'log file missing',
    meaning: 'A proven digest names this log file, and it is not there.',
    advice:
      'Look for a delete marker or an older version, for lifecycle rules, and for DeleteObject in S3 data events.',
    facts: ({ digest, claim }) => [
      fact`named by ${{ digest }}`,
      claim === undefined ? undefined : `the copy says: ${claim}`,
    ],
    subject: 'log',
    serves: 'removal',
    signedHash: ({ expected }) => expected,
    counts: 'missing',
    isGone: true,
    causes: 'removal',
  },
  LOG_MODIFIED: {
    title: 'log file modified',
    meaning: 'The SHA-256 of its uncompressed content is not the one that its proven digest recorded.',
    advice:
      'Its events cannot be relied on. Look for older versions of the object and for who wrote it last.',
    facts: ({ expected, actual, digest }) => [
      fact`expected ${{ hash: expected }}`,
      fact`actual ${{ hash: actual }}`,
      fact`recorded by ${{ digest }}`,
    ],
    subject: 'log',
    serves: 'content',
    signedHash: ({ expected }) => expected,
  },
  LOG_MALFORMED: {
    title: 'log file malformed',
    meaning:
      'The object is not one whole gzip member with the right check sum and length, or it inflates beyond any log file that CloudTrail writes.',
    advice: 'The object was damaged or replaced. Look for older versions of it.',
    facts: ({ problem }) => [problem],
    subject: 'log',
    serves: 'content',
    signedHash: ({ expected }) => expected,
  },
  LOG_TRAILING_DATA: {
    title: 'data after the end of the log file',
    meaning:
      'More bytes follow the gzip member whose content the digest recorded. Tools that read on (zcat, Athena) see records that nobody signed.',
    advice:
      'Do not feed this file to any query. The first member may still be genuine: compare `actual` with `expected`.',
    facts: ({ trailingBytes }) => [
      fact`${{ count: trailingBytes, of: 'byte' }} behind the first gzip member`,
    ],
    subject: 'log',
    serves: 'content',
    signedHash: ({ expected }) => expected,
  },
  LOG_UNREADABLE: {
    title: 'log file could not be read',
    meaning:
      'The object is there, but it could not be read: it is denied, archived, undecryptable, too large, or unreachable after retries. Or a copy or bag names it and lacks its file, or has a link or a pipe in its place.',
    advice:
      'Grant s3:GetObject and, for SSE-KMS, kms:Decrypt; restore archived objects; make an incomplete copy or bag again, without links (cp -L, rsync -L); then run again.',
    facts: ({ reason, detail }) => [`${reason}: ${detail}`],
    subject: 'log',
    serves: 'reading',
    causes: 'refusal',
  },
  LOG_UNLISTED: {
    title: 'log file that no digest lists',
    meaning:
      "It is among the log files of a time that proven digests cover, and none of them names it. Or CloudTrail writes nothing in that place or under that name: next to the folders of the days; in a folder that can be no Region or account; in one that can be no year, month or day on the way to the window's days; or in one whose name passes for CloudTrail. It was planted, or a trail without log file validation wrote it.",
    advice:
      'Do not rely on it, and see whether your queries read it. If another trail without log file validation writes to the same folders, switch its validation on.',
    facts: ({ written, size, reason, further }) => [
      written === undefined ? undefined : `written ${written}`,
      fact`${{ bytes: size }}`,
      reason === undefined ? undefined : UNLISTED_REASONS[reason],
      further === undefined ? undefined : fact`and ${{ count: further, of: 'more object' }}`,
    ],
    subject: 'log',
    serves: 'additions',
    counts: 'unlisted',
  },
  LOG_LISTED_TWICE: {
    title: 'log file listed twice in one digest',
    meaning:
      'One digest names the same log file more than once. It was checked against each recorded hash and counted once.',
    advice: 'Nothing to do.',
    facts: ({ digest }) => [fact`in ${{ digest }}`],
    subject: 'log',
    serves: 'content',
  },
};
