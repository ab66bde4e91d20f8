import { isoTime } from '../base/clock.ts';
import { chainId } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { Finding } from '../findings/finding.ts';
import { objectUri } from '../source/source.ts';
import type { ChainPlan, WalkContext } from './chain-plan.ts';
import { type Judgement, outcomeOf, type VerifiedDigest } from './check-digest.ts';
import { findingObject } from './finding-object.ts';
import type { OpenedDigest } from './read-digest.ts';

type DigestEvent = Extract<TrailEvent, { type: 'digest' }>;
/** What is told of any digest; filled in step by step, for there is one for each and spreading takes longer. */
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
    const object = findingObject(context.moves.toActual(log), context.moves);
    return { code: 'LOG_LISTED_TWICE', weight: 'note', object, chain, time, evidence };
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
