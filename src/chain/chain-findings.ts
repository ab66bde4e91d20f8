import { HOUR, isoTime, MINUTE } from '../base/clock.ts';
import { chainId, formatDigestKey, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { type Finding, makeFinding } from '../findings/finding.ts';
import { type ObjectRef, objectUri } from '../source/source.ts';
import { span } from './chain-ledger.ts';
import { astrayOf, findingObject, type Judgement, outcomeOf, type VerifiedDigest } from './check-digest.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD, missingSlots } from './coverage.ts';
import type { ChainPlan, WalkContext } from './list-digests.ts';
import type { OpenedDigest } from './read-digest.ts';

/** The findings that a walk down a chain makes by itself: what is absent, restarted, unlinked, early or late. */

/** How far the end of the last digest may be from the time at which AWS says the trail was switched off. */
const AT_THE_STOP = 15 * MINUTE;

type About = { readonly object: Finding['object']; readonly chain: string; readonly time: string };

function about(plan: ChainPlan, context: WalkContext, ref: ObjectRef, time: number): About {
  return { object: findingObject(ref, context.relocations), chain: chainId(plan.chain), time: isoTime(time) };
}

/** A digest that is not there, though the proven `newer` one names it or, `inferred`, the cadence below it asks for it. */
export function missing(
  plan: ChainPlan,
  context: WalkContext,
  ref: ObjectRef,
  endTime: number,
  newer: VerifiedDigest,
  inferred: boolean,
): Finding {
  const evidence = {
    namedBy: objectUri(newer.ref),
    inferred,
    expectedWindow: span(endTime - DIGEST_PERIOD, endTime),
    expected: inferred ? undefined : newer.digest.previous?.sha256,
  };
  return makeFinding('DIGEST_MISSING', about(plan, context, ref, endTime), evidence);
}

/** A digest that the listing showed and that was gone when it was read. */
export function vanished(plan: ChainPlan, context: WalkContext, ref: ObjectRef, endTime: number): Finding {
  const evidence = { reason: 'vanished', detail: 'it was listed and then gone' } as const;
  return makeFinding('DIGEST_UNREADABLE', about(plan, context, ref, endTime), evidence);
}

/** A proven digest that nothing leads to; `insteadOf` is the one of that hour that the chain names. */
export function unlinked(
  plan: ChainPlan,
  context: WalkContext,
  digest: VerifiedDigest,
  insteadOf: ObjectRef | undefined,
): Finding {
  const { startTime, endTime } = digest.digest;
  const window = span(startTime, endTime);
  const evidence = insteadOf === undefined ? { window } : { window, insteadOf: objectUri(insteadOf) };
  return makeFinding('DIGEST_UNLINKED', about(plan, context, digest.ref, endTime), evidence);
}

/** A starting digest above an older one, proven or known from below the window. */
export function restarted(
  plan: ChainPlan,
  context: WalkContext,
  starting: VerifiedDigest,
  older: { ref: ObjectRef; endTime: number },
): Finding {
  const begun = starting.digest.endTime;
  const evidence = {
    uncovered: span(Math.min(older.endTime, begun), begun),
    lastBefore: objectUri(older.ref),
  };
  return makeFinding('CHAIN_RESTARTED', about(plan, context, starting.ref, begun), evidence);
}

/** A judgement with the finding of a proven digest whose link leads where its chain cannot have come from, if it does. */
export function withAstrayLink<Judged extends Pick<Judgement, 'findings' | 'digest'>>(
  plan: ChainPlan,
  context: WalkContext,
  opened: OpenedDigest,
  judged: Judged,
): Judged & { readonly isAstray: boolean } {
  const direction = plan.chain.kind === 'backfill' ? 'any' : 'back';
  const link = judged.digest === undefined ? undefined : astrayOf(opened, context.relocations, direction);
  if (judged.digest === undefined || link === undefined) return { ...judged, isAstray: false };
  const place = about(plan, context, opened.ref, judged.digest.digest.endTime);
  const evidence = { leadsTo: objectUri(link.ref), reason: link.reason };
  const finding = makeFinding('LINK_ASTRAY', place, evidence);
  return { ...judged, findings: [...judged.findings, finding], isAstray: true };
}

/** Whether the windows of two linked digests meet. */
export function linkedWindows(
  plan: ChainPlan,
  context: WalkContext,
  newer: VerifiedDigest,
  older: VerifiedDigest,
): readonly Finding[] {
  const start = newer.digest.startTime;
  const end = older.digest.endTime;
  if (start === end) return [];
  const pair = { newer: objectUri(newer.ref), older: objectUri(older.ref) };
  const place = about(plan, context, newer.ref, newer.digest.endTime);
  return end < start
    ? [makeFinding('WINDOW_HOLE', place, { uncovered: span(end, start), ...pair })]
    : [makeFinding('WINDOW_OVERLAP', place, { overlap: span(start, end), ...pair })];
}

/** The window begins before anything known of the chain. */
export function startsLate(
  plan: ChainPlan,
  context: WalkContext,
  ref: ObjectRef,
  from: number,
  oldestKnown: number,
): Finding {
  const evidence = { uncovered: span(from, oldestKnown), oldest: objectUri(ref) };
  return makeFinding('CHAIN_STARTS_LATE', about(plan, context, ref, oldestKnown), evidence);
}

/**
 * The chain ends before `through`. A violation where AWS delivered a digest that is not here: its last delivery is in the
 * window, and no proven digest reaches up to it. When objects were written says nothing about that, because an intruder who deletes the newest
 * digests can write an older one again. Only a trail that was switched off where its chain ends owes no later one: what was
 * delivered after that filled a hole.
 */
export function endsEarly(
  plan: ChainPlan,
  context: WalkContext,
  newest: { ref: ObjectRef; endTime: number },
  newestProven: number | undefined,
  through: number,
): Finding {
  const { lastDelivered } = plan;
  const weight = isDeleted(plan, context, newestProven) ? 'violation' : 'unproven';
  const evidence = {
    uncovered: span(newest.endTime, Math.max(newest.endTime, through)),
    newest: objectUri(newest.ref),
    lastDelivered: lastDelivered === undefined ? undefined : isoTime(lastDelivered),
  };
  const place = about(plan, context, newest.ref, newest.endTime);
  return makeFinding('CHAIN_ENDS_EARLY', place, evidence, weight);
}

function isDeleted(plan: ChainPlan, context: WalkContext, newestProven: number | undefined): boolean {
  const { lastDelivered } = plan;
  const { from, to } = context.window;
  if (
    lastDelivered === undefined ||
    lastDelivered > to + DELIVERY_GRACE ||
    lastDelivered - HOUR < (from ?? lastDelivered - HOUR)
  )
    return false;
  const reached = newestProven ?? 0;
  const { stopped } = plan;
  if (stopped !== undefined && stopped <= lastDelivered && reached >= stopped - AT_THE_STOP) return false;
  return reached < lastDelivered - DELIVERY_GRACE;
}

/** A walk that lost its link: the last proven digest above, whether it begins a chain, and the ends of what was judged since. */
export interface Break {
  readonly newer: VerifiedDigest;
  readonly starting: boolean;
  readonly seen: number[];
}

/** What a break turned out to be, and the oldest digest that is now known to have been there. */
interface BelowBreak {
  readonly events: readonly TrailEvent[];
  readonly oldest: { readonly ref: ObjectRef; readonly from: number } | undefined;
}

/**
 * What a proven digest below a break shows of it: above a starting digest the chain began again; otherwise each hour
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

type DigestEvent = Extract<TrailEvent, { type: 'digest' }>;
/** The facts reported of any digest; filled in step by step, because there is one for each and spreading takes longer. */
type Base = Mutable<Omit<DigestEvent, 'window' | 'logFiles' | 'provenBy'>>;
type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** The events of one judged digest: itself, its findings, and a note for each log file it names twice. */
export function digestEvents(
  plan: ChainPlan,
  context: WalkContext,
  opened: OpenedDigest,
  judged: Pick<Judgement, 'findings' | 'digest'>,
): readonly TrailEvent[] {
  const { findings, digest } = judged;
  const chain = chainId(plan.chain);
  const base: Base = {
    type: 'digest',
    chain,
    object: opened.ref,
    outcome: outcomeOf(findings),
    listed: true,
    bytes: opened.bytes,
  };
  if (opened.hashes !== undefined) base.hashes = opened.hashes;
  if (opened.versionId !== undefined) base.versionId = opened.versionId;
  if (opened.state === 'parsed') base.fingerprint = opened.digest.fingerprint;
  const event: TrailEvent = Object.assign(base, digest === undefined ? { logFiles: 0 } : provenFacts(digest));
  const events: TrailEvent[] = [event];
  for (const finding of findings) events.push({ type: 'finding', finding });
  for (const finding of digest === undefined ? [] : listedTwice(chain, context, digest))
    events.push({ type: 'finding', finding });
  return events;
}

function provenFacts({
  digest,
  provenBy,
}: VerifiedDigest): Pick<DigestEvent, 'window' | 'logFiles' | 'provenBy'> {
  const window = { from: digest.startTime, to: digest.endTime };
  return { window, logFiles: digest.logFiles.length, provenBy };
}

function listedTwice(
  chain: string,
  context: WalkContext,
  { ref, digest }: VerifiedDigest,
): readonly Finding[] {
  if (digest.repeatedLogFiles.length === 0) return [];
  const time = isoTime(digest.endTime);
  const evidence = { digest: objectUri(ref) };
  return digest.repeatedLogFiles.map((log) => {
    const object = findingObject(context.relocations.toActual(log), context.relocations);
    return makeFinding('LOG_LISTED_TWICE', { object, chain, time }, evidence);
  });
}

/** The events of a digest that is not there: named by evidence, or listed and then gone. */
export function absentEvents(plan: ChainPlan, finding: Finding): readonly TrailEvent[] {
  const { bucket, key } = finding.object;
  const isMissing = finding.code === 'DIGEST_MISSING';
  const outcome = isMissing ? 'missing' : 'unproven';
  const bytes = { read: 0, inflated: 0 };
  return [
    {
      type: 'digest',
      chain: chainId(plan.chain),
      object: { bucket, key },
      outcome,
      listed: !isMissing,
      logFiles: 0,
      bytes,
    },
    { type: 'finding', finding },
  ];
}
