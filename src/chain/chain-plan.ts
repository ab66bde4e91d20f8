import type { Clock } from '../clock.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Chain } from '../digest/chain-id.ts';
import type { Relocator } from '../digest/relocation.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { ObjectRef, Source } from '../source/source.ts';
import type { VerifiedDigest } from './check-digest.ts';
import type { Interval } from './coverage.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { DigestReader } from './digest-reader.ts';
import type { TakeExamined } from './examined-object.ts';

/** The window asked about, in milliseconds since the epoch; `from` undefined means everything found. */
export interface Window {
  readonly from: number | undefined;
  readonly to: number;
}

/** What every room of a run is handed: where from, whom to trust, when. */
export interface RunContext {
  readonly source: Source;
  readonly keyRing: KeyRing;
  readonly moves: Relocator;
  readonly window: Window;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Digests of one chain opened ahead of its walk. */
  readonly ahead: number;
  /** Tells the report something that was not checked; the same text counts once. */
  readonly limit: (code: string, text: string) => void;
  /** Reads digests of a chain ahead of its walk, where they lie in files; undefined for this thread. */
  readonly digestReader?: DigestReader | undefined;
  /** Is handed every object that was read and judged. */
  readonly onObject?: TakeExamined;
  /** Is told where a chain ends so late that the absence of the next digest means nothing yet. */
  readonly onRecentEnd?: (end: RecentEnd) => void;
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
}
