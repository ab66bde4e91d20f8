import { type Interval, subtract, union } from '../chain/coverage.ts';
import { accountFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { ObjectRef } from '../source/source.ts';

/** How many intervals of one chain are kept before they are joined. */
const MAX_LOOSE = 1000;

/** What one chain covers, and what it should cover and does not. */
interface ChainTime {
  covered: Interval[];
  readonly holes: Interval[];
}

/**
 * What the chains of one place cover, for each account folder that their proven digests lie in. A chain counts for a
 * folder with all its time, also when its digests moved elsewhere since; and where one chain of a folder has a hole,
 * nothing can be said of that time, for whatever was delivered then may have been listed there.
 */
export class PlaceCoverage {
  readonly #times = new Map<string, ChainTime>();
  readonly #timesOf = new Map<string, Map<string, ChainTime>>();

  /** A proven digest of `chain` lies at `ref` and covers `interval`. */
  cover(chain: string, ref: ObjectRef, interval: Interval): void {
    const time = this.#time(chain);
    time.covered.push(interval);
    if (time.covered.length > MAX_LOOSE) time.covered = [...union(time.covered)];
    const key = parseDigestKey(ref.key);
    if (key === undefined) return;
    const folder = `${ref.bucket}/${accountFolderKey(key)}`;
    this.#timesOf.set(folder, (this.#timesOf.get(folder) ?? new Map()).set(chain, time));
  }

  /** Time that `chain` should cover and does not. */
  hole(chain: string, interval: Interval): void {
    this.#time(chain).holes.push(interval);
  }

  /** The time covered for an account folder (`bucket/P/AWSLogs/…/account/`), `open` being holes not closed yet by chain. */
  ofFolder(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const times = [...(this.#timesOf.get(folder) ?? [])];
    return subtract(
      times.flatMap(([, { covered }]) => covered),
      times.flatMap(([chain, { holes }]) => holes.concat(open.get(chain) ?? [])),
    );
  }

  /** The earliest time that any chain covers. */
  get oldest(): number | undefined {
    return union([...this.#times.values()].flatMap(({ covered }) => covered))[0]?.from;
  }

  #time(chain: string): ChainTime {
    const time = this.#times.get(chain) ?? { covered: [], holes: [] };
    this.#times.set(chain, time);
    return time;
  }
}
