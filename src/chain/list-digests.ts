import { type Clock, DAY } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import type { KeyRing } from '../crypto/public-key.ts';
import type { Digest } from '../digest/digest.ts';
import {
  type Chain,
  chainId,
  chainOf,
  type DigestKey,
  dayFolder,
  digestFolderKey,
  parseDigestKey,
  type Relocator,
} from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { ExpectationBasis, Outcome } from '../findings/finding.ts';
import type { ListedObject, ListRequest, ObjectRef, Source, StoredObject } from '../source/source.ts';
import { type Judgement, outcomeOf, type VerifiedDigest } from './check-digest.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD, type Interval } from './coverage.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { PlaceFolder } from './discover.ts';
import type { RefusedListings } from './listings.ts';
import { isMarker } from './misfits/misfits.ts';
import type { DigestReader, OpenedDigest } from './read-digest.ts';

/** What every object that was read and judged comes with: where it lay, as it was stored, and what became of it. */
interface Examined {
  readonly ref: ObjectRef;
  readonly stored: StoredObject;
  readonly chain: string;
  readonly outcome: Outcome;
}

/** A digest file as it was read, with what its proof rests on. Hashes and signatures are lower-case hex. */
export interface ExaminedDigest extends Examined {
  readonly kind: 'digest';
  /** False for one outside the window, read only for what it says of those in it; the report does not count it. */
  readonly counted: boolean;
  /** SHA-256 of its uncompressed content; undefined where it cannot be inflated. */
  readonly sha256: string | undefined;
  /** What it says; undefined where it is malformed. Nothing of it is proven unless `provenBy` is there. */
  readonly digest: Digest | undefined;
  /** The signature that proves it, or else the one in its metadata, which proves nothing. */
  readonly signature: string | undefined;
  readonly provenBy: 'own-signature' | 'successor' | undefined;
}

/** A log file as it was read, with what the digest that names it recorded. */
export interface ExaminedLog extends Examined {
  readonly kind: 'log';
  /** Where and with which hash the digest names it. */
  readonly listed: Digest['logFiles'][number];
  /** The digest that names it. */
  readonly digest: ObjectRef;
}

/** The sign file of query results as it was read, with what its proof rests on. Hashes and signatures are lower-case hex. */
export interface ExaminedSignFile {
  readonly kind: 'sign-file';
  readonly ref: ObjectRef;
  readonly stored: StoredObject;
  readonly outcome: Outcome;
  /** What it says; undefined where it is malformed. */
  readonly signed:
    | {
        readonly text: string;
        readonly signature: string;
        readonly fingerprint: string;
        readonly isProven: boolean;
      }
    | undefined;
}

/** A query result as it was read, with what its sign file lists. */
export interface ExaminedResult {
  readonly kind: 'result';
  readonly ref: ObjectRef;
  readonly stored: StoredObject;
  readonly outcome: Outcome;
  readonly sha256: string;
  readonly signFile: ObjectRef;
}

/** One object as it was read, for a keeper of the evidence behind a verdict. */
export type ExaminedObject = ExaminedDigest | ExaminedLog | ExaminedSignFile | ExaminedResult;

/** Takes one examined object; the run waits for it. May be called while it is at work on others. */
export type TakeExamined = (object: ExaminedObject) => Promise<void>;

/** A judged digest for the keeper of objects; undefined where there is none, or it could not be read. See `ExaminedDigest`. */
export function examinedDigest(
  { onObject }: Pick<WalkContext, 'onObject'>,
  { chain }: { readonly chain: Chain },
  opened: OpenedDigest,
  { findings, digest: proven }: Pick<Judgement, 'findings' | 'digest'>,
  counted: boolean,
): ExaminedDigest | undefined {
  const { ref, stored } = opened;
  const isRead = opened.state === 'parsed' || opened.state === 'malformed';
  if (onObject === undefined || stored === undefined || !isRead) return undefined;
  const signature = opened.state === 'parsed' ? opened.metadata.signature : undefined;
  return {
    kind: 'digest',
    ref,
    stored,
    chain: chainId(chain),
    outcome: outcomeOf(findings),
    counted,
    sha256: opened.sha256,
    digest: opened.state === 'parsed' ? opened.digest : undefined,
    signature: proven?.signature ?? signature,
    provenBy: proven?.provenBy,
  };
}

