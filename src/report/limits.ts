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

/** What of a run's options limits what it shows. */
export interface AskedFor {
  readonly logs?: boolean | undefined;
  readonly unlisted?: boolean | undefined;
  readonly from?: number | undefined;
  readonly expectations?: readonly { readonly settings?: object }[] | undefined;
}

/** The limits that follow from how a run was asked for; never empty. */
export function fixedLimits(asked: AskedFor): readonly Limit[] {
  const limits = [...ALWAYS];
  const add = (code: string, text: string): number => limits.push({ code, text });
  if (asked.logs === false)
    add(
      'LOGS_NOT_CHECKED',
      'Log files were not read: only digests and their links were checked (--no-logs).',
    );
  if (asked.unlisted === false)
    add(
      'UNLISTED_NOT_SEARCHED',
      'Log folders were not listed: log files that no digest names went unseen (--no-unlisted).',
    );
  else
    add(
      'UNLISTED_IN_WINDOW',
      "Log folders were searched for unlisted files in the window's days, and on the levels that lead to them also in folders that can be no year, month or day; other days and other months, whatever is in them, and the folders of other services, were not looked into.",
    );
  if (asked.from === undefined)
    add(
      'WINDOW_AS_FOUND',
      'No beginning was asked for: time before the oldest digest of each chain is not covered.',
    );
  if (asked.expectations?.some(({ settings }) => settings !== undefined) === true)
    add(
      'TRAIL_AS_IT_IS_NOW',
      "What must be there follows the trail's settings as they are now, not as they were in the window: a Region or account that it served only before they were changed, and of which every trace is gone, goes unseen.",
    );
  if ((asked.expectations ?? []).length === 0) {
    add(
      'NOTHING_EXPECTED',
      'What must be there was not known (no trail ARN, no --expect): an account, Region or trail of which every trace is gone goes unseen.',
    );
  }
  return limits;
}

/** The limit that log files are which were left undecided. */
export function undecidedLimit(count: number): string {
  const [files, they] =
    count === 1 ? ['1 log file', 'it'] : [`${count.toLocaleString('en-US')} log files`, 'them'];
  return `${files} of the time asked about could not be decided: a digest still to come, or one from before the oldest, may name ${they}. Whether CloudTrail delivered ${they} is not shown; a later run tells.`;
}

/** The limit that log files are from before the oldest digest, where no beginning was asked for; `paths` as `2025/` or `2026/03/02/`. */
export function earlierLimit(paths: readonly string[]): string {
  const [earliest = ''] = [...paths].sort();
  const where =
    paths.length === 1 ? "one Region's folder" : `${paths.length.toLocaleString('en-US')} Regions' folders`;
  return `Log files lie before the oldest digest in ${where}, from ${earliest.slice(0, -1)} on: no digest covers them, and they were not read. Where the trail validated its log files then, digests were deleted.`;
}
