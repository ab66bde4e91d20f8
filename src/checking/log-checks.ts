/**
 * The check of a run's log files. The files that proven digests name go out in batches, and outcomes are folded into events
 * batch by batch. A file that does not plainly agree is checked by itself, by the path that judges (`logs/verify-log.ts`).
 */
import { type Limiter, limiter } from '../base/flow.ts';
import type { Digest } from '../digest/digest.ts';
import type { Relocator } from '../digest/digest-key.ts';
import type { EventFamily, TrailEvent } from '../findings/event.ts';
import { eventFamily } from '../logs/check-log.ts';
import type { ObjectRef, Source } from '../source/source.ts';
import { BETWEEN, type Checker, MOST_FILES, type Outcome, PackedReader } from './contract.ts';
import { HandingOn, type HandingRun } from './handing-on.ts';

/** The log files that one proven digest names. */
export interface DigestLogs {
  readonly chain: string;
  readonly digest: ObjectRef;
  readonly logs: Digest['logFiles'];
  /** Checks the log file at a place of the list by the path that judges. Rejects only with errors that end the run. */
  readonly one: (position: number) => Promise<void>;
  /** Whether the log file at a place of the list has its outcome already; undefined where none has. */
  readonly isDone?: ((position: number) => boolean) | undefined;
}

/** The parts of a run that its checks need. */
export interface ChecksRun extends HandingRun {
  readonly source: Source;
  readonly relocations: Relocator;
  readonly checker: Checker;
  /** Whether the checker reads them; else all are checked one by one. */
  readonly inBatches: boolean;
  /** Files that are checked one by one at the same time; as many again may wait. */
  readonly concurrency: number;
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
  readonly bucket: string;
  readonly rows: readonly Row[];
  readonly count: number;
  /** Key and hash of each by turns; undefined for files that can be in no batch. */
  readonly items: readonly string[] | undefined;
  readonly of: Pending;
}

/** Files that were sealed together and are not done, though the batch may have been cut since. */
interface Pending {
  /** How many files were taken before it. */
  readonly order: number;
  /** Those that are left of its parts. */
  parts: number;
}

