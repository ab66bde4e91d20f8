import type { ReadCheckpoint } from './checkpoint.ts';
import type { NextCheckpoint } from './write-checkpoint.ts';

/** How a run uses and renews a state. */
export interface StateOptions {
  /** Where the state is kept, for the report: a file's path or an `s3://` address. */
  readonly location: string;
  /** What the last run left; undefined for the first one. */
  readonly previous: ReadCheckpoint | undefined;
  /** The share of old days (0 to 1) that are read again although their listing is unchanged, and what draws them. */
  readonly sample?: { readonly rate: number; readonly seed: string };
  /** The checkpoint that must have been read, or one that followed it: its SHA-256 (hex), or a time (milliseconds since the epoch). */
  readonly required?: string | number;
  /** False leaves the folders of older days unlisted: only what is new is proven (default true). */
  readonly relist?: boolean;
  /** Whether public keys count that come from an endpoint which is not AWS's: such a checkpoint spares no run without it any reading. */
  readonly trustsEndpointKeys?: boolean;
  /** Is handed the checkpoint that this run earned, before it ends; never by a run that was interrupted or proved nothing new. */
  readonly take?: (next: NextCheckpoint) => void;
}
