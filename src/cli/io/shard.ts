import { availableParallelism } from 'node:os';
import { fixedClock, systemClock } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import { openChecker } from '../../checking/check-threads.ts';
import { sha256 } from '../../crypto/hash.ts';
import { type ReportSigner, signerCertificate } from '../../pki/sign.ts';
import { countOf } from '../../render/words.ts';
import { type Plan, windowOf } from '../../scale/plan.ts';
import { type ReadShard, readShard } from '../../scale/read-shard.ts';
import {
  MOST_RESULT_FILE,
  openResult,
  readResult,
  resultFile,
  type ShardSummary,
} from '../../scale/result.ts';
import type { TrustedSigners } from '../../scale/signed.ts';
import type { PlanStore } from '../../source/state/plan-store.ts';
import type { SignerSettings } from '../options/signing.ts';
import type { ReadingSettings } from '../options/target.ts';
import { isOfItsWriter, readTrustedKeys } from './files.ts';
import { openTarget } from './open-target.ts';
import { type Asked, otherNames, resultName, settingsOf } from './plan.ts';
import { openSigner } from './signing/signer.ts';
import type { Terminal } from './terminal.ts';

/** Reads shards of one plan, and keeps their results: one shard for `run-shard`, one after the other for a worker. */
export interface ShardRunner {
  /** Rejects with TrailVerifyError where the target cannot be read, or the result cannot be written: then there is none. */
  run(index: number, signal: AbortSignal): Promise<KeptShard>;
  /** Whose the first result of the shard is: of this machine and whole, or another one; undefined where there is none. */
  found(index: number): Promise<'own' | 'other' | undefined>;
  close(): Promise<void>;
}

/** A shard that was read, and what became of its result. */
export interface KeptShard {
  readonly shard: number;
  readonly summary: ShardSummary;
  /** Whether it is the first, the same as the first, another next to one that somebody else signed, or differs from the first. */
  readonly kept: 'first' | 'same' | 'another' | 'differs';
  /** The name of its file in the plan. */
  readonly name: string;
}

/** Opens the target of a plan. Throws TrailVerifyError where the plan cannot be used, or the target cannot be opened. */
export async function openShards(
  store: PlanStore,
  plan: Plan<Asked>,
  reading: ReadingSettings & { readonly now: number | undefined; readonly signing: SignerSettings },
  terminal: Terminal,
): Promise<ShardRunner> {
  const signing = await openSigner(reading.signing, reading.access, terminal);
  if (signing === undefined) throw new TrailVerifyError('INTERNAL', 'a shard has no signer');
  const settings = settingsOf(plan, reading, reading.now);
  const { place, keyFiles, workers, concurrency } = settings;
  const isForeign = async (file: string): Promise<boolean> =>
    place.kind === 'folder' && isOfItsWriter(file, place.path);
  const { source, keyRing } = await openTarget(settings, await readTrustedKeys(keyFiles, isForeign));
  const threads = workers ?? availableParallelism();
  const native = terminal.environment.TRAIL_VERIFY_NATIVE !== '0';
  const requests = place.kind === 'folder' ? undefined : concurrency;
  const checker = settings.logs ? openChecker({ threads, native, concurrency: requests }) : undefined;
  return {
    run: async (index, signal) => {
      const shard = plan.shards.at(index);
      if (shard === undefined) throw noShard(index, plan.shards.length);
      const read = await readShard(shard, {
        source,
        keyRing,
        relocated: settings.relocated,
        window: windowOf(plan.document),
        clock: settings.now === undefined ? systemClock : fixedClock(settings.now),
        signal,
        concurrency,
        checker,
        plan: plan.sha256,
        tool: VERSION,
      });
      return keep(store, index, read, signing.signer);
    },
    found: async (index) => {
      const { fingerprint } = signerCertificate(signing.signer);
      const file = await readAny(store, resultName(index));
      return file && (countsFor(plan, index, file, new Set([fingerprint])) ? 'own' : 'other');
    },
    close: async () => checker?.close(),
  };
}

/** Whether a file is a whole result of that shard, signed by one who is trusted. */
export function countsFor(plan: Plan, index: number, file: Uint8Array, trusted: TrustedSigners): boolean {
  const spec = plan.shards.sha256Of(index);
  if (spec === undefined) return false;
  const expected = { tool: VERSION, plan: plan.sha256, spec, shard: index };
  return 'digests' in readResult(file, expected, trusted);
}

/** The error of a shard that a plan of `count` shards does not have. */
export function noShard(index: number, count: number): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `the plan has no shard ${index}: it has ${count}`, {
    hint: count === 0 ? 'merge it' : `give --index 0 to ${count - 1}`,
  });
}

/** Writes the result where there is none; next to it where the one that is there says something else, or another signed it. */
async function keep(
  store: PlanStore,
  shard: number,
  { lines, sha256: hash, summary }: ReadShard,
  signer: ReportSigner,
): Promise<KeptShard> {
  const first = resultName(shard);
  const of = { shard, summary };
  const file = await resultFile(lines, signer, Date.now());
  if (await store.create(first, file)) return { ...of, kept: 'first', name: first };
  const { fingerprint } = signerCertificate(signer);
  const there = await ownLines(store, first, fingerprint);
  if (there === hash) return { ...of, kept: 'same', name: first };
  const kept = there === undefined ? 'another' : 'differs';
  // What is there under that name may be anybody's.
  for (const name of otherNames(shard, { lines: hash, signer: fingerprint }))
    if ((await store.create(name, file)) || (await ownLines(store, name, fingerprint)) === hash)
      return { ...of, kept, name };
  throw new TrailVerifyError(
    'OUTPUT_NOT_WRITTEN',
    `no name is left in ${store.location} for a result of shard ${shard}`,
    {
      hint: 'look who writes there, take out what is no result, and run the shard again',
    },
  );
}

/** SHA-256 of the lines of a result that this very signer signed; undefined for any other file. */
async function ownLines(store: PlanStore, name: string, fingerprint: string): Promise<string | undefined> {
  const file = await readAny(store, name);
  const opened = file && openResult(file, new Set([fingerprint]));
  return opened !== undefined && 'lines' in opened ? sha256(opened.lines) : undefined;
}

/** A file of that name; empty for a pipe, a folder and whatever else is no file, and undefined where there is nothing. */
async function readAny(store: PlanStore, name: string): Promise<Uint8Array | undefined> {
  try {
    return await store.read(name, MOST_RESULT_FILE);
  } catch (error) {
    if (error instanceof TrailVerifyError && error.code === 'CONFIGURATION') return new Uint8Array();
    throw error;
  }
}

/** What came of a shard, in one line or two. */
export function wordsOfShard({ shard, summary, kept, name }: KeptShard): readonly string[] {
  const { digests, logs, findings } = summary;
  const what = `shard ${shard}: ${countOf(digests, 'digest')}, ${countOf(logs.agree, 'log file')} that ${logs.agree === 1 ? 'agrees' : 'agree'}, ${logs.left} left to the merge`;
  if (kept === 'same') return [`${what}; the same result was there already`];
  if (kept === 'another')
    return [`${what}; a file that this machine did not sign was there already: this one is ${name}`];
  if (kept === 'differs')
    return [`${what}; another result was there already and differs: this one is ${name}`];
  const found = Object.entries(findings).map(([code, count]) => `${count} ${code}`);
  return [what, ...(found.length > 0 ? [`found: ${found.join(', ')}`] : [])];
}
