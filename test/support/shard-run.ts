import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { anyObject } from '../../src/base/document-schema.ts';
import { keySigner, type ReportSigner } from '../../src/pki/sign.ts';
import type { Report } from '../../src/report/report.ts';
import { makePlan, type Settled } from '../../src/scale/make-plan.ts';
import { type Plan, readPlan } from '../../src/scale/plan.ts';
import { readShard } from '../../src/scale/read-shard.ts';
import { resultFile } from '../../src/scale/result.ts';
import { type ResultStore, ShardResults } from '../../src/scale/shard-results.ts';
import type { Source } from '../../src/source/source.ts';
import type { VerifyOptions } from '../../src/verify-options.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { memoryLines } from './memory-lines.ts';
import { type TestParty, testParty } from './test-certificates.ts';

/** The version of the tool in tests of plans. */
export const TOOL = '0.0.0-test';

/** The machine that signs results in tests, and another that nobody trusts. */
export const WORKER: TestParty = testParty({ name: 'CN=Worker,O=Example' });
export const STRANGER: TestParty = testParty({ name: 'CN=Stranger,O=Example' });

/** The signer of a test party. */
export function signerOf({ key, certificate }: TestParty): ReportSigner {
  return keySigner(key, [certificate]);
}

/** A report, and the inventory of its objects. */
export interface Outcome {
  readonly report: Report;
  readonly inventory: string;
}

/** The options of a scenario's run over a source. */
export function optionsOf(scenario: Scenario, source: Source): VerifyOptions {
  const { targets, now, options } = scenario;
  return {
    source,
    targets,
    keyRing: ringOf(scenario),
    clock: fixedClock(now),
    runId: 'one',
    ...options,
  };
}

/** The outcome of one machine. */
export async function alone(options: VerifyOptions): Promise<Outcome> {
  const inventory = memoryLines();
  const report = await verifyTrail({ ...options, inventory });
  return { report, inventory: inventory.text() ?? '' };
}

/** A plan of so many shards for a run; `settled` leaves out what a state proves. */
export async function planFor(options: VerifyOptions, count: number, settled?: Settled): Promise<Plan> {
  const { source, targets, scope, expectations, relocated, clock, logs = true, unlisted = true } = options;
  const now = clock?.now() ?? 0;
  const window = { from: options.from, to: Math.min(options.to ?? now, now) };
  const asked = { source, targets, scope, expectations, relocated, window, now, logs, unlisted, settled };
  const { plan, shards } = await makePlan({ ...asked, count, asked: {}, tool: TOOL, run: '0'.repeat(32) });
  const files = { plan: Buffer.from(plan), shards: Buffer.from(shards) };
  return readPlan('plan', files, { asked: anyObject<object>(), tool: TOOL });
}

/** The result files of every shard, in the order of the shards. */
export async function readAll(
  plan: Plan,
  options: VerifyOptions,
  signer: ReportSigner = signerOf(WORKER),
): Promise<readonly Uint8Array[]> {
  const { source, keyRing, relocated, clock } = options;
  const now = clock?.now() ?? 0;
  const { from, to } = plan.document.window;
  const window = { from: from === null ? undefined : Date.parse(from), to: Date.parse(to) };
  const files: Uint8Array[] = [];
  for (const shard of plan.shards) {
    const run = { source, keyRing, relocated, clock, window, plan: plan.sha256, tool: TOOL };
    files.push(await resultFile((await readShard(shard, run)).lines, signer, now));
  }
  return files;
}

/** Results in memory: of a shard none, one or several. */
export function resultsIn(files: readonly (Uint8Array | undefined | readonly Uint8Array[])[]): ResultStore {
  const of = (shard: number): readonly Uint8Array[] => {
    const held = files[shard];
    return held === undefined ? [] : held instanceof Uint8Array ? [held] : held;
  };
  return {
    location: '(memory)',
    names: async (shard) => of(shard).map((_, at) => `${shard}/${at}`),
    read: async (name) => {
      const [shard, at] = name.split('/').map(Number);
      const file = of(shard ?? -1)[at ?? -1];
      if (file === undefined) throw new Error(`there is no result ${name}`);
      return file;
    },
  };
}

/** The outcome of a merge, without the limit that says what it rests on: one machine has none of that. */
export async function merged(
  plan: Plan,
  store: ResultStore,
  options: VerifyOptions,
  mostHeld?: number,
): Promise<Outcome> {
  const own = WORKER.certificate.fingerprint;
  const trusted = new Set([own]);
  const shards = new ShardResults(plan, { tool: TOOL, store, trusted, own, mostHeld });
  const { report, inventory } = await alone({ ...options, shards });
  return { report: withoutShards(report), inventory };
}

/** A report without the limit that says what it rests on that others read. */
export function withoutShards(report: Report): Report {
  return { ...report, limits: report.limits.filter(({ code }) => code !== 'READ_BY_SHARDS') };
}
