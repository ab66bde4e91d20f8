/**
 * What there is to verify, from the folders alone: under a target's prefix every `AWSLogs` folder, in it every
 * account (or organization and its accounts), in each the CloudTrail families and their Regions.
 *
 *     s3://bucket/[any/prefix/]AWSLogs/[o-…/]111122223333/{CloudTrail-Digest,CloudTrail,CloudTrail-Insight,…}/us-east-1/
 *
 * Nothing else is listed: not other services' logs next to them, not a day before it is asked about. What belongs to none of
 * these on the levels that are listed anyway is a misfit (`misfits.ts`); folders of unknown names are searched, once.
 */

import { mapParallel } from '../base/flow.ts';
import { append, partition } from '../base/lists.ts';
import { isAccountId, isOrganizationId, isRegionName } from '../base/names.ts';
import { type AccountFolder, accountFolderKey } from '../digest/digest-key.ts';
import type { Source } from '../source/source.ts';
import { type HowListed, type KnownAccounts, Listings, lastSegment, type SeenListings } from './listings.ts';
import {
  hasOwnName,
  isTestFile,
  looksLikeAccount,
  looksLikeCloudTrail,
  namesLogFile,
} from './misfits/look-alikes.ts';
import { type Misfit, misfitsBelow, misfitsOfUnknown, misfitsOnTheWay } from './misfits/misfits.ts';
import { MisfitSearch } from './misfits/search.ts';

/** One account folder in one bucket. */
export interface PlaceFolder extends AccountFolder {
  readonly bucket: string;
  /** Families that have a folder for this Region, such as `CloudTrail-Digest` and `CloudTrail`. */
  readonly families: readonly string[];
}

/** All folders of the targets for one account and Region: usually one folder, more where a trail moved. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly folders: readonly PlaceFolder[];
}

/** The folder of one account in which CloudTrail Lake saves the results of queries; nothing in it is listed here. */
export interface QueryFolder extends AccountFolder {
  readonly bucket: string;
  /** Ends in `CloudTrail-Lake/Query/`. */
  readonly key: string;
  /** The part of it that is asked for: the key itself, or a prefix within. */
  readonly within: string;
}

/** What to look into: everything under `prefix` of a bucket, and which accounts and Regions to pass over. */
export interface DiscoveryRequest {
  readonly source: Source;
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly inScope: (account: string | undefined, region: string | undefined) => boolean;
  /** Whether what belongs to no trail is looked for (default false). */
  readonly looksForMisfits?: boolean | undefined;
  /** Whether only the query results of CloudTrail Lake are looked for (default false). */
  readonly onlyQueries?: boolean | undefined;
  /** The accounts that are asked for, where folders above them may be closed to the caller. */
  readonly known?: KnownAccounts | undefined;
  /** Is told how many places are found so far, after each account. */
  readonly onPlaces?: ((found: number) => Promise<void>) | undefined;
}

/** The places found, in order of account and Region, and whether every folder was looked into. */
export interface Discovery extends SeenListings {
  readonly places: readonly Place[];
  /** Folders of query results, in order of bucket and key. */
  readonly queries: readonly QueryFolder[];
  readonly complete: boolean;
  readonly foldersListed: number;
  /** Objects next to the folders of the trails that belong to none, in order of bucket and key. */
  readonly misfits: readonly Misfit[];
}

/** Folders looked into above the accounts before the search gives up: real prefixes are a few folders deep. */
const MAX_FOLDERS_ABOVE = 2_000;
/** Folders that the listings there may name: of so many most are never looked into, and somebody may name one more on each page. */
const MOST_NAMES_ABOVE = 10_000;
/** A trail's prefix has at most 200 characters (API reference, Trail); no sane one has more folders than this. */
const MAX_DEPTH = 12;
/** Listings under way at once. */
const PARALLEL = 16;
const AWS_LOGS = 'AWSLogs';
/** Where CloudTrail Lake saves the results of queries. */
const LAKE = 'CloudTrail-Lake';
const QUERIES = 'Query';
/** What trails write. */
const TRAILS = /^CloudTrail(?:-Digest|-Insight|-NetworkActivity|-Aggregated)?$/;
const FAMILY = /^CloudTrail(?:-[A-Za-z0-9]+)?$/;

/** Finds the places under the targets. Throws what the source's `folders` throws, but for ACCESS_DENIED of a bucket: those folders are `refused`. */
export async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const search = new Search(request);
  for (const target of request.targets) await search.from(target.bucket, target.prefix);
  return search.result();
}

