import type { Worker } from 'node:worker_threads';
import type { DigestReader } from '../chain/digest-reader.ts';
import type { OpenedDigest } from '../chain/read-digest.ts';
import type { PublicKey } from '../crypto/key-ring.ts';
import { signedText } from '../digest/signing-string.ts';
import { ReadPace } from '../source/read-pace.ts';
import type { ObjectFile, ObjectRef } from '../source/source.ts';
import { type DigestAnswer, type LearnedKey, textOf } from './digest-answer.ts';
import type { DigestMessage, DigestsRead } from './digest-worker.ts';
import { startWorker } from './start-worker.ts';

/** A digest reader with threads, which end when it is closed. */
export interface OpenDigestReader extends DigestReader {
  close(): Promise<void>;
}

/** On how many threads digests are read; what else may be said is for tests. */
export interface DigestReaderOptions {
  readonly threads: number;
  /** How many digests are left to the thread that asks before the first thread is worth its start. */
  readonly after?: number;
  readonly start?: () => Worker;
}

/** A thread's start takes as long as that many digests. */
const WORTH_A_THREAD = 300;
/**
 * Batches that a thread has at once, and digests of one. A message costs as much as a digest, so fewer wait for one another
 * while the thread is at work.
 */
const DEPTH = 2;
const BATCH = 32;

interface Waiting {
  readonly ref: ObjectRef;
  readonly file: ObjectFile;
  readonly resolve: (opened: OpenedDigest | undefined) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Answered in their order. */
  readonly batches: (readonly Waiting[])[];
}

/** Opens a digest reader. Threads start when enough digests were asked for; where one fails, the source opens the rest. */
export function openDigestReader(options: DigestReaderOptions): OpenDigestReader {
  return new DigestThreads(options);
}

class DigestThreads implements OpenDigestReader {
  readonly #count: number;
  readonly #after: number;
  readonly #start: () => Worker;
  readonly #threads: Thread[] = [];
  readonly #keys: LearnedKey[] = [];
  readonly #known = new Set<PublicKey>();
  readonly #pace = new ReadPace();
  #queue: Waiting[] = [];
  #asked = 0;
  #isScheduled = false;
  #isOver = false;

  constructor({ threads, after = WORTH_A_THREAD, start }: DigestReaderOptions) {
    this.#count = threads;
    this.#after = after;
    this.#start = start ?? ((): Worker => startWorker('digest-worker'));
  }

  read(ref: ObjectRef, file: ObjectFile): Promise<OpenedDigest | undefined> {
    this.#asked += 1;
    if (this.#isOver || this.#asked <= this.#after || !this.#pace.isQuick) return NOT_HERE;
    return new Promise((resolve) => {
      this.#queue.push({ ref, file, resolve });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // After everything that comes with it has been added too.
      setImmediate(() => {
        this.#isScheduled = false;
        this.#send();
      });
    });
  }

  learn(found: PublicKey): void {
    if (this.#known.has(found)) return;
    this.#known.add(found);
    const { fingerprint, key } = found;
    const learned = { number: this.#keys.length, fingerprint, key };
    this.#keys.push(learned);
    for (const { worker } of this.#threads) tell(worker, { learn: learned });
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#giveBack(this.#queue.splice(0));
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #send(): void {
    if (this.#threads.length === 0 && this.#queue.length > 0) this.#startAll();
    while (this.#queue.length > 0 && !this.#isOver) {
      const thread = this.#freest();
      if (thread === undefined || (thread.batches.length > 0 && this.#queue.length < BATCH)) return;
      const batch = this.#queue.splice(0, BATCH);
      // A thread at work keeps the process, an idle one does not.
      thread.worker.ref();
      thread.batches.push(batch);
      tell(thread.worker, { tasks: textOf(batch.map(({ file }) => file)) });
    }
  }

  #freest(): Thread | undefined {
    const free = this.#threads.filter(({ batches }) => batches.length < DEPTH);
    return free.sort((a, b) => a.batches.length - b.batches.length)[0];
  }

  #startAll(): void {
    for (let count = 0; count < this.#count; count += 1) {
      const thread: Thread = { worker: this.#start(), batches: [] };
      const { worker } = thread;
      worker.on('message', (read: DigestsRead) => this.#take(thread, read));
      worker.on('error', () => this.#lose(thread));
      worker.on('exit', () => this.#lose(thread));
      for (const learn of this.#keys) tell(worker, { learn });
      worker.unref();
      this.#threads.push(thread);
    }
  }

  #take(thread: Thread, { answers, typicalRead }: DigestsRead): void {
    const batch = thread.batches.shift() ?? [];
    if (thread.batches.length === 0) thread.worker.unref();
    this.#pace.took(typicalRead);
    // Written by this program's own thread.
    const read = JSON.parse(answers) as readonly DigestAnswer[];
    for (const [at, { ref, resolve }] of batch.entries()) resolve(this.#opened(ref, read[at] ?? null));
    this.#send();
  }

  #opened(ref: ObjectRef, answer: DigestAnswer): OpenedDigest | undefined {
    if (answer === null) return undefined;
    const { opened, tried } = answer;
    const key = tried && this.#keys[tried.key]?.key;
    if (opened.state !== 'parsed' || tried === undefined || key === undefined)
      return Object.assign(opened, { ref });
    const { signature = '' } = opened.metadata;
    // Made here as it was there, from what is in the answer.
    const text = signedText(opened.digest, opened.sha256);
    // Added to what was parsed for this alone: to copy it would take as long as parsing.
    return Object.assign(opened, { ref, tried: { text, signature, key, verifies: tried.verifies } });
  }

  /** What a thread had when it ended is opened by the one that asked, and so is all else. */
  #lose(thread: Thread): void {
    this.#isOver = true;
    this.#giveBack(thread.batches.splice(0).flat());
    this.#giveBack(this.#queue.splice(0));
  }

  #giveBack(waiting: readonly Waiting[]): void {
    for (const { resolve } of waiting) resolve(undefined);
  }
}

const NOT_HERE: Promise<undefined> = Promise.resolve(undefined);

function tell(worker: Worker, message: DigestMessage): void {
  worker.postMessage(message);
}
