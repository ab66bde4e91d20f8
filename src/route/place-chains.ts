/** The chains of one place, as far down as they were walked: which there are, what they cover, where they end, and what is open. */

import type { Clock } from '../base/clock.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { DELIVERY_GRACE, DIGEST_PERIOD, type Interval } from '../chain/coverage.ts';
import type { FoundChain } from '../chain/expectations.ts';
import type { ChainPlan, WalkStep, Window } from '../chain/list-digests.ts';
import { type Chain, chainId, parseDigestKey } from '../digest/digest-key.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import type { TrailEvent } from '../findings/event.ts';
import { type ChainEnd, PlaceCoverage } from '../logs/place-coverage.ts';
import type { ObjectRef } from '../source/source.ts';

type EventOf<Type extends TrailEvent['type']> = Extract<TrailEvent, { type: Type }>;

/** A chain that was announced, with the end of its newest digest that covers time. */
interface Announced {
  readonly chain: Chain;
  newestCovered: number | undefined;
  organization: string | undefined;
  readonly formerly: readonly string[] | undefined;
}

/** Follows the walks of one place. */
export class PlaceChains {
  /** What they cover, by folder. */
  readonly coverage: PlaceCoverage = new PlaceCoverage();
  readonly #window: Window;
  readonly #clock: Clock;
  readonly #isInScope: (chain: Chain) => boolean;
  readonly #announced = new Map<string, Announced>();
  /** The chains whose starting digest was proven: before it they owed nothing. */
  readonly #begun = new Set<string>();
  readonly #open = new Map<string, Interval>();

  /** `window` is the run's own. */
  constructor(window: Window, clock: Clock, isInScope: (chain: Chain) => boolean) {
    this.#window = window;
    this.#clock = clock;
    this.#isInScope = isInScope;
  }

  /** The chains in scope that were announced. */
  get found(): readonly FoundChain[] {
    return [...this.#announced.values()].filter(({ chain }) => this.#isInScope(chain));
  }

  /** Holes that no covered digest closes yet, by chain. */
  get open(): ReadonlyMap<string, Interval> {
    return this.#open;
  }

  /** The event that announces a chain; undefined where it was announced. */
  announce({ chain, organization, listed, formerly }: ChainPlan): EventOf<'chain'> | undefined {
    const id = chainId(chain);
    if (this.#announced.has(id)) return undefined;
    this.#announced.set(id, { chain, newestCovered: undefined, organization: undefined, formerly });
    const inScope = this.#isInScope(chain);
    return { type: 'chain', id, chain, inScope, listed: listed.length, organization };
  }

  /** Hourly chains count for every folder that holds them, also where an earlier run read their digests there. */
  lieIn(chains: readonly ChainPlan[]): void {
    for (const { chain, listed } of chains)
      if (chain.kind === 'standard') for (const { ref } of listed) this.coverage.lies(chainId(chain), ref);
  }

  /** A walk made one step: what is open by now. */
  step({ chain }: ChainPlan, { openHole }: WalkStep): void {
    // A chain out of scope has no findings, so its holes excuse nothing.
    if (openHole === undefined || !this.#isInScope(chain)) this.#open.delete(chainId(chain));
    else this.#open.set(chainId(chain), openHole);
  }

  /** An event of a walk's step, before it is emitted. */
  before({ chain }: ChainPlan, event: TrailEvent): void {
    if (event.type !== 'uncovered' || !this.#isInScope(chain)) return;
    // Before its first digest and after its last one a chain owed nothing.
    if (CATALOGUE[event.reason].isBeyondChain !== true) this.coverage.hole(chainId(chain), event);
  }

  /** A digest was proven. */
  proven(plan: ChainPlan, { digest, asRecorded, ref }: VerifiedDigest): void {
    const id = chainId(plan.chain);
    if (digest.previous === undefined) this.#begun.add(id);
    if (plan.chain.kind !== 'standard' || !asRecorded) return;
    this.coverage.ends(id, ref, this.#endOf(plan, digest.endTime), digest.endTime);
    if (digest.previous === undefined) return;
    this.coverage.cover(id, ref, { from: digest.startTime, to: digest.endTime });
    this.#foundTo(id, ref, digest.endTime);
  }

  /** As `proven` for each digest of a run of an hourly chain, all of which cover time. */
  provenRun(plan: ChainPlan, { newest: ref, windows }: EventOf<'digests'>): void {
    const id = chainId(plan.chain);
    let covered: Interval | undefined;
    for (let at = 0; at < windows.length; at += 3) {
      const [from = 0, to = 0] = windows.subarray(at, at + 2);
      this.coverage.ends(id, ref, this.#endOf(plan, to), to);
      this.#foundTo(id, ref, to);
      if (covered?.from === to) covered = { from, to: covered.to };
      else {
        if (covered !== undefined) this.coverage.cover(id, ref, covered);
        covered = { from, to };
      }
    }
    if (covered !== undefined) this.coverage.cover(id, ref, covered);
  }

  /** A digest right below the window was proven. */
  provenBelow({ chain }: ChainPlan, { digest, ref }: VerifiedDigest): void {
    const id = chainId(chain);
    if (digest.previous === undefined) this.#begun.add(id);
    else if (chain.kind === 'standard')
      this.coverage.cover(id, ref, { from: digest.startTime, to: digest.endTime });
  }

  /** All of a chain was read that is right below the window, which begins at `from`. */
  readBelow({ chain }: ChainPlan, from: number): void {
    const id = chainId(chain);
    // To take away or spoil that digest must not make room for a file that only it could deny.
    if (!this.#begun.has(id)) this.coverage.edge(id, from, 2 * DIGEST_PERIOD);
  }

  /** A proven digest of a chain covers time up to `end`. */
  #foundTo(id: string, ref: ObjectRef, end: number): void {
    const found = this.#announced.get(id);
    if (found === undefined) return;
    found.newestCovered = Math.max(found.newestCovered ?? 0, end);
    found.organization ??= parseDigestKey(ref.key)?.organization;
  }

  /**
   * What comes after the newest proven digest of a chain, which ends at `end`: what was delivered then is for its next one to
   * name, however far the others are, unless there is none.
   */
  #endOf({ above }: ChainPlan, end: number): ChainEnd {
    if (above !== undefined) return 'unread';
    const now = this.#clock.now();
    if (end < Math.min(this.#window.to, now - DELIVERY_GRACE)) return 'over';
    return end >= now - DELIVERY_GRACE - DIGEST_PERIOD ? 'pending' : 'unread';
  }
}
