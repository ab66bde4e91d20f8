import { type Interval, subtract, union } from '../chain/coverage.ts';
import { accountFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { ObjectRef } from '../source/source.ts';

/** How many intervals of one chain are kept before they are joined. */
const MAX_LOOSE = 1000;

/**
 * What the chains of one place cover, for each account folder that their proven digests lie in. A chain counts for a
 * folder with all its time, also when its digests moved elsewhere since; and where one chain of a folder has a hole,
 * nothing can be said of that time, for whatever was delivered then may have been listed there.
 */
export class PlaceCoverage {
  readonly #covered = new Map<string, Interval[]>();
  readonly #holes = new Map<string, Interval[]>();
  readonly #chainsOf = new Map<string, Set<string>>();

  /** A proven digest of `chain` lies at `ref` and covers `interval`. */
  cover(chain: string, ref: ObjectRef, interval: Interval): void {
    const key = parseDigestKey(ref.key);
    if (key !== undefined) {
      const folder = `${ref.bucket}/${accountFolderKey(key)}`;
      this.#chainsOf.set(folder, (this.#chainsOf.get(folder) ?? new Set()).add(chain));
    }
    const intervals = this.#covered.get(chain) ?? [];
    intervals.push(interval);
    this.#covered.set(chain, intervals.length > MAX_LOOSE ? [...union(intervals)] : intervals);
  }

  /** Time that `chain` should cover and does not. */
  hole(chain: string, interval: Interval): void {
    this.#holes.set(chain, [...(this.#holes.get(chain) ?? []), interval]);
  }

  /** The time covered for an account folder (`bucket/P/AWSLogs/…/account/`), `open` being holes not closed yet by chain. */
  ofFolder(folder: string, open: ReadonlyMap<string, Interval>): readonly Interval[] {
    const chains = [...(this.#chainsOf.get(folder) ?? [])];
    const holes = chains.flatMap((chain) => [
      ...(this.#holes.get(chain) ?? []),
      ...(open.has(chain) ? [open.get(chain)] : []),
    ]);
    return subtract(
      chains.flatMap((chain) => this.#covered.get(chain) ?? []),
      holes.filter((hole) => hole !== undefined),
    );
  }

  /** The earliest time that any chain covers. */
  get oldest(): number | undefined {
    return union([...this.#covered.values()].flat())[0]?.from;
  }
}
