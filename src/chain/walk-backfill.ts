/**
 * The check of one backfill chain. Backfill digests name log files that came too late for their hour's digest; they
 * come irregularly and their order in time need not be the order of their links (neither is documented). So each is
 * judged by itself, and every link between two of them is checked whichever was read first; no cadence is expected.
 */
import { isoTime } from '../clock.ts';
import { chainId } from '../digest/chain-id.ts';
import { parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { objectUri } from '../source/source.ts';
import { missing, vanished } from './chain-findings.ts';
import type { ChainPlan, RunContext, WalkStep } from './chain-plan.ts';
import { checkDigest, type VerifiedDigest } from './check-digest.ts';
import { checkLink, type Recorded } from './check-link.ts';
import { absentEvents, digestEvents } from './digest-events.ts';
import { DigestQueue, type ListedDigest, placeOf } from './digest-queue.ts';
import { findingObject } from './finding-object.ts';

/** A link that a proven digest makes to a place, whose digest may not have been read yet. */
interface OpenLink {
  readonly ref: ListedDigest['ref'];
  readonly recorded: Recorded;
  readonly successor: VerifiedDigest;
}

/** Judges the backfill digests of `plan`, newest first. Rejects only with errors that end the run. */
export async function* walkBackfill(plan: ChainPlan, context: RunContext): AsyncGenerator<WalkStep> {
  const queue = new DigestQueue(context.source, plan.listed, context.ahead);
  const links = new Map<string, OpenLink>();
  const judged = new Map<string, { sha256: string; signature: string }>();

  const judge = async ({ ref, endTime }: Pick<ListedDigest, 'ref' | 'endTime'>): Promise<WalkStep> => {
    const opened = await queue.open(ref);
    const link = links.get(placeOf(ref));
    links.delete(placeOf(ref));
    if (opened.state === 'absent') {
      const finding =
        link === undefined
          ? vanished(plan, context, ref, endTime)
          : missing(plan, context, ref, endTime, link.successor, false);
      return { at: endTime, events: absentEvents(plan, finding) };
    }
    const { keyRing, moves } = context;
    const judgement = await checkDigest(opened, {
      chain: plan.chain,
      keyRing,
      moves,
      endTime,
      recorded: link?.recorded,
    });
    const events = [...digestEvents(plan, context, opened, judgement)];
    const { digest } = judgement;
    if (digest === undefined) return { at: endTime, events };
    judged.set(placeOf(ref), { sha256: digest.sha256, signature: digest.signature });
    events.push(...follow(digest));
    return { at: endTime, events, digest };
  };

  const follow = (successor: VerifiedDigest): readonly TrailEvent[] => {
    const { previous } = successor.digest;
    if (previous === undefined) return [];
    const ref = context.moves.toActual({ bucket: previous.bucket, key: previous.key });
    const recorded = {
      sha256: previous.sha256,
      signature: previous.signature.toLowerCase(),
      by: objectUri(successor.ref),
    };
    const known = judged.get(placeOf(ref));
    if (known === undefined) {
      links.set(placeOf(ref), { ref, recorded, successor });
      return [];
    }
    const time = isoTime(parseDigestKey(ref.key)?.endTime ?? successor.digest.startTime);
    const about = { object: findingObject(ref, context.moves), chain: chainId(plan.chain), time };
    return checkLink(about, known.sha256, known.signature, recorded).map(
      (finding): TrailEvent => ({ type: 'finding', finding }),
    );
  };

  for (let next = queue.take(); next !== undefined && context.signal?.aborted !== true; next = queue.take()) {
    yield await judge(next);
  }
  // Whatever was linked and not listed: one link may lead to the next, so this runs until none is open.
  for (const link of links.values()) {
    if (context.signal?.aborted === true) return;
    const key = parseDigestKey(link.ref.key);
    const isInWindow = key !== undefined && key.endTime > (context.window.from ?? Number.NEGATIVE_INFINITY);
    if (key?.kind === 'backfill' && isInWindow) yield await judge({ ref: link.ref, endTime: key.endTime });
    else links.delete(placeOf(link.ref));
  }
}
