import { describe, expect, test } from 'vitest';
import { type Batch, type Checker, PackedWriter } from '../../src/checking/contract.ts';
import { LogChecks } from '../../src/checking/log-checks.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import type { Pace, Source } from '../../src/source/source.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const HASH = 'a'.repeat(64);
const DIGEST = { bucket: 'b', key: 'digest' };

/** A checker to whom every file agrees, of so many bytes; what it was asked for, and how many batches it has at once. */
function agreeing(size: number): Checker & {
  readonly counts: number[];
  readonly asked: Omit<Batch, 'number'>[];
  readonly rooms: Set<boolean>;
  most: number;
} {
  let open = 0;
  return {
    counts: [],
    asked: [],
    rooms: new Set<boolean>(),
    most: 0,
    requests: 256,
    hasRoom(paced) {
      this.rooms.add(paced);
      return open < 4;
    },
    onRoom: (wake) => void setImmediate(wake),
    isIdle: () => open === 0,
    async check(batch: Omit<Batch, 'number'>) {
      const { bucket, count, items } = batch;
      this.counts.push(count);
      this.asked.push(batch);
      open += 1;
      this.most = Math.max(this.most, open);
      await new Promise(setImmediate);
      open -= 1;
      const parts = items.split('\0');
      const packed = new PackedWriter(bucket, count);
      for (let at = 0; at < count; at += 1)
        packed.put(at, {
          key: parts[2 * at] ?? '',
          ...{ versionId: undefined, stored: HASH, content: HASH, size, inflated: size },
        });
      return { batch: 0, odd: [], read: count * size, inflated: 0, packed: packed.pack(), width: 0 };
    },
    hash: async () => {
      throw new Error('nothing is hashed here');
    },
    stop: () => {},
  };
}

function sourceWith(pace?: Pace): Source {
  const source = memorySource(new ObjectStore(() => 0));
  const access: Source['access'] = async () => ({ kind: 'folder', root: '/', above: '', buckets: [] });
  return { ...source, access, ...(pace === undefined ? {} : { pace }) };
}

interface Asked {
  readonly checker: Checker;
  readonly source?: Source;
  readonly files: number;
  readonly inBatches?: boolean;
  readonly one?: (position: number) => Promise<void>;
}

/** What becomes of a digest's log files: those told together, by the places that their events name. */
async function checked({ checker, source = sourceWith(), files, inBatches = true, one }: Asked) {
  const events: TrailEvent[] = [];
  const emit = async (event: TrailEvent): Promise<void> => {
    events.push(event);
  };
  const run = {
    source,
    relocations: relocator([]),
    checker,
    inBatches,
    concurrency: 4,
    emit,
    signal: undefined,
  };
  const checks = new LogChecks(run);
  const logs = Array.from({ length: files }, (_, at) => ({ bucket: 'b', key: `k${at}`, sha256: HASH }));
  const byOne = one ?? ((): Promise<void> => Promise.reject(new Error('nothing is odd')));
  await checks.add({ chain: 'c', digest: DIGEST, logs, one: byOne });
  await checks.drain();
  return events.flatMap((event) =>
    event.type === 'logs' ? Array.from({ length: event.count }, (_, at) => event.position + at) : [],
  );
}

const ALL = (files: number): number[] => Array.from({ length: files }, (_, at) => at);
const sorted = (places: readonly number[]): number[] => [...places].sort((a, b) => a - b);

describe('batches', () => {
  test('begin small, and hold 64 small files each', async () => {
    const checker = agreeing(5_000);
    expect(sorted(await checked({ checker, files: 1000 }))).toEqual(ALL(1000));
    expect(checker.counts.slice(0, 2)).toEqual([8, 8]);
    expect(Math.max(...checker.counts)).toBe(64);
    expect(checker.counts.length).toBeLessThan(20);
  });

  test('that were sealed before it was known how large files are, are cut', async () => {
    const checker = agreeing(20_000_000);
    expect(sorted(await checked({ checker, files: 500 }))).toEqual(ALL(500));
    // Those that went out before the first answer came, and then two at a time.
    const large = checker.counts.filter((count) => count > 3);
    expect(large.length).toBeLessThanOrEqual(4);
    expect(checker.counts.reduce((sum, count) => sum + count, 0)).toBe(500);
  });

  test('keep the pace of a source, in which each file takes its turn', async () => {
    const turns: number[] = [];
    const pace = { most: 5, turn: async (count: number) => void turns.push(count) };
    const checker = agreeing(5_000);
    expect(sorted(await checked({ checker, source: sourceWith(pace), files: 203 }))).toEqual(ALL(203));
    expect(Math.max(...turns)).toBe(5);
    expect(turns).toEqual(checker.counts);
    // Whoever has a place for them begins at once, and once: another turn is taken for another try.
    expect(checker.asked.every(({ paced }) => paced)).toBe(true);
    expect(checker.rooms).toEqual(new Set([true]));
    expect(turns.reduce((sum, count) => sum + count, 0)).toBe(203);
  });
});

describe('one by one', () => {
  test('each file is checked once, no more at once than was asked for', async () => {
    const checker = agreeing(1);
    const places: number[] = [];
    let [open, most] = [0, 0];
    const one = async (position: number): Promise<void> => {
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
      places.push(position);
    };
    await checked({ checker, files: 300, inBatches: false, one });
    expect(sorted(places)).toEqual(ALL(300));
    expect(most).toBe(4);
    expect(checker.counts).toEqual([]);
  });

  test('the first error ends it, and no more are begun', async () => {
    let begun = 0;
    const one = async (): Promise<void> => {
      begun += 1;
      await new Promise(setImmediate);
      throw new Error('the disk is gone');
    };
    const work = checked({ checker: agreeing(1), files: 300, inBatches: false, one });
    await expect(work).rejects.toThrow('the disk is gone');
    expect(begun).toBeLessThanOrEqual(8);
  });
});
