import type { Limit } from '../findings/event.ts';

/** What no run of this tool ever shows, whatever its options. */
const ALWAYS: readonly Limit[] = [
  {
    code: 'DELIVERED_ONLY',
    text: 'A proven log file is unchanged since CloudTrail delivered it. Whether its events are true or complete is not shown.',
  },
  { code: 'AFTER_LAST_DIGEST', text: 'Activity after the newest proven digest is not covered.' },
  {
    code: 'KEY_TRUST',
    text: "CloudTrail's public keys are trusted as AWS's API or the key file gave them; there is no certificate and no revocation to check.",
  },
  {
    code: 'BACKFILL_OPTIONAL',
    text: 'Backfill digests come only when needed, so a deleted one without a successor leaves no trace but its log files, which are then unlisted.',
  },
];

/** The limits that follow from how a run was asked for; never empty. */
export function fixedLimits(asked: {
  readonly logs?: boolean;
  readonly unlisted?: boolean;
  readonly from?: number;
}): readonly Limit[] {
  const limits = [...ALWAYS];
  if (asked.logs === false)
    limits.push({
      code: 'LOGS_NOT_CHECKED',
      text: 'Log files were not read: only digests and their links were checked (--no-logs).',
    });
  if (asked.unlisted === false)
    limits.push({
      code: 'UNLISTED_NOT_SEARCHED',
      text: 'Log folders were not listed: log files that no digest names went unseen (--no-unlisted).',
    });
  else
    limits.push({
      code: 'UNLISTED_IN_WINDOW',
      text: "Log folders were searched for unlisted files in the window's days only.",
    });
  if (asked.from === undefined)
    limits.push({
      code: 'WINDOW_AS_FOUND',
      text: 'No beginning was asked for: time before the oldest digest of each chain is not covered.',
    });
  return limits;
}
