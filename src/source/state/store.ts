/** Where a state is kept between runs: a file or an object, read whole and replaced whole by compare-and-swap. */

/** A state as it was read: its bytes, and what tells later whether it is still the same. */
export interface StoredState {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/** A place that holds one state. */
export interface StateStore {
  /** What a person would call it, a path or an `s3://` address. */
  readonly location: string;
  /** The state; undefined where there is none. Throws STATE_INVALID where it is there and cannot be read, or is too large. */
  read(): Promise<StoredState | undefined>;
  /**
   * Replaces what was read as `version` (undefined: nothing was there), whole or not at all. Throws STATE_CONFLICT where
   * something else stands there by now, STATE_NOT_WRITTEN where it cannot be written.
   */
  write(bytes: Uint8Array, version: string | undefined): Promise<void>;
}
