import { formatDigestKey, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { ObjectRef } from '../source/source.ts';
import { DIGEST_PERIOD, missingSlots } from './cadence.ts';
import { missing, restarted } from './chain-findings.ts';
import type { ChainPlan, WalkContext } from './chain-plan.ts';
import type { VerifiedDigest } from './check-digest.ts';
import { absentEvents } from './digest-events.ts';

/** A walk that lost its link: the last proven digest above, whether it begins a chain, and the ends of what was judged since. */
export interface Break {
  readonly newer: VerifiedDigest;
  readonly starting: boolean;
  readonly seen: number[];
}

/** What a break turned out to be, and the oldest digest that is now known to have been there. */
export interface BelowBreak {
  readonly events: readonly TrailEvent[];
  readonly oldest: { readonly ref: ObjectRef; readonly from: number } | undefined;
}

/**
 * What a proven digest below a break tells of it: above a starting digest the chain began anew; otherwise each hour
 * between the two for which nothing is there is a missing digest, named as CloudTrail would have named it.
 */
export function eventsBelowBreak(
  plan: ChainPlan,
  context: WalkContext,
  gap: Break,
  older: ObjectRef,
  olderEnd: number,
): BelowBreak {
  if (gap.starting) {
    const finding = restarted(plan, context, gap.newer, { ref: older, endTime: olderEnd });
    return { events: [{ type: 'finding', finding }], oldest: undefined };
  }
  const name = parseDigestKey(gap.newer.ref.key);
  if (name === undefined) return { events: [], oldest: undefined };
  const after = context.window.from ?? Number.NEGATIVE_INFINITY;
  const absent = missingSlots(gap.newer.digest.startTime, olderEnd, gap.seen, after).map((endTime) => ({
    ref: { bucket: gap.newer.ref.bucket, key: formatDigestKey({ ...name, endTime }) },
    endTime,
  }));
  const events = absent.flatMap(({ ref, endTime }) =>
    absentEvents(plan, missing(plan, context, ref, endTime, gap.newer, true)),
  );
  const last = absent.at(-1);
  return {
    events,
    oldest: last === undefined ? undefined : { ref: last.ref, from: last.endTime - DIGEST_PERIOD },
  };
}
