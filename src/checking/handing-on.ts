import { type Limiter, limiter } from '../base/flow.ts';
import type { TakeExamined } from '../chain/list-digests.ts';
import type { Digest } from '../digest/digest.ts';
import type { Relocator } from '../digest/digest-key.ts';
import type { ObjectRef } from '../source/source.ts';
import type { Outcome } from './contract.ts';

/** The parts of a run that it needs. */
export interface HandingRun {
  /** Is handed every log file that agrees, as it was stored. */
  readonly onObject?: TakeExamined | undefined;
  readonly relocations: Relocator;
  /** Files that are handed on at the same time. */
  readonly concurrency: number;
}

/** Neighbours in one digest's list, as far as they are in one batch. */
interface HandedRow {
  readonly of: {
    readonly chain: string;
    readonly digest: ObjectRef;
    readonly logs: Digest['logFiles'];
  };
  readonly from: number;
  readonly count: number;
}

/** Bytes that are handed on at once: read by the checker, and not yet taken by their keeper. */
const MOST_HELD = 64 * 1024 * 1024;
/** And so many files, however small. */
const MOST_AWAY = 4_096;

/** Hands on the files that agree to their keeper, and bounds the bytes on their way there. */
export class HandingOn {
  readonly #run: HandingRun;
  readonly #limit: Limiter;
  /** Files of batches that are to be handed on and have not been. */
  #away = 0;

  constructor(run: HandingRun) {
    this.#run = run;
    this.#limit = limiter(run.concurrency);
  }

  /** Whether anybody keeps objects. */
  get isWanted(): boolean {
    return this.#run.onObject !== undefined;
  }

  /** Whether the bytes on their way leave room for files of so many bytes each; as many as are typical are let in alone. */
  hasRoom(typical: number): boolean {
    return this.#away === 0 || (this.#away < MOST_AWAY && this.#away * typical < MOST_HELD);
  }

  /** So many files are on their way. */
  begin(count: number): void {
    this.#away += count;
  }

  /** So many are not any more. */
  end(count: number): void {
    this.#away -= count;
  }

  /** Hands on the files of a batch, all together; files that did not come with the outcome are added to the odd ones. */
  async handOn(
    rows: readonly HandedRow[],
    odd: Set<number>,
    objects: NonNullable<Outcome['stored']>,
  ): Promise<void> {
    const { onObject, relocations } = this.#run;
    if (onObject === undefined) return;
    const handed: Promise<void>[] = [];
    let at = -1;
    for (const { of, from, count } of rows) {
      for (const listed of of.logs.slice(from, from + count)) {
        at += 1;
        const stored = objects[at];
        if (odd.has(at)) continue;
        if (stored === undefined) {
          odd.add(at);
          continue;
        }
        const { chain, digest } = of;
        const ref = relocations.toActual({ bucket: listed.bucket, key: listed.key });
        const object = { kind: 'log', ref, stored, chain, outcome: 'valid', listed, digest } as const;
        // Each may be a file that is written: no more at once than are read one by one.
        handed.push(this.#limit(async () => onObject(object)));
      }
    }
    for (const result of await Promise.allSettled(handed))
      if (result.status === 'rejected') throw result.reason;
  }
}