/** Whether a target's prefix asks for query results of CloudTrail Lake and nothing else: it is, or is within, their folder. */
export function isOfQueries(prefix: string): boolean {
  const segments = prefix.split('/').slice(0, -1);
  const inner = segments.slice(segments.lastIndexOf(AWS_LOGS) + 1);
  if (isOrganizationId(inner[0] ?? '')) inner.shift();
  const [account = '', family] = inner;
  return segments.includes(AWS_LOGS) && isAccountId(account) && family === LAKE;
}

class Search {
  readonly #request: DiscoveryRequest;
  readonly #queries = new Map<string, QueryFolder>();
  readonly #places = new Map<
    string,
    { account: string; region: string; folders: Map<string, PlaceFolder> }
  >();
  #foldersAbove = 0;
  #namesAbove = 0;
  #complete = true;
  readonly #listings: Listings;
  readonly #misfits: MisfitSearch;

  constructor(request: DiscoveryRequest) {
    const { source, known, looksForMisfits = false } = request;
    this.#request = request;
    this.#listings = new Listings(source, known);
    this.#misfits = new MisfitSearch(source, this.#listings, looksForMisfits);
  }

  result(): Discovery {
    const places = [...this.#places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, place]) => ({ ...place, folders: [...place.folders.values()] }));
    const queries = queriesOnce(this.#queries);
    const counts = { complete: this.#complete, foldersListed: this.#listings.asked };
    return { places, queries, ...counts, misfits: this.#misfits.result(), ...this.#listings.result() };
  }

  /** Begins at a prefix that may itself be inside an `AWSLogs` folder. */
  async from(bucket: string, prefix: string): Promise<void> {
    const begun = await this.#enter(bucket, await this.#begin(bucket, prefix));
    await this.#above(bucket, begun, prefix);
    await this.#each(this.#listings.unmet(bucket, prefix), async (folder) => {
      await this.#account(bucket, folder, { isGuess: true });
    });
  }

  /** Searches the `AWSLogs` folder around a prefix; gives back the folders from which to search further down. */
  async #begin(bucket: string, prefix: string): Promise<readonly string[]> {
    const segments = prefix.split('/').slice(0, -1);
    const at = segments.lastIndexOf(AWS_LOGS);
    if (at === -1) return [prefix];
    const top = segments
      .slice(0, at)
      .map((segment) => `${segment}/`)
      .join('');
    const inner = segments.slice(at + 1);
    const organization = isOrganizationId(inner[0] ?? '') ? inner.shift() : undefined;
    const [account, family, region] = inner;
    if (account === undefined) {
      if (organization === undefined) return this.#awsLogs(bucket, top);
      const children = await this.#level(bucket, prefix);
      return this.#accounts(bucket, top, organization, children);
    }
    if (!isAccountId(account)) return [prefix];
    const folder =
      organization === undefined ? { prefix: top, account } : { prefix: top, organization, account };
    return this.#account(bucket, folder, { family, region, prefix });
  }

  /** Breadth first down to `AWSLogs` folders; those found are searched, their siblings as well. */
  async #above(bucket: string, folders: readonly string[], target: string): Promise<void> {
    let level = folders;
    for (let depth = 0; level.length > 0 && depth <= MAX_DEPTH; depth++) {
      const next: string[] = [];
      await this.#each(level, async (folder) => {
        this.#foldersAbove += 1;
        if (this.#foldersAbove > MAX_FOLDERS_ABOVE || this.#namesAbove > MOST_NAMES_ABOVE) {
          this.#complete = false;
          return;
        }
        const searched = await this.#searched(bucket, folder);
        // Straight down from a target that may not be listed: `AWSLogs` is where it always is.
        const children = searched ?? (folder === target ? [`${folder}${AWS_LOGS}/`] : []);
        // A copy itself reports what is next to its buckets' trails.
        if (this.#misfits.isOn && this.#request.source.outside === undefined)
          await this.#misfits.twins(bucket, children);
        await this.#misfits.strayResults(bucket, folder, children);
        append(next, await this.#enter(bucket, children));
      });
      level = next;
    }
    if (level.length > 0) this.#complete = false;
  }