/** Hands the digest of a step to the keeper of objects. To be called where the events of the step are taken, and only there. */
export async function showExamined(
  { onObject }: Pick<WalkContext, 'onObject'>,
  { examined }: Pick<WalkStep, 'examined'>,
): Promise<void> {
  if (examined !== undefined) await onObject?.(examined);
}

/** The window asked about, in milliseconds since the epoch; `from` undefined means everything found. */
export interface Window {
  readonly from: number | undefined;
  readonly to: number;
}

/** What the walk of one chain needs of a run: plain enough that another thread can have it as well. */
export interface WalkContext {
  readonly source: Pick<Source, 'open' | 'holds' | 'kind'>;
  readonly keyRing: Pick<KeyRing, 'find'>;
  readonly relocations: Relocator;
  readonly window: Window;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Digests of one chain opened ahead of its walk. */
  readonly ahead: number;
  /** Reads digests at once where they are plainly in files; undefined where all are opened through the source. */
  readonly digestReader?: DigestReader | undefined;
  /** Is handed every object that was read and judged. */
  readonly onObject?: TakeExamined | undefined;
  /** Called where a chain ends so late that the absence of the next digest means nothing yet. */
  readonly onRecentEnd?: ((end: RecentEnd) => void) | undefined;
}

/** What every room of a run is handed: where from, whom to trust, when. */
export interface RunContext extends Omit<WalkContext, 'digestReader'> {
  readonly source: Source;
  readonly keyRing: KeyRing;
  /** Adds a limit to the report: something that was not checked. The same text counts once. */
  readonly limit: (code: string, text: string) => void;
  /** Takes the listings that S3 refuses, so that they end no run; undefined where they are errors. */
  readonly refused?: RefusedListings | undefined;
  /** Walks chains elsewhere; undefined for the thread that asks. */
  readonly walker?: ChainWalker | undefined;
}

/** The newest digest of a chain, above which one may be late, or gone; `endTime` in milliseconds since the epoch. */
export interface RecentEnd {
  readonly chain: Chain;
  readonly newest: ObjectRef;
  readonly endTime: number;
}

/** One chain as the listing shows it. */
export interface ChainPlan {
  readonly chain: Chain;
  readonly organization: string | undefined;
  /** Digests whose window may reach into the one asked about. */
  readonly listed: readonly ListedDigest[];
  /** The oldest digest above the window: it can prove the newest one in it. */
  readonly above: ListedDigest | undefined;
  /** The oldest digest known of a chain that has nothing in the window nor near it, only later ones. */
  readonly later?: ListedDigest | undefined;
  /** The newest digest below the window: it shows that the chain is older than the window. */
  readonly below: ListedDigest | undefined;
  /** When AWS says the newest digest of this chain was delivered. */
  readonly lastDelivered: number | undefined;
  /** When AWS says the trail was switched off; undefined while it logs. */
  readonly stopped?: number | undefined;
  /** The digest folders in which a digest of it was seen, however old, as `bucket/key`. */
  readonly seenIn?: ReadonlySet<string> | undefined;
  /** The ids that it has in other folders, for a chain that moved between an organization's folder and the account's own. */
  readonly formerly?: readonly string[] | undefined;
  /** Lists the digests of this chain in the folder of `ref`, for a trail that moved there; empty where it is known already. */
  readonly follow: (ref: ObjectRef) => Promise<readonly ListedDigest[]>;
}

/**
 * One step of a walk: what happened, how far down in time the walk has come, and the digest if it was proven. A run may end after any
 * step, so what an event rests on is in its own step or in one before: the finding that says why time is uncovered, for example.
 */
export interface WalkStep {
  readonly at: number;
  readonly events: readonly TrailEvent[];
  readonly digest?: VerifiedDigest | undefined;
  /**
   * The digest that the report counts for this step, for the keeper of objects (`showExamined`). It comes with the events, so that nothing
   * is kept of a step that nobody took.
   */
  readonly examined?: ExaminedDigest | undefined;
  /** Time above `at` that the walk has passed and that nothing covers so far. */
  readonly openHole?: Interval | undefined;
  /**
   * Present where one step covers a run of sound digests, whose only event is `digests`: the log files that they name. `at` is
   * then that of the newest.
   */
  readonly named?: NamedLogs | undefined;
}

/** The keys of log files in one bucket, as digests name them. */
export interface NamedLogs {
  readonly bucket: string;
  readonly keys: readonly string[];
}

