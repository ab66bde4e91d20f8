/**
 * GETs of objects over kept connections, for a thread that makes thousands in a second: no promise, no timer and no table of
 * headers for each of them. Only the plainest answer counts: a 200 with its length, all of it, and nothing of a part. Any other
 * answer is a failure of some kind, and the caller finds its meaning.
 */
import type { Dispatcher } from 'undici';
import { isCongestion, NoAnswerError, Patience } from '../../../aws/failure.ts';
import type { Way } from '../../../aws/network/network.ts';
import { knownTime } from '../../../base/clock.ts';
import { LONGEST_VERSION_ID } from '../../source.ts';
import { BodyClock, OBJECT_TIMES, OTHER_TIMES } from '../retry.ts';
import type { SignedGet } from './get-signer.ts';
import { type OpenedPool, openPool, writtenFor } from './http-pool.ts';

/** Why there is no object: `congested` and `passing` may pass by themselves. */
export type GetFailure = 'congested' | 'passing' | 'lasting';

/** Who takes what becomes of one GET. */
export interface GetTaker {
  /** Asked once the length of the body is known: true where it may come, false where `resume` will be called. */
  admit(length: number, resume: () => void): boolean;
  /** The whole body; `head` is the names and values of the headers by turns, as they were sent. */
  done(bytes: Buffer, versionId: string | undefined, head: readonly Buffer[]): void;
  /** Nothing else follows. */
  failed(failure: GetFailure): void;
}

/** Bounds of all GETs; times in milliseconds. */
export interface GetLimits {
  readonly connections: number;
  readonly connectMs: number;
  /** How long a server may take to the end of its headers, and between two pieces of a body. */
  readonly idleMs: number;
  /** The largest body that is taken, in bytes. */
  readonly maxBytes: number;
}

/** The part that is read of an answer that is no object, so that its connection can be kept. */
const MOST_DRAINED = 64 * 1024;
const EMPTY: Buffer = Buffer.alloc(0);
/** One look at all that is under way, in place of a timer for each; late by an eighth at most. */
const LOOKS = 8;
const LONGEST_LOOK = 1000;

/** GETs of one server. */
export class BareGets {
  readonly #opened: Promise<void>;
  #open: OpenedPool | undefined;
  readonly #limits: GetLimits;
  readonly #patience: Patience;
  readonly #active = new Set<Get>();
  #look: NodeJS.Timeout | undefined;

