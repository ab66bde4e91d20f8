import { HOUR, MINUTE } from '../base/clock.ts';

/** CloudTrail delivers one digest an hour, also when nothing happened (user guide, "CloudTrail digest file structure"). */
export const DIGEST_PERIOD: number = HOUR;

/**
 * How long after a digest's window its absence means nothing yet: delivery takes up to two hours after the end of
 * the hour, so nothing newer than three hours is expected. (Observed: about 30 minutes.)
 */
export const DELIVERY_GRACE: number = 3 * HOUR;

/** How far a digest's time may be from its expected slot and still be the digest of that slot. */
const SLOT_TOLERANCE = 30 * MINUTE;

/**
 * The ends of the hourly windows between two proven digests for which nothing is listed, newest first: counted back
 * from `newerStart`, where the newer one's window begins, to `olderEnd`. `listed` are the ends of what the listing
 * shows there, proven or not. `after` bounds the answer from below.
 */
export function missingSlots(
  newerStart: number,
  olderEnd: number,
  listed: readonly number[],
  after: number,
): readonly number[] {
  const slots: number[] = [];
  const floor = Math.max(olderEnd + SLOT_TOLERANCE, after);
  for (let slot = newerStart; slot > floor; slot -= DIGEST_PERIOD) {
    if (!listed.some((end) => Math.abs(end - slot) <= SLOT_TOLERANCE)) slots.push(slot);
  }
  return slots;
}
