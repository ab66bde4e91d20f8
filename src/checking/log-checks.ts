/**
 * The check of a run's log files: those that proven digests name go out in batches, outcomes are folded into events batch
 * by batch, and whatever does not plainly agree is checked one by one, by the path that judges (`logs/verify-log.ts`).
 */
import type { Digest } from '../digest/digest.ts';
import type { Relocator } from '../digest/relocation.ts';
import type { EventFamily, TrailEvent } from '../findings/event.ts';
import { eventFamily } from '../logs/event-family.ts';
import type { LogQueue } from '../logs/log-queue.ts';
import type { ObjectRef, Source } from '../source/source.ts';
import type { Checker } from './checker.ts';
import { BETWEEN, MOST_FILES, type Outcome } from './contract.ts';
import { PackedReader } from './packed.ts';

/** The log files that one proven digest names. */
export interface DigestLogs {
  readonly chain: string;
  readonly digest: ObjectRef;
  readonly logs: Digest['logFiles'];
  /** Checks the log file at a place of the list by the path that judges. Rejects only with errors that end the run. */
  readonly one: (position: number) => Promise<void>;
}

/** What the checks of a run need of it. */
export interface ChecksRun {
  readonly source: Source;
  readonly moves: Relocator;
  readonly checker: Checker;
  /** Where files are checked one by one. */
  readonly queue: LogQueue;
  readonly emit: (event: TrailEvent) => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/** Neighbours in one digest's list, as far as they are in one batch. */
interface Row {
  readonly of: DigestLogs;
  readonly from: number;
  readonly family: EventFamily;
  count: number;
}

interface Sealed {
  /** How many files were taken before it. */
  readonly order: number;
  readonly bucket: string;
  readonly rows: readonly Row[];
  readonly count: number;
  /** Undefined for what can be in no batch. */
  readonly items: string | undefined;
}

/** A batch is worth its message from some bytes on; large files are spread over threads. */
const BATCH_BYTES = 1024 * 1024;
const LEAST_FILES = 2;
/** What a file is taken to have until the first are known; and how much one batch tells of the next. */
const FIRST_GUESS = 8 * 1024;
const LEAST_SIZE = 256;
const SHARE = 0.2;
/** Batches that wait for a thread; the walk waits beyond. */
const MOST_SEALED = 400;
/** How far checks may run ahead of the oldest that is not done: its inventory lines wait in memory, some 500 bytes each. */
const MOST_LEAD = 32_768;

/** The checks of one run. */
export class LogChecks {
  readonly #run: ChecksRun;
  readonly #lead: number;
  #bucket = '';
  #rows: Row[] = [];
  #items: string[] = [];
  #sealed: Sealed[] = [];
  /** Those that are not done, in their order. */
  readonly #pending = new Set<Sealed>();
  #taken = 0;
  #typical = FIRST_GUESS;
  #failure: { readonly error: unknown } | undefined;
  #waiters: (() => void)[] = [];
  #isPumping = false;
  #isScheduled = false;
  readonly #abort = (): void => this.#stop();

