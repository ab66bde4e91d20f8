import { NoAnswerError } from './answer-problem.ts';

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
