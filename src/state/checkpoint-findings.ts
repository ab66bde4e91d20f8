import { isoTime } from '../base/clock.ts';
import { findingObject } from '../chain/check-digest.ts';
import { type ListedDigest, placeOf } from '../chain/digest-queue.ts';
import type { Place } from '../chain/discover.ts';
import type { ChainPlan, Window } from '../chain/list-digests.ts';
import { accountFolderKey, chainId, dayFolder, type Relocator } from '../digest/digest-key.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import type { TrailEvent } from '../findings/event.ts';
import { type Finding, type FindingOf, makeFinding } from '../findings/finding.ts';
import type { JudgedBefore } from '../logs/unlisted-logs.ts';
import { objectUri } from '../source/source.ts';
import type { ChainCheckpoint, LastDigest, PlaceCheckpoint, ReadCheckpoint } from './checkpoint.ts';
import { freshName } from './list-days.ts';
import type { ShrunkDay } from './plan-review.ts';

/** The findings that only memory can make: an object was proven once, and is not what is there now. */

/** What every such finding rests on. */
export interface Basis {
  readonly read: ReadCheckpoint;
  /** Whether the checkpoint may spare reading (see `trustedBy`). */
  readonly isTrusted: boolean;
  readonly relocations: Relocator;
}

function aboutLast(
  chain: ChainCheckpoint,
  { relocations }: Basis,
): Pick<Finding, 'object' | 'chain' | 'time'> {
  const { bucket, key, end } = chain.last;
  return { object: findingObject({ bucket, key }, relocations), chain: chain.id, time: end };
}

/** The chain ends before its checkpoint: `newest` is the newest digest that is left. */
function rolledBack(chain: ChainCheckpoint, newest: ListedDigest, basis: Basis): Finding {
  const evidence = {
    expected: chain.last.sha256,
    provenThrough: chain.last.end,
    checkpoint: basis.read.sha256,
    newest: objectUri(newest.ref),
  };
  return makeFinding('CHAIN_ROLLED_BACK', aboutLast(chain, basis), evidence);
}

/** Something else, or nothing, is where the checkpoint's last digest was. */
function rewritten(
  chain: ChainCheckpoint,
  actual: { readonly sha256?: string | undefined; readonly signature?: string | undefined },
  basis: Basis,
): Finding {
  const { sha256, signature } = actual;
  const evidence = {
    expected: chain.last.sha256,
    expectedSignature: chain.last.signature,
    actual: sha256,
    actualSignature: signature,
    checkpoint: basis.read.sha256,
  };
  return makeFinding('CHAIN_REWRITTEN', aboutLast(chain, basis), evidence);
}

/** No digest of the chain is left. */
export function vanishedChain(
  chain: ChainCheckpoint,
  gone: FindingOf<'CHAIN_VANISHED'>['evidence']['gone'],
  basis: Basis,
): Finding {
  const { account, region, trail } = chain;
  const facts = { account, region, trail, provenThrough: chain.last.end };
  const evidence = { gone, ...facts, checkpoint: basis.read.sha256 };
  return makeFinding('CHAIN_VANISHED', aboutLast(chain, basis), evidence);
}

/** A day of `place` with fewer objects than it had. */
export function shrunkDay(place: Place, { day, before, now }: ShrunkDay, basis: Basis): Finding {
  const isDigests = now.digests < before.digests;
  const folder = place.folders.find(({ families }) => families.includes('CloudTrail-Digest') || !isDigests);
  const family = isDigests
    ? 'CloudTrail-Digest'
    : (folder?.families.find((one) => one !== 'CloudTrail-Digest') ?? 'CloudTrail');
  const top = folder === undefined ? `AWSLogs/${place.account}/` : accountFolderKey(folder);
  const ref = {
    bucket: folder?.bucket ?? '',
    key: `${top}${family}/${place.region}/${dayFolder(Date.parse(day))}`,
  };
  const evidence = {
    day,
    digestsBefore: before.digests,
    digestsNow: now.digests,
    logsBefore: before.logs,
    logsNow: now.logs,
    checkpoint: basis.read.sha256,
  };
  const about = { object: findingObject(ref, basis.relocations), time: `${day}T00:00:00Z` };
  return makeFinding('LISTING_SHRUNK', about, evidence);
}

