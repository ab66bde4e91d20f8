import type { Clock } from '../base/clock.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Chain } from '../digest/digest-key.ts';
import type { Relocator } from '../digest/relocation.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { ExpectationBasis } from '../findings/finding.ts';
import type { ObjectRef, Source } from '../source/source.ts';
import type { VerifiedDigest } from './check-digest.ts';
import type { Interval } from './coverage.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { TakeExamined } from './examined-object.ts';
import type { DigestReader } from './read-digest.ts';

/** The window asked about, in milliseconds since the epoch; `from` undefined means everything found. */
export interface Window {
  readonly from: number | undefined;
  readonly to: number;
}

/** What the walk of one chain needs of a run: plain enough that another thread can have it as well. */
export interface WalkContext {
  readonly source: Pick<Source, 'open' | 'holds'>;
  readonly keyRing: Pick<KeyRing, 'find'>;
  readonly moves: Relocator;
  readonly window: Window;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Digests of one chain opened ahead of its walk. */
  readonly ahead: number;
  /** Reads digests at once where they plainly lie in files; undefined where all are opened through the source. */
  readonly digestReader?: DigestReader | undefined;
  /** Is handed every object that was read and judged. */
  readonly onObject?: TakeExamined;
  /** Is told where a chain ends so late that the absence of the next digest means nothing yet. */
  readonly onRecentEnd?: (end: RecentEnd) => void;
}

/** What every room of a run is handed: where from, whom to trust, when. */
export interface RunContext extends Omit<WalkContext, 'digestReader'> {
  readonly source: Source;
  readonly keyRing: KeyRing;
  /** Tells the report something that was not checked; the same text counts once. */
  readonly limit: (code: string, text: string) => void;
  /** Walks chains elsewhere; undefined for the thread that asks. */
  readonly walker?: ChainWalker | undefined;
}

/** The newest digest of a chain, above which one may be late, or gone; `endTime` in milliseconds since the epoch. */
export interface RecentEnd {
  readonly chain: Chain;
  readonly newest: ObjectRef;
  readonly endTime: number;
}

/** One chain as the listing shows it. */
export interface ChainPlan {
  readonly chain: Chain;
  readonly organization: string | undefined;
  /** Digests whose window may reach into the one asked about. */
  readonly listed: readonly ListedDigest[];
  /** The oldest digest above the window: it can prove the newest one in it. */
  readonly above: ListedDigest | undefined;
  /** The oldest digest known of a chain that has nothing in the window nor near it, only later ones. */
  readonly later?: ListedDigest | undefined;
  /** The newest digest below the window: it shows that the chain is older than the window. */
  readonly below: ListedDigest | undefined;
  /** When AWS says the newest digest of this chain was delivered. */
  readonly lastDelivered: number | undefined;
  /** When AWS says the trail was switched off; undefined while it logs. */
  readonly stopped?: number | undefined;
  /** The digest folders in which a digest of it was seen, however old, as `bucket/key`. */
  readonly seenIn?: ReadonlySet<string>;
  /** Lists the digests of this chain in the folder where `ref` lies, for a trail that moved there; empty where it is known already. */
  readonly follow: (ref: ObjectRef) => Promise<readonly ListedDigest[]>;
}

/** One step of a walk: what happened, how far down in time the walk has come, and the digest if it was proven. */
export interface WalkStep {
  readonly at: number;
  readonly events: readonly TrailEvent[];
  readonly digest?: VerifiedDigest;
  /** Time above `at` that the walk has passed and that nothing covers so far. */
  readonly openHole?: Interval;
  /**
   * There where one step stands for a run of sound digests, whose only event is `digests`: the log files that they name. `at` is
   * then that of the newest.
   */
  readonly named?: NamedLogs;
}

/** The keys of log files in one bucket, as digests name them. */
export interface NamedLogs {
  readonly bucket: string;
  readonly keys: readonly string[];
}

/** Walks chains elsewhere than on the thread that asks, with the very same `ChainWalk`. */
export interface ChainWalker {
  /**
   * The steps that `ChainWalk` makes of `plan`, in its order. `inRuns`: sound digests in a row come as one step, with a `digests` event
   * and the log files that they name (see `WalkStep.named`), and none of them as a digest. Rejects as `ChainWalk` does.
   */
  walk(plan: ChainPlan, context: RunContext, inRuns: boolean): AsyncGenerator<WalkStep>;
}

/**
 * A chain that must be there, and who says so. A missing `account`, `region` or `trail` means any. Times are
 * milliseconds since the epoch.
 */
export interface Expectation {
  readonly account?: string;
  readonly region?: string;
  readonly trail?: string;
  readonly homeRegion?: string;
  /** The organization id in its folders, for an organization trail. */
  readonly organization?: string;
  /** The account that owns the trail, for an organization trail. */
  readonly owner?: string;
  readonly basis: ExpectationBasis;
  /** When AWS says the newest digest was delivered there (GetTrailStatus, LatestDigestDeliveryTime). */
  readonly lastDelivered?: number;
  /** When the trail was switched off, as AWS says; undefined while it logs. */
  readonly stopped?: number;
  /** Since when the account has been a member of the trail's organization. */
  readonly memberSince?: number;
  /** What the organization says of the account (`SUSPENDED`, `PENDING_CLOSURE`), where that is not `ACTIVE`. */
  readonly memberStatus?: string;
  /** True for a Region that an account cannot switch off. */
  readonly regionAlwaysOn?: boolean;
  /** True for a Region that is not enabled now: only what was delivered in the window is owed. */
  readonly regionSwitchedOff?: true;
  /** True where the trail validates no more: only what it validated in the window is owed, and digests show that. */
  readonly validationOff?: true;
  /** What the trail is now, said once for each trail: what is expected follows from it. */
  readonly settings?: { readonly isMultiRegion: boolean; readonly isOrganization: boolean };
}
