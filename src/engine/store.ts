import { setTimeout as delay } from 'node:timers/promises';
import type { IQueueBackend, Job, Processor, Queue, Worker, WorkerOptions } from 'bullmq';
import { messageOf, TrailVerifyError } from '../base/errors.ts';
import type { StoreAddress } from './address.ts';
import { type BullMq, loadBullMq, missingDriver, notInstalled } from './load.ts';

/**
 * A store of jobs with BullMQ on it, be it Redis or PostgreSQL. Whoever can write there is trusted with nothing: what comes from it
 * is checked where it is used. Errors of the store never end a run: it may come back.
 */

/** A queue, whatever its jobs hold. */
export type EngineQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend, object>;
/** A worker of it. */
export type EngineWorker = Worker<unknown, unknown, string, IQueueBackend, never, object>;
/** A job: its data is whatever somebody wrote into the store. */
export type EngineJob = Job<unknown, unknown, string>;

/** An open store. */
export interface EngineStore {
  readonly bullMq: BullMq;
  readonly shown: string;
  queue(name: string): EngineQueue;
  worker(name: string, process: Processor<unknown, unknown, string>, more: MoreOptions): EngineWorker;
  /** Resolves with what `ask` gives; rejects where the store gives no answer in time. */
  ask<Answer>(ask: () => Promise<Answer>): Promise<Answer>;
  close(): Promise<void>;
}

type MoreOptions = Omit<WorkerOptions<object>, 'connection'>;

/** What the owner of a store wants to know of it. */
export interface StoreWatch {
  /** The store is away, for that reason, or back. Said once each. */
  readonly onAway: (why: string) => void;
  readonly onBack: () => void;
  /** It answers, and refuses what is asked of it, for that reason. Said once for each reason. */
  readonly onRefused: (why: string) => void;
  /** It cannot be used by this program, now or later. */
  readonly onFatal: (error: TrailVerifyError) => void;
}

/** Milliseconds: the first answer of a store, and every other. */
const FIRST_ANSWER = 10_000;
const ANSWER = 5_000;
/** As long as a command ends well without the store. */
const FAREWELL = 3_000;

/**
 * Opens a store, and brings the schema of PostgreSQL up to date. Throws UNREACHABLE where it does not answer, CONFIGURATION where a
 * package is missing or the store is not for this version.
 */
export async function openStore(
  { kind, url, shown }: StoreAddress,
  watch: StoreWatch,
  warn: (text: string) => void,
): Promise<EngineStore> {
  const bullMq = await loadBullMq(kind);
  const health = new StoreHealth(bullMq, shown, watch);
  const opened: (EngineQueue | EngineWorker)[] = [];
  const connect = kind === 'redis' ? redisFactory(bullMq, url) : postgresFactory(bullMq, url);
  const first = await firstQueue(connect, { shown, kind });
  opened.push(first);
  first.on('error', () => {});
  try {
    await within(FIRST_ANSWER, ready(first));
    if (kind === 'redis') await within(FIRST_ANSWER, lookAtRedis(first, warn));
  } catch (error) {
    await closeAll(opened);
    throw notReached(error, shown);
  }
  first.on('error', health.note);
  return {
    bullMq,
    shown,
    queue: (name) => {
      const queue = connect.queue(name, false);
      opened.push(queue);
      queue.on('error', health.note);
      return queue;
    },
    worker: (name, process, more) => {
      const worker = connect.worker(name, process, more);
      opened.push(worker);
      worker.on('error', health.note);
      return worker;
    },
    ask: async (ask) => {
      try {
        const answer = await within(ANSWER, ask());
        health.answered();
        return answer;
      } catch (error) {
        health.note(error);
        throw error;
      }
    },
    close: () => closeAll(opened),
  };
}

/** Makes queues and workers of one kind of store. */
interface Factory {
  queue(name: string, isFirst: boolean): EngineQueue;
  worker(name: string, process: Processor<unknown, unknown, string>, more: MoreOptions): EngineWorker;
}

/** Longest pause between two attempts to connect, in milliseconds. */
const LONGEST_PAUSE = 2_000;

function redisFactory({ Queue, Worker }: BullMq, url: string): Factory {
  const connection = {
    url,
    maxRetriesPerRequest: null,
    connectTimeout: FIRST_ANSWER,
    retryStrategy: (times: number): number => Math.min(LONGEST_PAUSE, 100 * times),
  };
  // Its own words on versions and on the policy of the memory go to the console: ours are below.
  const options = { connection, skipVersionCheck: true };
  return {
    queue: (name) => new Queue(name, options) as unknown as EngineQueue,
    worker: (name, process, more) =>
      new Worker(name, process, { ...options, ...more }) as unknown as EngineWorker,
  };
}

function postgresFactory({ Queue, Worker, createPostgresBackend }: BullMq, url: string): Factory {
  const connection = { connectionString: url, connectionTimeoutMillis: ANSWER };
  return {
    // Once, by the first: any other finds the schema as it must be.
    queue: (name, isFirst) =>
      new Queue(
        name,
        { connection: isFirst ? { ...connection, migrate: true } : connection },
        createPostgresBackend,
      ) as unknown as EngineQueue,
    worker: (name, process, more) =>
      new Worker(name, process, { connection, ...more }, createPostgresBackend) as unknown as EngineWorker,
  };
}

