import { TrailVerifyError } from '../base/errors.ts';
import { isUntrusted, ProxyError } from './network/network-failure.ts';

/**
 * The kind of failure of a call to AWS, by the error's name, status and words. The SDK's errors have `name` (the service's
 * error code), `$metadata.httpStatusCode` and, for the network's own errors, `code`.
 */

/** The kinds of failure that the program treats differently. */
type AwsFailure = 'credentials' | 'denied' | 'network' | 'passing' | 'other';

interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number | undefined;
    readonly attempts?: number | undefined;
  };
}

/** Without these no call succeeds, wherever it goes. */
const CREDENTIAL_ERRORS: ReadonlySet<string> = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidSignatureException',
  'InvalidToken',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'MissingSecurityHeader',
  'NotSignedUp',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'TokenRefreshRequired',
]);

const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalFailure',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** Words of S3, and of the machine, where fewer requests at once would fare better. */
const CONGESTION: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

const NETWORK_ERRORS: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETUNREACH',
  'ENFILE',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ETIMEDOUT',
]);

/** The service's error code, such as `NoSuchKey`; '' for an error that is none of the SDK. */
export function failureName(error: unknown): string {
  const name = sdkError(error).name;
  return typeof name === 'string' ? name : '';
}

/** The HTTP status of the answer; undefined where there was none. */
export function failureStatus(error: unknown): number | undefined {
  return sdkError(error).$metadata?.httpStatusCode;
}

/** How many tries the SDK made before it gave up; 1 where it does not say. */
export function failureAttempts(error: unknown): number {
  return sdkError(error).$metadata?.attempts ?? 1;
}

/** Whether fewer requests at once would fare better: S3 throttles, or this machine has no connection or file left. */
export function isCongestion(error: unknown): boolean {
  const { code } = sdkError(error);
  const status = failureStatus(error);
  const isNamed = CONGESTION.has(failureName(error)) || (typeof code === 'string' && CONGESTION.has(code));
  return isNamed || status === 429 || status === 503;
}

/** The service's or the network's own words, on one line and of bounded length, without the request's id. */
export function failureText(error: unknown): string {
  const { message, code } = sdkError(error);
  const words = typeof message === 'string' && message !== '' ? message : String(code ?? failureName(error));
  return words.replace(/\s+/g, ' ').slice(0, 500);
}

/** Which kind of failure an error of an AWS call is. */
export function classifyFailure(error: unknown): AwsFailure {
  const name = failureName(error);
  const status = failureStatus(error);
  const { code } = sdkError(error);
  if (error instanceof TrailVerifyError && error.code === 'CREDENTIALS') return 'credentials';
  if (CREDENTIAL_ERRORS.has(name) || status === 401) return 'credentials';
  if (PASSING_ERRORS.has(name) || status === 429 || (status !== undefined && status >= 500)) return 'passing';
  if (
    name === 'TimeoutError' ||
    name === 'NoAnswer' ||
    error instanceof ProxyError ||
    isUntrusted(error) ||
    (typeof code === 'string' && NETWORK_ERRORS.has(code))
  )
    return 'network';
  if (name.startsWith('AccessDenied') || name === 'UnauthorizedOperation' || status === 403) return 'denied';
  return 'other';
}

/** The error that ends a run because AWS does not accept, or there are no, credentials (in the profile that was named). */
export function credentialsError(error: unknown, profile?: string): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const name = failureName(error);
  const place = profile === undefined ? '' : ` in profile ${profile}`;
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return new TrailVerifyError('CREDENTIALS', `no usable AWS credentials${place}: ${failureText(error)}`, {
      hint: 'set AWS_PROFILE or --profile, log in again with "aws sso login", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      cause: error,
    });
  }
  const expired = /^(Expired|TokenRefresh|RequestExpired)/.test(name);
  const hint = expired
    ? 'log in again or fetch new temporary credentials'
    : name === 'RequestTimeTooSkewed'
      ? "set this machine's clock: AWS refuses requests whose time is wrong"
      : 'check which credentials are in use with "aws sts get-caller-identity"';
  return new TrailVerifyError('CREDENTIALS', `AWS refuses the credentials: ${failureText(error)} (${name})`, {
    hint,
    cause: error,
  });
}

