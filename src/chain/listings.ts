/** The listings of a search for places: those that S3 refuses, and how the search goes on below them (see `refused-listings.ts`). */

import { TrailVerifyError } from '../base/errors.ts';
import { isAccountId, isOrganizationId } from '../base/names.ts';
import { type AccountFolder, accountFolderKey } from '../digest/digest-key.ts';
import { type Level, type ListRequest, levelOf, type Source } from '../source/source.ts';

/** An account folder in a bucket. */
export interface FolderInBucket extends AccountFolder {
  readonly bucket: string;
}

/** A listing that the caller may not have, and what it is of: an account, a Region of it, or folders above the accounts. */
export interface RefusedListing {
  readonly bucket: string;
  readonly prefix: string;
  readonly account: string | undefined;
  readonly region: string | undefined;
  /** The error of the source, for people. */
  readonly reason: string;
  /** Whether what is asked for may be in it, so that nothing of it is proven. */
  readonly isAsked: boolean;
}

/** The accounts that a run is about, so that it can go straight down to their folders. */
export interface KnownAccounts {
  /** Accounts that are looked for in every `AWSLogs` folder that may not be listed. */
  readonly accounts: readonly string[];
  /** Folders that a trail delivers to, as AWS says. */
  readonly folders: readonly FolderInBucket[];
  /** Whether nothing but those accounts is asked for. */
  readonly areAll: boolean;
}

/** What a search could not list, and what it could. */
export interface SeenListings {
  readonly refused: readonly RefusedListing[];
  readonly listed: ReadonlySet<string>;
}

/** The last name in the key of a folder, which ends in `/`. */
export function lastSegment(folder: string): string {
  return folder.slice(folder.lastIndexOf('/', folder.length - 2) + 1, -1);
}

/** An account folder as `bucket/key`. */
export function folderName(folder: FolderInBucket): string {
  return `${folder.bucket}/${accountFolderKey(folder)}`;
}

/** How a folder is listed. */
export interface HowListed {
  /** How many folders in it are wanted at most, about (default all). */
  readonly most?: number | undefined;
  /** Whether nothing shows that there is such a folder. */
  readonly isGuess?: boolean | undefined;
}

/** The listings of one search: which were refused, and which account folders were listed. */
export class Listings {
  readonly #source: Source;
  readonly #known: KnownAccounts | undefined;
  #asked = 0;
  readonly #listed = new Map<string, string>();
  readonly #refused: (Omit<RefusedListing, 'isAsked'> & { readonly isGuess: boolean })[] = [];

  constructor(source: Source, known: KnownAccounts | undefined) {
    this.#source = source;
    this.#known = known;
  }

  /** How many folders were asked for. */
  get asked(): number {
    return this.#asked;
  }

  /** The accounts whose folders are tried below a folder that may not be listed. */
  get accounts(): readonly string[] {
    return this.#known?.accounts ?? [];
  }

