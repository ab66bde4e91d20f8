import { accountFolderKey, chainId, chainOf, parseDigestKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { type ObjectRef, objectUri } from '../source/source.ts';
import type { ReachedPlace } from './sweeping-acceptances.ts';

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

/**
 * What acceptances can reach in a run: its places until a digest is proven, then those in which proven digests lie, with
 * their chains and the time that is covered. Names of folders and of digests cost whoever writes to the bucket nothing.
 */
export class Reach {
  readonly #window: { readonly from: number | undefined; readonly to: number };
  readonly #inScope = new Set<string>();
  /** Chains with a proven digest, by account folder and Region. */
  readonly #proven = new Map<string, Set<string>>();
  readonly #covered = new Map<string, Span>();

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
      // The others lie in the same folder.
      this.#digest(event.chain, event.newest);
    } else if (event.type === 'covered') {
      const name = placeOf(event.chain);
      const known = this.#covered.get(name) ?? event;
      this.#covered.set(name, {
        from: Math.min(known.from, event.from),
        to: Math.max(known.to, event.to),
      });
    }
  }

  #digest(chain: string, { bucket, key }: ObjectRef): void {
    const named = parseDigestKey(key);
    if (named !== undefined && chainId(chainOf(named)) === chain)
      this.proven(chain, named.region, topOf({ ...named, bucket }));
  }

  /** Takes note of a chain that has a proven digest below the account folder `top` (a URI that ends in a slash). */
  proven(chain: string, region: string, top: string): void {
    const name = `${top} ${region}`;
    const known = this.#proven.get(name);
    if (known === undefined) this.#proven.set(name, new Set([chain]));
    else known.add(chain);
  }

  /** What is known of each place by now. */
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
