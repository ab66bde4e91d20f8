import { DAY } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import {
  type Chain,
  chainId,
  chainOf,
  type DigestKey,
  dayFolder,
  digestFolderKey,
  parseDigestKey,
} from '../digest/digest-key.ts';
import type { ListedObject, ListRequest, Source } from '../source/source.ts';
import type { Window } from './chain-plan.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD } from './coverage.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { PlaceFolder } from './discover.ts';
import { isMarker } from './stray.ts';

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
export interface DigestListing {
  readonly window: Window;
  /** Is handed every object that is no digest, and waited for: nobody knows how many there are. */
  readonly onUnrecognized?: (object: ListedObject) => Promise<void>;
  /** No digest can end later (milliseconds since the epoch): what is named so is none. */
  readonly latest?: number;
  /** Digests that are held (default a million), and chains (default ten thousand). */
  readonly most?: number;
}

/**
 * Digests of one folder that are held, some 300 bytes each: six trails write as many in nineteen years. More are somebody's
 * attempt at the memory of whoever verifies them.
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

/** Puts a digest of a chain where it stands to `window`, the nearest above or below, or in it: then it returns true. */
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
    ...(startAfter === undefined ? {} : { startAfter }),
    ...(keySuffices === undefined ? {} : { keySuffices }),
  };
  for await (const page of source.list(request)) {
    yield page.filter((object) => object.key < range.end && !isMarker(object));
    if ((page.at(-1)?.key ?? '') >= range.end) return;
  }
}
