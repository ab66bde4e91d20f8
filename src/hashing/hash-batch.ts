import { hashGzip } from '../crypto/hash-gzip.ts';
import { type ReadBuffer, readObjectFile } from '../source/object-file.ts';
import { type HashAnswer, type HashTask, isObjectFile } from './lane.ts';

/** Hashes a batch on this thread, one file after the other. `buffer` is for files that are read where they lie. */
export async function hashBatch(
  batch: readonly HashTask[],
  buffer: ReadBuffer,
): Promise<readonly HashAnswer[]> {
  const answers: HashAnswer[] = [];
  for (const task of batch) answers.push(await hashTask(task, buffer));
  return answers;
}

async function hashTask({ file, bounds }: HashTask, buffer: ReadBuffer): Promise<HashAnswer> {
  try {
    if (!isObjectFile(file)) return { hashed: await hashGzip(file, bounds.maxContent) };
    const read = readObjectFile(file, bounds.maxBytes, buffer);
    if (read === undefined) return { hashed: undefined };
    const { bytes, ...version } = read;
    return { hashed: { ...(await hashGzip(bytes, bounds.maxContent)), ...version } };
  } catch (error) {
    return { hashed: undefined, failure: error instanceof Error ? error.message : String(error) };
  }
}