/** A log file that an earlier run found as its digest recorded it, and that is now what `finding` says. */
export function sinceCheckpoint(finding: Finding, { read }: Basis): TrailEvent | undefined {
  const known = { checkpoint: read.sha256, checkpointTime: read.checkpoint.written };
  switch (finding.code) {
    case 'LOG_MISSING': {
      const evidence = { ...finding.evidence, ...known };
      return { type: 'finding', finding: makeFinding('LOG_VANISHED_SINCE_CHECKPOINT', finding, evidence) };
    }
    case 'LOG_MODIFIED':
    case 'LOG_MALFORMED':
    case 'LOG_TRAILING_DATA': {
      const { expected, digest } = finding.evidence;
      const actual = 'actual' in finding.evidence ? finding.evidence.actual : undefined;
      const evidence = { expected, actual, digest, ...known };
      return { type: 'finding', finding: makeFinding('LOG_CHANGED_SINCE_CHECKPOINT', finding, evidence) };
    }
    default:
      return undefined;
  }
}

/** Whether a finding keeps the checkpoint where it is: all do but notes and those that every run makes again from what is there. */
export function holdsBack({ code, weight }: Finding): boolean {
  return weight === 'violation' || (weight === 'unproven' && CATALOGUE[code].holdsBack !== 'nothing');
}

/**
 * The log files that the run which left `known` has held against its digests, the last of which ends at `through`
 * (milliseconds since the epoch), and which decide on what was written up to `decided`; undefined where the source gives no times of writing. In a day that is not `isAsBefore` a
 * time of writing says nothing: everything that may name its files is read again. What was written too late for its digests to
 * decide on was listed, and not judged.
 */
export function judgedBefore(
  { cut, days }: PlaceCheckpoint,
  { through, decided }: { readonly through: number; readonly decided: number },
  isAsBefore: (day: string) => boolean,
): JudgedBefore | undefined {
  if (cut === null) return undefined;
  const fresh = new Map(
    Object.entries(days).flatMap(([day, record]) =>
      record.fresh === undefined ? [] : [[day, new Set(record.fresh)]],
    ),
  );
  return {
    through,
    isListed: (day, bucket, object) =>
      object.lastModified !== undefined &&
      isAsBefore(day) &&
      object.lastModified <= decided &&
      (object.lastModified <= cut || fresh.get(day)?.has(freshName(bucket, object)) === true),
  };
}

/** What one chain of the place turned out to be in this run. */
export interface ChainRun {
  plan: ChainPlan;
  since: number | undefined;
  newest: LastDigest | undefined;
  /** What was read where the checkpoint's last digest should be. */
  atLast: { sha256?: string | undefined; signature?: string; isProven: boolean } | undefined;
  digests: number;
  logs: number;
}

const NONE = { ref: { bucket: '', key: '' }, endTime: Number.NEGATIVE_INFINITY };

/** The finding for the digest that ends a chain's checkpoint; none where it is as it was. */
export function compareLast(
  known: ChainCheckpoint,
  run: ChainRun | undefined,
  basis: Basis,
): readonly Finding[] {
  if (run === undefined) return [];
  const { plan, atLast } = run;
  const { last } = known;
  if (atLast?.isProven === true) {
    const isSame = atLast.sha256 === last.sha256 && atLast.signature === last.signature;
    return isSame ? [] : [rewritten(known, atLast, basis)];
  }
  if (atLast?.sha256 !== undefined && atLast.sha256 !== last.sha256) return [rewritten(known, atLast, basis)];
  const listed = [plan.above, ...plan.listed, plan.below].filter((one) => one !== undefined);
  if (listed.some(({ ref }) => placeOf(ref) === placeOf(last))) return [];
  const newest = listed.reduce((a, b) => (b.endTime > a.endTime ? b : a), listed[0] ?? NONE);
  if (newest === NONE) return [];
  const isCutBack = newest.endTime < Date.parse(last.end);
  return [isCutBack ? rolledBack(known, newest, basis) : rewritten(known, {}, basis)];
}

/** The checkpoint that a chain has earned, `known` being its last one; undefined where nothing of it is proven. */
export function nextCheckpoint(
  run: ChainRun,
  known: ChainCheckpoint | undefined,
  window: Window,
): ChainCheckpoint | undefined {
  const from = window.from ?? Number.NEGATIVE_INFINITY;
  const id = chainId(run.plan.chain);
  const newest = run.newest;
  const isLater = newest !== undefined && Date.parse(newest.end) >= Date.parse(known?.last.end ?? newest.end);
  const last = isLater ? newest : known?.last;
  const began = known === undefined ? run.since : Date.parse(known.since);
  const since =
    began ?? (run.plan.chain.kind === 'backfill' && last !== undefined ? Date.parse(last.end) : undefined);
  if (last === undefined || since === undefined) return undefined;
  const counts = { digests: (known?.digests ?? 0) + run.digests, logs: (known?.logs ?? 0) + run.logs };
  return { id, ...run.plan.chain, since: isoTime(Math.max(since, from)), last, ...counts };
}
