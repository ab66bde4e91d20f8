/**
 * One side of a run whose shards cost nothing: what is left is the store of jobs and the engine on it. Arguments: `drive` or `serve`, the
 * address of the store, and how many shards there are. Prints how long it took, in seconds.
 */
import { setFlagsFromString } from 'node:v8';
import { readStoreAddress } from '../src/engine/address.ts';
import { driveRun, forgetRun } from '../src/engine/drive.ts';
import { paceOf } from '../src/engine/jobs.ts';
import { serveShards } from '../src/engine/serve.ts';
import { type EngineStore, openStore } from '../src/engine/store.ts';
import { mustBe } from './row.ts';

// As bin/trail-verify.js does.
setFlagsFromString('--heap-growing-percent=50');

/** An account in 20 Regions by twelve months. */
const SHARDS_OF_ACCOUNT = 240;
/** As `--lock-seconds` has it. */
const PACE = paceOf(30);
const PLAN = 'b'.repeat(64);

// Written by rows/queue.ts, the only one who starts this.
const [, , side = '', url = '', count = ''] = process.argv;
const shards = Number(count);
const address = readStoreAddress(url);
if (address === undefined) throw new Error(`no store: ${url}`);
const fail = (why: string | Error): never => {
  throw new Error(`the store: ${String(why)}`);
};
const store = await openStore(
  address,
  { onAway: fail, onBack: () => {}, onRefused: fail, onFatal: fail },
  fail,
);

const began = performance.now();
await (side === 'drive' ? drive(store) : serve(store));
process.stdout.write(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));
await store.close();

async function drive(store: EngineStore): Promise<void> {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const accounts = all.map((shard) => String(Math.floor(shard / SHARDS_OF_ACCOUNT)).padStart(12, '1'));
  const { missing, reasons } = await driveRun({
    store,
    pace: PACE,
    work: { name: 'bench', sha256: PLAN, shards: accounts },
    isResumed: false,
    counting: async () => new Set(),
    // That each was read once, the other side counts.
    listed: async () => new Set(all),
    signal: new AbortController().signal,
    onProgress: () => {},
    onSilence: () => fail('no worker takes a shard'),
    onStandstill: () => fail('nothing goes on'),
  });
  mustBe('what is missing', [missing.length, reasons.size], [0, 0]);
  await forgetRun(store, PLAN);
}

async function serve(store: EngineStore): Promise<void> {
  const read = new Set<number>();
  const all = new AbortController();
  const { failed } = await serveShards({
    store,
    pace: PACE,
    shardsAtOnce: 1,
    untilEmpty: false,
    signal: all.signal,
    read: async ({ shard }) => {
      if (read.has(shard)) fail(`shard ${shard} came twice`);
      read.add(shard);
      // After this one is handed back as done.
      if (read.size === shards) setTimeout(() => all.abort(), 1000);
      return { kept: 'first', digests: 1 };
    },
    isFinal: () => true,
    onFailed: fail,
    onStuck: () => fail('shards nobody hands back'),
  });
  mustBe('the shards that were read and that failed', [read.size, failed], [shards, 0]);
}
