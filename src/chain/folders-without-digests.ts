import { DAY, isoTime } from '../base/clock.ts';
import { interrupted } from '../base/errors.ts';
import { smallest } from '../base/lists.ts';
import { type KeyRing, verifySignature } from '../crypto/public-key.ts';
import { signedText } from '../digest/digest.ts';
import {
  accountFolderKey,
  type Chain,
  chainId,
  dayFolder,
  digestFolderKey,
  parseDigestKey,
  type Relocator,
} from '../digest/digest-key.ts';
import { type FindingOf, makeFinding } from '../findings/finding.ts';
import { type ObjectRef, objectUri, type Source, type StoredObject } from '../source/source.ts';
import { findingObject, type VerifiedDigest } from './check-digest.ts';
import { DIGEST_PERIOD } from './coverage.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { Place, PlaceFolder } from './discover.ts';
import {
  type ChainPlan,
  type ExaminedDigest,
  folderName,
  type RunContext,
  showExamined,
  type Window,
} from './list-digests.ts';
import { narrowPlan } from './plan-chains.ts';
import { type OpenedDigest, readStored } from './read-digest.ts';
import { walkBackfill } from './walk-backfill.ts';
import { ChainWalk } from './walk-chain.ts';

/**
 * A finding for each folder of a place that should hold hourly digests and holds none, neither in the window nor around it
 * nor before it: log files are there, or its digest folder is still there with something else in it. Later digests show that
 * it may have begun after the window; then only
 * older log files ask for more. An intruder who deletes
 * digests may well leave a marker, a misfit or the backfill digests behind: so there is one, too, for each trail
 * that has backfill digests there and no hourly ones.
 */
export async function foldersWithoutDigests(
  place: Place,
  plans: readonly ChainPlan[],
  context: RunContext,
  isInScope: (chain: Chain) => boolean = () => true,
): Promise<readonly FindingOf<'CHAIN_ABSENT'>[]> {
  const { account, region } = place;
  const findings: FindingOf<'CHAIN_ABSENT'>[] = [];
  for (const folder of place.folders) {
    const key = digestFolderKey(folder, region);
    if (holdsDigest(plans, folder, key)) continue;
    const later = oldestLater(plans, folder, key);
    // A starting digest ends where logging began; an hour is left for clocks.
    const before = later === undefined ? undefined : later - DIGEST_PERIOD;
    const hasLogs = await hasLogFiles(context.source, folder, region, context.window, before);
    if (!hasLogs && later !== undefined) continue;
    if (!hasLogs && !folder.families.includes('CloudTrail-Digest')) continue;
    const object = findingObject({ bucket: folder.bucket, key }, context.relocations);
    const evidence = { basis: hasLogs ? 'log-files' : 'digest-folder', account, region } as const;
    findings.push(makeFinding('CHAIN_ABSENT', { object }, evidence));
  }
  const reported = new Set(findings.map(({ object }) => object.uri));
  for (const { chain, listed, above, below, later } of plans) {
    const found = listed[0] ?? above ?? below ?? later;
    if (chain.kind === 'standard' || found === undefined || plans.some((one) => isHourly(one.chain, chain)))
      continue;
    const named = parseDigestKey(found.ref.key);
    if (named === undefined || !isInScope(chain)) continue;
    const folder = { bucket: found.ref.bucket, key: digestFolderKey(named, region) };
    const object = findingObject(folder, context.relocations);
    if (reported.has(object.uri)) continue;
    const evidence = { basis: 'backfill-digests', account, region, trail: chain.trail } as const;
    findings.push(makeFinding('CHAIN_ABSENT', { object }, evidence));
  }
  return findings;
}

/** Whether `chain` is the hourly chain that a backfill chain belongs to. */
function isHourly(chain: Chain, backfill: Chain): boolean {
  return chainId(chain) === chainId({ ...backfill, kind: 'standard' });
}

/** Whether a folder holds hourly digests of a chain that was there before the end of the window. */
function holdsDigest(plans: readonly ChainPlan[], folder: PlaceFolder, prefix: string): boolean {
  return plans.some(({ chain, listed, below, seenIn }) => {
    const known = below === undefined ? listed : [...listed, below];
    return (
      chain.kind === 'standard' &&
      known.length > 0 &&
      (seenIn?.has(folderName(folder.bucket, prefix)) === true || lieIn(known, folder, prefix))
    );
  });
}

/** When the window of the oldest hourly digest ends that a folder holds above the window (milliseconds since the epoch). */
function oldestLater(plans: readonly ChainPlan[], folder: PlaceFolder, prefix: string): number | undefined {
  const times = plans
    .filter(({ chain }) => chain.kind === 'standard')
    .flatMap(({ above, later }) => above ?? later ?? [])
    .filter((digest) => lieIn([digest], folder, prefix))
    .map(({ endTime }) => endTime);
  return times.length === 0 ? undefined : smallest(times);
}

function lieIn(digests: readonly ListedDigest[], { bucket }: PlaceFolder, prefix: string): boolean {
  return digests.some(({ ref }) => ref.bucket === bucket && ref.key.startsWith(prefix));
}

/** The minute in the name of a log file. */
const NAME_TIME = /_(\d{8}T\d{4})Z/;

