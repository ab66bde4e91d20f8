import { type Family, fact } from './family.ts';

/** Findings about other stored objects, and their form: objects that CloudTrail did not write, copies that changed their form. */

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
    serves: 'additions',
  },
  DIGEST_STORED_INFLATED: {
    title: 'digest file stored without its gzip',
    meaning:
      'The stored bytes are the content that AWS signed, not the gzip file that CloudTrail wrote: the tool that copied it inflated it.',
    advice:
      'Nothing to do for the proof. Copy with `trail-verify collect` or `aws s3 sync`, which keep files as they are.',
    facts: ({ sha256 }) => [fact`SHA-256 ${{ hash: sha256 }}`],
    subject: 'digest',
    serves: 'content',
  },
  LOG_STORED_INFLATED: {
    title: 'log file stored without its gzip',
    meaning:
      'The stored bytes are the content whose hash the digest recorded, not the gzip file that CloudTrail wrote: the tool that copied it inflated it.',
    advice:
      'Nothing to do for the proof. Copy with `trail-verify collect` or `aws s3 sync`, which keep files as they are.',
    facts: ({ sha256, digest }) => [fact`SHA-256 ${{ hash: sha256 }}`, fact`in ${{ digest }}`],
    subject: 'log',
    serves: 'content',
  },
  OUTSIDE_TARGET: {
    title: 'files of CloudTrail outside what was verified',
    meaning:
      'The folder holds a tree or file named as CloudTrail names its own. It is outside the verified buckets, or next to the `AWSLogs` folders in them. Or the folder holds a link that was not followed, a pipe or the like, or a folder that could not be read. Nothing in it was examined. The verified files may be originals put elsewhere, and the changed files may be here.',
    advice:
      'Find out what it is and who put it there. Verify it by itself, say with --layout and --bucket what the folder is, or take it out of the folder. Where a folder may not be read, give this user the right to. Where a link is in its place, put the folder itself there (cp -L, rsync -L).',
    facts: ({ path, reason }) => [path, reason === undefined ? undefined : `not read: ${reason}`],
    subject: 'other',
    serves: 'reading',
  },
  OBJECT_TWICE: {
    title: 'two files for one object',
    meaning:
      "The copy holds two files or folders whose names mean the same key: one has the key's own name, the other its escaped form. Both were listed, the second under its own name.",
    advice:
      'No tool writes such a copy. Find out which of the two was in the bucket, and make the copy again.',
    facts: ({ other }) => [`also as ${other}`],
    subject: 'object',
    serves: 'additions',
  },
};

/** Findings about the run itself: what it could not examine, and what may stop a later run from examining it. */

/** How much each of them weighs, and what it rests on. The user stopped the run, or it failed with an error after which no object could be read. */
export const RUN_RULES = {
  DISCOVERY_INCOMPLETE: { weight: 'unproven', evidence: { foldersListed: 'count', 'refused?': 'text' } },
  EVIDENCE_MAY_EXPIRE: {
    weight: 'note',
    evidence: {
      rule: 'text',
      prefix: 'text',
      'days?': 'count',
      'date?': 'text',
      'noncurrentDays?': 'count',
      versioning: 'text',
      objectLock: 'flag',
      'lockDays?': 'count',
    },
  },
  RUN_INTERRUPTED: {
    weight: 'unproven',
    evidence: [
      { reason: ['stopped'] },
      { reason: ['failed'], error: 'text', detail: 'text', 'hint?': 'text' },
    ],
  },
  NOTHING_VERIFIED: { weight: 'unproven', evidence: 'nothing' },
  SHARD_UNPROVEN: {
    weight: 'unproven',
    evidence: {
      shard: 'count',
      reason: ['missing', 'damaged', 'other-shard', 'other-version', 'signer', 'differs', 'gone'],
      detail: 'text',
      digests: 'count',
      chains: 'count',
      after: 'text',
      through: 'text',
    },
  },
} as const;

