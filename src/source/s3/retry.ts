import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AnswerNotUnderstoodError,
  classifyFailure,
  credentialsError,
  failureAttempts,
  failureName,
  failureStatus,
  failureText,
  NoAnswerError,
  SILENT_TRIES,
} from '../../aws/failure.ts';
import { isLastingRefusal, networkHint } from '../../aws/network/network-failure.ts';
import { type ErrorCode, TrailVerifyError } from '../../base/errors.ts';
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
  let unexpected = 0;
  const mayPass = (error: unknown): boolean => {
    if (error instanceof NoAnswerError || isLastingRefusal(error)) return false;
    if (error instanceof AnswerNotUnderstoodError) {
      unexpected += 1;
      return unexpected < STRANGE_TRIES;
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

/** The most that the body of an object may take in all, and every other body, as multiples of the silence that is allowed. */
export const OBJECT_TIMES = 20;
export const OTHER_TIMES = 2;

/** Distinguishes a body that trickles from one that arrives. */
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
 * Reads a response body of a known length (bytes) into one buffer of exactly that length. Rejects as `takeBody`. The caller bounds
 * `length`, because it is allocated at once.
 */
export async function readBody(body: Readable, length: number, idleMs: number): Promise<Uint8Array> {
  // Not from the shared pool: the bytes may be handed to another thread.
  const bytes = Buffer.allocUnsafeSlow(length);
  await takeBody(body, { length, idleMs, mostMs: OBJECT_TIMES * idleMs }, (chunk, at) =>
    chunk.copy(bytes, at),
  );
  return bytes;
}

/**
 * Hands each piece of a response body of a known length (bytes) to `take`, with its place. Rejects with IncompleteBodyError where
 * the body is shorter or longer, breaks off, trickles, takes more than `mostMs` milliseconds, or nothing arrives for `idleMs`.
 */
export function takeBody(
  body: Readable,
  { length, idleMs, mostMs }: { readonly length: number; readonly idleMs: number; readonly mostMs: number },
  take: (chunk: Buffer, at: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const clock = new BodyClock(idleMs, mostMs);
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
      else {
        take(chunk, filled);
        filled += chunk.length;
      }
      if (clock.isTooSlow(filled))
        fail(`${filled} of ${length} bytes arrived, and too slowly`, undefined, true);
    });
    body.on('end', () => {
      clearTimeout(idle);
      if (filled === length) resolve();
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
  // Without its length nothing distinguishes a cut-off body from a whole one.
  if (announced === undefined) throw new IncompleteBodyError('the body was sent without its length');
  if (announced <= maxBytes) return announced;
  throw new TrailVerifyError(
    'OBJECT_TOO_LARGE',
    `${objectUri(ref)} is larger than ${maxBytes} bytes: ${announced}`,
    { hint: 'CloudTrail writes no file of that size: check its content, and who wrote it' },
  );
}

/** S3's codes for an object that is not there; `NotFound` is the SDK's name for a 404 without a body. */
const ABSENT: ReadonlySet<string> = new Set(['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'NotFound']);
/** Keys have 1,024 bytes at most (user guide, "Naming Amazon S3 objects"). */
const LONGEST_KEY = 1024;

/** The codes of S3 and KMS for an object that may be read but not be decrypted. */
const UNDECRYPTABLE = /\bkms:[A-Z]|\bKMS\b|[Cc]iphertext|customer master key|Server Side Encryption/;

/** A failed read of one object as the error that `Source.open` promises; the message is the same in every run. */
export function objectError(ref: ObjectRef, error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError)
    return error.code === 'UNREACHABLE' ? unreachable(ref, error) : error;
  const uri = objectUri(ref);
  const text = failureText(error);
  const fail = (code: ErrorCode, message: string, hint: string): TrailVerifyError =>
    new TrailVerifyError(code, `${uri} ${message}`, { hint, cause: error });
  switch (objectFailure(ref, error)) {
    case 'credentials':
      return credentialsError(error);
    case 'absent':
      return fail(
        'OBJECT_NOT_FOUND',
        'is not there',
        'look for it in other versions of the bucket and in backups',
      );
    case 'archived':
      return fail(
        'OBJECT_ARCHIVED',
        'is archived',
        'restore it with "aws s3api restore-object", then run again',
      );
    case 'undecryptable':
      return fail(
        'OBJECT_UNDECRYPTABLE',
        `cannot be decrypted: ${text}`,
        'grant kms:Decrypt on the key, and see that the key is enabled',
      );
    case 'denied':
      return fail(
        'OBJECT_DENIED',
        `may not be read: ${text}`,
        'grant s3:GetObject on it, and s3:ListBucket on the bucket so that S3 reports an absent object as absent',
      );
    default:
      return fail(
        'OBJECT_UNREACHABLE',
        `could not be read: ${text}`,
        networkHint(error) ?? 'run again; look at network, proxy and endpoint',
      );
  }
}

/** A failed listing as the error that `Source.list` and `Source.folders` promise. */
export function listingError(bucket: string, prefix: string, error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const uri = `s3://${bucket}/${prefix}`;
  const text = failureText(error);
  if (classifyFailure(error) === 'credentials') return credentialsError(error);
  if (isMissingBucket(error)) {
    return new TrailVerifyError('TARGET_NOT_FOUND', `there is no bucket ${bucket}`, {
      hint: "check the bucket's name, and the endpoint where it is not at AWS",
      cause: error,
    });
  }
  if (classifyFailure(error) === 'denied') {
    return new TrailVerifyError('ACCESS_DENIED', `${uri} may not be listed: ${text}`, {
      hint: `grant s3:ListBucket on arn:aws:s3:::${bucket}; a bucket with Requester Pays needs --request-payer`,
      cause: error,
    });
  }
  const isStrange = error instanceof AnswerNotUnderstoodError;
  return new TrailVerifyError('UNREACHABLE', `${uri} could not be listed: ${text}`, {
    hint: bucket.endsWith('--x-s3')
      ? 'directory buckets list their keys in no order: copy the trail into a general purpose bucket or a folder'
      : isStrange
        ? 'the server does not answer as S3 does: look at endpoint and proxy, then run again'
        : (networkHint(error) ?? 'check network, proxy and endpoint, then run again'),
    cause: error,
  });
}

type ObjectFailure = 'credentials' | 'absent' | 'archived' | 'undecryptable' | 'denied' | 'unreachable';

/** Whether an object is not there: S3 says so by a 404 alone. The words of another answer do not count. */
export function isAbsent(error: unknown): boolean {
  return failureStatus(error) === 404 && ABSENT.has(failureName(error));
}

/** A 404 from something else than S3 is nobody's word on a bucket; a name that S3 refuses can be no bucket's. */
function isMissingBucket(error: unknown): boolean {
  const name = failureName(error);
  const status = failureStatus(error);
  return (name === 'NoSuchBucket' && status === 404) || (name === 'InvalidBucketName' && status === 400);
}

function objectFailure({ key, versionId }: ObjectRef, error: unknown): ObjectFailure {
  const name = failureName(error);
  const status = failureStatus(error);
  const failure = classifyFailure(error);
  if (failure === 'credentials') return 'credentials';
  // A version that is a delete marker answers 405 (API reference, GetObject).
  const isMarker = versionId !== undefined && name === 'MethodNotAllowed' && status === 405;
  const isImpossible = name === 'KeyTooLongError' && Buffer.byteLength(key) > LONGEST_KEY;
  if (isAbsent(error) || isMarker || isImpossible) return 'absent';
  if (name === 'InvalidObjectState') return 'archived';
  const refused = status !== undefined && status >= 400 && status < 500;
  if (name.startsWith('KMS.') || (refused && UNDECRYPTABLE.test(failureText(error)))) return 'undecryptable';
  return failure === 'denied' ? 'denied' : 'unreachable';
}

/** STS or the endpoint did not answer while this object was read. */
function unreachable(ref: ObjectRef, error: TrailVerifyError): TrailVerifyError {
  return new TrailVerifyError('OBJECT_UNREACHABLE', `${objectUri(ref)} could not be read: ${error.message}`, {
    hint: error.hint,
    cause: error,
  });
}