  /** Folders of known trails below a target that were not met, because a folder above them may not be listed. */
  unmet(bucket: string, prefix: string): readonly AccountFolder[] {
    if (!this.#refused.some((one) => one.account === undefined && one.bucket === bucket)) return [];
    const below = (this.#known?.folders ?? []).filter(
      (folder) => folder.bucket === bucket && accountFolderKey(folder).startsWith(prefix),
    );
    const met = new Set(this.#refused.map((one) => `${one.bucket}/${one.prefix}`));
    return below.filter((folder) => !this.#listed.has(folderName(folder)) && !met.has(folderName(folder)));
  }

  /** Takes note of an account folder that was listed. */
  took(bucket: string, folder: AccountFolder): void {
    this.#listed.set(folderName({ ...folder, bucket }), folder.account);
  }

  /** The folders directly below a prefix; undefined where they may not be listed. */
  folders(bucket: string, prefix: string, how: HowListed = {}): Promise<readonly string[] | undefined> {
    this.#asked += 1;
    return this.ask({ bucket, prefix, ...how }, () => this.#source.folders(bucket, prefix, how.most));
  }

  /** The folders and objects directly below a prefix; undefined where they may not be listed. */
  level(bucket: string, prefix: string, how: HowListed = {}): Promise<Level | undefined> {
    this.#asked += 1;
    return this.ask({ bucket, prefix, ...how }, () => levelOf(this.#source, bucket, prefix, how.most));
  }

  /** What one listing gives; undefined where it is refused. A copy's own errors are those of this machine, and end the search. */
  async ask<Result>(
    where: { readonly bucket: string; readonly prefix: string; readonly isGuess?: boolean | undefined },
    ask: () => Promise<Result>,
  ): Promise<Result | undefined> {
    const { bucket, prefix, isGuess = false } = where;
    try {
      return await ask();
    } catch (error) {
      const isRefused = error instanceof TrailVerifyError && error.code === 'ACCESS_DENIED';
      if (!isRefused || this.#source.kind !== 's3') throw error;
      this.#refused.push({ bucket, prefix, ...placeIn(prefix), reason: error.message, isGuess });
      return undefined;
    }
  }

  /** The refused listings in order of bucket and prefix, and the account folders listed, as `bucket/key`. */
  result(): { readonly refused: readonly RefusedListing[]; readonly listed: ReadonlySet<string> } {
    const { areAll = false, folders = [] } = this.#known ?? {};
    const own = new Set(folders.map(folderName));
    const seen = new Set([...this.#listed].flatMap(([name, account]) => (own.has(name) ? [account] : [])));
    const refused = new Map<string, RefusedListing>();
    for (const { isGuess, ...one } of this.#refused) {
      const name = `${one.bucket}/${one.prefix}`;
      // Where AWS itself says which folder the trail delivers to, and that was listed, another one is not asked for. The listings
      // alone say nothing of it: whoever writes the bucket's policy chooses what they show.
      const isElsewhere = isGuess && !own.has(name) && one.account !== undefined && seen.has(one.account);
      const isAsked = one.account === undefined ? !areAll : !isElsewhere;
      refused.set(name, { ...one, isAsked });
    }
    const sorted = [...refused].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
    return { refused: sorted, listed: new Set(this.#listed.keys()) };
  }
}

/**
 * The listings that are refused once the places are known: of a Region, say, or of a month, where a policy names just that. What is
 * in them is unproven, and all else goes on.
 */
export class RefusedListings {
  readonly #all = new Map<string, RefusedListing>();

  /** Those so far, in order of bucket and prefix. */
  get all(): readonly RefusedListing[] {
    return [...this.#all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  }

  /** Whether the listing of that very prefix was refused: what it does not show may be there. Another refusal says nothing of it. */
  isRefused(bucket: string, prefix: string): boolean {
    return this.#all.has(`${bucket}/${prefix}`);
  }

  /** Whether anything of an account and Region could not be listed. */
  isWithin({ account, region }: { readonly account: string; readonly region: string }): boolean {
    return [...this.#all.values()].some(
      (one) => (one.account ?? account) === account && (one.region ?? region) === region,
    );
  }

  /** The same source, with refused listings noted here and empty. A copy's own errors are those of this machine, and stay. */
  around(source: Source): Source {
    if (source.kind !== 's3') return source;
    const level = source.level?.bind(source);
    return {
      ...source,
      list: (request) => this.#pages(source, request),
      folders: (bucket, prefix, most) =>
        this.#orEmpty(bucket, prefix, () => source.folders(bucket, prefix, most), []),
      level:
        level &&
        ((bucket, prefix, most) =>
          this.#orEmpty(bucket, prefix, () => level(bucket, prefix, most), EMPTY_LEVEL)),
    };
  }

  /** What is refused between two pages stays an error: half a listing would show that the rest is gone. */
  async *#pages(source: Source, request: ListRequest): ReturnType<Source['list']> {
    const pages = source.list(request)[Symbol.asyncIterator]();
    const { bucket, prefix } = request;
    try {
      let next = await this.#orEmpty(bucket, prefix, () => pages.next(), NO_PAGE);
      for (; next.done !== true; next = await pages.next()) yield next.value;
    } finally {
      await pages.return?.();
    }
  }

  async #orEmpty<Result>(
    bucket: string,
    prefix: string,
    ask: () => Promise<Result>,
    empty: Result,
  ): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      this.#note(bucket, prefix, error);
      return empty;
    }
  }

  #note(bucket: string, prefix: string, error: unknown): void {
    if (!(error instanceof TrailVerifyError) || error.code !== 'ACCESS_DENIED') throw error;
    const about = { ...placeIn(prefix), reason: error.message, isAsked: true };
    this.#all.set(`${bucket}/${prefix}`, { bucket, prefix, ...about });
  }
}

const NO_PAGE = { done: true, value: undefined } as const;
const EMPTY_LEVEL: Level = { folders: [], objects: [], further: 0 };

/** The account and Region whose folder a prefix is, or is in. */
function placeIn(prefix: string): Pick<RefusedListing, 'account' | 'region'> {
  const segments = prefix.split('/').slice(0, -1);
  const at = segments.lastIndexOf('AWSLogs');
  const inner = at === -1 ? [] : segments.slice(at + 1);
  if (isOrganizationId(inner[0] ?? '')) inner.shift();
  const [account = '', , region] = inner;
  return isAccountId(account) ? { account, region } : { account: undefined, region: undefined };
}