/**
 * Whether a folder holds a log file of any family, from the window's days or before them: an intruder who wipes the digests of a
 * Region may wipe the log files of the window with them. Asks for one page of each family, and more only where pages hold
 * nothing but markers, or `before` (milliseconds since the epoch) is given: then only files that say so in their names count.
 */
export async function hasLogFiles(
  source: Source,
  folder: PlaceFolder,
  region: string,
  window: Pick<Window, 'to'>,
  before?: number,
): Promise<boolean> {
  const stamp = before === undefined ? undefined : isoTime(before).replace(/[-:]/g, '').slice(0, 13);
  const counts = (key: string): boolean => stamp === undefined || (NAME_TIME.exec(key)?.[1] ?? stamp) < stamp;
  for (const family of folder.families.filter((name) => name !== 'CloudTrail-Digest')) {
    const prefix = `${accountFolderKey(folder)}${family}/${region}/`;
    const end = prefix + dayFolder(window.to + DAY);
    for await (const page of source.list({ bucket: folder.bucket, prefix })) {
      if (page.some(({ key }) => key < end && !key.endsWith('/') && counts(key))) return true;
      if ((page.at(-1)?.key ?? '') >= end) break;
    }
  }
  return false;
}

/** A digest of a folder; `key` is its path below the folder. */
interface FoundDigest {
  readonly key: string;
  readonly stored: StoredObject;
}

/**
 * Shows where digests belong: for each the place that AWS signed with it, as objects are now; undefined where no signature
 * proves it. A digest without a signature of its own is proven by the one that another of `digests`, its successor, carries.
 * This says only what a folder may be the copy of: every digest is judged again by the run.
 */
export function placeProver(
  keyRing: KeyRing,
  relocations: Relocator,
): (digests: readonly FoundDigest[]) => Promise<readonly (ObjectRef | undefined)[]> {
  return async (digests) => {
    const opened = digests.map(({ key, stored }) => readStored({ bucket: '', key }, stored));
    const carried = new Map<string, string[]>();
    for (const one of opened) {
      const previous = one.state === 'parsed' ? one.digest.previous : undefined;
      if (previous === undefined) continue;
      const signatures = carried.get(objectUri(previous)) ?? [];
      carried.set(objectUri(previous), [...signatures, previous.signature].slice(0, MOST_TRIED));
    }
    const places: (ObjectRef | undefined)[] = [];
    for (const one of opened) places.push(await provenPlace(one, carried, keyRing, relocations));
    return places;
  };
}

/** What comes before it is the prefix, which a copy may lack. */
const TREE = 'AWSLogs/';
/** Signatures of one digest that are tried: each costs, and any digest may claim to be a successor. */
const MOST_TRIED = 4;

async function provenPlace(
  opened: OpenedDigest,
  carried: ReadonlyMap<string, readonly string[]>,
  keyRing: KeyRing,
  relocations: Relocator,
): Promise<ObjectRef | undefined> {
  if (opened.state !== 'parsed') return undefined;
  const { digest, metadata, sha256, ref } = opened;
  const { location, fingerprint, endTime } = digest;
  const place = relocations.toActual(location);
  const region = parseDigestKey(location.key)?.region;
  // AWS is asked for no key on the word of a digest that is nowhere near the place it names.
  const tail = place.key.slice(Math.max(0, place.key.lastIndexOf(TREE)));
  // A part of a bucket may begin below its tree.
  const isNear = ref.key.endsWith(tail) || tail.endsWith(`/${ref.key}`);
  if (region === undefined || !isNear) return undefined;
  const own = metadata.signature === undefined ? [] : [metadata.signature];
  const signatures = [...own, ...(carried.get(objectUri(location)) ?? [])];
  if (signatures.length === 0) return undefined;
  const { found } = await keyRing.find({ region, fingerprint, time: endTime });
  if (found === undefined || (found.validTo !== undefined && found.validTo < endTime)) return undefined;
  const text = signedText(digest, sha256);
  return signatures.some((signature) => verifySignature(text, signature, found.key)) ? place : undefined;
}

/**
 * The proven digests of a chain in a window outside the run's own, only for the files they name: nothing of them is reported, counted
 * or followed elsewhere. Rejects only with errors that end the run, INTERRUPTED among them: some of what they name is not all of it.
 */
export async function* provenDigestsOf(
  plan: Omit<ChainPlan, 'follow'>,
  window: Window,
  context: RunContext,
): AsyncGenerator<VerifiedDigest> {
  const { onObject, onRecentEnd: _none, ...rest } = context;
  const outside: RunContext = {
    ...rest,
    window,
    ...(onObject === undefined
      ? {}
      : {
          // A walk hands on digests alone.
          onObject: (object) => onObject({ ...(object as ExaminedDigest), counted: false }),
        }),
  };
  const alone = narrowPlan({ ...plan, follow: async () => [] }, window);
  const steps =
    plan.chain.kind === 'backfill' ? walkBackfill(alone, outside) : new ChainWalk(alone, outside).steps();
  for await (const step of steps) {
    await showExamined(outside, step);
    if (step.digest?.asRecorded === true) yield step.digest;
  }
  if (context.signal?.aborted === true) throw interrupted();
}