/** The words of each code. */
export const RUN_FINDINGS: Family<typeof RUN_RULES> = {
  DISCOVERY_INCOMPLETE: {
    title: 'the search for trails ended before every folder was examined',
    meaning:
      'There are more folders above the trails than a search looks into (2,000, and a dozen deep), or more outside the buckets of a copy. The search may have missed a trail. With `refused`, the folder may not be listed with the rights of this run: what only that listing shows was not seen. All else was verified.',
    advice:
      "Name the trail's prefix in the target, for example s3://bucket/prefix, or s3://bucket/AWSLogs/ where it has none; of a folder, take out what is not the copy. Where a listing was refused, grant s3:ListBucket for that prefix, or name the accounts that are meant with --account.",
    facts: ({ foldersListed, refused }) => [
      fact`${{ count: foldersListed, of: 'folder' }} examined`,
      refused,
    ],
    subject: 'other',
    serves: 'reading',
    holdsBack: 'nothing',
  },
  EVIDENCE_MAY_EXPIRE: {
    title: 'a lifecycle rule removes evidence',
    meaning:
      "A lifecycle rule of the bucket expires objects, or their replaced versions, in the trail's folders. Digests and log files that it removes are missing in later runs. Nothing distinguishes them from those that an intruder deleted.",
    advice:
      'Keep evidence as long as audits may ask for it: lengthen the rule, or turn on Object Lock with a retention period. Where the rule is intended, give a --from within its period.',
    facts: ({ rule, prefix, days, date, noncurrentDays, versioning, objectLock, lockDays }) => [
      `lifecycle rule ${JSON.stringify(rule)} for ${prefix === '' ? 'every key' : prefix}`,
      days === undefined ? undefined : fact`expires objects after ${{ count: days, of: 'day' }}`,
      date === undefined ? undefined : `expires objects on ${date}`,
      noncurrentDays === undefined
        ? undefined
        : fact`removes replaced versions after ${{ count: noncurrentDays, of: 'day' }}`,
      !objectLock || lockDays === undefined
        ? `versioning ${versioning}, Object Lock ${objectLock ? 'on' : 'off'}`
        : fact`versioning ${versioning}, Object Lock on for ${{ count: lockDays, of: 'day' }}`,
    ],
    subject: 'other',
    serves: 'retention',
  },
  RUN_INTERRUPTED: {
    title: 'run was interrupted',
    meaning: 'The run was stopped, or failed, before everything in scope was checked.',
    advice: 'Run again.',
    facts: (evidence) => (evidence.reason === 'failed' ? [evidence.detail] : []),
    subject: 'other',
    serves: 'reading',
    acceptance: 'never',
    endsRun: true,
  },
  NOTHING_VERIFIED: {
    title: 'nothing was verified',
    meaning: 'No proven digest in scope covers any time of the window. A pass on nothing is no pass.',
    advice:
      'Check the target, its prefix, the window and the filters; check that log file validation is on. Query results of CloudTrail Lake prove no trail: to verify them alone, give --query-results.',
    facts: () => [],
    subject: 'other',
    serves: 'reading',
    acceptance: 'never',
    holdsBack: 'its-place',
  },
  SHARD_UNPROVEN: {
    title: 'part of a plan that is not proven',
    meaning:
      'The run was divided over machines by a plan. Of this shard there is no result that somebody signed who is trusted, or it is damaged, of another shard or plan, or of another version of this tool. Or there are two results that differ: its objects may have changed between two readings. None of its digests was read then. Or a chain of which the plan listed digests is gone as a whole.',
    advice:
      'Run the shard (`trail-verify run-shard PLAN --index N`), and merge again. Where another machine signed it, give its certificate with `--shard-signer`. Where two results differ, keep both: find out who wrote them, and what changed in the bucket meanwhile. Of a chain that is gone, its result still holds the digests.',
    facts: ({ shard, reason, detail, digests, chains, after, through }) => [
      `shard ${shard}: ${reason === 'missing' ? detail : `${REASONS[reason]}: ${detail}`}`,
      fact`${{ count: digests, of: 'digest' }} of ${{ count: chains, of: 'trail' }}, ${after === '' ? 'from the beginning' : `after ${after}`} through ${through}`,
    ],
    subject: 'other',
    serves: 'reading',
    acceptance: 'never',
  },
};

/** Why a result does not count, in words. */
const REASONS = {
  damaged: 'its result is damaged',
  'other-shard': 'its result is of another shard',
  'other-version': 'its result is of another version',
  signer: 'its result does not count',
  differs: 'a second result differs',
  gone: 'nothing is left of a chain that the plan listed',
} as const;
