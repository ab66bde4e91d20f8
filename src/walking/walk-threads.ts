/**
 * The main thread's side of the threads that walk chains: who walks which chain, which questions they ask, and which walks are
 * lost with one of them.
 */
import type { Worker } from 'node:worker_threads';
import { isObjectError, TrailVerifyError } from '../base/errors.ts';
import { type ListedDigest, placeOf } from '../chain/digest-queue.ts';
import type { ChainPlan, ChainWalker, RunContext, WalkStep } from '../chain/list-digests.ts';
import { ChainWalk } from '../chain/walk-chain.ts';
import { chainId } from '../digest/digest-key.ts';
import { endWorker, untilEnded } from '../hashing/end-worker.ts';
import { startWorker } from '../hashing/start-worker.ts';
import type { Access, S3Access } from '../source/access.ts';
import type { ObjectRef } from '../source/source.ts';
import {
  type Answer,
  type FromWalker,
  type PackedListing,
  type PlainError,
  packListing,
  type Question,
  type StepBatch,
  type ToWalker,
  type WalkerSettings,
  type WalkRequest,
} from './contract.ts';
import type { BucketAccess } from './read-digests.ts';
import { readSteps } from './steps.ts';
import { stepsBeyond, WalkTrace } from './thread-walks.ts';

/** A walker with threads, which end when it is closed. */
export interface OpenWalker extends ChainWalker {
  close(): Promise<void>;
}

/** On how many threads chains are walked, and whether digests are read natively where that can be. */
export interface WalkerOptions {
  readonly threads: number;
  /** Default true. */
  readonly native?: boolean | undefined;
  /** How many digests are left to the thread that asks before the threads are worth their start; for tests. */
  readonly after?: number | undefined;
  readonly start?: ((settings: WalkerSettings) => Worker) | undefined;
}

/** Digests that are walked in the time that a thread takes to start. */
const WORTH_A_THREAD = 300;

/**
 * Of S3's digests all threads together have as many requests in flight as the thread that asks would have for them. That thread
 * keeps its own requests for listings and for odd objects. And so many bytes of bodies.
 */
const REQUESTS = 128;
const BYTES_HELD = 64 * 1024 * 1024;

/**
 * Opens a walker for copies and buckets; undefined without threads. They start when enough digests were listed, and end when it
 * is closed. A walk that a thread cannot read or finish by itself is done by the thread that asks.
 */
export function openWalker(options: WalkerOptions): OpenWalker | undefined {
  return options.threads < 1 ? undefined : new WalkThreads(options);
}

/** How the objects of a walk are read by others, as its source says. */
interface Reading {
  /** Names the source. */
  readonly source: number;
  /** Undefined where the bucket cannot be read so: opening its objects then shows the reason. */
  readonly accessTo: (bucket: string) => Promise<Access | undefined>;
}

/** A walk under way on a thread. */
interface RemoteWalk {
  readonly digests: number;
  readonly reading: Reading;
  readonly answer: (question: Question) => Promise<Answer>;
  readonly batches: StepBatch[];
  /** The thread was lost, or has given up: no batch comes any more. */
  isLost: boolean;
  /** It has given up. */
  hasFailed: boolean;
  /** The first error among the answers that ends a run. */
  fatal?: { readonly error: unknown } | undefined;
  wake: () => void;
}

interface Thread {
  readonly worker: Worker;
  readonly walks: Map<number, RemoteWalk>;
  /** How buckets are read, by their sources' numbers and their names. */
  readonly accesses: Map<string, S3Access>;
  isLost: boolean;
}

class WalkThreads implements OpenWalker {
  readonly #options: WalkerOptions;
  readonly #signals = new WeakSet<AbortSignal>();
  /** Of key rings, and of sources by how they are read. */
  readonly #numbers = new WeakMap<object, number>();
  #threads: Thread[] | undefined;
  #listed = 0;
  #next = 0;
  #isClosed = false;

  constructor(options: WalkerOptions) {
    this.#options = options;
  }