async function firstQueue(
  connect: Factory,
  { shown, kind }: Pick<StoreAddress, 'shown' | 'kind'>,
): Promise<EngineQueue> {
  try {
    return connect.queue('trail-verify', true);
  } catch (error) {
    const driver = missingDriver(error);
    throw driver === undefined ? notReached(error, shown) : notInstalled(driver, kind, error);
  }
}

/** Resolves when a queue is connected; rejects with the first error of it, for a client of Redis tries for ever. */
async function ready(queue: EngineQueue): Promise<void> {
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  queue.on('error', fail);
  try {
    await Promise.race([queue.waitUntilReady(), failed]);
  } finally {
    queue.off('error', fail);
  }
}

/** Oldest Redis that has all commands that are used. */
const OLDEST_REDIS = 6;

async function lookAtRedis(queue: EngineQueue, warn: (text: string) => void): Promise<void> {
  const backend = queue.getBackend() as unknown as {
    readonly connection: { readonly client: Promise<{ info(): Promise<string> }> };
  };
  const text = await (await backend.connection.client).info();
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:([\\w.-]{1,40})\\s*$`, 'm').exec(text)?.[1];
  const version = field('redis_version');
  if (version !== undefined && Number(version.split('.')[0]) < OLDEST_REDIS)
    throw new TrailVerifyError('CONFIGURATION', `Redis ${version} is too old`, {
      hint: 'use Redis 6.2 or newer',
    });
  const policy = field('maxmemory_policy');
  if (policy !== undefined && policy !== 'noeviction')
    warn(`Redis has maxmemory-policy ${policy} and may drop jobs: set it to noeviction`);
}

/** Takes note of whether a store answers, and says it once when that changes. */
class StoreHealth {
  readonly #fatal: readonly (new (
    ...given: never[]
  ) => Error)[];
  readonly #shown: string;
  readonly #watch: StoreWatch;
  readonly #refusals = new Set<string>();
  #isAway = false;

  constructor(
    { SchemaMigrationRequiredError, SchemaVersionMismatchError }: BullMq,
    shown: string,
    watch: StoreWatch,
  ) {
    this.#fatal = [SchemaMigrationRequiredError, SchemaVersionMismatchError];
    this.#shown = shown;
    this.#watch = watch;
  }

  readonly note = (error: unknown): void => {
    // BullMQ would ask again at once and for ever.
    if (this.#fatal.some((kind) => error instanceof kind)) {
      this.#watch.onFatal(notReached(error, this.#shown));
      return;
    }
    const reason = reasonOf(error);
    // A lock that was lost is no trouble of the store: another has the shard.
    if (JOB_TROUBLE.test(reason)) return;
    if (!TROUBLE.test(reason)) this.#refused(reason);
    else if (!this.#isAway) {
      this.#isAway = true;
      this.#watch.onAway(reason);
    }
  };

  /** Rights that were taken away, no memory, a table that is gone: the next question may be answered, so it is neither away nor back. */
  #refused(reason: string): void {
    if (this.#refusals.has(reason) || this.#refusals.size >= MOST_REFUSALS) return;
    this.#refusals.add(reason);
    this.#watch.onRefused(reason);
  }

  answered(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#watch.onBack();
  }
}

const TROUBLE =
  /ECONN|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|EHOSTUNREACH|Connection is closed|terminat|starting up|shutting down|recovery mode|no answer|LOADING|timeout/i;

/** Of one job, as BullMQ words it. */
const JOB_TROUBLE =
  /^(?:Missing (?:lock|key) for |Lock mismatch for |could not renew lock for |Job .{0,200} is not in the )/;
/** Reasons that are said: who writes into a store may make up any number of them. */
const MOST_REFUSALS = 10;

/** The reason in one line; several addresses of one host are several errors, whose own text is empty. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const text = messageOf(error).replace(/\s*\n.*$/s, '');
  return (text === '' ? 'no answer' : text).slice(0, 200);
}

function notReached(error: unknown, shown: string): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const isSchema = error instanceof Error && error.name.startsWith('Schema');
  return new TrailVerifyError(
    isSchema ? 'CONFIGURATION' : 'UNREACHABLE',
    `the store ${shown} cannot be used: ${reasonOf(error)}`,
    {
      hint: isSchema
        ? 'use one version of BullMQ on one store, or another database'
        : 'look whether it runs there, and at user and password in --store',
      cause: error,
    },
  );
}

/** Resolves as `work`; rejects where that takes longer than so many milliseconds. */
export async function within<Answer>(time: number, work: Promise<Answer>): Promise<Answer> {
  const end = new AbortController();
  const late = delay(time, undefined, { signal: end.signal }).then(
    () => Promise.reject(new Error('no answer')),
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}

/** Closes what is open; a store that is away keeps nobody. */
async function closeAll(opened: readonly (EngineQueue | EngineWorker)[]): Promise<void> {
  const closed = Promise.all(opened.map((one) => one.close().catch(() => undefined)));
  await within(FAREWELL, closed).catch(() => undefined);
}
