import { mapToEnd } from '../base/flow.ts';
import { append } from '../base/lists.ts';
import { chainId, formatDigestKey, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Finding } from '../findings/finding.ts';
import type { ObjectRef } from '../source/source.ts';
import {
  absentEvents,
  type Break,
  digestEvents,
  endsEarly,
  eventsBelowBreak,
  linkedWindows,
  missing,
  startsLate,
  unlinked,
  vanished,
  withAstrayLink,
} from './chain-findings.ts';
import { ChainLedger } from './chain-ledger.ts';
import {
  checkDigest,
  type Judgement,
  type Link,
  linkOf,
  proofFrom,
  type VerifiedDigest,
} from './check-digest.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD } from './coverage.ts';
import { CarriedSignatures, DigestQueue, type ListedDigest, placeOf } from './digest-queue.ts';
import {
  type ChainPlan,
  examinedDigest,
  listedTo,
  type RunContext,
  type WalkContext,
  type WalkStep,
} from './list-digests.ts';
import { type OpenedDigest, openDigest } from './read-digest.ts';

/**
 * The walk down one hourly chain, newest digest first, since each digest's successor records what it must be:
 *
 *     13:00 ---previous---> 12:00 ---previous---> 11:00 (missing)      10:00 ---previous---> 09:00
 *     \___________ segment ___________/            finding             \________ segment ________/
 *
 * The walk follows the link; where the link leads nowhere it falls back to the listing and begins a new segment, so
 * that one damaged digest never hides those below it.
 */

type Place = Pick<ListedDigest, 'ref' | 'endTime'>;
type Outside = { readonly opened: OpenedDigest } & Partial<Pick<Judgement, 'digest'>>;

/** Walks `plan.chain` down through the window. Rejects only with errors that end the run. */
export class ChainWalk {
  readonly #plan: ChainPlan;
  readonly #context: WalkContext;
  readonly #queue: DigestQueue;
  readonly #ledger: ChainLedger;
  readonly #through: number;
  readonly #newest: ListedDigest | undefined;
  readonly #above: ListedDigest | undefined;
  readonly #keep: boolean;
  #link: Link | undefined;
  readonly #carried = new CarriedSignatures();
  #break: Break | undefined;
  #newestProven: number | undefined;
  #goesOn = false;
  #isEndReported = false;
  /** What the digest above the window showed by itself. */
  readonly #reported: TrailEvent[] = [];
  #oldest: { ref: ObjectRef; from: number } | undefined;

