import {
  checkDocument,
  count,
  documentOf,
  list,
  object,
  oneOf,
  pattern,
  type Schema,
  sha256,
  text,
} from '../base/document-schema.ts';
import { VERSION } from '../base/version.ts';
import { PLAN_NAME } from './address.ts';

/**
 * What is in the store. A job names a plan and a shard of it, and nothing else: no place, no target, no option. Results are files of
 * the plan and never go through the store. Names of queues hold the version, so that no other version takes a job.
 */

/** The queue of shards: workers of this version serve it, whatever the plan. */
export const SHARD_QUEUE: string = `trail-verify-shards-${VERSION}`;

/** The queue of a run and its accounts, which only who coordinates that plan serves. */
export function runQueueOf(plan: string): string {
  return `trail-verify-run-${VERSION}-${plan.slice(0, 32)}`;
}

/** The job of one shard. */
export interface ShardJob {
  /** The name of the plan: one segment of a path, below the place that a worker serves. */
  readonly plan: string;
  /** SHA-256 of its `plan.json`. */
  readonly sha256: string;
  readonly shard: number;
}

const shardJobSchema: () => Schema<ShardJob> = documentOf<ShardJob>()(() =>
  object({ plan: pattern(PLAN_NAME), sha256: sha256(), shard: count() }),
);

/** The shard that a job names; in words what is wrong with one that no command of this version made. */
export function readShardJob(data: unknown): { readonly value: ShardJob } | { readonly problem: string } {
  return checkDocument(shardJobSchema(), data);
}

/** What a worker says of a shard that is done with: for people, because the result itself is in the plan. */
export interface ShardDone {
  /** As of a kept result; `there` where it was there before anything was read. */
  readonly kept: 'first' | 'same' | 'another' | 'differs' | 'there';
  readonly digests: number;
}

/** What is known of an account whose shards are done with: those without a result, with the reason of some. */
export interface AccountDone {
  readonly failed: readonly { readonly shard: number; readonly reason: string }[];
}

/** The longest reason that is kept of a failure, and how many are kept. */
export const LONGEST_REASON = 300;
export const MOST_REASONS = 50;

const accountDoneSchema: () => Schema<AccountDone> = documentOf<AccountDone>()(() =>
  object({ failed: list(object({ shard: count(), reason: text() }), { most: MOST_REASONS }) }),
);

/** The same, as it is read from the store; undefined where it is nothing of the kind. */
export function readAccountDone(value: unknown): AccountDone | undefined {
  const checked = checkDocument(accountDoneSchema(), value);
  return 'value' in checked ? checked.value : undefined;
}

/** The steps of a job that has others below it. */
export interface TreeJob {
  readonly step: 'add' | 'wait';
}

const treeJobSchema: () => Schema<TreeJob> = documentOf<TreeJob>()(() =>
  object({ step: oneOf(['add', 'wait'] as const) }),
);

/** The step of such a job; undefined where its data is nothing of the kind. */
export function readTreeJob(data: unknown): TreeJob | undefined {
  const checked = checkDocument(treeJobSchema(), data);
  return 'value' in checked ? checked.value : undefined;
}

/** How the engine waits, all from one measure: for how many milliseconds a shard is its worker's without a sign of life. */
export interface Pace {
  /** Of the lock. */
  readonly lock: number;
  /** Before the first retry, doubled with each. */
  readonly backoff: number;
  /** Without a shard taken before that is said. */
  readonly silence: number;
  /** Without anything new before that is said. */
  readonly still: number;
}

/** The pace for a lock of so many seconds. */
export function paceOf(seconds: number): Pace {
  const lock = seconds * 1000;
  return { lock, backoff: lock / 6, silence: lock / 2, still: 10 * lock };
}

/** Readings of a shard that fail before it has failed for good. */
export const ATTEMPTS = 5;
/** Workers that may be lost over one shard. */
export const MOST_STALLED = 3;
/** Starts of one shard, for whatever reason they came to nothing: a shard that ends its workers is nobody's any more. */
export const MOST_STARTED = 12;

/** The options of a shard's job. */
export function shardJobOptions(pace: Pace): {
  readonly attempts: number;
  readonly backoff: { readonly type: 'exponential'; readonly delay: number };
  readonly ignoreDependencyOnFailure: true;
  readonly removeOnComplete: true;
  readonly removeOnFail: true;
  readonly stackTraceLimit: 0;
} {
  return {
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: pace.backoff },
    ignoreDependencyOnFailure: true,
    removeOnComplete: true,
    removeOnFail: true,
    stackTraceLimit: 0,
  };
}
