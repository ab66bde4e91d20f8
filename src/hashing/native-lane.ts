import { SIDECAR_SUFFIX } from '../source/folder-path.ts';
import { readBuffer, versionOf } from '../source/object-file.ts';
import { hashBatch } from './hash-batch.ts';
import { type HashAnswer, type HashTask, isObjectFile, type Lane } from './lane.ts';
import type { NativeAddon, NativeResult } from './native-addon.ts';

/** Large files gain by being hashed side by side as small ones do; more than this would keep too much memory from others. */
const BATCH_BYTES = 16 * 1024 * 1024;

/** Batches for libuv's pool, `depth` at once. What the addon does not vouch for is judged here, as it would be without it. */
export function nativeLane(addon: NativeAddon, depth: number): Lane {
  const buffer = readBuffer();
  let last: Promise<unknown> = Promise.resolve();
  return {
    depth,
    batchBytes: BATCH_BYTES,
    run: async (batch) => {
      const [first] = batch;
      if (first === undefined) return [];
      const { maxBytes, maxContent } = first.bounds;
      const items = batch.map(({ file }) => (isObjectFile(file) ? file.path : file));
      const results = await addon.hashBatch(items, SIDECAR_SUFFIX, maxBytes, maxContent);
      const isOpen = batch.map((_, at) => results[at] === undefined);
      // One batch after the other, for they share the buffer.
      const judged = last.then(() =>
        hashBatch(
          batch.filter((_, at) => isOpen[at]),
          buffer,
        ),
      );
      last = judged;
      const rest = (await judged).values();
      return batch.map((task, at) => answerOf(task, results[at]) ?? rest.next().value ?? NOTHING);
    },
    close: async () => {
      await last;
    },
  };
}

const NOTHING: HashAnswer = { hashed: undefined };

function answerOf({ file }: HashTask, result: NativeResult | undefined): HashAnswer | undefined {
  if (result === undefined) return undefined;
  const [size, sha256, contentSize, contentSha256, sidecar] = result;
  const version = sidecar === undefined || !isObjectFile(file) ? {} : versionOf(sidecar, file.key);
  const content = { size: contentSize, sha256: contentSha256, trailingBytes: 0 };
  return { hashed: { size, sha256, content, ...version } };
}
