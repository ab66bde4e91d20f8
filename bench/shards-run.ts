/**
 * A process that plans, reads or merges shards of a computed trail through the library, with the plan in a folder: its arguments are the
 * number of accounts, the folder, how many shards are asked for, and the step. Prints how long the step took, in seconds.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { fixedClock } from '../src/base/clock.ts';
import { anyObject } from '../src/base/document-schema.ts';
import { openInventoryFile, openOverflowFile } from '../src/cli/io/line-file.ts';
import { resultName, resultStore } from '../src/cli/io/plan.ts';
import { keySigner } from '../src/pki/sign.ts';
import { makePlan } from '../src/scale/make-plan.ts';
import { type Plan, readPlan, windowOf } from '../src/scale/plan.ts';
import { readShard } from '../src/scale/read-shard.ts';
import { resultFile } from '../src/scale/result.ts';
import { ShardResults } from '../src/scale/shard-results.ts';
import type { Source } from '../src/source/source.ts';
import { openPlanFolder } from '../src/source/state/plan-store.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { testParty } from '../test/support/test-certificates.ts';
import { fileRing } from '../test/support/test-keys.ts';
import { countsOf, madeTrail } from './data/made-trail.ts';
import { shortChains } from './data/recipes.ts';
import { NOW } from './data/trail-shape.ts';
import { virtualSource } from './data/virtual-source.ts';
import { mustBe } from './row.ts';
import { outputFolder } from './scratch.ts';

// As bin/trail-verify.js does.
setFlagsFromString('--heap-growing-percent=50');

const TOOL = '0.0.0-bench';
const MOST = 1024 * 1024 * 1024;

// Written by rows/shards.ts, the only one who starts this.
const [, , accounts = '', folder = '', shards = '', step = ''] = process.argv;
const recipe = shortChains(Number(accounts));
const source = virtualSource(await madeTrail(recipe));
const targets = [{ bucket: recipe.shape.bucket, prefix: '' }];
const store = openPlanFolder(folder);

const began = performance.now();
if (step === 'plan') await plan();
else if (step === 'read') await read(await stored());
else await merge(await stored(), source);
process.stdout.write(JSON.stringify({ seconds: (performance.now() - began) / 1000 }));

async function plan(): Promise<void> {
  mkdirSync(`${folder}/results`, { recursive: true });
  const window = { from: undefined, to: NOW };
  const ways = {
    logs: true,
    unlisted: true,
    count: Number(shards),
    asked: {},
    tool: TOOL,
    run: '0'.repeat(32),
  };
  const made = await makePlan({ source, targets, window, now: NOW, ...ways });
  mustBe('the digests of the plan', made.document.shards.digests, countsOf(recipe.shape).digests);
  mustBe('the shards of the plan', made.document.shards.count, Number(shards));
  await store.create('shards.jsonl', Buffer.from(made.shards));
  await store.create('plan.json', Buffer.from(made.plan));
}

async function stored(): Promise<Plan> {
  const files = {
    plan: (await store.read('plan.json', MOST)) ?? new Uint8Array(),
    shards: (await store.read('shards.jsonl', MOST)) ?? new Uint8Array(),
  };
  return readPlan(folder, files, { asked: anyObject<object>(), tool: TOOL });
}

async function read({ shards: all, document, sha256 }: Plan): Promise<void> {
  const { key, certificate } = testParty({ name: 'CN=Worker,O=Example' });
  const signer = keySigner(key, [certificate]);
  writeFileSync(`${folder}/signer`, certificate.fingerprint);
  const run = { source, keyRing: fileRing(), window: windowOf(document), plan: sha256, tool: TOOL };
  for (const shard of all) {
    const { lines } = await readShard(shard, { ...run, clock: fixedClock(NOW) });
    await store.create(resultName(shard.shard), await resultFile(lines, signer, NOW));
  }
}

async function merge(read: Plan, over: Source): Promise<void> {
  const trusted = new Set([readFileSync(`${folder}/signer`, 'utf8')]);
  const output = outputFolder();
  mkdirSync(output.path, { recursive: true });
  const refuse: Source = {
    ...over,
    open: () => Promise.reject(new Error('a merge that has all results read an object')),
  };
  try {
    const { verdict, totals } = await verifyTrail({
      source: refuse,
      targets,
      keyRing: fileRing(),
      clock: fixedClock(NOW),
      inventory: openInventoryFile(output.path),
      overflowFindings: openOverflowFile(output.path),
      shards: new ShardResults(read, { tool: TOOL, store: resultStore(store), trusted }),
    });
    const { digests, logs } = countsOf(recipe.shape);
    mustBe('the verdict', verdict, 'VALID');
    mustBe('the count of proven digest files', totals.digests.valid, digests);
    mustBe('the count of proven log files', totals.logs.valid, logs);
  } finally {
    output.remove();
  }
}
