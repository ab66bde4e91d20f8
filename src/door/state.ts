/** `trail-verify/state`: what one run leaves for the next, and where that is kept. */

export { type ErrorCode, TrailVerifyError } from '../base/errors.ts';
export type { StateStore, StoredState } from '../source/state/store.ts';
export { openStateFile, openStateObject } from '../source/state/store.ts';
export {
  type Checkpoint,
  formatCheckpoint,
  type NextCheckpoint,
  type ReadCheckpoint,
  type StateTarget,
  stateFileBytes,
} from '../state/checkpoint.ts';
export {
  MOST_STATE_BYTES,
  readCheckpoint,
  requireFitting,
  type StateOptions,
  type StateSigners,
} from '../state/read-checkpoint.ts';
export { stateTarget } from '../verify-options.ts';
