import { NoAnswerError } from './answer-problem.ts';

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