  constructor(plan: ChainPlan, context: WalkContext) {
    this.#plan = plan;
    this.#context = context;
    this.#keep = context.onObject !== undefined;
    this.#queue = new DigestQueue(
      context.source,
      plan.listed,
      context.ahead,
      this.#keep,
      context.digestReader,
    );
    this.#newest = this.#queue.peek() ?? plan.below;
    this.#above = plan.above ?? plan.later;
    this.#through = Math.min(context.window.to, context.clock.now() - DELIVERY_GRACE);
    this.#ledger = new ChainLedger(chainId(plan.chain), context.window, this.#through);
  }

  /** The steps of the walk, in descending order of time. */
  async *steps(): AsyncGenerator<WalkStep> {
    await this.#startAbove();
    if (this.#newest !== undefined && this.#endsEarly()) this.#ledger.broken('CHAIN_ENDS_EARLY');
    while (this.#context.signal?.aborted !== true) {
      const step = await this.#next();
      if (step === undefined) break;
      // Known of once a digest is proven, which is when the ledger may say that the time above it is uncovered.
      const end = this.#newestProven === undefined ? [] : this.#tellEnd();
      const events = [...step.events, ...end, ...this.#ledger.drain()];
      yield { ...step, events, ...this.#ledger.openHole(step.at) };
    }
    if (this.#context.signal?.aborted === true) return;
    yield {
      at: this.#context.window.from ?? 0,
      events: [...(await this.#finish()), ...this.#ledger.drain()],
    };
  }

  /**
   * Begins at the digest above the window where that shows more than the newest one in it: it names the digests between
   * the two that were deleted, and in a folder without metadata only a successor can prove the newest digest.
   */
  async #startAbove(): Promise<void> {
    const above = this.#above;
    if (above === undefined) return;
    if (!this.#endsEarly()) {
      const newest = await this.#queue.peekOpened();
      if (newest?.state !== 'parsed' || newest.metadata.signature !== undefined) return;
    }
    if (this.#newest === undefined) await this.#askNext(above);
    const { opened, digest } = await this.#outside(above);
    if (opened.state === 'absent') return;
    const link = linkOf(opened, digest, this.#context.relocations);
    // From a digest far above, the way down to the window is not walked.
    const isFar = this.#plan.later !== undefined && (link?.endTime ?? 0) > listedTo(this.#context.window);
    this.#link = isFar ? undefined : this.#carried.note(link);
    const { findings, isAstray } = withAstrayLink(this.#plan, this.#context, opened, {
      findings: [],
      digest,
    });
    for (const finding of findings) this.#reported.push({ type: 'finding', finding });
    this.#goesOn = digest !== undefined && !isAstray && !isFar;
    if (digest?.digest.previous === undefined && digest !== undefined)
      this.#break = { newer: digest, starting: true, seen: [] };
  }

  /** Takes note of what the digest of the next hour carries: without metadata nothing else proves the only one that is known. */
  async #askNext({ ref }: Place): Promise<void> {
    const { source, relocations } = this.#context;
    const name = parseDigestKey(ref.key);
    if (name === undefined) return;
    const key = formatDigestKey({ ...name, endTime: name.endTime + DIGEST_PERIOD });
    this.#carried.note(linkOf(await openDigest(source, { ...ref, key }), undefined, relocations));
  }

  /** Whether nothing is listed up to where coverage is owed, and no proven digest above the window shows that the chain goes on. */
  #endsEarly(): boolean {
    return !this.#goesOn && (this.#newest === undefined || this.#newest.endTime < this.#through);
  }

  async #next(): Promise<WalkStep | undefined> {
    const expected = this.#link;
    const next = this.#queue.peek();
    const isExpected =
      next !== undefined && expected !== undefined && placeOf(next.ref) === placeOf(expected.ref);
    if (expected?.successor === undefined) {
      if (next === undefined) return undefined;
      this.#queue.take();
      return this.#judge(next, isExpected ? expected : undefined);
    }
    const { from } = this.#context.window;
    const done = from !== undefined && expected.successor.digest.startTime <= from;
    if (next !== undefined && !isExpected && (done || next.endTime >= expected.endTime))
      return this.#misfit(next, expected);
    if (done) return undefined;
    if (isExpected) this.#queue.take();
    else {
      const more = await this.#plan.follow(expected.ref);
      // Nothing new the second time: the digest that the link names is in no listing.
      if (this.#queue.add(more)) return { at: expected.endTime, events: [] };
    }
    return this.#judge(expected, expected);
  }

  /** Judges the digest at `at.ref` by itself and by what its successor says of it. */
  async #judge(at: Place, expected: Link | undefined): Promise<WalkStep> {
    const opened = await this.#queue.open(at.ref);
    const successor = expected?.successor;
    if (opened.state === 'absent') return this.#absent(at, successor);
    const judgement = withAstrayLink(
      this.#plan,
      this.#context,
      opened,
      await this.#check(opened, at.endTime, expected),
    );
    const examined = examinedDigest(this.#context, this.#plan, opened, judgement, true);
    this.#link = this.#carried.note(linkOf(opened, judgement.digest, this.#context.relocations));
    const events = [...digestEvents(this.#plan, this.#context, opened, judgement)];
    const { digest, isAstray } = judgement;
    if (digest === undefined) {
      this.#lost(at, successor, judgement.findings);
      return { at: at.endTime, events, examined };
    }
    for (const finding of this.#proven(digest, successor)) events.push({ type: 'finding', finding });
    append(events, await this.#belowBreak(digest.ref, digest.digest.endTime));
    const isStarting = digest.digest.previous === undefined;
    if (isAstray) this.#ledger.broken('LINK_ASTRAY');
    this.#break = isStarting || isAstray ? { newer: digest, starting: isStarting, seen: [] } : undefined;
    return { at: at.endTime, events, digest, examined };
  }

  #absent(at: Place, successor: VerifiedDigest | undefined): WalkStep {
    const { ref, endTime } = at;
    const finding =
      successor === undefined
        ? vanished(this.#plan, this.#context, ref, endTime)
        : missing(this.#plan, this.#context, ref, endTime, successor, false);
    this.#lost(at, successor, [finding]);
    this.#link = undefined;
    return { at: endTime, events: absentEvents(this.#plan, finding) };
  }

  /** A proven digest: covered, and compared with its successor's window. */
  #proven(digest: VerifiedDigest, successor: VerifiedDigest | undefined): readonly Finding[] {
    const linked = successor !== undefined && digest.asRecorded;
    const windows = linked ? linkedWindows(this.#plan, this.#context, successor, digest) : [];
    if (windows.some((finding) => finding.code === 'WINDOW_HOLE')) this.#ledger.hole('WINDOW_HOLE');
    if (this.#break?.starting === true) this.#ledger.broken('CHAIN_RESTARTED');
    if (!digest.asRecorded) this.#ledger.broken('LINK_HASH_MISMATCH');
    this.#ledger.proven(digest, linked);
    this.#newestProven ??= digest.digest.endTime;
    const { previous, startTime, endTime } = digest.digest;
    this.#know(digest.ref, previous === undefined ? endTime : startTime);
    return windows;
  }

  /** What a proven digest below a break shows of it. */
  async #belowBreak(older: ListedDigest['ref'], olderEnd: number): Promise<readonly TrailEvent[]> {
    if (this.#break === undefined) return [];
    const below = eventsBelowBreak(this.#plan, this.#context, this.#break, older, olderEnd);
    if (below.oldest !== undefined) this.#know(below.oldest.ref, below.oldest.from);
    if (this.#context.source.kind === 's3') return below.events;
    // A copy may hold a link or a pipe where their folder was: no listing shows what is behind it, and that nobody deleted it.
    const events: TrailEvent[] = [];
    for (const event of below.events) {
      const last = events.at(-1);
      const unread =
        event.type === 'finding' && last?.type === 'digest' ? await this.#unread(last) : undefined;
      if (unread === undefined) events.push(event);
      else events.splice(-1, 1, ...unread);
    }
    return events;
  }

  /** The events of a digest that is not listed and cannot be read; undefined where there is none, or one that can. */
  async #unread(event: Extract<TrailEvent, { type: 'digest' }>): Promise<readonly TrailEvent[] | undefined> {
    const opened = await openDigest(this.#context.source, event.object);
    const endTime = parseDigestKey(event.object.key)?.endTime;
    if (opened.state !== 'unreadable' || endTime === undefined) return undefined;
    const judgement = await this.#check(opened, endTime, undefined);
    return digestEvents(this.#plan, this.#context, opened, judgement);
  }

  /** A listed digest that no link leads to. */
  async #misfit(listed: ListedDigest, expected: Link): Promise<WalkStep> {
    this.#queue.take();
    const opened = await this.#queue.open(listed.ref);
    if (opened.state === 'absent') {
      const finding = vanished(this.#plan, this.#context, listed.ref, listed.endTime);
      return { at: listed.endTime, events: absentEvents(this.#plan, finding) };
    }
    const { findings, digest } = await this.#check(opened, listed.endTime, undefined);
    const sameHour = Math.abs(expected.endTime - listed.endTime) < DIGEST_PERIOD ? expected.ref : undefined;
    const misfit = digest === undefined ? [] : [unlinked(this.#plan, this.#context, digest, sameHour)];
    const judged = { findings: [...findings, ...misfit], digest };
    const examined = examinedDigest(this.#context, this.#plan, opened, judged, true);
    const events = digestEvents(this.#plan, this.#context, opened, judged);
    return { at: listed.endTime, events, digest, examined };
  }

  /** A digest outside the window, which is judged only for what it says of those in it. */
  async #outside({ ref, endTime }: Place): Promise<Outside> {
    const opened = await openDigest(this.#context.source, ref, this.#keep);
    if (opened.state === 'absent') return { opened };
    const judgement = await this.#check(opened, endTime, undefined);
    const examined = examinedDigest(this.#context, this.#plan, opened, judgement, false);
    if (examined !== undefined) await this.#context.onObject?.(examined);
    return { opened, digest: judgement.digest };
  }

  #check(
    opened: Exclude<OpenedDigest, { state: 'absent' }>,
    endTime: number,
    expected: Link | undefined,
  ): Promise<Judgement> {
    const { keyRing, relocations } = this.#context;
    const carriedSignatures = this.#carried.take(opened.ref);
    const proof = {
      carriedSignatures,
      ...proofFrom(expected?.successor === undefined ? undefined : expected),
    };
    return checkDigest(opened, { chain: this.#plan.chain, keyRing, relocations, endTime, ...proof });
  }

  #lost(at: Place, successor: VerifiedDigest | undefined, findings: readonly Finding[]): void {
    const violations = findings.filter(({ weight }) => weight === 'violation');
    // Of several reasons the ledger keeps the first.
    for (const { code } of [...violations, ...findings]) this.#ledger.broken(code);
    if (successor !== undefined) this.#break = { newer: successor, starting: false, seen: [] };
    this.#break?.seen.push(at.endTime);
    this.#know(at.ref, at.endTime - DIGEST_PERIOD);
  }

  /** The finding that the chain ends early, where it does, once. How heavy it is depends on the newest proven digest. */
  #tellEnd(): readonly TrailEvent[] {
    if (this.#isEndReported || this.#newest === undefined || !this.#endsEarly()) return [];
    this.#isEndReported = true;
    const finding = endsEarly(this.#plan, this.#context, this.#newest, this.#newestProven, this.#through);
    return [{ type: 'finding', finding }];
  }

  #tellRecentEnd(): void {
    if (this.#newest === undefined || this.#plan.above !== undefined) return;
    const { ref: newest, endTime } = this.#newest;
    if (endTime < this.#through || endTime >= this.#context.window.to) return;
    this.#context.onRecentEnd?.({ chain: this.#plan.chain, newest, endTime });
  }

  #know(ref: ObjectRef, from: number): void {
    if (this.#oldest === undefined || from <= this.#oldest.from) this.#oldest = { ref, from };
  }

  async #finish(): Promise<readonly TrailEvent[]> {
    const { below } = this.#plan;
    const events: TrailEvent[] = [...this.#reported.splice(0), ...this.#tellEnd()];
    this.#tellRecentEnd();
    let { from: since } = this.#context.window;
    if (this.#newest === undefined && !this.#goesOn && this.#above !== undefined) {
      // Only a digest above the window is left, unproven or without those before it: those below it are unknown.
      this.#know(this.#above.ref, this.#above.endTime - DIGEST_PERIOD);
      // Where a window without a beginning would begin for this chain cannot either: its last hour is uncovered at least.
      since ??= this.#context.window.to - DIGEST_PERIOD;
    }
    let known = this.#oldest === undefined || since === undefined || this.#oldest.from <= since;
    if (!known && this.#break !== undefined && below !== undefined) {
      const { digest: proven } = await this.#outside(below);
      if (proven !== undefined) {
        if (this.#break.starting) this.#ledger.hole('CHAIN_RESTARTED');
        append(events, await this.#belowBreak(proven.ref, proven.digest.endTime));
        known = true;
      }
    }
    if (!known && since !== undefined && this.#oldest !== undefined) {
      const finding = startsLate(this.#plan, this.#context, this.#oldest.ref, since, this.#oldest.from);
      events.push({ type: 'finding', finding });
    }
    // A starting digest above a window without any other owes it nothing.
    const beginsLater = this.#newest === undefined && this.#break?.starting === true;
    this.#ledger.close(beginsLater ? undefined : 'CHAIN_STARTS_LATE');
    return events;
  }
}

/**
 * The steps of several walks, the newest first, so that all of them have come down to a time before any goes below it.
 * `contextOf` may give a walk a window of its own; `inRuns` allows for a run of sound digests as one step (see `ChainWalker`).
 */
export async function* inDescendingTime(
  plans: readonly ChainPlan[],
  context: RunContext,
  contextOf: (plan: ChainPlan) => RunContext = () => context,
  inRuns = false,
): AsyncGenerator<{ plan: ChainPlan; step: WalkStep }> {
  const walks = await mapToEnd(plans, Math.max(1, plans.length), async (plan) => {
    const own = contextOf(plan);
    const steps = own.walker?.walk(plan, own, inRuns) ?? new ChainWalk(plan, own).steps();
    return { plan, steps, next: await steps.next() };
  });
  for (;;) {
    let newest: (typeof walks)[number] | undefined;
    let at = Number.NEGATIVE_INFINITY;
    for (const walk of walks) {
      if (walk.next.done === true || (newest !== undefined && walk.next.value.at <= at)) continue;
      newest = walk;
      at = walk.next.value.at;
    }
    if (newest === undefined || newest.next.done === true) return;
    yield { plan: newest.plan, step: newest.next.value };
    newest.next = await newest.steps.next();
  }
}
