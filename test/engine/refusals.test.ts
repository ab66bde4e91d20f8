/** Stores that answer, and refuse what is asked of them: said once for each reason by both sides, and the run goes on when it is over. */
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { EngineRun, startTarget } from '../support/engine-run.ts';
import { type JobStore, POSTGRES, REDIS, type StoreKind } from '../support/job-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** As much of the driver as is used: it brings no types. */
interface Postgres {
  readonly Client: new (options: {
    readonly connectionString: string;
  }) => { connect(): Promise<void>; query(text: string): Promise<unknown>; end(): Promise<void> };
}

const pg: Postgres = createRequire(import.meta.url)('pg');

interface Refusal {
  readonly kind: StoreKind;
  /** The begin of its own words. */
  readonly words: string;
  refuse(store: JobStore): Promise<void>;
  allow(store: JobStore): Promise<void>;
}

async function redis(store: JobStore, ...words: readonly [string, ...string[]]): Promise<void> {
  const client = new Redis(store.url);
  try {
    await client.call(...words);
  } finally {
    client.disconnect();
  }
}

async function setReadOnly(store: JobStore, value: 'on' | 'off'): Promise<void> {
  const client = new pg.Client({ connectionString: store.url });
  await client.connect();
  try {
    await client.query('set default_transaction_read_only = off');
    await client.query(`alter database postgres set default_transaction_read_only = ${value}`);
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname is not null and pid <> pg_backend_pid()',
    );
  } finally {
    await client.end();
  }
}

const REFUSALS: readonly Refusal[] = [
  {
    kind: REDIS,
    words: 'NOPERM',
    refuse: (store) => redis(store, 'acl', 'setuser', 'default', '-evalsha', '-eval'),
    allow: (store) => redis(store, 'acl', 'setuser', 'default', '+@all'),
  },
  {
    kind: REDIS,
    words: 'OOM command not allowed',
    refuse: (store) => redis(store, 'config', 'set', 'maxmemory', '1'),
    allow: (store) => redis(store, 'config', 'set', 'maxmemory', '0'),
  },
  {
    kind: POSTGRES,
    words: 'cannot execute',
    refuse: (store) => setReadOnly(store, 'on'),
    allow: (store) => setReadOnly(store, 'off'),
  },
];

for (const { kind, words, refuse, allow } of REFUSALS) {
  if (kind.absent !== undefined) console.warn(`no ${kind.name} here: ${kind.absent}`);
  test.skipIf(kind.absent !== undefined)(`${kind.name}: ${words}`, { timeout: 180_000 }, async () => {
    const store = await kind.start();
    const target = await startTarget();
    const run = new EngineRun(target, store.url, temporaryFolder());
    try {
      await run.alone();
      run.strike([10], { kind: 'answer', latencyMs: 3_000 });
      const worker = await run.worker();
      const together = await run.verify('merged', '--shards', '4');
      await run.struck(1);
      await refuse(store);
      await worker.shows('error', `answers with an error: ${words}`);
      // Time for many more of the same.
      await delay(3_000);
      await allow(store);
      const { code, error } = await together.ended;
      expect(code).toBe(1);
      run.expectSame('merged');
      worker.child.kill('SIGINT');
      const told = `${error}${(await worker.ended).error}`.match(/answers with an error: .*/g) ?? [];
      expect(told.length).toBeLessThanOrEqual(2 * 10);
    } finally {
      await run.close();
      await store.close();
      await target.server.close();
    }
  });
}

test.skipIf(REDIS.absent !== undefined)('nothing new for long is said', { timeout: 180_000 }, async () => {
  const store = await REDIS.start();
  const target = await startTarget();
  const run = new EngineRun(target, store.url, temporaryFolder());
  try {
    const together = await run.verify('merged', '--shards', '4');
    await together.shows('error', 'nothing new for 20 s; the store says: 4 waiting, 0 being read; ');
  } finally {
    await run.close();
    await store.close();
    await target.server.close();
  }
});
