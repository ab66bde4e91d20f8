/** Findings about the run itself: what it could not examine, and what may stop a later run from examining it. */
import { type Family, fact } from './family.ts';

/** How much each of them weighs, and what it rests on. The user stopped the run, or it failed with an error after which no object could be read. */
export const RUN_RULES = {
  DISCOVERY_INCOMPLETE: { weight: 'unproven', evidence: { foldersListed: 'count' } },
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
} as const;

/** The words of each code. */
export const RUN_FINDINGS: Family<typeof RUN_RULES> = {
  DISCOVERY_INCOMPLETE: {
    title: 'the search for trails ended before every folder was examined',
    meaning:
      'There are more folders above the trails than a search looks into (2,000, and a dozen deep), or more outside the buckets of a copy. The search may have missed a trail.',
    advice:
      "Name the trail's prefix in the target, for example s3://bucket/prefix, or s3://bucket/AWSLogs/ where it has none; of a folder, take out what is not the copy.",
    facts: ({ foldersListed }) => [fact`${{ count: foldersListed, of: 'folder' }} examined`],
    subject: 'other',
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
  },
  RUN_INTERRUPTED: {
    title: 'run was interrupted',
    meaning: 'The run was stopped, or failed, before everything in scope was checked.',
    advice: 'Run again.',
    facts: (evidence) => (evidence.reason === 'failed' ? [evidence.detail] : []),
    subject: 'other',
    acceptance: 'never',
    endsRun: true,
  },
  NOTHING_VERIFIED: {
    title: 'nothing was verified',
    meaning: 'No proven digest in scope covers any time of the window. A pass on nothing is no pass.',
    advice: 'Check the target, its prefix, the window and the filters; check that log file validation is on.',
    facts: () => [],
    subject: 'other',
    acceptance: 'never',
    holdsBack: 'its-place',
  },
};
