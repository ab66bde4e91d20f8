import { setTimeout as delay } from 'node:timers/promises';
import { AnswerNotUnderstoodError, NoAnswerError, SILENT_TRIES } from '../../aws/answer-problem.ts';
import { classifyFailure, failureAttempts } from '../../aws/failure.ts';
import { IncompleteBodyError } from './body.ts';

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
