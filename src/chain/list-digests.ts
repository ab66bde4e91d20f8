import { DAY } from '../clock.ts';
import { type Chain, chainId, chainOf } from '../digest/chain-id.ts';
import { type DigestKey, dayFolder, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import { TrailVerifyError } from '../errors.ts';
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
  /** Digests, and chains, that are held (default a million). */
  readonly most?: number;
}

/**
 * Digests of one folder that are held, some 300 bytes each, and chains: six trails write as many digests in nineteen years.
 * More are somebody's attempt at the memory of whoever verifies them.
 */
const MOST_DIGESTS = 1_000_000;

/**
 * How far before the window a listing begins, so that a chain that was alive then and has nothing in the window is
 * known. A digest a day and hour costs one key: a page of a thousand reaches back this far.
 */
const LOOK_BACK = 40 * DAY;

/**
 * Lists the digests of one Region folder as far as the window asks: its chains by their ids. Throws what the source's listing
 * throws, and TARGET_TOO_LARGE where it holds more than can be.
 */
export async function listDigests(
  source: Source,
  folder: PlaceFolder,
  region: string,
  { window, timed = true, onUnrecognized, most = MOST_DIGESTS }: DigestListing,
): Promise<ReadonlyMap<string, ListedChain>> {
  const prefix = digestFolderKey(folder, region);
  const chains = new Map<string, ListedChain>();
  let listed = 0;
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
    const digest = { ref, endTime: key.endTime, lastModified: object.lastModified };
    if (placeDigest(chain, digest, window)) listed += 1;
    if (Math.max(listed, chains.size) > most) throw tooMany(`s3://${folder.bucket}/${prefix}`, most);
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

function tooMany(where: string, most: number): TrailVerifyError {
  return new TrailVerifyError('TARGET_TOO_LARGE', `more than ${most} digests lie below ${where}`, {
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