/** Walks chains elsewhere than on the thread that asks, with the very same `ChainWalk`. */
export interface ChainWalker {
  /**
   * The steps that `ChainWalk` makes of `plan`, in its order. `inRuns`: sound digests in a row come as one step, with a `digests` event
   * and the log files that they name (see `WalkStep.named`), and none of them as a digest. Rejects as `ChainWalk` does.
   */
  walk(plan: ChainPlan, context: RunContext, inRuns: boolean): AsyncGenerator<WalkStep>;
}

/**
 * A chain that must be there, and who says so. A missing `account`, `region` or `trail` means any. Times are
 * milliseconds since the epoch.
 */
export interface Expectation {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
  readonly trail?: string | undefined;
  readonly homeRegion?: string | undefined;
  /** The organization id in its folders, for an organization trail. */
  readonly organization?: string | undefined;
  /** The account that owns the trail, for an organization trail. */
  readonly owner?: string | undefined;
  readonly basis: ExpectationBasis;
  /** When AWS says the newest digest was delivered there (GetTrailStatus, LatestDigestDeliveryTime). */
  readonly lastDelivered?: number | undefined;
  /** When the trail was switched off, as AWS says; undefined while it logs. */
  readonly stopped?: number | undefined;
  /** Since when the account has been a member of the trail's organization. */
  readonly memberSince?: number | undefined;
  /** What the organization says of the account (`SUSPENDED`, `PENDING_CLOSURE`), where that is not `ACTIVE`. */
  readonly memberStatus?: string | undefined;
  /** True for a Region that an account cannot switch off. */
  readonly regionAlwaysOn?: boolean | undefined;
  /** True for a Region that is not enabled now: only what was delivered in the window is owed. */
  readonly regionSwitchedOff?: true | undefined;
  /** True where the trail validates no more: only what it validated in the window is owed, and digests show that. */
  readonly validationOff?: true | undefined;
  /** Where the trail delivers to, as AWS says; `prefix` is '' or ends in `/`. */
  readonly delivery?: { readonly bucket: string; readonly prefix: string } | undefined;
  /** What the trail is now, said once for each trail: what is expected follows from it. */
  readonly settings?: { readonly isMultiRegion: boolean; readonly isOrganization: boolean } | undefined;
}

/** The digests of one chain in one folder: in the window, and the nearest ones around it. */
export interface ListedChain {
  readonly chain: Chain;
  readonly organization: string | undefined;
  readonly listed: ListedDigest[];
  above: ListedDigest | undefined;
  below: ListedDigest | undefined;
  /** The digest folders in which one was seen, as `bucket/key`. */
  readonly seenIn: Set<string>;
}

/** How a digest folder is listed. */
interface DigestListing {
  readonly window: Window;
  /** Is handed every object that is no digest, and waited for: nobody knows how many there are. */
  readonly onUnrecognized?: ((object: ListedObject) => Promise<void>) | undefined;
  /** No digest can end later (milliseconds since the epoch): what is named so is none. */
  readonly latest?: number | undefined;
  /** Digests that are held (default a million), and chains (default ten thousand). */
  readonly most?: number | undefined;
}

/**
 * Digests of one folder that are held, some 300 bytes each: six trails write as many in nineteen years. More are somebody's
 * attempt at the verifier's memory.
 */
const MOST_DIGESTS = 1_000_000;
/** Chains of one folder, some 5 KB each, and each is held against all others: a Region has five trails at a time. */
export const MOST_CHAINS = 10_000;

/**
 * How far before the window a listing begins, so that a chain that was alive then and has nothing in the window is
 * known. A digest a day and hour costs one key: a page of a thousand reaches back this far. What ended before is for
 * `lookBack` to find.
 */
const LISTED_BEFORE = 40 * DAY;

/** Where the listing of a window begins (milliseconds since the epoch): undefined for one without a beginning, of which everything is listed. */
export function listedFrom({ from }: Window): number | undefined {
  return from === undefined ? undefined : from - LISTED_BEFORE;
}

/** Where the listing of a window ends (milliseconds since the epoch), at the beginning of that day. */
export function listedTo({ to }: Window): number {
  return to + DELIVERY_GRACE + DAY;
}

/**
 * Lists the digests of one Region folder around the window: its chains by their ids. Throws what the source's listing
 * throws, and TARGET_TOO_LARGE where it holds more than can be.
 */
