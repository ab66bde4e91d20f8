/** Findings that only a run with a state can make: it compares what it sees with a checkpoint. */
import { type EvidenceOf, type Fact, type Family, fact, type Weight } from './family.ts';

/** How much each of them weighs, and what it rests on. `checkpoint` is the SHA-256 of the one that was read. */
export const STATE_RULES = {
  CHAIN_ROLLED_BACK: {
    weight: 'violation',
    evidence: { expected: 'text', provenThrough: 'text', checkpoint: 'text', newest: 'text' },
  },
  CHAIN_REWRITTEN: {
    weight: 'violation',
    evidence: {
      expected: 'text',
      'actual?': 'text',
      expectedSignature: 'text',
      'actualSignature?': 'text',
      checkpoint: 'text',
    },
  },
  CHAIN_VANISHED: {
    weight: 'violation',
    evidence: {
      gone: ['account', 'region', 'trail'],
      account: 'text',
      region: 'text',
      trail: 'text',
      provenThrough: 'text',
      checkpoint: 'text',
    },
  },
  LOG_CHANGED_SINCE_CHECKPOINT: {
    weight: 'violation',
    evidence: {
      expected: 'text',
      digest: 'text',
      checkpoint: 'text',
      checkpointTime: 'text',
      'actual?': 'text',
    },
  },
  LOG_VANISHED_SINCE_CHECKPOINT: {
    weight: 'violation',
    evidence: {
      expected: 'text',
      digest: 'text',
      checkpoint: 'text',
      checkpointTime: 'text',
    },
  },
  LISTING_SHRUNK: {
    weight: ['violation', 'unproven'],
    evidence: {
      day: 'text',
      digestsBefore: 'count',
      digestsNow: 'count',
      logsBefore: 'count',
      logsNow: 'count',
      checkpoint: 'text',
    },
    weigh: ({
      digestsBefore,
      digestsNow,
    }: Readonly<Record<'digestsBefore' | 'digestsNow', number>>): Weight =>
      digestsNow < digestsBefore ? 'violation' : 'unproven',
  },
  STATE_BEHIND: {
    weight: ['violation', 'unproven'],
    evidence: { required: 'text', 'actual?': 'text', 'written?': 'text' },
  },
} as const;

/** The words of each code. */
export const STATE_FINDINGS: Family<typeof STATE_RULES> = {
  CHAIN_ROLLED_BACK: {
    title: 'chain ends before its checkpoint',
    meaning:
      'An earlier run proved this digest as the end of the chain. It is gone, and the newest digest that is left is older: the chain was cut back.',
    advice:
      'Look for a delete marker or an older version of the digest, and for DeleteObject in the S3 data events since the checkpoint was written. Keep the old state file: it holds the hash and the signature of what was there.',
    facts: ({ provenThrough, newest, checkpoint }) => [
      `proven through ${provenThrough}`,
      fact`newest is ${{ digest: newest }}`,
      fact`checkpoint ${{ hash: checkpoint }}`,
    ],
    subject: 'chain',
    serves: 'removal',
    isGone: true,
    against: 'checkpoint',
  },
  CHAIN_REWRITTEN: {
    title: 'chain is not the one that the checkpoint proved',
    meaning:
      'An earlier run proved a digest at this place. Now this place holds other content or another signature, or it is empty while newer digests exist.',
    advice:
      'Compare the versions of the object, and keep the old state file: it holds the hash and the signature of what was there. Look for DeleteTrail and CreateTrail since then.',
    facts: ({ expected, actual, expectedSignature, actualSignature, checkpoint }) => [
      fact`expected ${{ hash: expected }}`,
      actual === undefined ? 'actual none' : fact`actual ${{ hash: actual }}`,
      actualSignature === undefined
        ? undefined
        : fact`signature ${{ hash: actualSignature }} in place of ${{ hash: expectedSignature }}`,
      fact`checkpoint ${{ hash: checkpoint }}`,
    ],
    subject: 'chain',
    serves: 'content',
    against: 'checkpoint',
  },
  CHAIN_VANISHED: {
    title: 'chain that was proven before has vanished',
    meaning:
      'An earlier run proved digests of this account, Region and trail, and now there is not one of them. `gone` says how much vanished with it.',
    advice:
      'Look for mass deletion under that prefix and for lifecycle rules. Where evidence was meant to expire, give --from; after an incident is settled, begin a new state file.',
    facts: ({ gone, provenThrough, checkpoint }) => [
      `the ${gone} is gone`,
      `proven through ${provenThrough}`,
      fact`checkpoint ${{ hash: checkpoint }}`,
    ],
    subject: 'chain',
    serves: 'removal',
    isGone: true,
    against: 'checkpoint',
    holdsBack: 'its-place',
  },
  LOG_CHANGED_SINCE_CHECKPOINT: {
    title: 'log file changed after it was verified',
    meaning:
      'An earlier run read this log file as its digest recorded it. Now it is another: the change was made after the checkpoint was written.',
    advice:
      'Look for older versions of the object and for PutObject in S3 data events between the checkpoint and now.',
    facts: sinceFacts,
    subject: 'log',
    serves: 'content',
  },
  LOG_VANISHED_SINCE_CHECKPOINT: {
    title: 'log file vanished after it was verified',
    meaning:
      'An earlier run read this log file as its digest recorded it. Now it is gone: it was deleted after the checkpoint was written.',
    advice:
      'Look for a delete marker, for lifecycle rules, and for DeleteObject in S3 data events between the checkpoint and now.',
    facts: sinceFacts,
    subject: 'log',
    serves: 'removal',
    isGone: true,
  },
  LISTING_SHRUNK: {
    lighter: 'unproven where only log files are fewer: what no digest names may have been among them',
    title: 'a day holds fewer objects than at the checkpoint',
    meaning:
      'The folders of this day held more digests or log files when the checkpoint was written. Other findings name the objects that digests record. A backfill digest that was removed together with its log files leaves no other trace.',
    advice:
      'Look for delete markers and for DeleteObject in S3 data events since the checkpoint was written.',
    facts: ({ day, digestsBefore, digestsNow, logsBefore, logsNow }) => [
      `${day}: digest files ${digestsBefore}, now ${digestsNow}`,
      `log files ${logsBefore}, now ${logsNow}`,
    ],
    subject: 'other',
    serves: 'removal',
    against: 'checkpoint',
  },
  STATE_BEHIND: {
    lighter:
      'unproven where only the state itself says that it followed the required one, and no signer of the run signed it',
    title: 'state is older than the checkpoint required',
    meaning:
      'The state file is neither the required checkpoint nor one that followed it. Somebody put an old one back, or the file is lost. It was not replaced.',
    advice:
      'For an unsigned state, give the hash of the newest checkpoint itself, or let runs sign. Otherwise find the newest checkpoint in the logs of earlier runs, restore it from a version of the state file, and find out who wrote the old one.',
    facts: ({ required, actual, written }) => [
      `required ${required}`,
      actual === undefined ? 'there is no state' : fact`found ${{ hash: actual }} of ${written ?? '?'}`,
    ],
    subject: 'other',
    serves: 'reading',
    against: 'checkpoint',
  },
};

function sinceFacts({
  checkpoint,
  checkpointTime,
  digest,
}: EvidenceOf<(typeof STATE_RULES.LOG_VANISHED_SINCE_CHECKPOINT)['evidence']>): readonly Fact[] {
  return [
    fact`verified by the checkpoint ${{ hash: checkpoint }} of ${checkpointTime}`,
    fact`named by ${{ digest }}`,
  ];
}
