import { createHash } from 'node:crypto';
import { fixedClock } from '../base/clock.ts';
import { interrupted, TrailVerifyError } from '../base/errors.ts';
import { type ListedDigest, newestFirst } from '../chain/digest-queue.ts';
import type { ChainPlan, RecentEnd, WalkContext, WalkStep } from '../chain/list-digests.ts';
import type { DigestReader } from '../chain/read-digest.ts';
import { ChainWalk } from '../chain/walk-chain.ts';
import { PackedReader } from '../checking/contract.ts';
import type { KeyLookup, KeyQuery, PublicKey } from '../crypto/public-key.ts';
import { chainId, relocator } from '../digest/digest-key.ts';
import type { NativeOpen } from '../hashing/local-hasher.ts';
import { inventoryLine } from '../report/inventory.ts';
import {
  type Answer,
  type FromWalker,
  MOST_UNTAKEN,
  type PlainError,
  type Question,
  type StepBatch,
  type ToWalker,
  unpackListing,
  type WalkRequest,
} from './contract.ts';
import { type BucketDigests, localDigests, MOST_IN_CALL, type NativeReading } from './read-digests.ts';
import { StepWriter } from './steps.ts';

/** The walks of one thread: each is `ChainWalk`, over digests that the thread reads and answers that it asks for. */

/** Sends a message, giving buffers away with it. */
type Post = (message: FromWalker, buffers?: readonly ArrayBuffer[]) => void;

/** So many walks have a whole batch each; of more, each has its share of theirs. */
const WHOLE_BATCHES = 16;

/** One walk as its thread knows it. */
interface Walk {
  readonly stop: AbortController;
  untaken: number;
  /** Goes on where the walk waits. */
  wake: () => void;
}