  /** `way` is the one to the server where it is not the plain one. */
  constructor(origin: string, limits: GetLimits, way?: Way | undefined) {
    this.#limits = limits;
    this.#patience = new Patience(limits.idleMs);
    this.#opened = openPool(origin, limits, way).then((open) => {
      this.#open = open;
    });
    // The first request reports it.
    this.#opened.catch(() => {});
  }

  /** Sends one request of this server. */
  get(signed: SignedGet, taker: GetTaker): void {
    let idleMs: number;
    try {
      idleMs = this.#patience.begin();
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      taker.failed('lasting');
      return;
    }
    const get = new Get(taker, idleMs, this.#limits.maxBytes, (how) => this.#ended(get, how));
    this.#active.add(get);
    this.#look ??= this.#watch();
    if (this.#open !== undefined) send(this.#open, signed, get);
    else
      this.#opened.then(
        () => this.#open && send(this.#open, signed, get),
        (error: Error) => get.onError(error),
      );
  }

  /** Gives up all that is under way. */
  abandon(): void {
    for (const get of [...this.#active]) get.abandon();
  }

  /** Ends its connections, and the requests under way on them. */
  async close(): Promise<void> {
    clearInterval(this.#look);
    await this.#opened;
    await this.#open?.pool.destroy();
  }

  #watch(): NodeJS.Timeout {
    const look = (): void => {
      const now = performance.now();
      for (const get of this.#active) get.look(now);
    };
    return setInterval(look, Math.min(LONGEST_LOOK, this.#limits.idleMs / LOOKS)).unref();
  }

  #ended(get: Get, how: 'answered' | 'late' | 'failed'): void {
    this.#active.delete(get);
    if (how === 'answered') this.#patience.answered();
    else if (how === 'late') this.#patience.unanswered();
    if (this.#active.size > 0) return;
    clearInterval(this.#look);
    this.#look = undefined;
  }
}

function send({ pool, passed }: OpenedPool, signed: SignedGet, get: Get): void {
  const { path, headers } = passed === undefined ? signed : writtenFor(passed, signed);
  pool.dispatch({ method: 'GET', path, headers }, get);
}

/** One GET on its way. Events after it was settled are ignored. */
class Get implements Dispatcher.DispatchHandler {
  readonly #taker: GetTaker;
  readonly #idleMs: number;
  readonly #maxBytes: number;
  readonly #ended: (how: 'answered' | 'late' | 'failed') => void;
  #abort: ((error?: Error) => void) | undefined;
  /** When this try is late; infinite while it waits for a connection or for room. */
  #deadline = Number.POSITIVE_INFINITY;
  #clock: BodyClock | undefined;
  /** Of the body that may come; undefined before it may, and for an answer that is no object. */
  #length: number | undefined;
  #bytes: Buffer | undefined;
  #versionId: string | undefined;
  #head: readonly Buffer[] = [];
  #filled = 0;
  /** The meaning of an answer that is no object. */
  #failure: GetFailure | undefined;
  #isSettled = false;

  constructor(
    taker: GetTaker,
    idleMs: number,
    maxBytes: number,
    ended: (how: 'answered' | 'late' | 'failed') => void,
  ) {
    this.#taker = taker;
    this.#idleMs = idleMs;
    this.#maxBytes = maxBytes;
    this.#ended = ended;
  }

  /** Ends it where it is late. */
  look(now: number): void {
    if (now > this.#deadline) this.#stop('lasting', 'late');
  }

  abandon(): void {
    this.#stop('lasting', 'failed');
  }

  onConnect(abort: (error?: Error) => void): void {
    this.#abort = abort;
    if (this.#isSettled) {
      abort(new Error('nobody waits for the answer'));
      return;
    }
    this.#deadline = performance.now() + this.#idleMs;
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    if (this.#isSettled) return true;
    // 100 and its like come before the answer itself.
    if (status < 200) return true;
    this.#deadline = performance.now() + this.#idleMs;
    if (status !== 200) {
      this.#failure = status === 503 || status === 429 ? 'congested' : status >= 500 ? 'passing' : 'lasting';
      this.#clock = new BodyClock(this.#idleMs, OTHER_TIMES * this.#idleMs);
      return true;
    }
    const head = readHead(raw);
    if (head === undefined || head.length > this.#maxBytes) {
      this.#stop('lasting', 'failed');
      return true;
    }
    this.#versionId = head.versionId;
    this.#head = raw;
    const { length } = head;
    const begin = (): void => {
      this.#length = length;
      this.#clock = new BodyClock(this.#idleMs, OBJECT_TIMES * this.#idleMs);
      this.#deadline = performance.now() + this.#idleMs;
    };
    this.#deadline = Number.POSITIVE_INFINITY;
    const isAdmitted = this.#taker.admit(length, () => {
      if (this.#isSettled) return;
      begin();
      // Room may be made within another answer's callback, where undici lets no connection go on.
      queueMicrotask(resume);
    });
    if (isAdmitted) begin();
    return isAdmitted;
  }

  onData(chunk: Buffer): boolean {
    if (this.#isSettled) return true;
    this.#deadline = performance.now() + this.#idleMs;
    const length = this.#length;
    if (this.#filled + chunk.length > (length ?? MOST_DRAINED)) {
      this.#stop(this.#failure ?? 'passing', 'failed');
      return true;
    }
    // A small object comes as one piece, which nobody else uses: it need not be copied.
    if (this.#filled === 0 && chunk.length === length) this.#bytes = chunk;
    else if (length !== undefined) {
      this.#bytes ??= Buffer.allocUnsafeSlow(length);
      chunk.copy(this.#bytes, this.#filled);
    }
    this.#filled += chunk.length;
    if (this.#clock?.isTooSlow(this.#filled) === true) this.#stop(this.#failure ?? 'lasting', 'late');
    return true;
  }

  onComplete(): void {
    if (this.#isSettled) return;
    if (this.#length !== undefined && this.#filled === this.#length) {
      this.#settle('answered');
      this.#taker.done(this.#bytes ?? EMPTY, this.#versionId, this.#head);
    } else {
      this.#settle(this.#failure === undefined ? 'failed' : 'answered');
      this.#taker.failed(this.#failure ?? 'passing');
    }
  }

  onError(error: Error): void {
    if (this.#isSettled) return;
    const isLate = 'code' in error && error.code === 'UND_ERR_CONNECT_TIMEOUT';
    this.#settle(isLate ? 'late' : 'failed');
    if (isLate) this.#taker.failed('lasting');
    else this.#taker.failed(isCongestion(error) ? 'congested' : 'passing');
  }

  #stop(failure: GetFailure, how: 'late' | 'failed'): void {
    if (this.#isSettled) return;
    this.#settle(how);
    this.#taker.failed(failure);
    this.#abort?.(new Error('the answer was not taken'));
  }

  #settle(how: 'answered' | 'late' | 'failed'): void {
    this.#isSettled = true;
    this.#ended(how);
  }
}

/** The length and version of a whole object; undefined for a part, for no length, and for any of these said twice. */
function readHead(raw: readonly Buffer[]): { length: number; versionId: string | undefined } | undefined {
  let length: number | undefined;
  let versionId: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at];
    // Three lengths of names: nearly all others are seen not to be meant by that alone.
    if (name?.length !== 14 && name?.length !== 13 && name?.length !== 16) continue;
    switch (name.toString('latin1').toLowerCase()) {
      case 'content-length': {
        const text = raw[at + 1]?.toString('latin1') ?? '';
        if (length !== undefined || !/^\d{1,15}$/.test(text)) return undefined;
        length = Number(text);
        break;
      }
      case 'content-range':
        return undefined;
      case 'last-modified':
        // A time that no date can say is no answer of S3's.
        if (knownTime(Date.parse(raw[at + 1]?.toString('latin1') ?? '')) === undefined) return undefined;
        break;
      case 'x-amz-version-id':
        if (versionId !== undefined || (raw[at + 1]?.length ?? 0) > LONGEST_VERSION_ID) return undefined;
        versionId = raw[at + 1]?.toString('latin1') ?? '';
        break;
    }
  }
  return length === undefined ? undefined : { length, versionId };
}
