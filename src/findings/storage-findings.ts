/** Findings about other stored objects, and their form: objects that CloudTrail did not write, copies that changed their form. */
import { type Family, fact } from './family.ts';

/** How much each of them weighs, and what it rests on. */
export const STORAGE_RULES = {
  OBJECT_UNRECOGNIZED: { weight: 'note', evidence: { size: 'count' } },
  DIGEST_STORED_INFLATED: { weight: 'note', evidence: { sha256: 'text' } },
  LOG_STORED_INFLATED: { weight: 'note', evidence: { sha256: 'text', digest: 'text' } },
  OUTSIDE_TARGET: {
    weight: 'unproven',
    evidence: { kind: ['tree', 'file', 'unread'], path: 'text', 'reason?': 'text' },
  },
  OBJECT_TWICE: { weight: 'unproven', evidence: { other: 'text' } },
} as const;

/** The words of each code. */
export const STORAGE_FINDINGS: Family<typeof STORAGE_RULES> = {
  OBJECT_UNRECOGNIZED: {
    title: "object or folder that is not CloudTrail's",
    meaning:
      'An object among the digests has a key that CloudTrail would not write, or would not write yet. Or an unknown folder is next to those of the trail, and holds nothing that passes for log files. It was not read.',
    advice: 'Find out who put it there.',
    facts: ({ size }) => [fact`${{ bytes: size }}`],
    subject: 'object',
  },
  DIGEST_STORED_INFLATED: {
    title: 'digest file stored without its gzip',
    meaning:
      'The stored bytes are the content that AWS signed, not the gzip file that CloudTrail wrote: the tool that copied it inflated it.',
    advice:
      'Nothing to do for the proof. Copy with `trail-verify collect` or `aws s3 sync`, which keep files as they are.',
    facts: ({ sha256 }) => [fact`SHA-256 ${{ hash: sha256 }}`],
    subject: 'digest',
  },
  LOG_STORED_INFLATED: {
    title: 'log file stored without its gzip',
    meaning:
      'The stored bytes are the content whose hash the digest recorded, not the gzip file that CloudTrail wrote: the tool that copied it inflated it.',
    advice:
      'Nothing to do for the proof. Copy with `trail-verify collect` or `aws s3 sync`, which keep files as they are.',
    facts: ({ sha256, digest }) => [fact`SHA-256 ${{ hash: sha256 }}`, fact`in ${{ digest }}`],
    subject: 'log',
  },
  OUTSIDE_TARGET: {
    title: 'files of CloudTrail outside what was verified',
    meaning:
      'The folder holds a tree or file named as CloudTrail names its own. It is outside the verified buckets, or next to the `AWSLogs` folders in them. Or the folder holds a link that was not followed, or a folder that could not be read. Nothing in it was examined. The verified files may be originals put elsewhere, and the changed files may be here.',
    advice:
      'Find out what it is and who put it there. Verify it by itself, say with --layout and --bucket what the folder is, or take it out of the folder. Where a folder may not be read, give this user the right to.',
    facts: ({ path, reason }) => [path, reason === undefined ? undefined : `not read: ${reason}`],
    subject: 'other',
  },
  OBJECT_TWICE: {
    title: 'two files for one object',
    meaning:
      "The copy holds two files or folders whose names mean the same key: one has the key's own name, the other its escaped form. Both were listed, the second under its own name.",
    advice:
      'No tool writes such a copy. Find out which of the two was in the bucket, and make the copy again.',
    facts: ({ other }) => [`also as ${other}`],
    subject: 'object',
  },
};
