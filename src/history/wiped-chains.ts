/**
 * Chains, Regions and accounts that only delete markers are left of. No object names them any more, but a bucket that keeps
 * versions still lists them: folders are searched as ever, only that deleted objects count (`discover`), and the digest folders
 * of the window are read by their versions (`marked-digests.ts`). A version that AWS signed was delivered, and then deleted.
 */

import { DAY } from '../base/clock.ts';
import { interrupted, TrailVerifyError } from '../base/errors.ts';
import { mapParallel } from '../base/flow.ts';
import { append } from '../base/lists.ts';
import { DIGEST_PERIOD } from '../chain/coverage.ts';
import { type Discovery, discover, type PlaceFolder } from '../chain/discover.ts';
import type { ScopeTests } from '../chain/expectations.ts';
import { listedFrom, type RunContext } from '../chain/list-digests.ts';
import type { KnownAccounts } from '../chain/listings.ts';
import { chainOf, dayFolder, digestFolderKey } from '../digest/digest-key.ts';
import type { FindingOf } from '../findings/finding.ts';
import type { ExpiryRule, Source } from '../source/source.ts';
import {
  describeRemoved,
  expiryRule,
  isInability,
  type Marked,
  type MarkedChain,
  markedDigests,
  type Removed,
  removedFinding,
} from './marked-digests.ts';
import { tellRefused } from './versions.ts';

/** Versions of hidden digests that are looked into, a few requests each. */
const MOST_LOOKS = 1_000;
/** Listings of folders in which nothing lives, and digest folders found there: names of folders cost their writer nothing. */
const MOST_DEAD_FOLDERS = 5_000;
/** Rows of versions beyond those of living digests, some two thousand requests. */
const MOST_ROWS = 2_000_000;
/** Names of one level. */
const MOST_NAMES = 10_000;
/** Listings that are refused before no more are asked for: most likely all of them are. */
const MOST_REFUSALS = 20;
const AT_ONCE = 8;
const FAMILY = 'CloudTrail-Digest';

/** Where to look: what a run was asked about, and what of it lives. */
export interface WipedRequest {
  readonly context: RunContext;
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly discovery: Discovery;
  readonly scope: ScopeTests;
  /** The accounts that are asked for, as the run knew them. */
  readonly known: KnownAccounts;
  /** Whether an object was reported as missing or removed. */
  readonly isReported: (uri: string) => boolean;
}

/** A digest folder, and whether nothing in it lives. */
interface DigestFolder {
  readonly folder: PlaceFolder;
  readonly region: string;
  readonly isDead: boolean;
}

/**
 * Evidence that a chain was deleted whole, or up to where it was begun again: of each the newest digest that AWS signed, or
 * may have. Where versions may not be listed a limit says so. Rejects with INTERNAL, INTERRUPTED and foreign errors.
 */
export async function wipedChains(request: WipedRequest): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
  const { source } = request.context;
  if (source.listVersions === undefined || source.versionFolders === undefined) return [];
  const found: FindingOf<'DIGEST_REMOVED'>[] = [];
  for (const bucket of new Set(request.targets.map((target) => target.bucket))) {
    const rules = await rulesOf(source, bucket);
    if (rules !== undefined) append(found, await new WipedSearch(request, bucket, rules).findings());
  }
  return found;
}

/** The lifecycle rules of a bucket that keeps versions, or may; undefined for one that does not. Rules that may not be read excuse nothing. */
async function rulesOf(source: Source, bucket: string): Promise<readonly ExpiryRule[] | undefined> {
  try {
    const retention = await source.retention?.(bucket);
    return retention?.versioning === 'Off' ? undefined : (retention?.expiry ?? []);
  } catch (error) {
    if (!isInability(error)) throw error;
    return [];
  }
}

class WipedSearch {
  readonly #request: WipedRequest;
  readonly #bucket: string;
  readonly #rules: readonly ExpiryRule[];
  readonly #budget = { left: MOST_ROWS };
  #deadFolders = 0;
  #looks = 0;
  #refusals = 0;
  /** Folders of which not all was seen. */
  #unseen = 0;

