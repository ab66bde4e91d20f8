import { type Hasher, threadHasher } from '../crypto/hasher.ts';
import { HashPool } from './hash-pool.ts';
import { loadNativeAddon } from './native-addon.ts';
import { nativeLane } from './native-lane.ts';
import { WorkerLane } from './worker-lane.ts';

/** How log files are hashed: on how many threads (0 for the one that asks), and natively where that can be. */
export interface HasherOptions {
  readonly workers: number;
  /** Default true. */
  readonly native?: boolean;
  /** When it aborts, files that no thread has begun with are refused with INTERRUPTED. */
  readonly signal?: AbortSignal;
}

/** A hasher with threads, which end when it is closed. */
export interface OpenHasher extends Hasher {
  readonly path: 'native' | 'workers' | 'this-thread';
  close(): Promise<void>;
}

/** Opens a hasher; the results of all are the same. Threads start with the first file. */
export async function openHasher({ workers, native = true, signal }: HasherOptions): Promise<OpenHasher> {
  if (workers === 0) return { ...threadHasher(), path: 'this-thread', close: async () => {} };
  const addon = native ? await loadNativeAddon() : undefined;
  // One batch more than threads, so that none waits for this one.
  if (addon !== undefined) return withPath('native', new HashPool([nativeLane(addon, workers + 1)], signal));
  const lanes = Array.from({ length: workers }, () => new WorkerLane());
  return withPath('workers', new HashPool(lanes, signal));
}

function withPath(path: OpenHasher['path'], pool: HashPool): OpenHasher {
  return {
    path,
    ahead: pool.ahead,
    ready: () => pool.ready(),
    hash: (file, options) => pool.hash(file, options),
    hashFile: (file, options) => pool.hashFile(file, options),
    close: () => pool.close(),
  };
}