export async function listDigests(
  source: Source,
  folder: PlaceFolder,
  region: string,
  { window, onUnrecognized, latest, most }: DigestListing,
): Promise<ReadonlyMap<string, ListedChain>> {
  const prefix = digestFolderKey(folder, region);
  const chains = new Map<string, ListedChain>();
  let listed = 0;
  const from = listedFrom(window);
  const startAfter = from === undefined ? undefined : prefix + dayFolder(from);
  const end = prefix + dayFolder(listedTo(window));
  const recognize = recognizerOf(folder, latest);
  const keySuffices = (key: string): boolean => recognize(key) !== undefined;
  for await (const page of listRange(source, folder.bucket, prefix, { startAfter, end, keySuffices })) {
    for (const object of page) {
      const key = recognize(object.key);
      if (key === undefined) {
        await onUnrecognized?.(object);
        continue;
      }
      const id = chainId(key);
      const chain = chains.get(id) ?? emptyChain(key, folderName(folder.bucket, prefix));
      chains.set(id, chain);
      const ref = { bucket: folder.bucket, key: object.key };
      if (placeDigest(chain, { ref, endTime: key.endTime }, window)) listed += 1;
      checkCounts(listed, chains.size, most, `s3://${folder.bucket}/${prefix}`);
    }
  }
  return chains;
}

/** Reads keys as those of digests of one account folder that end at `latest` at the latest; undefined for what is none of its own. */
export function recognizerOf(
  folder: PlaceFolder,
  latest: number = Number.POSITIVE_INFINITY,
): (text: string) => DigestKey | undefined {
  return (text) => {
    const key = parseDigestKey(text);
    const isOwn = key?.prefix === folder.prefix && key.organization === folder.organization;
    return key !== undefined && isOwn && key.endTime <= latest ? key : undefined;
  };
}

/** A chain of which nothing is listed, seen in a folder by the key of one of its digests. */
export function emptyChain(key: DigestKey, seenIn: string): ListedChain {
  return {
    chain: chainOf(key),
    organization: key.organization,
    listed: [],
    above: undefined,
    below: undefined,
    seenIn: new Set([seenIn]),
  };
}

/** A digest folder as chains name it where they were seen. */
export function folderName(bucket: string, prefix: string): string {
  return `${bucket}/${prefix}`;
}

function checkCounts(digests: number, chains: number, most: number | undefined, where: string): void {
  const [mostDigests, mostChains] = [most ?? MOST_DIGESTS, most ?? MOST_CHAINS];
  if (chains > mostChains) throw tooMany(where, `the digests of ${mostChains} chains`);
  if (digests > mostDigests) throw tooMany(where, `${mostDigests} digests`);
}

/** The error of a folder that holds more digests or chains than a run can; `most` says of what. */
export function tooMany(where: string, most: string): TrailVerifyError {
  return new TrailVerifyError('TARGET_TOO_LARGE', `more than ${most} lie below ${where}`, {
    hint: 'CloudTrail writes one an hour for each trail: see who fills this folder, or narrow the run with --from and --to, --account or --region',
  });
}

/** Sorts a digest of a chain by its place relative to `window`: the nearest above or below, or in it; then it returns true. */
export function placeDigest(chain: ListedChain, digest: ListedDigest, window: Window): boolean {
  if (window.from !== undefined && digest.endTime <= window.from) {
    if (chain.below === undefined || digest.endTime > chain.below.endTime) chain.below = digest;
  } else if (digest.endTime - DIGEST_PERIOD >= window.to) {
    if (chain.above === undefined || digest.endTime < chain.above.endTime) chain.above = digest;
  } else {
    chain.listed.push(digest);
    return true;
  }
  return false;
}

/** Keys after `startAfter`, if it is given, and before `end`. */
export interface KeyRange {
  readonly startAfter: string | undefined;
  readonly end: string;
  readonly keySuffices?: ListRequest['keySuffices'] | undefined;
}

/** Every object between two keys, a page at a time, empty folder markers left out; asks for no page beyond the end. */
export async function* listRange(
  source: Source,
  bucket: string,
  prefix: string,
  range: KeyRange,
): AsyncGenerator<readonly ListedObject[]> {
  const { startAfter, keySuffices } = range;
  const request: ListRequest = {
    bucket,
    prefix,
    startAfter,
    keySuffices,
  };
  for await (const page of source.list(request)) {
    yield page.filter((object) => object.key < range.end && !isMarker(object));
    if ((page.at(-1)?.key ?? '') >= range.end) return;
  }
}
