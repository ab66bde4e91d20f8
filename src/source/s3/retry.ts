import { setTimeout as delay } from 'node:timers/promises';

/** The first pause; each later one may be twice as long. */
const BASE_PAUSE = 200;
const LONGEST_PAUSE = 10_000;

/** How often and when to try again. */
export interface RetryRules {
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
