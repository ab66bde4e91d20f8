/**
 * What there is to verify, from the folders alone: under a target's prefix every `AWSLogs` folder, in it every
 * account (or organization and its accounts), in each the CloudTrail families and their Regions.
 *
 *     s3://bucket/[any/prefix/]AWSLogs/[o-…/]111122223333/{CloudTrail-Digest,CloudTrail,CloudTrail-Insight,…}/us-east-1/
 *
 * Nothing else is listed: not other services' logs beside them, not a day before it is asked about.
 */
import {
  type AccountFolder,
  accountFolderKey,
  isAccountId,
  isOrganizationId,
  isRegionName,
} from '../digest/digest-key.ts';
import { mapParallel } from '../parallel.ts';
import type { Source } from '../source/source.ts';

/** One account folder in one bucket. */
export interface PlaceFolder extends AccountFolder {
  readonly bucket: string;
  /** Families that have a folder for this Region, such as `CloudTrail-Digest` and `CloudTrail`. */
  readonly families: readonly string[];
}

/** All that lies in the targets for one account and Region: usually one folder, more where a trail moved. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly folders: readonly PlaceFolder[];
}

/** What to look into: everything under `prefix` of a bucket, and which accounts and Regions to pass over. */
export interface DiscoveryRequest {
  readonly source: Source;
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly inScope: (account: string | undefined, region: string | undefined) => boolean;
}

/** The places found, in order of account and Region, and whether every folder was looked into. */
export interface Discovery {
  readonly places: readonly Place[];
  readonly complete: boolean;
  readonly foldersListed: number;
}

/** Folders looked into above the accounts before the search gives up: real prefixes are a few folders deep. */
const MAX_FOLDERS_ABOVE = 2_000;
/** A trail's prefix has at most 200 characters (API reference, Trail); no sane one has more folders than this. */
const MAX_DEPTH = 12;
/** Listings under way at once. */
const PARALLEL = 16;
const FAMILY = /^CloudTrail(?:-[A-Za-z0-9]+)?$/;

/** Finds the places under the targets. Throws what the source's `folders` throws. */
export async function discover(request: DiscoveryRequest): Promise<Discovery> {
  const search = new Search(request);
  for (const target of request.targets) await search.from(target.bucket, target.prefix);
  return search.result();
}

class Search {
  readonly #request: DiscoveryRequest;
  readonly #places = new Map<
    string,
    { account: string; region: string; folders: Map<string, PlaceFolder> }
  >();
  #foldersListed = 0;
  #foldersAbove = 0;
  #complete = true;

  constructor(request: DiscoveryRequest) {
    this.#request = request;
  }

  result(): Discovery {
    const places = [...this.#places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, place]) => ({ ...place, folders: [...place.folders.values()] }));
    return { places, complete: this.#complete, foldersListed: this.#foldersListed };
  }

  /** Begins at a prefix that may itself lie inside an `AWSLogs` folder. */
  async from(bucket: string, prefix: string): Promise<void> {
    const segments = prefix.split('/').slice(0, -1);
    const at = segments.lastIndexOf('AWSLogs');
    if (at === -1) return this.#above(bucket, prefix);
    const top = `${segments
      .slice(0, at)
      .map((segment) => `${segment}/`)
      .join('')}`;
    const inner = segments.slice(at + 1);
    const organization = isOrganizationId(inner[0] ?? '') ? inner.shift() : undefined;
    const [account, family, region] = inner;
    if (account === undefined) {
      if (organization === undefined) await this.#awsLogs(bucket, top);
      else await this.#accounts(bucket, top, organization, await this.#folders(bucket, prefix));
      return;
    }
    if (!isAccountId(account)) return this.#above(bucket, prefix);
    const folder =
      organization === undefined ? { prefix: top, account } : { prefix: top, organization, account };
    return this.#account(bucket, folder, family, region);
  }

  /** Breadth first down to `AWSLogs` folders; those found are searched, their siblings as well. */
  async #above(bucket: string, prefix: string): Promise<void> {
    let level = [prefix];
    for (let depth = 0; level.length > 0 && depth <= MAX_DEPTH; depth++) {
      const next: string[] = [];
      await this.#each(level, async (folder) => {
        this.#foldersAbove += 1;
        if (this.#foldersAbove > MAX_FOLDERS_ABOVE) {
          this.#complete = false;
          return;
        }
        for (const child of await this.#folders(bucket, folder)) {
          if (child === `${folder}AWSLogs/`) next.push(...(await this.#awsLogs(bucket, folder)));
          else next.push(child);
        }
      });
      level = next;
    }
    if (level.length > 0) this.#complete = false;
  }

  /** The accounts of one `AWSLogs` folder; gives back the folders in it that are none, for a prefix may hold that name. */
  async #awsLogs(bucket: string, prefix: string): Promise<readonly string[]> {
    const children = await this.#folders(bucket, `${prefix}AWSLogs/`);
    const others = await this.#accounts(bucket, prefix, undefined, children);
    const organizations = others.filter((child) => isOrganizationId(lastSegment(child)));
    await this.#each(organizations, async (child) => {
      await this.#accounts(bucket, prefix, lastSegment(child), await this.#folders(bucket, child));
    });
    return others.filter((child) => !isOrganizationId(lastSegment(child)));
  }

  async #accounts(
    bucket: string,
    prefix: string,
    organization: string | undefined,
    children: readonly string[],
  ): Promise<readonly string[]> {
    const accounts = children.filter((child) => isAccountId(lastSegment(child)));
    await this.#each(accounts, async (child) => {
      const account = lastSegment(child);
      const folder = organization === undefined ? { prefix, account } : { prefix, organization, account };
      await this.#account(bucket, folder, undefined, undefined);
    });
    return children.filter((child) => !accounts.includes(child));
  }

  async #account(
    bucket: string,
    folder: AccountFolder,
    onlyFamily: string | undefined,
    onlyRegion: string | undefined,
  ): Promise<void> {
    if (!this.#request.inScope(folder.account, undefined)) return;
    const families = (await this.#folders(bucket, accountFolderKey(folder)))
      .map(lastSegment)
      .filter((family) => FAMILY.test(family));
    const isAsked = onlyFamily === undefined || families.includes(onlyFamily);
    await this.#each(isAsked ? families : [], async (family) => {
      for (const child of await this.#folders(bucket, `${accountFolderKey(folder)}${family}/`)) {
        const region = lastSegment(child);
        if (!isRegionName(region) || (onlyRegion ?? region) !== region) continue;
        if (this.#request.inScope(folder.account, region)) this.#add(bucket, folder, region, family);
      }
    });
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
    const families = known === undefined ? [family] : [...known.families, family].sort();
    place.folders.set(where, { ...folder, bucket, families });
    this.#places.set(id, place);
  }

  async #each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    await mapParallel(items, PARALLEL, work);
  }

  #folders(bucket: string, prefix: string): Promise<readonly string[]> {
    this.#foldersListed += 1;
    return this.#request.source.folders(bucket, prefix);
  }
}

function lastSegment(folder: string): string {
  return folder.slice(folder.lastIndexOf('/', folder.length - 2) + 1, -1);
}
