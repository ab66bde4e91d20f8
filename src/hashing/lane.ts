import type { HashedObject } from '../crypto/hasher.ts';
import type { ObjectFile } from '../source/source.ts';

/** One file to hash: its bytes, or where it lies. Bounds in bytes. */
export interface HashTask {
  readonly file: Uint8Array | ObjectFile;
  readonly bounds: { readonly maxBytes: number; readonly maxContent: number };
  readonly handOver: boolean;
}

/**
 * What became of a task: the hashes; nothing, where the file cannot be read where it lies; or the message of an error
 * that is this machine's.
 */
export type HashAnswer =
  | { readonly hashed: HashedObject | undefined }
  | { readonly hashed: undefined; readonly failure: string };

/** Something that hashes batches, several at once. */
export interface Lane {
  /** How many batches it should have, so that it never waits for the next. */
  readonly depth: number;
  /** Bytes up to which a batch is better for more files, `SIDE_BY_SIDE` of them at most. */
  readonly batchBytes?: number;
  /** The answers, in the order of the tasks. Rejects with ThreadLost where the batch was lost. */
  run(batch: readonly HashTask[]): Promise<readonly HashAnswer[]>;
  /** Ends it, and what is under way. */
  close(): Promise<void>;
}

/** True for a file that lies somewhere, false for bytes. */
export function isObjectFile(file: HashTask['file']): file is ObjectFile {
  return !(file instanceof Uint8Array);
}
