/**
 * The check of one backfill chain. Backfill digests name log files that came too late for their hour's digest; they
 * come irregularly and their order in time need not be the order of their links (neither is documented). So each is
 * judged by itself, and every link between two of them is checked whichever was read first; no cadence is expected.
 */
import { isoTime } from '../base/clock.ts';
import { chainId, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { absentEvents, digestEvents, missing, vanished, withAstrayLink } from './chain-findings.ts';
import {
  checkDigest,
  checkLink,
  findingObject,
  type Link,
  linkOf,
  proofFrom,
  type VerifiedDigest,
} from './check-digest.ts';
import { DigestQueue, type ListedDigest, placeOf } from './digest-queue.ts';
import { type ChainPlan, examinedDigest, type WalkContext, type WalkStep } from './list-digests.ts';
import type { OpenedDigest } from './read-digest.ts';

/** What one judged digest turned out to be, for links that are read after it. */
interface Judged {
  readonly sha256: string | undefined;
  readonly signature: string | undefined;
}

/**
 * Judges the backfill digests of `plan`, newest first. Those at places (`bucket/key`) that are `settled` are not listed in it,
 * for an earlier run judged them: where a link leads to one it is judged again, and its own links are not followed. Rejects only
 * with errors that end the run.
 */
export async function* walkBackfill(
  plan: ChainPlan,
  context: WalkContext,
  settled?: ReadonlySet<string>,
): AsyncGenerator<WalkStep> {
  const queue = new DigestQueue(context.source, plan.listed, context.ahead, context.onObject !== undefined);
  /** Links to digests that are not judged yet, by where they lead: a place may be named by several. */
  const links = new Map<string, Link[]>();
  const judged = new Map<string, Judged>();

  const judge = async ({ ref, endTime }: Pick<ListedDigest, 'ref' | 'endTime'>): Promise<WalkStep> => {
    const opened = await queue.open(ref);
    const [link, ...others] = links.get(placeOf(ref)) ?? [];
    links.delete(placeOf(ref));
    if (opened.state === 'absent') {
      const successor = link?.successor;
      const finding =
        successor === undefined
          ? vanished(plan, context, ref, endTime)
          : missing(plan, context, ref, endTime, successor, false);
      return { at: endTime, events: absentEvents(plan, finding) };
    }
    const { keyRing, relocations } = context;
    const proof = { chain: plan.chain, keyRing, relocations, endTime, ...proofFrom(link) };
    const judgement = withAstrayLink(plan, context, opened, await checkDigest(opened, proof));
    const { digest } = judgement;
    const examined = examinedDigest(context, plan, opened, judgement, true);
    judged.set(placeOf(ref), readOf(opened, digest));
    const events = [
      ...digestEvents(plan, context, opened, judgement),
      ...others.flatMap((other) => follow(other)),
      ...follow(settled?.has(placeOf(ref)) === true ? undefined : linkOf(opened, digest, relocations, 'any')),
    ];
    return { at: endTime, events, digest, examined };
  };

  /** Keeps a link for the digest it leads to, or, where that one was read before, compares the two. */
  const follow = (link: Link | undefined): readonly TrailEvent[] => {
    if (link === undefined) return [];
    const known = judged.get(placeOf(link.ref));
    if (known === undefined) {
      // A proven digest says more of it than others do.
      const others = links.get(placeOf(link.ref)) ?? [];
      links.set(placeOf(link.ref), link.successor === undefined ? [...others, link] : [link, ...others]);
      return [];
    }
    const about = {
      object: findingObject(link.ref, context.relocations),
      chain: chainId(plan.chain),
      time: isoTime(link.endTime),
    };
    const recorded = link.successor === undefined ? undefined : link.recorded;
    return checkLink(() => about, known.sha256, known.signature, recorded).map(
      (finding): TrailEvent => ({ type: 'finding', finding }),
    );
  };

  for (let next = queue.take(); next !== undefined && context.signal?.aborted !== true; next = queue.take()) {
    yield await judge(next);
  }
  // What a proven digest links to and the listing does not show. One may lead to the next: this runs until none is left.
  for (const [first] of links.values()) {
    if (context.signal?.aborted === true || first === undefined) return;
    const { ref, successor } = first;
    const key = parseDigestKey(ref.key);
    const isInWindow = key !== undefined && key.endTime > (context.window.from ?? Number.NEGATIVE_INFINITY);
    if (key?.kind === 'backfill' && isInWindow && successor !== undefined)
      yield await judge({ ref, endTime: key.endTime });
  }
}

function readOf(opened: OpenedDigest, digest: VerifiedDigest | undefined): Judged {
  if (digest !== undefined) return { sha256: digest.sha256, signature: digest.signature };
  if (opened.state === 'parsed') return { sha256: opened.sha256, signature: opened.metadata.signature };
  return { sha256: opened.state === 'malformed' ? opened.sha256 : undefined, signature: undefined };
}
