/** Chains of one digest folder that lie outside the listing of a window, as stretches of keys are read: in samples, for a folder may be old. */
import { DAY } from '../base/clock.ts';
import { chainId, dayFolder, digestFolderKey } from '../digest/digest-key.ts';
import type { ListedObject, Source } from '../source/source.ts';
import type { Window } from './chain-plan.ts';
import type { PlaceFolder } from './discover.ts';
import {
  emptyChain,
  folderName,
  type ListedChain,
  MOST_CHAINS,
  recognizerOf,
  tooMany,
} from './list-digests.ts';
import { isMarker } from './stray.ts';

/** Samples lie at a distance of two of these from the window, and of twice as much each. */
export const MONTH: number = 30 * DAY;
/** Samples, and searches for ends of chains, under way at once. */
export const AT_ONCE = 4;
/** An end of a chain is searched for until it is known to within so much; then that stretch is listed whole. */
export const NEAR: number = 2 * DAY;
/** Halvings of eleven years down to two days, and one to spare. */
export const MOST_HALVINGS = 12;
/** Pages of the last stretch: two days of forty trails. */
export const MOST_LAST_PAGES = 2;
/** Rows of a full page of S3's. */
const FULL_PAGE = 1000;
/** Pages of one sample that hold no digest at all before it is left: somebody filled the folder, and is told of. */
const MOST_PAGES = 4;

/** What was seen outside a listing: of each chain the digest nearest to it, its `below` or its `above`. */
export interface Looked {
  readonly chains: ReadonlyMap<string, ListedChain>;
  /** False where something lies between the samples. */
  readonly isWhole: boolean;
  /** Where samples begin (milliseconds since the epoch). */
  readonly samples: readonly number[];
}

/** What to look into: one digest folder, outside the listing of `window`. */
export interface LookRequest {
  readonly source: Source;
  readonly folder: PlaceFolder;
  readonly region: string;
  readonly window: Window;
  /** Is handed every object that is no digest, and waited for. */
  readonly onUnrecognized?: ((object: ListedObject) => Promise<void>) | undefined;
  /** As in `DigestListing`. */
  readonly latest?: number;
  readonly most?: number;
}

/** The later of two keys. */
export function largerOf(a: string, b: string): string {
  return a > b ? a : b;
}

/** How far a stretch was read: whether whole, and the last key that was seen of it. */
export interface ReadStretch {
  readonly isWhole: boolean;
  readonly lastKey: string;
}

/** The chains of one folder, as stretches of it are read, each with its newest digest (`below`) or its oldest (`above`). */
export class SampledFolder {
  readonly #request: LookRequest;
  readonly #side: 'below' | 'above';
  readonly #prefix: string;
  readonly #chains = new Map<string, ListedChain>();

  constructor(request: LookRequest, side: 'below' | 'above') {
    this.#request = request;
    this.#side = side;
    this.#prefix = digestFolderKey(request.folder, request.region);
  }

  /** What was seen so far. */
  result(isWhole: boolean, samples: readonly number[]): Looked {
    return { chains: this.#chains, isWhole, samples };
  }

  /** The digest of a chain that is the nearest to the window of those read so far. */
  nearestOf(id: string): ListedChain['below'] {
    return this.#chains.get(id)?.[this.#side];
  }

  /** Where the digests of a day begin. */
  dayKey(time: number): string {
    return this.#prefix + dayFolder(time);
  }

  /** Reads keys after one and before another, `pages` pages of them; a few pages without any digest do not count. */
  async read(startAfter: string | undefined, end: string, pages: number): Promise<ReadStretch> {
    const { source, folder } = this.#request;
    const keySuffices = (key: string): boolean => recognize(key) !== undefined;
    const recognize = recognizerOf(folder, this.#request.latest);
    let [useful, useless] = [0, 0];
    for await (const page of source.list({
      bucket: folder.bucket,
      prefix: this.#prefix,
      ...(startAfter === undefined ? {} : { startAfter }),
      keySuffices,
    })) {
      const lastKey = page.at(-1)?.key ?? '';
      if (await this.#take(page, end, recognize)) useful += page.length;
      else useless += page.length;
      if (lastKey >= end) break;
      // A page that is not full is most likely the last one: then going on costs no request, and shows that nothing follows.
      if (useful >= pages * FULL_PAGE || useless >= MOST_PAGES * FULL_PAGE)
        return { isWhole: false, lastKey };
    }
    return { isWhole: true, lastKey: end };
  }

  /** Takes the digests of a page; false where there is none. */
  async #take(
    page: readonly ListedObject[],
    end: string,
    recognize: ReturnType<typeof recognizerOf>,
  ): Promise<boolean> {
    const { folder, onUnrecognized, most = MOST_CHAINS } = this.#request;
    const { bucket } = folder;
    let hasDigest = false;
    for (const object of page) {
      if (object.key >= end || isMarker(object)) continue;
      const key = recognize(object.key);
      if (key === undefined) {
        await onUnrecognized?.(object);
        continue;
      }
      hasDigest = true;
      const id = chainId(key);
      const chain = this.#chains.get(id) ?? emptyChain(key, folderName(bucket, this.#prefix));
      this.#chains.set(id, chain);
      if (this.#chains.size > most)
        throw tooMany(folderName(`s3://${bucket}`, this.#prefix), `the digests of ${most} chains`);
      const known = chain[this.#side];
      const isNearer = (than: number): boolean =>
        this.#side === 'below' ? key.endTime > than : key.endTime < than;
      if (known === undefined || isNearer(known.endTime))
        chain[this.#side] = { ref: { bucket, key: object.key }, endTime: key.endTime };
    }
    return hasDigest;
  }
}
