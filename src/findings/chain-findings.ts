/** Findings about chains and the time that they cover. */
import { type Family, fact } from './family.ts';

/** How much each of them weighs, and what it rests on. `basis` names the source that expects the chain. */
export const CHAIN_RULES = {
  CHAIN_RESTARTED: { weight: 'unproven', evidence: { uncovered: 'span', lastBefore: 'text' } },
  CHAIN_ENDS_EARLY: {
    weight: ['unproven', 'violation'],
    evidence: { uncovered: 'span', 'newest?': 'text', 'lastDelivered?': 'text' },
  },
  CHAIN_STARTS_LATE: { weight: 'unproven', evidence: { uncovered: 'span', 'oldest?': 'text' } },
  CHAIN_ABSENT: {
    weight: ['unproven', 'violation'],
    evidence: {
      basis: [
        'scope',
        'expect-file',
        'trail-description',
        'trail-status',
        'organization',
        'log-files',
        'digest-folder',
        'backfill-digests',
      ],
      'account?': 'text',
      'region?': 'text',
      'trail?': 'text',
      'lastDelivered?': 'text',
      'memberStatus?': 'text',
    },
  },
  TRAIL_CHANGED: {
    weight: 'unproven',
    evidence: { setting: ['multi-region', 'organization'], 'organization?': 'text' },
  },
  WINDOW_HOLE: { weight: 'unproven', evidence: { uncovered: 'span', newer: 'text', older: 'text' } },
  WINDOW_OVERLAP: { weight: 'note', evidence: { overlap: 'span', newer: 'text', older: 'text' } },
} as const;

/** The words of each code. */
export const CHAIN_FINDINGS: Family<typeof CHAIN_RULES> = {
  CHAIN_RESTARTED: {
    title: 'chain begins again',
    meaning:
      'A starting digest comes after an earlier digest: logging or log file validation was switched off and on again. No digest covers log files that were delivered in between, if there are any.',
    advice:
      'Look for StopLogging, UpdateTrail, DeleteTrail and their opposites in the log files before and after, and in event history.',
    facts: ({ uncovered, lastBefore }) => [
      fact`uncovered ${{ span: uncovered }}`,
      fact`last before it is ${{ digest: lastBefore }}`,
    ],
    subject: 'chain',
    serves: 'time',
    span: ({ uncovered }) => uncovered,
    causes: 'silence',
  },
  CHAIN_ENDS_EARLY: {
    heavier: "a violation where the trail's status shows that a newer digest was delivered",
    title: 'chain ends before the window does',
    meaning:
      "The newest digest is older than CloudTrail's delay can explain: the newest digests were deleted, or logging stopped. The search for chains goes back as far as the digest folders do. So this may be long before the window.",
    advice:
      'Check with `aws cloudtrail get-trail-status` in that Region whether the trail logs and when it last delivered a digest. After an outage CloudTrail delivers old digests first: run again an hour later. For a trail that was given up, accept the finding (--accept) or narrow the scope.',
    facts: ({ uncovered, newest, lastDelivered }) => [
      fact`uncovered ${{ span: uncovered }}`,
      newest === undefined ? undefined : fact`newest is ${{ digest: newest }}`,
      lastDelivered === undefined ? undefined : `AWS delivered a digest at ${lastDelivered}`,
    ],
    subject: 'chain',
    serves: 'time',
    span: ({ uncovered }) => uncovered,
    isGone: true,
    isBeyondChain: true,
    causes: 'silence',
    holdsBack: 'nothing',
  },
  CHAIN_STARTS_LATE: {
    title: 'window begins before the first digest',
    meaning:
      'Nothing proves the time between the start of the window and the first digest. A starting digest proves nothing about the hour before it.',
    advice:
      'If the trail, the account or the Region is younger than the window, begin the window where it began; otherwise look for deleted digests.',
    facts: ({ uncovered }) => [fact`uncovered ${{ span: uncovered }}`],
    subject: 'chain',
    serves: 'time',
    span: ({ uncovered }) => uncovered,
    isBeyondChain: true,
    causes: 'silence',
  },
  CHAIN_ABSENT: {
    heavier: 'a violation where evidence shows that digests were delivered there',
    title: 'expected chain has no digest',
    meaning:
      'An account, Region or trail that must be there has no digest at all. Trails of closed accounts must be there too: CloudTrail goes on delivering for a member that is suspended or closing.',
    advice:
      "Check the trail's Regions, the bucket policy and get-trail-status of that Region; look for mass deletion under that prefix. For an account that was closed before the trail reached it, accept the finding (--accept) or narrow the scope.",
    facts: ({ basis, account, region, trail, lastDelivered, memberStatus }) => [
      `expected (${basis}): ${[account, region, trail].filter((part) => part !== undefined).join('/')}`,
      lastDelivered === undefined ? undefined : `AWS delivered a digest at ${lastDelivered}`,
      memberStatus === undefined ? undefined : `the account is ${memberStatus}`,
    ],
    subject: 'chain',
    serves: 'time',
    isGone: true,
    causes: 'silence',
    holdsBack: 'nothing',
  },
  TRAIL_CHANGED: {
    title: "trail is not set up as the window's digests show",
    meaning:
      "Proven digests of the window come from a trail of several Regions, or from an organization's trail. CloudTrail says that the trail is no longer one. The expected chains follow from the settings as they are now, so missing Regions or accounts remain unknown.",
    advice:
      'Look for who changed the trail (UpdateTrail). Name the accounts and Regions that delivered in the window with --expect, on the bucket as the target; where the change is known, accept the finding (--accept).',
    facts: ({ setting, organization }) => {
      const where = organization === undefined ? '' : ` in the folder of ${organization}`;
      return setting === 'multi-region'
        ? [`it delivered${where} in this Region, and is of its home Region alone now`]
        : [`it delivered${where}, and is no organization's trail now`];
    },
    subject: 'other',
    serves: 'time',
  },
  WINDOW_HOLE: {
    title: 'time between two linked digests is not covered',
    meaning:
      'A digest begins after its predecessor ended, although the two are linked. No digest covers the time between them.',
    advice:
      'Ask AWS support for the digests of that time, and look at LatestDigestDeliveryError of the trail.',
    facts: ({ uncovered }) => [fact`uncovered ${{ span: uncovered }}`],
    subject: 'chain',
    serves: 'time',
    span: ({ uncovered }) => uncovered,
    causes: 'silence',
  },
  WINDOW_OVERLAP: {
    title: 'windows of two linked digests overlap',
    meaning: 'A digest begins before its predecessor ended. Nothing is uncovered.',
    advice: 'Nothing to do: redelivery can cause it.',
    facts: ({ overlap }) => [fact`overlap ${{ span: overlap }}`],
    subject: 'chain',
    serves: 'time',
  },
};
