import type { LogFamily } from './log-content.ts';
import type { ObjectStore } from './object-store.ts';
import type { DeliveredLog, DigestFields } from './test-digest.ts';
import type { TestKey } from './test-keys.ts';

/** Where objects go: `prefix` is '' or ends in `/`. */
export interface TrailPlace {
  readonly bucket: string;
  readonly prefix?: string;
  /** Absent for the one that the trail began with; undefined for none. */
  readonly organization?: string | undefined;
}

/** One trail in one account and Region. Times are milliseconds since the epoch. */
export interface TestTrailInit extends TrailPlace {
  readonly store: ObjectStore;
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  /** Default: the Region itself. */
  readonly homeRegion?: string;
  readonly startLogging: number;
  /** What signs the starting digest; default: the Region's own key of that time. */
  readonly firstKey?: TestKey;
  /** Default: account, Region and trail name. */
  readonly seed?: string;
}

/** One log file: when in the window it is delivered (minutes after its start, default evenly spread) and what it holds. */
export interface LogSpec {
  readonly family?: LogFamily;
  readonly minute?: number;
  readonly events?: number;
  readonly eventName?: string;
  /** The uncompressed content, in place of synthetic events. */
  readonly content?: Uint8Array;
  /** Where it goes, if not to the trail's present place. */
  readonly place?: TrailPlace;
}

/** How one digest differs from a usual one. `edit` and `editText` work before it is signed. */
export interface DigestOptions {
  readonly logs?: number | readonly LogSpec[];
  /** Log files delivered by other means that this digest lists too. */
  readonly alsoListed?: readonly DeliveredLog[];
  readonly from?: number;
  readonly to?: number;
  readonly key?: TestKey;
  readonly algorithm?: 'RSA-SHA256' | 'RSA-SHA1';
  readonly edit?: (fields: DigestFields) => DigestFields;
  readonly editText?: (text: string) => string;
}
