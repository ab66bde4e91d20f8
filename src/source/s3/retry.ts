import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { classifyFailure, failureAttempts } from '../../aws/failure.ts';
import { AnswerNotUnderstoodError, NoAnswerError, SILENT_TRIES } from '../../aws/patience.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { type ObjectRef, objectUri } from '../source.ts';

/** The first pause; each later one may be twice as long. */
const BASE_PAUSE = 200;
const LONGEST_PAUSE = 10_000;

/** How often and when to try again. */
interface RetryRules {
  /** How many tries in all. */
  readonly tries: number;
  /** Whether a failure may pass by itself. */
  readonly mayPass: (error: unknown) => boolean;
}

/**
 * Calls until it succeeds, the tries are used up or the failure is a lasting one; throws the last failure. Pauses
 * grow and are drawn at random ("full jitter"), so that many readers do not come back at the same moment.
 */
export async function withRetries<Result>(rules: RetryRules, call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= rules.tries || !rules.mayPass(error)) throw error;
      await delay(Math.random() * Math.min(LONGEST_PAUSE, BASE_PAUSE * 2 ** attempt));
    }
  }
}

/** How often one thing is asked for in all where its body breaks off each time. */
const BODY_TRIES = 5;

/** The same where the answer is none that S3 gives, as from a proxy that is just starting. */
const STRANGE_TRIES = 3;

/** Rules for one object or one page of a listing. A try of the SDK is several already, until its retry quota is spent; a lean one is one. */
export function readRules(maxAttempts: number, reads: 'lean' | 'sdk'): RetryRules {
  const passingTries = reads === 'lean' ? maxAttempts : BODY_TRIES;
  let broken = 0;
  let passing = 0;
  let silent = 0;
  let strange = 0;
  const mayPass = (error: unknown): boolean => {
    if (error instanceof NoAnswerError) return false;
    if (error instanceof AnswerNotUnderstoodError) {
      strange += 1;
      return strange < STRANGE_TRIES;
    }
    const isLate = error instanceof IncompleteBodyError && error.isLate;
    if (isLate || (error instanceof Error && error.name === 'TimeoutError')) {
      silent += 1;
      if (silent >= SILENT_TRIES) return false;
    }
    if (error instanceof IncompleteBodyError) {
      broken += 1;
      return broken < BODY_TRIES;
    }
    passing += 1;
    return passing < passingTries && gaveUpEarly(error, maxAttempts);
  };
  return { tries: Number.POSITIVE_INFINITY, mayPass };
}

/** True for a failure that may pass and that the SDK left off retrying before its tries were used up. */
function gaveUpEarly(error: unknown, maxAttempts: number): boolean {
  if (error instanceof NoAnswerError) return false;
  const failure = classifyFailure(error);
  return (failure === 'passing' || failure === 'network') && failureAttempts(error) < maxAttempts;
}

/** A body that did not arrive whole: cut off, reset or stalled. It is never judged, only asked for again. */
export class IncompleteBodyError extends Error {
  /** Whether it took too long. */
  readonly isLate: boolean;

  constructor(message: string, cause?: unknown, isLate = false) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'IncompleteBodyError';
    this.isLate = isLate;
  }
}

/** The slowest body that is waited for, in bytes per second: a server may not hold a reader by one byte at a time. */
const SLOWEST_BODY = 16 * 1024;

/** What the body of an object may take in all, and every other body, as multiples of the silence that is allowed. */
export const OBJECT_TIMES = 20;
export const OTHER_TIMES = 2;

/** Tells a body that trickles from one that comes. */
export class BodyClock {
  readonly #begun = performance.now();
  readonly #idleMs: number;
  readonly #mostMs: number;

  /** Begins now; `idleMs` milliseconds are free, and it is over after `mostMs`. */
  constructor(idleMs: number, mostMs: number) {
    this.#idleMs = idleMs;
    this.#mostMs = mostMs;
  }

  /** Whether `bytes` are too few for the time since. */
  isTooSlow(bytes: number): boolean {
    const since = performance.now() - this.#begun;
    return since > Math.min(this.#mostMs, this.#idleMs + (bytes / SLOWEST_BODY) * 1000);
  }
}

/**
 * Reads a response body of a known length (bytes) into one buffer of exactly that length. Rejects with
 * IncompleteBodyError where it is shorter or longer, breaks off, trickles, or nothing arrives for `idleMs` milliseconds.
 * The caller bounds `length`, for it is allocated at once.
 */
export function readBody(body: Readable, length: number, idleMs: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // Not from the shared pool: the bytes may be handed to another thread.
    const bytes = Buffer.allocUnsafeSlow(length);
    const clock = new BodyClock(idleMs, OBJECT_TIMES * idleMs);
    let filled = 0;
    const fail = (message: string, cause?: unknown, isLate = false): void => {
      clearTimeout(idle);
      reject(new IncompleteBodyError(message, cause, isLate));
      body.destroy();
    };
    const idle = setTimeout(
      () => fail(`nothing arrived for ${idleMs} ms after ${filled} of ${length} bytes`, undefined, true),
      idleMs,
    );
    body.on('data', (chunk: Buffer) => {
      idle.refresh();
      if (filled + chunk.length > length) fail(`more than the announced ${length} bytes arrived`);
      else filled += chunk.copy(bytes, filled);
      if (clock.isTooSlow(filled))
        fail(`${filled} of ${length} bytes arrived, and too slowly`, undefined, true);
    });
    body.on('end', () => {
      clearTimeout(idle);
      if (filled === length) resolve(bytes);
      else fail(`the body ended after ${filled} of ${length} bytes`);
    });
    body.on('error', (error: Error) =>
      fail(`the connection broke after ${filled} of ${length} bytes`, error),
    );
    // Without this a stream that is destroyed without an error would leave the promise open for ever.
    body.on('close', () => fail(`the connection closed after ${filled} of ${length} bytes`));
  });
}

/**
 * The announced length (bytes) of an object's body, checked before any of it is held. Throws IncompleteBodyError where
 * none is announced, and OBJECT_TOO_LARGE above `maxBytes`.
 */
export function bodyLength(ref: ObjectRef, announced: number | undefined, maxBytes: number): number {
  // Without its length a cut-off body cannot be told from a whole one.
  if (announced === undefined) throw new IncompleteBodyError('the body was sent without its length');
  if (announced <= maxBytes) return announced;
  throw new TrailVerifyError(
    'OBJECT_TOO_LARGE',
    `${objectUri(ref)} is larger than ${maxBytes} bytes: ${announced}`,
    { hint: 'CloudTrail writes no file of that size: see what it is, and who wrote it' },
  );
}