  /** No file is taken that is `lead` or more after the oldest not done. */
  constructor(run: ChecksRun, lead: number = MOST_LEAD) {
    this.#run = run;
    this.#lead = lead;
    run.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /**
   * Takes the log files of one digest; undefined where more are welcome at once. Rejects with the error of any check that
   * failed before. After an interruption nothing is taken.
   */
  add(of: DigestLogs): Promise<void> | undefined {
    if (this.#run.signal?.aborted === true) return undefined;
    const most = this.#mostFiles();
    let row: Row | undefined;
    for (const [at, log] of of.logs.entries()) {
      const { bucket, key } = this.#run.moves.toActual(log);
      const isPlain = !key.includes(BETWEEN) && !log.sha256.includes(BETWEEN);
      if (bucket !== this.#bucket || !isPlain) {
        this.#seal();
        this.#bucket = bucket;
        row = undefined;
      }
      const family = eventFamily(log.key);
      if (row === undefined || row.family !== family) {
        row = { of, from: at, count: 0, family };
        this.#rows.push(row);
      }
      row.count += 1;
      this.#items.push(key, log.sha256);
      if (this.#items.length >= 2 * most || !isPlain) {
        this.#seal(isPlain);
        row = undefined;
      }
    }
    this.#schedule();
    return this.#hasRoom() && this.#failure === undefined ? undefined : this.#wait();
  }

  /** Resolves when every file is checked; rejects with the first error. */
  async drain(): Promise<void> {
    this.#seal();
    this.#schedule();
    while (this.#pending.size > 0) await this.#oneDone();
    this.#run.signal?.removeEventListener('abort', this.#abort);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #wait(): Promise<void> {
    while (!this.#hasRoom() && this.#failure === undefined) await this.#oneDone();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #hasRoom(): boolean {
    const [oldest] = this.#pending;
    return this.#sealed.length < MOST_SEALED && this.#taken - (oldest?.order ?? this.#taken) < this.#lead;
  }

  #mostFiles(): number {
    return Math.max(LEAST_FILES, Math.min(MOST_FILES, Math.floor(BATCH_BYTES / this.#typical)));
  }

  #seal(isPlain = true): void {
    const count = this.#items.length / 2;
    if (count === 0) return;
    const items = isPlain ? this.#items.join(BETWEEN) : undefined;
    const sealed = { order: this.#taken, bucket: this.#bucket, rows: this.#rows, count, items };
    this.#taken += count;
    this.#sealed.push(sealed);
    this.#pending.add(sealed);
    this.#rows = [];
    this.#items = [];
  }

  /** Sends what waits after everything that came with it has been added too. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const { checker } = this.#run;
    while (checker.hasRoom()) {
      // A thread without work is worth a batch that is not full.
      if (this.#sealed.length === 0 && checker.isIdle()) this.#seal();
      const sealed = this.#sealed.shift();
      if (sealed === undefined) break;
      await this.#send(sealed);
    }
    this.#isPumping = false;
    this.#wake();
  }

  async #send(sealed: Sealed): Promise<void> {
    const { bucket, count, items } = sealed;
    const access = items === undefined ? undefined : await this.#accessOf(bucket);
    if (items === undefined || access === undefined) {
      // Waits for places in the queue, so that no more comes than it takes.
      await this.#settle(sealed, undefined);
      return;
    }
    const checked = this.#run.checker.check({ bucket, count, items }, access);
    void checked.then(
      (outcome) => this.#settle(sealed, outcome),
      // A thread that was lost says nothing of what it had.
      () => this.#settle(sealed, undefined),
    );
  }

  /** How a bucket is read by others; undefined where that is not known, and the path that judges will tell why. */
  async #accessOf(bucket: string): ReturnType<NonNullable<Source['access']>> {
    try {
      return await this.#run.source.access?.(bucket);
    } catch {
      return undefined;
    }
  }

  /** Tells what agrees, and hands the rest to the queue; all of it where there is no outcome. */
  async #settle(sealed: Sealed, outcome: Outcome | undefined): Promise<void> {
    this.#schedule();
    const open = { left: 1 };
    const done = (): void => {
      open.left -= 1;
      if (open.left > 0) return;
      this.#pending.delete(sealed);
      this.#wake();
    };
    try {
      const odd = outcome === undefined ? undefined : await this.#tell(sealed, outcome);
      let at = -1;
      for (const { of, from, count } of sealed.rows) {
        for (let position = from; position < from + count; position += 1) {
          at += 1;
          if (odd?.has(at) === false || this.#run.signal?.aborted === true) continue;
          open.left += 1;
          await this.#run.queue
            .add(() => of.one(position).finally(done))
            .catch((error: unknown) => {
              open.left -= 1;
              throw error;
            });
        }
      }
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      done();
    }
  }

  /** Tells the files of a batch that agree, row by row; gives back the places of the others. */
  async #tell({ rows, count }: Sealed, outcome: Outcome): Promise<ReadonlySet<number>> {
    const odd = new Set(outcome.odd);
    const agreeing = count - odd.size;
    if (agreeing === 0) return odd;
    const mean = Math.max(LEAST_SIZE, outcome.read / agreeing);
    this.#typical = (1 - SHARE) * this.#typical + SHARE * mean;
    const packed = new PackedReader(outcome.packed, count);
    let end = 0;
    for (const { of, from, count: length, family } of rows) {
      const begin = end;
      end += length;
      for (let at = begin; at < end; at += 1) {
        if (odd.has(at)) continue;
        const first = at;
        while (at < end && !odd.has(at)) at += 1;
        const { chain, digest } = of;
        const position = from + first - begin;
        const slice = packed.slice(first, at);
        await this.#run.emit({ type: 'logs', chain, digest, position, count: at - first, family, ...slice });
      }
    }
    return odd;
  }

  /** Drops what waits; what threads have not begun with comes back as odd, and is left unjudged. */
  #stop(): void {
    for (const sealed of this.#sealed.splice(0)) this.#pending.delete(sealed);
    this.#rows = [];
    this.#items = [];
    this.#run.checker.stop();
    this.#wake();
  }

  #oneDone(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    // Every waiter looks again for itself.
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
