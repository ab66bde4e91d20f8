import { DAY } from '../clock.ts';
import { type Chain, chainId, chainOf } from '../digest/chain-id.ts';
import { type DigestKey, dayFolder, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { ListedObject, ListRequest, Source } from '../source/source.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD } from './cadence.ts';
import type { Window } from './chain-plan.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { PlaceFolder } from './discover.ts';

/** The digests of one chain in one folder: in the window, and the nearest ones around it. */
export interface ListedChain {
  readonly chain: Chain;
  readonly organization: string | undefined;
  readonly listed: ListedDigest[];
  above: ListedDigest | undefined;
  below: ListedDigest | undefined;
}

/** How a digest folder is listed. */
export interface DigestListing {
  readonly window: Window;
  /** Whether it matters when digests were written (default true). */
  readonly timed?: boolean;
  /** Is handed every object that is no digest, and waited for: nobody knows how many there are. */
  readonly onUnrecognized?: (object: ListedObject) => Promise<void>;
}

/**
 * How far before the window a listing begins, so that a chain that was alive then and has nothing in the window is
 * known. A digest a day and hour costs one key: a page of a thousand reaches back this far.
 */
const LOOK_BACK = 40 * DAY;

/** Lists the digests of one Region folder as far as the window asks: its chains by their ids. Throws what the source's listing throws. */
export async function listDigests(
  source: Source,
  folder: PlaceFolder,
  region: string,
  { window, timed = true, onUnrecognized }: DigestListing,
): Promise<ReadonlyMap<string, ListedChain>> {
  const prefix = digestFolderKey(folder, region);
  const chains = new Map<string, ListedChain>();
  const startAfter = window.from === undefined ? undefined : prefix + dayFolder(window.from - LOOK_BACK);
  const end = prefix + dayFolder(window.to + DELIVERY_GRACE + DAY);
  const recognize = (text: string): DigestKey | undefined => {
    const key = parseDigestKey(text);
    return key?.prefix === folder.prefix && key.organization === folder.organization ? key : undefined;
  };
  const keySuffices = timed ? undefined : (key: string): boolean => recognize(key) !== undefined;
  const add = (object: ListedObject): Promise<void> | undefined => {
    const key = recognize(object.key);
    if (key === undefined) return onUnrecognized?.(object);
    const id = chainId(key);
    const chain = chains.get(id) ?? {
      chain: chainOf(key),
      organization: key.organization,
      listed: [],
      above: undefined,
      below: undefined,
    };
    chains.set(id, chain);
    const ref = { bucket: folder.bucket, key: object.key };
    placeDigest(chain, { ref, endTime: key.endTime, lastModified: object.lastModified }, window);
    return undefined;
  };
  const addAll = async (under: string, range: KeyRange): Promise<void> => {
    for await (const page of listRange(source, folder.bucket, under, range)) {
      for (const object of page) {
        const told = add(object);
        if (told !== undefined) await told;
      }
    }
  };
  await addAll(prefix, { startAfter, end, keySuffices });
  if (startAfter !== undefined && chains.size === 0) {
    for await (const day of daysBefore(source, folder.bucket, prefix, startAfter)) {
      await addAll(day, { startAfter: undefined, end: `${day}\uffff`, keySuffices });
      if (chains.size > 0) break;
    }
  }
  return chains;
}

/** Puts a digest of a chain where it stands to `window`: in it, or the nearest above or below. */
export function placeDigest(chain: ListedChain, digest: ListedDigest, window: Window): void {
  if (window.from !== undefined && digest.endTime <= window.from) {
    if (chain.below === undefined || digest.endTime > chain.below.endTime) chain.below = digest;
  } else if (digest.endTime - DIGEST_PERIOD >= window.to) {
    if (chain.above === undefined || digest.endTime < chain.above.endTime) chain.above = digest;
  } else chain.listed.push(digest);
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

/**
 * The day folders before `limit`, newest first; three listings lead to the first. A year may hold later days only and a
 * day no digest, so the caller goes on until it has found what it looks for.
 */
async function* daysBefore(
  source: Source,
  bucket: string,
  folder: string,
  limit: string,
  depth = 3,
): AsyncGenerator<string> {
  if (depth === 0) {
    yield folder;
    return;
  }
  const children = await source.folders(bucket, folder);
  for (const child of children.filter((one) => one < limit).reverse())
    yield* daysBefore(source, bucket, child, limit, depth - 1);
}

/** What CreateTrail and the S3 console leave in place of a folder. One with bytes in it is an object like any other. */
function isMarker({ key, size }: ListedObject): boolean {
  return key.endsWith('/') && size === 0;
}
