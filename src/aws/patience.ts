/** What is wrong with an answer itself, whatever service it came from: it came too late, or it is none that can be read. */

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
 * How long one server is waited for. A server that answers nothing must end a run in a known time, whatever there is to
 * ask: it has less time after eight unanswered tries in a row, and after 512 it is asked only once in half a minute. One
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

  /** A whole answer came, whatever it says. */
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

  /** What of `wanted` a try may still take, in whole milliseconds, `running` of it being under way already. Throws NoAnswerError where nothing is left. */
  most(request: string, wanted: number, running = 0): number {
    const left = this.#mostMs - (this.#spent.get(request) ?? 0) - running;
    // Whole milliseconds, for they are told.
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
