import { accountFolderKey } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import { objectUri } from '../source/source.ts';
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

/** What acceptances can reach in a run: its places, and, as its events tell them, the chains there and the time that is covered. */
export class Reach {
  readonly #window: { readonly from: number | undefined; readonly to: number };
  readonly #chains = new Map<string, string[]>();
  readonly #covered = new Map<string, Span>();

  /** `window` is the run's own (milliseconds since the epoch). */
  constructor(window: { readonly from: number | undefined; readonly to: number }) {
    this.#window = window;
  }

  /** Takes note of an event of the run. */
  see(event: TrailEvent): void {
    if (event.type === 'chain' && event.inScope) {
      const { account, region } = event.chain;
      const name = `${account}/${region}`;
      this.#chains.set(name, [...(this.#chains.get(name) ?? []), event.id]);
    } else if (event.type === 'covered') {
      const name = event.chain.split('/').slice(0, 2).join('/');
      const known = this.#covered.get(name) ?? event;
      this.#covered.set(name, {
        from: Math.min(known.from, event.from),
        to: Math.max(known.to, event.to),
      });
    }
  }

  /** What is known of each place by now. */
  of(places: readonly FoundPlace[]): readonly ReachedPlace[] {
    const { from, to } = this.#window;
    return places.map(({ account, region, folders }) => {
      const name = `${account}/${region}`;
      const tops = folders.map((folder) =>
        objectUri({ bucket: folder.bucket, key: accountFolderKey(folder) }),
      );
      const span = this.#covered.get(name) ?? (from === undefined ? undefined : { from, to });
      return { account, region, tops, span, chains: this.#chains.get(name) ?? [] };
    });
  }
}