  /**
   * The folders of one that may lead to `AWSLogs`, undefined where it may not be listed; files in it that are named as CloudTrail
   * names its own are misfits. A copy reports those itself, and the content of an `AWSLogs` folder was searched from there.
   */
  async #searched(bucket: string, folder: string): Promise<readonly string[] | undefined> {
    const isToldElsewhere =
      this.#request.source.outside !== undefined || `/${folder}`.includes(`/${AWS_LOGS}/`);
    const most = MOST_NAMES_ABOVE - this.#namesAbove;
    if (!this.#misfits.isOn || isToldElsewhere) {
      const listed = await this.#listings.folders(bucket, folder, { most });
      return listed && this.#withinBound(folder, listed, most);
    }
    const level = await this.#listings.level(bucket, folder, { most });
    if (level === undefined) return undefined;
    const named = level.objects.filter(({ key }) => hasOwnName(lastName(key)));
    this.#misfits.level(bucket, folder, { ...level, objects: named, further: 0 }, () => true);
    return this.#withinBound(folder, level.folders, most);
  }

  /** Searches the `AWSLogs` folders among `folders`; gives back the others, and what else is in those. */
  async #enter(bucket: string, folders: readonly string[]): Promise<readonly string[]> {
    const rest: string[] = [];
    for (const folder of folders) {
      if (lastSegment(folder) !== AWS_LOGS) rest.push(folder);
      else append(rest, await this.#awsLogs(bucket, folder.slice(0, -AWS_LOGS.length - 1)));
    }
    return rest;
  }

  /** The accounts of one `AWSLogs` folder; gives back the folders in it that are none, for a prefix may hold that name. */
  async #awsLogs(bucket: string, prefix: string): Promise<readonly string[]> {
    const children = await this.#level(bucket, `${prefix}AWSLogs/`);
    const others = await this.#accounts(bucket, prefix, undefined, children);
    const [organizations, rest] = partition(others, (child) => isOrganizationId(lastSegment(child)));
    await this.#each(organizations, async (child) => {
      const inner = await this.#level(bucket, child);
      append(rest, await this.#accounts(bucket, prefix, lastSegment(child), inner));
    });
    const isLike = (name: string): boolean => looksLikeCloudTrail(name) || looksLikeAccount(name);
    // They are searched further down.
    await this.#misfits.nextTo(bucket, rest, isLike, misfitsOnTheWay);
    return this.#enter(bucket, rest);
  }

  async #accounts(
    bucket: string,
    prefix: string,
    organization: string | undefined,
    children: readonly string[] | undefined,
  ): Promise<readonly string[]> {
    const isGuess = children === undefined;
    const [folders, rest] = partition(children ?? [], (child) => isAccountId(lastSegment(child)));
    const accounts = isGuess ? this.#listings.accounts : folders.map(lastSegment);
    await this.#each(accounts, async (account) => {
      const folder = organization === undefined ? { prefix, account } : { prefix, organization, account };
      append(rest, await this.#account(bucket, folder, { isGuess }));
    });
    return rest;
  }

  /** The families and Regions of one account; gives back an `AWSLogs` folder in it, for a prefix may end in an account. */
  async #account(
    bucket: string,
    folder: AccountFolder,
    asked: {
      readonly family?: string | undefined;
      readonly region?: string | undefined;
      /** The target's prefix, where that is in the folder. */
      readonly prefix?: string | undefined;
      /** Whether no listing shows that there is such an account. */
      readonly isGuess?: boolean | undefined;
    },
  ): Promise<readonly string[]> {
    if (!this.#request.inScope(folder.account, undefined)) return [];
    const { family: onlyFamily, region: onlyRegion, prefix = '', isGuess } = asked;
    const top = accountFolderKey(folder);
    if (onlyFamily === LAKE) {
      await this.#lake(bucket, folder, asked);
      return [];
    }
    if (onlyFamily !== undefined && this.#request.onlyQueries === true) return [];
    const children = await this.#level(bucket, top, undefined, { isGuess });
    if (children === undefined) return [];
    this.#listings.took(bucket, folder);
    const families = children.map(lastSegment).filter((family) => FAMILY.test(family));
    const isAsked = onlyFamily === undefined || families.includes(onlyFamily);
    await this.#each(isAsked ? families : [], async (family) => {
      if (family === LAKE) return this.#lake(bucket, folder, { prefix });
      const isLogs = family !== 'CloudTrail-Digest';
      const look = isLogs ? misfitsBelow : misfitsOfUnknown;
      if (this.#request.onlyQueries === true) return this.#resultsIn(bucket, `${top}${family}/`, look);
      const asLog = isLogs ? () => true : namesLogFile;
      for (const child of (await this.#level(bucket, `${top}${family}/`, asLog)) ?? []) {
        const region = lastSegment(child);
        if (!isRegionName(region)) await this.#misfits.lookInto(bucket, child, look);
        else if ((onlyRegion ?? region) === region && this.#request.inScope(folder.account, region))
          this.#add(bucket, folder, region, family);
      }
    });
    await this.#request.onPlaces?.(this.#places.size);
    const others = children.filter((child) => !FAMILY.test(lastSegment(child)));
    await this.#misfits.nextTo(bucket, others, looksLikeCloudTrail, misfitsOfUnknown);
    return children.filter((child) => lastSegment(child) === AWS_LOGS);
  }

  /** The folder of CloudTrail Lake in one account: its query results, and misfits next to them where all of it is asked for. */
  async #lake(
    bucket: string,
    folder: AccountFolder,
    asked: { readonly region?: string | undefined; readonly prefix?: string | undefined },
  ): Promise<void> {
    const { region: only, prefix = '' } = asked;
    const top = `${accountFolderKey(folder)}${LAKE}/`;
    // A target below another of its folders holds no results, whatever is in the folder next to it.
    if (only !== undefined && only !== QUERIES) return;
    const children =
      only === undefined
        ? await this.#level(bucket, top, () => true)
        : await this.#listings.folders(bucket, top);
    for (const child of children ?? []) {
      if (lastSegment(child) === QUERIES) this.#addQueries(bucket, folder, child, prefix);
      else if (only === undefined) await this.#misfits.lookInto(bucket, child, misfitsBelow);
    }
  }

  /** Looks for results next to the Regions of another family, where results alone are asked for. */
  async #resultsIn(bucket: string, prefix: string, look: typeof misfitsBelow): Promise<void> {
    const isTrails = TRAILS.test(lastSegment(prefix));
    const children = isTrails
      ? await this.#listings.folders(bucket, prefix)
      : await this.#level(bucket, prefix, () => true);
    for (const child of children ?? [])
      if (!isTrails || !isRegionName(lastSegment(child)))
        await this.#misfits.lookInto(bucket, child, isTrails ? look : misfitsBelow);
  }

  #add(bucket: string, folder: AccountFolder, region: string, family: string): void {
    const id = `${folder.account}/${region}`;
    const place = this.#places.get(id) ?? {
      account: folder.account,
      region,
      folders: new Map<string, PlaceFolder>(),
    };
    const where = `${bucket}/${accountFolderKey(folder)}`;
    const known = place.folders.get(where);
    // Two targets may hold the same folder.
    const families = new Set(known?.families).add(family);
    place.folders.set(where, { ...folder, bucket, families: [...families].sort() });
    this.#places.set(id, place);
  }

  #addQueries(bucket: string, folder: AccountFolder, key: string, prefix: string): void {
    const within = prefix.startsWith(key) ? prefix : key;
    this.#queries.set(`${bucket}/${within}`, { ...folder, bucket, key, within });
  }

  /**
   * The folders of a level, undefined where it may not be listed; its objects are misfits, and may pass for log data where `asLog`
   * says so.
   */
  async #level(
    bucket: string,
    prefix: string,
    asLog: (key: string) => boolean = (key) => !isTestFile(lastName(key)),
    how: HowListed = {},
  ): Promise<readonly string[] | undefined> {
    if (!this.#misfits.isOn) return this.#listings.folders(bucket, prefix, how);
    const level = await this.#listings.level(bucket, prefix, how);
    if (level !== undefined) this.#misfits.level(bucket, prefix, level, asLog);
    return level?.folders;
  }

  async #each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    await mapParallel(items, PARALLEL, work);
  }

  /** The folders in one above the accounts; where they are too many, as far as they were listed, and `AWSLogs` in any case. */
  #withinBound(prefix: string, folders: readonly string[], most: number): readonly string[] {
    this.#namesAbove += folders.length;
    if (folders.length <= most) return folders;
    this.#complete = false;
    const own = `${prefix}${AWS_LOGS}/`;
    return folders.includes(own) ? folders : [own, ...folders];
  }
}

/** The folders by bucket and key. Two targets may ask for one folder, or one for a part of what another asks for. */
function queriesOnce(found: ReadonlyMap<string, QueryFolder>): readonly QueryFolder[] {
  const once: QueryFolder[] = [];
  for (const [, folder] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const before = once.at(-1);
    if (before?.bucket !== folder.bucket || !folder.within.startsWith(before.within)) once.push(folder);
  }
  return once;
}

function lastName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