/** A batch is worth its message from some bytes on; large files are spread over threads. */
const BATCH_BYTES = 1024 * 1024;
const LEAST_FILES = 2;
/** Files of the first batches, which show how large they are; and the weight of one batch in the estimate for the next. */
const FIRST_FILES = 8;
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
  readonly #pending = new Set<Pending>();
  #taken = 0;
  #typical: number | undefined;
  readonly #limit: Limiter;
  #ones = 0;
  readonly #handing: HandingOn;
  #isWaiting = false;
  #failure: { readonly error: unknown } | undefined;
  #waiters: (() => void)[] = [];
  #isPumping = false;
  #isScheduled = false;
  readonly #abort = (): void => this.#stop();

  /** No file is taken that is `lead` or more after the oldest not done. */
  constructor(run: ChecksRun, lead: number = MOST_LEAD) {
    this.#run = run;
    this.#limit = limiter(run.concurrency);
    this.#handing = new HandingOn(run);
    this.#lead = lead;
    run.signal?.addEventListener('abort', this.#abort, { once: true });
  }

  /**
   * Takes the log files of one digest; undefined where more are welcome at once. Rejects with the error of any check that
   * failed before. After an interruption nothing is taken.
   */
  add(of: DigestLogs): Promise<void> | undefined {
    if (this.#run.signal?.aborted === true) return undefined;
    let most = this.#mostFiles();
    let row: Row | undefined;
    for (const [at, log] of of.logs.entries()) {
      if (of.isDone?.(at) === true) {
        row = undefined;
        continue;
      }
      const { bucket, key } = this.#run.relocations.toActual(log);
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
        most = this.#mostFiles();
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
    const most = this.#run.source.pace?.most ?? MOST_FILES;
    if (this.#typical === undefined)
      return Math.min(most, this.#taken < 2 * FIRST_FILES ? FIRST_FILES : MOST_FILES);
    // The bytes that are handed on are bounded by their batches.
    const least = this.#handing.isWanted ? 1 : LEAST_FILES;
    return Math.min(most, MOST_FILES, Math.max(least, Math.floor(BATCH_BYTES / this.#typical)));
  }

  #seal(isPlain = true): void {
    const count = this.#items.length / 2;
    if (count === 0) return;
    const of: Pending = { order: this.#taken, parts: 1 };
    const items = isPlain ? this.#items : undefined;
    this.#taken += count;
    this.#sealed.push({ bucket: this.#bucket, rows: this.#rows, count, items, of });
    this.#pending.add(of);
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
    const { checker, inBatches, source } = this.#run;
    const isPaced = source.pace !== undefined;
    const hasRoom = (): boolean =>
      this.#handing.hasRoom(this.#typical ?? BATCH_BYTES / FIRST_FILES) && checker.hasRoom(isPaced);
    while (!inBatches || hasRoom()) {
      // A thread without work is worth a batch that is not full.
      if (this.#sealed.length === 0 && (!inBatches || checker.isIdle())) this.#seal();
      const sealed = this.#sealed.shift();
      if (sealed === undefined) break;
      await this.#send(sealed);
    }
    this.#isPumping = false;
    if (inBatches && this.#sealed.length > 0) this.#awaitRoom(checker);
    this.#wake();
  }

  /** Goes on when there is room. Files of another run may have taken the room, and nobody here sees the end of that run. */
  #awaitRoom(checker: Checker): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    checker.onRoom(() => {
      this.#isWaiting = false;
      this.#schedule();
    });
  }

  async #send(whole: Sealed): Promise<void> {
    const sealed = this.#cut(whole);
    const { bucket, count, items } = sealed;
    const access = items === undefined || !this.#run.inBatches ? undefined : await this.#accessOf(bucket);
    if (items === undefined || access === undefined) {
      // Waits for places, so that no more comes than there are.
      await this.#settle(sealed, undefined);
      return;
    }
    const { pace } = this.#run.source;
    await pace?.turn(count);
    if (this.#run.signal?.aborted === true) {
      this.#partDone(sealed);
      return;
    }
    const handsOn = this.#handing.isWanted;
    const batch = { bucket, count, items: items.join(BETWEEN), paced: pace !== undefined, handsOn };
    const checked = this.#run.checker.check(batch, access);
    const settled = checked.then(
      (outcome) => this.#settle(sealed, outcome),
      // A lost thread says nothing of its files.
      () => this.#settle(sealed, undefined),
    );
    if (!handsOn) return;
    this.#handing.begin(count);
    void settled.then(() => {
      this.#handing.end(count);
      this.#schedule();
    });
  }

  /** As much of it as is worth one message now that more is known of how large files are; the rest comes next. */
  #cut(sealed: Sealed): Sealed {
    const { rows, items, of } = sealed;
    const most = this.#mostFiles();
    if (items === undefined || sealed.count < 2 * most) return sealed;
    const [first, rest]: [Row[], Row[]] = [[], []];
    let left = most;
    for (const row of rows) {
      const count = Math.min(left, row.count);
      if (count > 0) first.push({ ...row, count });
      if (count < row.count) rest.push({ ...row, from: row.from + count, count: row.count - count });
      left -= count;
    }
    of.parts += 1;
    this.#sealed.unshift({ ...sealed, rows: rest, count: sealed.count - most, items: items.slice(2 * most) });
    return { ...sealed, rows: first, count: most, items: items.slice(0, 2 * most) };
  }

  #partDone({ of }: Sealed): void {
    of.parts -= 1;
    if (of.parts === 0) this.#pending.delete(of);
    this.#wake();
  }

  /** How a bucket is read by others; undefined where that is not known. The path that judges then finds the reason. */
  async #accessOf(bucket: string): ReturnType<NonNullable<Source['access']>> {
    try {
      return await this.#run.source.access?.(bucket);
    } catch {
      return undefined;
    }
  }

  /** Reports the files that agree, and has the rest checked one by one; all of them where there is no outcome. */
  async #settle(sealed: Sealed, outcome: Outcome | undefined): Promise<void> {
    this.#schedule();
    const open = { left: 1 };
    const done = (): void => {
      open.left -= 1;
      if (open.left === 0) this.#partDone(sealed);
      else this.#wake();
    };
    try {
      const odd = outcome === undefined ? undefined : await this.#report(sealed, outcome);
      let at = -1;
      for (const { of, from, count } of sealed.rows) {
        for (let position = from; position < from + count; position += 1) {
          at += 1;
          if (odd?.has(at) === false || this.#run.signal?.aborted === true) continue;
          while (this.#ones >= 2 * this.#run.concurrency) await this.#oneDone();
          open.left += 1;
          this.#one(of, position, done);
        }
      }
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      done();
    }
  }

  /** Has one file checked by the path that judges, when its turn comes. */
  #one(of: DigestLogs, position: number, done: () => void): void {
    this.#ones += 1;
    const work = async (): Promise<void> => {
      // A failure ends the run.
      if (this.#failure === undefined) await of.one(position);
    };
    void this.#limit(work)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#ones -= 1;
        done();
      });
  }

  /** Reports the files of a batch that agree, row by row; returns the places of the others. */
  async #report({ rows, count }: Sealed, outcome: Outcome): Promise<ReadonlySet<number>> {
    const odd = new Set(outcome.odd);
    const agreeing = count - odd.size;
    if (agreeing === 0) return odd;
    const mean = Math.max(LEAST_SIZE, outcome.read / agreeing);
    this.#typical = (1 - SHARE) * (this.#typical ?? mean) + SHARE * mean;
    await this.#handing.handOn(rows, odd, outcome.stored ?? []);
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

  /** Drops the waiting files. Files that threads have not begun come back as odd, and are left unjudged. */
  #stop(): void {
    for (const sealed of this.#sealed.splice(0)) this.#partDone(sealed);
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
