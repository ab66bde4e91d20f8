import { DAY } from '../clock.ts';
import { type Chain, chainId, chainOf } from '../digest/chain-id.ts';
import { dayFolder, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { ListedObject, Source } from '../source/source.ts';
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

/** What a digest folder holds: chains by id, and objects that are no digests. */
export interface ListedFolder {
  readonly chains: ReadonlyMap<string, ListedChain>;
  readonly unrecognized: readonly ListedObject[];
}

/**
 * How far before the window a listing begins, so that a chain that was alive then and has nothing in the window is
 * known. A digest a day and hour costs one key: a page of a thousand reaches back this far.
 */
const LOOK_BACK = 40 * DAY;

/** Lists the digests of one Region folder as far as the window asks. Throws what the source's listing throws. */
export async function listDigests(
  source: Source,
  folder: PlaceFolder,
  region: string,
  window: Window,
): Promise<ListedFolder> {
  const prefix = digestFolderKey(folder, region);
  const chains = new Map<string, ListedChain>();
  const unrecognized: ListedObject[] = [];
  const bounds = {
    ...(window.from === undefined ? {} : { startAfter: prefix + dayFolder(window.from - LOOK_BACK) }),
    end: prefix + dayFolder(window.to + DELIVERY_GRACE + DAY),
  };
  const add = (object: ListedObject): void => {
    const key = parseDigestKey(object.key);
    if (key === undefined || key.prefix !== folder.prefix || key.organization !== folder.organization)
      unrecognized.push(object);
    else {
      const id = chainId(chainOf(key));
      const chain = chains.get(id) ?? {
        chain: chainOf(key),
        organization: key.organization,
        listed: [],
        above: undefined,
        below: undefined,
      };
      chains.set(id, chain);
      place(
        chain,
        {
          ref: { bucket: folder.bucket, key: object.key },
          endTime: key.endTime,
          lastModified: object.lastModified,
        },
        window,
      );
    }
  };
  await listRange(source, folder.bucket, prefix, bounds, add);
  if (chains.size === 0 && window.from !== undefined) {
    const day = await latestDay(source, folder.bucket, prefix, bounds.startAfter ?? prefix);
    if (day !== undefined) await listRange(source, folder.bucket, day, { end: `${day}\uffff` }, add);
  }
  return { chains, unrecognized };
}

function place(chain: ListedChain, digest: ListedDigest, window: Window): void {
  if (window.from !== undefined && digest.endTime <= window.from) {
    if (chain.below === undefined || digest.endTime > chain.below.endTime) chain.below = digest;
  } else if (digest.endTime - DIGEST_PERIOD >= window.to) {
    if (chain.above === undefined || digest.endTime < chain.above.endTime) chain.above = digest;
  } else chain.listed.push(digest);
}

/** Hands every object between two keys to `add`, markers that end in `/` left out, and asks for no page beyond the end. */
export async function listRange(
  source: Source,
  bucket: string,
  prefix: string,
  range: { readonly startAfter?: string; readonly end: string },
  add: (object: ListedObject) => void,
): Promise<void> {
  const request =
    range.startAfter === undefined ? { bucket, prefix } : { bucket, prefix, startAfter: range.startAfter };
  for await (const page of source.list(request)) {
    for (const object of page) if (object.key < range.end && !object.key.endsWith('/')) add(object);
    if ((page.at(-1)?.key ?? '') >= range.end) return;
  }
}

/** The newest day folder before `limit`: down the years, months and days, three listings. */
async function latestDay(
  source: Source,
  bucket: string,
  prefix: string,
  limit: string,
): Promise<string | undefined> {
  let folder: string | undefined = prefix;
  for (let depth = 0; depth < 3 && folder !== undefined; depth++) {
    const children: readonly string[] = await source.folders(bucket, folder);
    folder = children.filter((child) => child <= limit).at(-1);
  }
  return folder;
}
