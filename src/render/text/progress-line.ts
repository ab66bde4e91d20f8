import type { Progress } from '../../findings/event.ts';
import { formatBytes, formatCount, formatDuration } from '../words.ts';

/** Before this many milliseconds a rate is noise, and so is what it foretells. */
const FIRST_ESTIMATE = 3000;

/**
 * Where a run stands, on one line: digest and log files done and planned, bytes, rate and time left.
 * `elapsed` is milliseconds since the start. While Regions are still to come the time left is a lower bound.
 */
export function renderProgressLine(progress: Progress, elapsed: number): string {
  const { digestsDone, digestsPlanned, logsDone, logsPlanned, bytesRead, placesDone, placesPlanned } =
    progress;
  const parts = [
    `digests ${formatCount(digestsDone)}/${formatCount(digestsPlanned)}`,
    `logs ${formatCount(logsDone)}/${formatCount(logsPlanned)}`,
    formatBytes(bytesRead),
  ];
  const done = digestsDone + logsDone;
  if (elapsed >= FIRST_ESTIMATE && done > 0) {
    const perSecond = (done * 1000) / elapsed;
    parts.push(`${perSecond >= 10 ? formatCount(perSecond) : perSecond.toFixed(1)} files/s`);
    const left = remaining(progress, perSecond);
    const word = placesDone < placesPlanned ? 'over' : 'about';
    if (left !== undefined) parts.push(`${word} ${formatDuration(left)} left`);
  }
  // A place is one Region of one account.
  if (placesDone < placesPlanned) {
    parts.push(`Regions ${formatCount(placesDone)}/${formatCount(placesPlanned)}`);
  }
  return parts.join('  ');
}

/**
 * Milliseconds to the end. Log files become known as their digests are proven, so the unread digests are
 * counted with as many log files as the read ones had.
 */
function remaining(progress: Progress, perSecond: number): number | undefined {
  const { digestsDone, digestsPlanned, logsDone, logsPlanned } = progress;
  if (digestsDone === 0) return undefined;
  const logsPerDigest = logsPlanned / digestsDone;
  const digestsLeft = Math.max(0, digestsPlanned - digestsDone);
  const logsLeft = Math.max(0, logsPlanned - logsDone) + digestsLeft * logsPerDigest;
  return ((digestsLeft + logsLeft) * 1000) / perSecond;
}
