/** What acceptances can reach in a run, which their patterns are judged by. */
import { accountFolderKey, chainOf, parseDigestKey, trailId, trailIdOf } from '../digest/digest-key.ts';
import type { QueryResults, TrailEvent } from '../findings/event.ts';
import { type ObjectRef, objectUri } from '../source/source.ts';

/** One account and Region, the URIs of the account's folders (ending in a slash), and the time that is judged (milliseconds since the epoch). */
export interface ReachedPlace {
  readonly account: string;
  readonly region: string;
  readonly tops: readonly string[];
  /** Whether there are proven digests in each of `tops`. Unproven places count only until something is proven, because anybody may add them. */
  readonly isProven: boolean;
  readonly span: { readonly from: number; readonly to: number } | undefined;
  /** The proven chains there, by id. */
  readonly chains: readonly string[];
}

/** One folder of query results and a time that is judged (milliseconds since the epoch): that of the run, or of the sets found there. */
export interface ReachedQueries {
  /** The URI of the folder of all results, and of the part that is asked for; both end in a slash. */
  readonly top: string;
  readonly within: string;
  readonly account: string;
  readonly span: { readonly from: number; readonly to: number };
}

/** CloudTrail Lake began in January 2022: there are no results from before. */
const LAKE_BEGAN = Date.UTC(2022, 0, 1);

interface Span {
  readonly from: number;
  readonly to: number;
}

/** One account and Region as a search finds them. */
interface FoundPlace {
  readonly account: string;
  readonly region: string;
  readonly folders: readonly (Parameters<typeof accountFolderKey>[0] & { readonly bucket: string })[];
}

/** One folder of query results as a search finds it. */
interface FoundQueries {
  readonly bucket: string;
  readonly key: string;
  readonly within: string;
  readonly account: string;
}

/**
 * What acceptances can reach in a run: its places until a digest is proven, then those with proven digests, with
 * their chains and the time that is covered. A writer of the bucket can invent names of folders and digests for nothing.
 */
export class Reach {
  readonly #window: { readonly from: number | undefined; readonly to: number };
  readonly #inScope = new Set<string>();
  /** Chains with a proven digest, by account folder and Region. */
  readonly #proven = new Map<string, Set<string>>();
  readonly #covered = new Map<string, Span>();
  /** The days of the sets that were found valid, by the URI of the folder of all results. */
  readonly #results = new Map<string, Span>();

  /** `window` is the run's own (milliseconds since the epoch). */
  constructor(window: { readonly from: number | undefined; readonly to: number }) {
    this.#window = window;
  }

  /** Takes note of an event of the run. */
  see(event: TrailEvent): void {
    if (event.type === 'chain') {
      if (event.inScope) this.#inScope.add(event.id);
    } else if (event.type === 'digest') {
      if (event.provenBy !== undefined) this.#digest(event.chain, event.object);
    } else if (event.type === 'digests') {
      // The others are in the same folder.
      this.#digest(event.chain, event.newest);
    } else if (event.type === 'covered') {
      const name = placeOf(event.chain);
      const known = this.#covered.get(name) ?? event;
      this.#covered.set(name, {
        from: Math.min(known.from, event.from),
        to: Math.max(known.to, event.to),
      });
    } else if (event.type === 'query-results') this.#seeResults(event.set);
  }

  #seeResults({ uri, day, outcome }: QueryResults): void {
    if (day === null || outcome !== 'valid') return;
    const at = Date.parse(day);
    // The path of such a set is a day and the id of its query.
    const top = `${uri.split('/').slice(0, -5).join('/')}/`;
    const { from, to } = this.#results.get(top) ?? { from: at, to: at };
    this.#results.set(top, { from: Math.min(from, at), to: Math.max(to, at) });
  }

  #digest(chain: string, { bucket, key }: ObjectRef): void {
    const named = parseDigestKey(key);
    if (named !== undefined && trailId(chainOf(named)) === trailIdOf(chain))
      this.proven(chain, named.region, topOf({ ...named, bucket }));
  }

  /** Takes note of a chain that has a proven digest below the account folder `top` (a URI that ends in a slash). */
  proven(chain: string, region: string, top: string): void {
    const name = `${top} ${region}`;
    const known = this.#proven.get(name);
    if (known === undefined) this.#proven.set(name, new Set([chain]));
    else known.add(chain);
  }

  /** The folders of query results, each with the time of the run and with that of its valid sets. */
  queries(folders: readonly FoundQueries[]): readonly ReachedQueries[] {
    const { from = LAKE_BEGAN, to } = this.#window;
    return folders.flatMap(({ bucket, key, within, account }) => {
      const top = objectUri({ bucket, key });
      const folder = { top, within: objectUri({ bucket, key: within }), account };
      const found = this.#results.get(top);
      return [{ from, to }, ...(found === undefined ? [] : [found])].map((span) => ({ ...folder, span }));
    });
  }

  /** The facts that are known of each place by now. */
  of(places: readonly FoundPlace[]): readonly ReachedPlace[] {
    const { from, to } = this.#window;
    const all = places.map(({ account, region, folders }): ReachedPlace => {
      const span =
        this.#covered.get(`${account}/${region}`) ?? (from === undefined ? undefined : { from, to });
      return { account, region, tops: folders.map(topOf), isProven: false, span, chains: [] };
    });
    const proven = all.flatMap((place): readonly ReachedPlace[] => {
      const tops = place.tops.filter((top) => this.#proven.has(`${top} ${place.region}`));
      const chains = new Set(tops.flatMap((top) => [...(this.#proven.get(`${top} ${place.region}`) ?? [])]));
      const inScope = [...chains].filter((id) => this.#inScope.has(id));
      return tops.length === 0 ? [] : [{ ...place, tops, isProven: true, chains: inScope }];
    });
    return proven.length > 0 ? proven : all;
  }
}

function topOf(folder: FoundPlace['folders'][number]): string {
  return objectUri({ bucket: folder.bucket, key: accountFolderKey(folder) });
}

function placeOf(chain: string): string {
  return chain.split('/').slice(0, 2).join('/');
}