  async *walk(plan: ChainPlan, context: RunContext, inRuns: boolean): AsyncGenerator<WalkStep> {
    const reading = this.#readingOf(context);
    const bucket = plan.listed[0]?.ref.bucket ?? '';
    const access = bucket === '' ? undefined : await reading?.accessTo(bucket);
    const listed = access === undefined ? undefined : packListing(plan.listed);
    this.#listed += plan.listed.length;
    const thread = listed === undefined ? undefined : this.#freest();
    const again = followedOnce(plan);
    const trace = new WalkTrace();
    let done = 0;
    if (reading !== undefined && access !== undefined && listed !== undefined && thread !== undefined) {
      if (access.kind === 's3') sendAccess(thread, { source: reading.source, bucket, access });
      const copy = access.kind === 'folder' ? access : undefined;
      const number = this.#send(thread, again, context, reading, { listed, copy, inRuns });
      const walk = thread.walks.get(number);
      for await (const batch of this.#batches(thread, number, context.signal)) {
        // Read whole, or not at all.
        const steps = batch.before === done ? stepsOf(chainId(plan.chain), batch, inRuns) : undefined;
        if (steps === undefined) break;
        if (batch.end?.recent !== undefined) context.onRecentEnd?.(batch.end.recent);
        done += batch.steps;
        trace.addBatch(batch);
        for (const step of steps) {
          if (context.signal?.aborted === true) return;
          yield step;
        }
        if (batch.end !== undefined) return;
      }
      if (context.signal?.aborted === true) return;
      // An error that ends a run has ended this one: the same question may get another answer.
      if (walk?.fatal !== undefined && walk.hasFailed) throw walk.fatal.error;
    }
    yield* stepsBeyond(done, trace, new ChainWalk(again, context).steps(), chainId(plan.chain));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all((this.#threads ?? []).map(({ worker }) => endWorker(worker)));
  }

  /** The living thread with the fewest digests ahead; undefined where none is worth its start yet, or left. */
  #freest(): Thread | undefined {
    if (this.#isClosed || this.#listed < (this.#options.after ?? WORTH_A_THREAD)) return undefined;
    this.#threads ??= this.#startAll();
    const load = ({ walks }: Thread): number =>
      [...walks.values()].reduce((sum, { digests }) => sum + digests, 0);
    const living = this.#threads.filter(({ isLost }) => !isLost);
    return living.sort((a, b) => load(a) - load(b))[0];
  }

  #startAll(): Thread[] {
    const { native = true, start = startWalkThread } = this.#options;
    const count = Math.min(this.#options.threads, REQUESTS);
    const share = { requests: Math.floor(REQUESTS / count), bytes: Math.floor(BYTES_HELD / count) };
    return Array.from({ length: count }, () => {
      const worker = start({ native, ...share });
      const thread: Thread = { worker, walks: new Map(), accesses: new Map(), isLost: false };
      worker.on('message', (message: FromWalker) => this.#take(thread, message));
      for (const end of ['error', 'exit', 'messageerror'] as const) worker.on(end, () => this.#lose(thread));
      worker.unref();
      return thread;
    });
  }

  #send(
    thread: Thread,
    { follow, listed: { length: digests }, ...plan }: ChainPlan,
    context: RunContext,
    reading: Reading,
    how: Pick<WalkRequest, 'copy' | 'inRuns'> & { readonly listed: PackedListing },
  ): number {
    const number = this.#next;
    this.#next += 1;
    const answer = (question: Question): Promise<Answer> => answerOf(question, follow, context);
    thread.walks.set(number, {
      digests,
      reading,
      answer,
      batches: [],
      isLost: false,
      hasFailed: false,
      wake: () => {},
    });
    // A thread at work keeps the process, an idle one does not.
    thread.worker.ref();
    const { window, ahead } = context;
    const run = { window, ahead, relocations: context.relocations.declared, now: context.clock.now() };
    const named = { ring: this.#numberOf(context.keyRing), source: reading.source };
    send(thread, { request: { walk: number, plan, ...run, ...named, ...how } });
    return number;
  }

  /** Undefined where nobody else reads the source, where reads keep a pace, or somebody wants every object as it was read. */
  #readingOf({ source: { access, pace }, onObject }: RunContext): Reading | undefined {
    if (access === undefined || onObject !== undefined || pace !== undefined) return undefined;
    // A source that is wrapped again for each run keeps this.
    const source = this.#numberOf(access);
    const accessTo = async (bucket: string): Promise<Access | undefined> => {
      try {
        return await access(bucket);
      } catch {
        return undefined;
      }
    };
    return { source, accessTo };
  }

  #numberOf(thing: object): number {
    const known = this.#numbers.get(thing) ?? this.#next;
    if (known === this.#next) this.#next += 1;
    this.#numbers.set(thing, known);
    return known;
  }

  /** The batches of a walk as they come, until its last; those that are there where its thread is lost, or it is interrupted. */
  async *#batches(
    thread: Thread,
    number: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StepBatch> {
    const walk = thread.walks.get(number);
    if (walk === undefined) return;
    this.#listenTo(signal);
    try {
      while (signal?.aborted !== true) {
        const batch = walk.batches.shift();
        if (batch !== undefined) {
          send(thread, { taken: number });
          yield batch;
        } else if (walk.isLost) return;
        else
          await new Promise<void>((resolve) => {
            walk.wake = resolve;
          });
      }
    } finally {
      send(thread, { stop: number });
      this.#end(thread, number);
    }
  }

  /** Wakes every walk when a run is interrupted: each looks for itself whether it is one of that run. */
  #listenTo(signal: AbortSignal | undefined): void {
    if (signal === undefined || this.#signals.has(signal)) return;
    this.#signals.add(signal);
    const wakeAll = (): void => {
      for (const { walks } of this.#threads ?? []) for (const walk of walks.values()) walk.wake();
    };
    signal.addEventListener('abort', wakeAll, { once: true });
  }

  #take(thread: Thread, message: FromWalker): void {
    // Steps may have been on their way when one of them was lost: they may not follow upon those that came before.
    if (thread.isLost) return;
    if ('batch' in message) {
      const walk = thread.walks.get(message.batch.walk);
      walk?.batches.push(message.batch);
      walk?.wake();
    } else if ('failed' in message) {
      const walk = thread.walks.get(message.failed);
      if (walk === undefined) return;
      walk.isLost = true;
      walk.hasFailed = true;
      walk.wake();
    } else {
      const walk = thread.walks.get(message.walk);
      if (walk !== undefined) void answer(thread, walk, message);
    }
  }

  #lose(thread: Thread): void {
    if (thread.isLost) return;
    thread.isLost = true;
    for (const walk of thread.walks.values()) {
      walk.isLost = true;
      walk.wake();
    }
    void endWorker(thread.worker);
  }

  #end(thread: Thread, number: number): void {
    thread.walks.delete(number);
    if (thread.walks.size === 0) thread.worker.unref();
  }
}

/**
 * Memory for new objects, in MB. Hardly anything of a digest outlives it, so a small one is as good as the usual 48, and stays in the
 * processor's cache: a tenth less time, and 35 MB for each thread.
 */
const YOUNG = 8;

/** A thread that walks chains. */
export function startWalkThread(settings: WalkerSettings): Worker {
  return untilEnded(
    startWorker('walk-worker', settings, import.meta.url, { maxYoungGenerationSizeMb: YOUNG }),
  );
}

/** The same plan, whose answers stay the same if it is walked a second time: a folder is listed for the first who asks. */
function followedOnce(plan: ChainPlan): ChainPlan {
  const followed = new Map<string, Promise<readonly ListedDigest[]>>();
  const follow = (ref: ObjectRef): Promise<readonly ListedDigest[]> => {
    const place = placeOf(ref);
    const known = followed.get(place) ?? plan.follow(ref);
    followed.set(place, known);
    return known;
  };
  return { ...plan, follow };
}

/** Answers a question. Never rejects: a failure is the answer. */
async function answer(
  thread: Thread,
  walk: RemoteWalk,
  { ask, question }: Extract<FromWalker, { readonly ask: number }>,
): Promise<void> {
  const { answer: find, reading } = walk;
  const answered = await find(question).then(
    (value) => ({ answer: ask, value }),
    (error: unknown) => {
      if (!isObjectError(error)) walk.fatal ??= { error };
      return { answer: ask, error: plainError(error) };
    },
  );
  if ('open' in question) {
    const { bucket } = question.open;
    // Its credentials may be new since, and so may the bucket be: the next of its objects the thread reads by itself.
    const access = await reading.accessTo(bucket);
    if (access?.kind === 's3') sendAccess(thread, { source: reading.source, bucket, access });
  }
  send(thread, answered);
}

async function answerOf(
  question: Question,
  follow: ChainPlan['follow'],
  { source, keyRing }: RunContext,
): Promise<Answer> {
  if ('open' in question) return source.open(question.open, { maxBytes: question.maxBytes });
  if ('holds' in question) return source.holds(question.holds);
  if ('find' in question) return keyRing.find(question.find);
  return follow(question.follow);
}

/** All steps of a batch; undefined where it contradicts itself, or has fewer or more steps than it says. */
function stepsOf(chain: string, batch: StepBatch, inRuns: boolean): readonly WalkStep[] | undefined {
  const held = batch.parts.reduce((sum, part) => sum + ('packed' in part ? part.count : 1), 0);
  if (held !== batch.steps) return undefined;
  try {
    return [...readSteps(chain, batch, inRuns)];
  } catch {
    return undefined;
  }
}

function plainError(error: unknown): PlainError {
  if (!(error instanceof TrailVerifyError)) return { code: undefined, message: String(error) };
  const { code, message, hint, claim } = error;
  return {
    code,
    message,
    hint,
    claim,
  };
}

/** Sends a thread how a bucket is read, where that is new to it. */
function sendAccess(thread: Thread, access: BucketAccess): void {
  const name = `${access.source} ${access.bucket}`;
  if (thread.accesses.get(name) === access.access) return;
  thread.accesses.set(name, access.access);
  send(thread, access);
}

function send({ worker, isLost }: Thread, message: ToWalker): void {
  if (!isLost) worker.postMessage(message);
}