interface Waiting {
  readonly walk: number;
  readonly resolve: (value: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Walks chains, several at once: none waits for another, so that the caller may take their steps in any order. */
export class ThreadWalks {
  readonly #post: Post;
  readonly #buckets: BucketDigests;
  readonly #addon: NativeOpen | undefined;
  readonly #walks = new Map<number, Walk>();
  readonly #asked = new Map<number, Waiting>();
  /** The keys that rings have found, by ring, Region and fingerprint; forgotten when nothing is walked. */
  readonly #keys = new Map<string, PublicKey>();
  #next = 0;

  /** `buckets` reads those of S3, `addon` natively those of a copy. */
  constructor(post: Post, buckets: BucketDigests, addon?: NativeOpen) {
    this.#post = post;
    this.#buckets = buckets;
    this.#addon = addon;
  }

  /** Takes one message. */
  take(message: ToWalker): void {
    if ('request' in message) void this.#walk(message.request);
    else if ('answer' in message) this.#answered(message);
    else if ('access' in message) this.#buckets.renew(message);
    else if ('taken' in message) {
      const walk = this.#walks.get(message.taken);
      if (walk === undefined) return;
      walk.untaken -= 1;
      walk.wake();
    } else this.#stop(message.stop);
  }

  /** Ends a walk at once, even while it waits. */
  #stop(number: number): void {
    const walk = this.#walks.get(number);
    if (walk === undefined) return;
    walk.stop.abort();
    walk.wake();
    for (const [ask, waiting] of this.#asked) {
      if (waiting.walk !== number) continue;
      this.#asked.delete(ask);
      waiting.reject(interrupted());
    }
    // Reads are not known by their walks: as long as another goes on, they are left to end by themselves.
    if ([...this.#walks.values()].every(({ stop }) => stop.signal.aborted)) this.#buckets.stop();
  }

  async #walk(request: WalkRequest): Promise<void> {
    const { walk: number, plan } = request;
    const walk: Walk = { stop: new AbortController(), untaken: 0, wake: () => {} };
    this.#walks.set(number, walk);
    const writer = new StepWriter(number, chainId(plan.chain), request.inRuns);
    try {
      let recent: RecentEnd | undefined;
      const listed = [...unpackListing(request.listed)].sort(newestFirst);
      const { copy } = request;
      const digestReader = copy && localDigests(copy, this.#nativeReading(listed));
      const context = this.#contextOf(request, walk, digestReader, (end) => {
        recent = end;
      });
      const whole: ChainPlan = {
        ...plan,
        listed,
        follow: (ref) => this.#ask(number, walk, { follow: ref }),
      };
      for await (const step of new ChainWalk(whole, context).steps())
        if (writer.add(step, Math.min(1, WHOLE_BATCHES / this.#walks.size))) await this.#send(walk, writer);
      if (walk.stop.signal.aborted) return;
      const { batch, buffers } = writer.take();
      this.#post({ batch: { ...batch, end: { recent } } }, buffers);
    } catch {
      // The thread that asked meets the same error as well, and reports it after the findings before it.
      const { batch, buffers } = writer.take();
      if (batch.steps > 0) this.#post({ batch }, buffers);
      this.#post({ failed: number });
    } finally {
      this.#walks.delete(number);
      if (this.#walks.size === 0) this.#keys.clear();
    }
  }

  async #send(walk: Walk, writer: StepWriter): Promise<void> {
    const { batch, buffers } = writer.take();
    this.#post({ batch }, buffers);
    walk.untaken += 1;
    // Messages and other walks have their turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (walk.untaken >= MOST_UNTAKEN && !walk.stop.signal.aborted)
      await new Promise<void>((resolve) => {
        walk.wake = resolve;
      });
  }

  #nativeReading(listed: readonly ListedDigest[]): NativeReading | undefined {
    const addon = this.#addon;
    // The bytes that are read ahead are bounded over all walks.
    const ahead = (): number =>
      Math.max(1, Math.min(MOST_IN_CALL, Math.floor((WHOLE_BATCHES * MOST_IN_CALL) / this.#walks.size)));
    return addon && { addon, listed, ahead };
  }

  #contextOf(
    { walk: number, window, now, relocations, ahead, ring, source, copy }: WalkRequest,
    walk: Walk,
    digestReader: DigestReader | undefined,
    onRecentEnd: (end: RecentEnd) => void,
  ): WalkContext {
    const ask = <Value extends Answer>(question: Question): Promise<Value> =>
      this.#ask(number, walk, question);
    return {
      source: {
        kind: copy === undefined ? 's3' : 'folder',
        open: async (ref, { maxBytes }) => {
          const stored = copy === undefined ? await this.#buckets.read(source, ref) : undefined;
          return stored ?? ask({ open: ref, maxBytes });
        },
        holds: (bucket) => ask({ holds: bucket }),
      },
      keyRing: { find: (query) => this.#find(ask, ring, query) },
      relocations: relocator(relocations),
      window,
      clock: fixedClock(now),
      signal: walk.stop.signal,
      ahead,
      digestReader,
      onRecentEnd,
    };
  }

  /** A key that is trusted and was valid then is asked for once: later knowledge makes it no worse. */
  async #find(
    ask: (question: Question) => Promise<KeyLookup>,
    ring: number,
    query: KeyQuery,
  ): Promise<KeyLookup> {
    const name = `${ring} ${query.region} ${query.fingerprint}`;
    const known = this.#keys.get(name);
    if (known !== undefined && isValidAt(known, query.time)) return { found: known };
    const lookup = await ask({ find: query });
    if (lookup.found !== undefined && lookup.found.distrust === undefined) this.#keys.set(name, lookup.found);
    return lookup;
  }

  /** The answer to a question, which has the type that the one asked gives it. */
  #ask<Value extends Answer>(walk: number, { stop }: Walk, question: Question): Promise<Value> {
    // Nobody would answer.
    if (stop.signal.aborted) return Promise.reject(interrupted());
    const ask = this.#next;
    this.#next += 1;
    return new Promise<Answer>((resolve, reject) => {
      this.#asked.set(ask, { walk, resolve, reject });
      this.#post({ walk, ask, question });
    }) as Promise<Value>;
  }

  #answered(message: Extract<ToWalker, { readonly answer: number }>): void {
    const waiting = this.#asked.get(message.answer);
    this.#asked.delete(message.answer);
    if ('error' in message) waiting?.reject(errorOf(message.error));
    else waiting?.resolve(message.value);
  }
}

function isValidAt({ validFrom, validTo }: PublicKey, time: number): boolean {
  return (validFrom ?? time) <= time && time <= (validTo ?? time);
}

/** The error as it was on the other thread, as far as a walk looks at it. */
function errorOf({ code, message, ...details }: PlainError): Error {
  return code === undefined ? new Error(message) : new TrailVerifyError(code, message, details);
}

/**
 * The steps that a walk has reported, as one hash: digests by their inventory lines, which a thread has made already, and all
 * else as it is. A walk that is done again must report the same before anything new of it counts.
 */
export class WalkTrace {
  readonly #hash = createHash('sha256');

  /** Takes the steps of the next batch, as they were sent. */
  addBatch({ parts }: StepBatch): void {
    for (const part of parts) {
      if ('packed' in part)
        this.#hash.update(new PackedReader(part.packed, part.count).slice(0, part.count).lines);
      else this.add(part);
    }
  }

  /** Takes the next step, each of whose digests is reported by itself. */
  add({ events }: Pick<WalkStep, 'events'>): void {
    for (const event of events) {
      if (event.type === 'digest') this.#hash.update(`${inventoryLine(event)}\n`);
      else this.#hash.update(`${JSON.stringify(event)}\n`);
    }
  }

  /** Whether another trace holds the very same so far. Afterwards nothing more may be added to either. */
  isThatOf(other: WalkTrace): boolean {
    return this.#hash.digest().equals(other.#hash.digest());
  }
}

/**
 * The steps of a walk that is done again where a thread was lost, from the first that was not reported. They come in the same
 * order, because they depend on the objects alone. Throws UNREACHABLE where the reported steps read otherwise now. Then nobody
 * knows which of the two is true, and findings of the second walk might be passed over.
 */
export async function* stepsBeyond(
  done: number,
  reported: WalkTrace,
  steps: AsyncIterable<WalkStep>,
  chain: string,
): AsyncGenerator<WalkStep> {
  const again = new WalkTrace();
  let left = done;
  const check = (): void => {
    if (again.isThatOf(reported)) return;
    throw new TrailVerifyError('UNREACHABLE', `the digests of ${chain} read otherwise a second time`, {
      hint: 'run it again: a thread was lost, and its part of the walk was done again',
    });
  };
  for await (const step of steps) {
    if (left > 0) again.add(step);
    else yield step;
    left -= 1;
    if (left === 0) check();
  }
  if (left > 0) check();
}