function sdkError(error: unknown): SdkError {
  // Every field is optional and read as unknown, so any object may be here.
  return typeof error === 'object' && error !== null ? (error as SdkError) : {};
}

/** The fault of an answer itself, whatever service it came from: it came too late, or cannot be read as an answer. */

/** An answer that is not one of the service's own: another status, another document, a part. It is nobody's word on anything. */
export class AnswerNotUnderstoodError extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly attempts: number };

  constructor(message: string, status = 200) {
    super(message);
    this.name = 'AnswerNotUnderstood';
    this.$metadata = { httpStatusCode: status, attempts: 1 };
  }
}

/** No whole answer in time, and no further try: a name that the SDK does not retry by. */
export class NoAnswerError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NoAnswer';
  }
}

/** The error of a try that had no answer within its time; the SDK, too, tries again by its name. */
export function timeoutError(message: string, cause?: unknown): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  error.name = 'TimeoutError';
  return error;
}

/** How often one thing is asked for in all where no answer comes in time. */
export const SILENT_TRIES = 3;

/** After so many unanswered tries in a row a server has less time for each. */
const FEW = 8;
const SHORTER = 6;
const SHORTEST = 1000;
/** After so many nothing is asked any more but one probe now and then; above the number of requests in flight. */
const MANY = 512;
const PROBE_EVERY = 30_000;

/**
 * How long one server is waited for. A server that answers nothing must end a run in a known time, however much there is to
 * ask. So it has less time after eight unanswered tries in a row, and after 512 it is asked only once in half a minute. One
 * whole answer gives it all its time back.
 */
export class Patience {
  readonly #fullMs: number;
  #unanswered = 0;
  #nextProbe = 0;

  constructor(fullMs: number) {
    this.#fullMs = fullMs;
  }

  /** Milliseconds that the next try may take to the end of its headers. Throws NoAnswerError where none is made. */
  begin(): number {
    if (this.#unanswered < FEW) return this.#fullMs;
    const now = performance.now();
    if (this.#unanswered >= MANY) {
      if (now < this.#nextProbe)
        throw new NoAnswerError(`the server left the last ${MANY} requests without an answer`);
      this.#nextProbe = now + PROBE_EVERY;
    }
    return Math.min(this.#fullMs, Math.max(SHORTEST, this.#fullMs / SHORTER));
  }

  /** A whole answer came, with any content. */
  answered(): void {
    this.#unanswered = 0;
  }

  /** No whole answer came in time. */
  unanswered(): void {
    this.#unanswered += 1;
    if (this.#unanswered === MANY) this.#nextProbe = performance.now() + PROBE_EVERY;
  }
}

/** One patience for each server of a session, shared by all its clients. */
export function patienceByServer(fullMs: number): (origin: string) => Patience {
  const known = new Map<string, Patience>();
  return (origin) => {
    const patience = known.get(origin) ?? new Patience(fullMs);
    known.set(origin, patience);
    return patience;
  };
}

/** Requests whose tries are remembered: far more than are under way at once. */
const MOST_KNOWN = 10_000;

/** Bounds what all tries of one request take together, however each of them ends; milliseconds. */
export class TimeOfTries {
  readonly #mostMs: number;
  readonly #spent = new Map<string, number>();

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  /**
   * The part of `wanted` that a try may still take, in whole milliseconds, `running` of it being under way already. Throws
   * NoAnswerError where nothing is left.
   */
  most(request: string, wanted: number, running = 0): number {
    const left = this.#mostMs - (this.#spent.get(request) ?? 0) - running;
    // Whole milliseconds, because a message names them.
    if (left > 0) return Math.ceil(Math.min(wanted, left));
    throw new NoAnswerError(`no whole answer came within ${this.#mostMs} ms of trying`);
  }

  /** A try is over, and others may follow. */
  took(request: string, milliseconds: number): void {
    if (request === '') return;
    const spent = (this.#spent.get(request) ?? 0) + milliseconds;
    this.#spent.delete(request);
    this.#spent.set(request, spent);
    const [oldest] = this.#spent.keys();
    if (this.#spent.size > MOST_KNOWN && oldest !== undefined) this.#spent.delete(oldest);
  }

  /** No further try follows. */
  ended(request: string): void {
    this.#spent.delete(request);
  }
}