  constructor(request: WipedRequest, bucket: string, rules: readonly ExpiryRule[]) {
    this.#request = request;
    this.#bucket = bucket;
    this.#rules = rules;
  }

  async findings(): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const folders = await this.#folders();
    const found = await mapParallel(folders, AT_ONCE, (folder) => this.#inFolder(folder));
    if (this.#unseen > 0)
      this.#request.context.limit(
        'VERSIONS_NOT_SEEN',
        `In bucket ${this.#bucket} so many objects are deleted or overwritten that ${this.#unseen.toLocaleString('en-US')} folders were not searched whole for them: a chain of which only delete markers are left may be there.`,
      );
    const order = ({ time = '', object }: FindingOf<'DIGEST_REMOVED'>): string => `${time} ${object.uri}`;
    return found.flat().sort((a, b) => (order(a) < order(b) ? -1 : 1));
  }

  /** The digest folders in which anything lives, and then those in which only versions are left. */
  async #folders(): Promise<readonly DigestFolder[]> {
    const { context, targets, discovery, scope, known } = this.#request;
    const living = digestFolders(discovery, this.#bucket);
    const children = childrenOf([...living.keys()]);
    const folders = async (bucket: string, prefix: string): Promise<readonly string[]> => {
      const alive = children.get(prefix);
      if (alive === undefined) this.#deadFolders += 1;
      if (alive === undefined && this.#deadFolders > MOST_DEAD_FOLDERS) {
        this.#unseen += 1;
        return [];
      }
      const named = await this.#orRefused<readonly string[] | undefined>(
        async () => (await context.source.versionFolders?.(bucket, prefix, MOST_NAMES)) ?? [],
        alive && [...alive],
      );
      // A caller who may list only below a prefix may list versions there: the search goes straight down.
      if (named === undefined)
        throw new TrailVerifyError('ACCESS_DENIED', `${prefix} has no list of versions`);
      if (named.length > MOST_NAMES) this.#unseen += 1;
      // Folders with living objects are examined, however many names come before them.
      return [...new Set([...named.slice(0, MOST_NAMES), ...(alive ?? [])])];
    };
    const all = await discover({
      source: { ...context.source, folders },
      targets: targets.filter(({ bucket }) => bucket === this.#bucket),
      inScope: scope.includesPlace,
      known,
    });
    if (!all.complete) this.#unseen += 1;
    const dead = [...digestFolders(all, this.#bucket)].filter(([key]) => !living.has(key));
    this.#unseen += Math.max(0, dead.length - MOST_DEAD_FOLDERS);
    return [
      ...[...living.values()].map((one) => ({ ...one, isDead: false })),
      ...dead.slice(0, MOST_DEAD_FOLDERS).map(([, one]) => ({ ...one, isDead: true })),
    ];
  }

  async #inFolder({ folder, region, isDead }: DigestFolder): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const { context, scope } = this.#request;
    const { source, window, signal } = context;
    if (signal?.aborted === true) throw interrupted();
    const prefix = digestFolderKey(folder, region);
    // What was wiped whole is looked for as far back as a chain that ended: that would be reported.
    const from = isDead ? listedFrom(window) : window.from;
    const request = {
      source,
      folder,
      region,
      startAfter: from === undefined ? undefined : prefix + dayFolder(from),
      end: prefix + dayFolder(window.to + DIGEST_PERIOD + DAY),
      counts: (removed: Removed, written: number | undefined, deleted: number | undefined): boolean =>
        scope.includesChain(chainOf(removed.named)) && this.#counts(removed, from, written, deleted),
      signal,
      budget: this.#budget,
    };
    const nothing = { chains: new Map<string, MarkedChain>(), isWhole: true };
    const { chains, isWhole } = await this.#orRefused(() => markedDigests(request), nothing);
    if (!isWhole) this.#unseen += 1;
    const found: FindingOf<'DIGEST_REMOVED'>[] = [];
    for (const chain of chains.values()) append(found, await this.#inChain(chain));
    return found;
  }

  /** A folder that may not be listed becomes a limit, and takes nothing from what is found elsewhere. */
  async #orRefused<Result>(ask: () => Promise<Result>, otherwise: Result): Promise<Result> {
    if (this.#refusals >= MOST_REFUSALS) return otherwise;
    try {
      return await ask();
    } catch (error) {
      if (!isInability(error)) throw error;
      // Where one answer is refused the others are still asked for: a policy may name a single folder.
      tellRefused(this.#request.context.limit, this.#bucket);
      this.#refusals += 1;
      return otherwise;
    }
  }

  /** Whether a hidden digest is of the time asked about, or of the time before it and not gone by a rule that leaves the window alone. */
  #counts(
    removed: Removed,
    from: number | undefined,
    written: number | undefined,
    deleted: number | undefined,
  ): boolean {
    const { window, clock } = this.#request.context;
    const { endTime } = removed.named;
    if (endTime - DIGEST_PERIOD >= window.to || endTime <= (from ?? 0)) return false;
    if (window.from === undefined || endTime > window.from) return true;
    const asked = window.from;
    const sparing = this.#rules.filter(
      ({ days, date }) =>
        (days !== undefined && days * DAY >= clock.now() - asked) || (date !== undefined && date <= asked),
    );
    return expiryRule(sparing, removed.key, written, deleted) === undefined;
  }

  async #inChain({ lives, first, last }: MarkedChain): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const isBackfill = [...first.kept, ...last.kept].some(({ named }) => named.kind === 'backfill');
    const { window } = this.#request.context;
    const found: FindingOf<'DIGEST_REMOVED'>[] = [];
    // With a window's beginning, a chain that begins late is reported; and other checks look above the end of an hourly chain.
    if (!lives || window.from === undefined) append(found, await this.#newestSigned(first));
    if (isBackfill) append(found, await this.#newestSigned(last));
    return found;
  }

  /** The newest of hidden digests that AWS signed, or may have. */
  async #newestSigned({ count, kept }: Marked): Promise<readonly FindingOf<'DIGEST_REMOVED'>[]> {
    const { context, isReported } = this.#request;
    for (const removed of kept) {
      if (isReported(removedFinding(removed, context).object.uri)) return [];
      if (this.#looks >= MOST_LOOKS) return [this.#unjudged(removed)];
      this.#looks += 1;
      const finding = await describeRemoved(removed, context);
      const { evidence, history } = finding;
      const isSigned = evidence.expected !== undefined;
      if (!isSigned && history !== undefined && history.unread === 0) continue;
      // A window claims no other time; what is gone from there is still more than a chain that ended.
      return [this.#isBefore(removed) ? { ...finding, weight: 'unproven' } : finding];
    }
    const [newest] = kept;
    return newest === undefined || count <= kept.length ? [] : [this.#unjudged(newest)];
  }

  #isBefore({ named }: Removed): boolean {
    return named.endTime <= (this.#request.context.window.from ?? Number.NEGATIVE_INFINITY);
  }

  /** Of a chain with more false digests than are looked into nobody knows what is genuine. */
  #unjudged(removed: Removed): FindingOf<'DIGEST_REMOVED'> {
    return removedFinding(removed, this.#request.context);
  }
}

/** The digest folders of a bucket, by key. */
function digestFolders(
  { places }: Discovery,
  bucket: string,
): ReadonlyMap<string, Pick<DigestFolder, 'folder' | 'region'>> {
  return new Map(
    places.flatMap(({ region, folders }) =>
      folders
        .filter((folder) => folder.bucket === bucket && folder.families.includes(FAMILY))
        .map((folder) => [digestFolderKey(folder, region), { folder, region }] as const),
    ),
  );
}

/** The folders on the way to `keys`, by their parent folder. */
function childrenOf(keys: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const children = new Map<string, Set<string>>();
  for (const key of keys) {
    let parent = '';
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
      const child = key.slice(0, at + 1);
      const known = children.get(parent);
      if (known === undefined) children.set(parent, new Set([child]));
      else known.add(child);
      parent = child;
    }
  }
  return children;
}
