import { type Clock, systemClock } from '../base/clock.ts';
import { interrupted, type TrailVerifyError } from '../base/errors.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { type ListedDigest, placeOf } from '../chain/digest-queue.ts';
import type { PlaceFolder } from '../chain/discover.ts';
import {
  type ChainPlan,
  type ExaminedObject,
  listDigests,
  showExamined,
  type WalkContext,
  type WalkStep,
  type Window,
} from '../chain/list-digests.ts';
import { walkBackfill } from '../chain/walk-backfill.ts';
import { ChainWalk } from '../chain/walk-chain.ts';
import { type RunChecker, runChecker } from '../checking/check-here.ts';
import type { Checker } from '../checking/contract.ts';
import { LogChecks } from '../checking/log-checks.ts';
import type { KeyRing } from '../crypto/public-key.ts';
import {
  chainId,
  chainOf,
  parseDigestKey,
  type Relocation,
  type Relocator,
  relocator,
} from '../digest/digest-key.ts';
import { CATALOGUE } from '../findings/catalogue.ts';
import type { TrailEvent } from '../findings/event.ts';
import { verifyLog } from '../logs/verify-log.ts';
import { eachLog } from '../report/inventory.ts';
import type { ObjectRef, Source } from '../source/source.ts';
import { interruptible, limitSource } from '../source/wrappers.ts';
import { isUnlistable, ListedObjects } from './listed-objects.ts';
import { chainOfStretch, endsOf, type PlannedShard, type Stretch } from './plan.ts';
import { logText, type ReadDigest, ResultWriter, type SegmentEnds, type ShardSummary } from './result.ts';

/**
 * The reading of one shard. It walks each stretch as every run walks a chain, so that only log files are read that a proven digest
 * names, and takes note of what it read. A digest that only one beyond the shard can prove is there all the same, without its log files.
 */

/** What a shard is read with, and for which plan. */
export interface ShardOptions {
  readonly source: Source;
  readonly keyRing: KeyRing;
  readonly relocated?: readonly Relocation[] | undefined;
  /** The window of the plan. */
  readonly window: Window;
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
  /** As those of a run: see `VerifyOptions`. */
  readonly concurrency?: number | undefined;
  readonly checker?: Checker | undefined;
  /** The hash of `plan.json`, and the version of this tool. */
  readonly plan: string;
  readonly tool: string;
}

/** A shard that was read: the lines of its result, to be signed, their hash, and what it came to. */
export interface ReadShard {
  readonly lines: Uint8Array;
  readonly sha256: string;
  readonly summary: ShardSummary;
}

/** Digests of one stretch opened ahead: nothing else is read meanwhile but log files. */
const DIGESTS_AHEAD = 32;

/** Reads a shard. Rejects with errors that end a run, INTERRUPTED among them: there is no half a result. */
export async function readShard(shard: PlannedShard, options: ShardOptions): Promise<ReadShard> {
  const { plan, tool, signal } = options;
  const checking = runChecker(options);
  const notes = new ShardNotes(new ResultWriter({ tool, plan, spec: shard.sha256, shard: shard.shard }));
  const limited = limitSource(options.source, checking.rest);
  const heard = signal === undefined ? limited : interruptible(limited, signal);
  const listed = new ListedObjects(heard, { isOfReader: true });
  const source = { ...heard, open: notes.listing(heard, listed) };
  const folders = new DigestFolders(source);
  try {
    const logs = new ShardLogs({ ...options, source }, checking, notes, listed);
    for (const stretch of shard.stretches) {
      for await (const step of stepsOf(stretch, { ...options, source }, notes, folders)) {
        const reads = stretch.logs ? step.digest : undefined;
        notes.step(step, reads !== undefined);
        if (reads !== undefined) await logs.take(chainId(chainOfStretch(stretch)), reads);
      }
    }
    await logs.drain();
    folders.requireAny();
  } finally {
    await checking.close();
  }
  if (signal?.aborted === true) throw interrupted();
  return notes.finish();
}

async function* stepsOf(
  stretch: Stretch,
  options: ShardOptions,
  notes: ShardNotes,
  folders: DigestFolders,
): AsyncGenerator<WalkStep> {
  const { source, keyRing, relocated = [], clock = systemClock, signal } = options;
  const ends = endsOf(stretch);
  const window: Window = {
    from: stretch.after === null ? options.window.from : ends.after,
    to: stretch.through === null ? options.window.to : ends.through,
  };
  const plan = await planOf(stretch, window, folders);
  const id = chainId(plan.chain);
  const isOwn = ({ key }: ObjectRef): boolean => {
    const named = parseDigestKey(key);
    if (named === undefined || chainId(chainOf(named)) !== id) return false;
    return ends.after < named.endTime && named.endTime <= ends.through;
  };
  const context: WalkContext = {
    source,
    keyRing,
    relocations: relocator(relocated),
    window,
    clock,
    signal,
    ahead: DIGESTS_AHEAD,
    onObject: async (object) => {
      if (isOwn(object.ref)) notes.read(object);
    },
  };
  const steps =
    plan.chain.kind === 'backfill' ? walkBackfill(plan, context) : new ChainWalk(plan, context).steps();
  for await (const step of steps) {
    await showExamined(context, step);
    yield step;
  }
}

/** The digests of a stretch by the listing as it is now, and the one above it. */
async function planOf(stretch: Stretch, window: Window, folders: DigestFolders): Promise<ChainPlan> {
  const chain = chainOfStretch(stretch);
  const { through } = endsOf(stretch);
  const listed: ListedDigest[] = [];
  let above: ListedDigest | undefined;
  const takeAbove = (digest: ListedDigest | undefined): void => {
    if (digest !== undefined && (above === undefined || digest.endTime < above.endTime)) above = digest;
  };
  for (const place of stretch.folders) {
    const folder: PlaceFolder = {
      ...place,
      organization: chain.organization,
      account: chain.account,
      families: [],
    };
    const all = await folders.chainsIn(folder, stretch.region, window);
    const found = all?.get(chainId(chain));
    takeAbove(found?.above);
    for (const digest of found?.listed ?? [])
      if (digest.endTime <= through) listed.push(digest);
      else takeAbove(digest);
  }
  return {
    chain,
    organization: chain.organization,
    listed,
    above,
    below: undefined,
    lastDelivered: undefined,
    follow: async () => [],
  };
}

/** The chains of one digest folder by their ids. */
type FolderListing = Awaited<ReturnType<typeof listDigests>>;

/**
 * The folders of a shard's digests: those that cannot be listed are left to the run that merges. Chains of one folder come one after the
 * other, so it is listed once for all of them: thousands of names that somebody made up are thousands of chains.
 */
class DigestFolders {
  readonly #source: Source;
  /** Of the account and Region whose stretches are being read, by folder and window. */
  readonly #held = new Map<string, FolderListing | undefined>();
  #place = '';
  #isAnyThere = false;
  #gone: TrailVerifyError | undefined;

  constructor(source: Source) {
    this.#source = source;
  }

  /** The chains in a folder around a window; undefined for one that cannot be listed. Rejects with errors that end a run. */
  async chainsIn(folder: PlaceFolder, region: string, window: Window): Promise<FolderListing | undefined> {
    const place = `${folder.account}/${region}`;
    if (place !== this.#place) this.#held.clear();
    this.#place = place;
    const { bucket, prefix, organization } = folder;
    const id = JSON.stringify([bucket, prefix, organization, window.from, window.to]);
    if (!this.#held.has(id)) {
      // Stretches of one chain have windows of their own, and nobody asks for one twice.
      if (this.#held.size >= MOST_LISTINGS) this.#held.clear();
      this.#held.set(id, await this.#list(folder, region, window));
    }
    return this.#held.get(id);
  }

  async #list(folder: PlaceFolder, region: string, window: Window): Promise<FolderListing | undefined> {
    try {
      const listing = await listDigests(this.#source, folder, region, { window });
      this.#isAnyThere = true;
      return listing;
    } catch (error) {
      if (!isUnlistable(error)) throw error;
      if (error.code === 'TARGET_NOT_FOUND') this.#gone ??= error;
      else this.#isAnyThere = true;
      return undefined;
    }
  }

  /** Throws TARGET_NOT_FOUND where the bucket of every folder is gone: a machine that reaches none of them has read nothing. */
  requireAny(): void {
    if (!this.#isAnyThere && this.#gone !== undefined) throw this.#gone;
  }
}

/** An account's own folder and its organization's, in the buckets that its trails moved through. */
const MOST_LISTINGS = 8;

/**
 * Bytes of digests in a result that nothing proved: there are few, unless somebody planted them. Who merges reads those beyond for itself,
 * so that nobody who writes into the bucket makes a result too large.
 */
const MOST_UNPROVEN = 16 * 1024 * 1024;

/** A digest that was read, with the texts of its log files as far as they are known. */
interface Noted {
  readonly record: Omit<ReadDigest, 'logs' | 'stored'>;
  readonly bytes: Uint8Array;
  readonly logs: string[];
  /** How each log file was listed before it was read. */
  listed: readonly (string | undefined)[];
  missing: number;
}

/** Takes notes of a reading, and writes them in the order of the walk. */
class ShardNotes {
  readonly #writer: ResultWriter;
  readonly #waiting: Noted[] = [];
  readonly #byPlace = new Map<string, Noted>();
  readonly #written = new Set<string>();
  /** How digests were listed that are being opened. */
  readonly #listed = new Map<string, string>();
  #last: Noted | undefined;
  readonly #findings = new Map<string, number>();
  readonly #segments: SegmentEnds[] = [];
  readonly #logs = { agree: 0, left: 0 };
  #digests = 0;
  #unproven = 0;

  constructor(writer: ResultWriter) {
    this.#writer = writer;
  }

  /** Opens as `source` does, and takes note of how a digest was listed before. */
  listing({ open }: Source, listed: ListedObjects): Source['open'] {
    return async (ref, how) => {
      if (ref.versionId === undefined && parseDigestKey(ref.key) !== undefined)
        this.#listed.set(placeOf(ref), (await listed.of(ref)) ?? '');
      return open(ref, how);
    };
  }

  /** A digest of the shard was read. */
  read({ ref, stored }: ExaminedObject): void {
    const place = placeOf(ref);
    const listed = this.#listed.get(place) ?? '';
    this.#listed.delete(place);
    // One that is named twice is read once.
    if (this.#written.has(place)) return;
    this.#written.add(place);
    const { bytes, metadata, versionId } = stored;
    const record = {
      bucket: ref.bucket,
      key: ref.key,
      listed,
      metadata: metadata === undefined ? null : { ...metadata },
      versionId: versionId ?? null,
    };
    this.#last = { record, bytes, logs: [], listed: [], missing: 0 };
  }

  /** The walk made the step of the digest that was read last; `readsLogs` where its log files are read. */
  step({ events, digest }: WalkStep, readsLogs: boolean): void {
    for (const event of events) this.#see(event);
    const noted = this.#last;
    this.#last = undefined;
    if (noted === undefined) return;
    if (digest === undefined || placeOf(digest.ref) !== placeOf(noted.record)) {
      if (this.#unproven + noted.bytes.length > MOST_UNPROVEN) return;
      this.#unproven += noted.bytes.length;
    } else if (readsLogs) {
      for (const _ of digest.digest.logFiles) noted.logs.push('');
      noted.missing = noted.logs.length;
      this.#byPlace.set(placeOf(digest.ref), noted);
    }
    this.#waiting.push(noted);
    this.#flush();
  }

  /** How the log files of a digest were listed, before any of them is read. */
  logsListed(digest: ObjectRef, listed: readonly (string | undefined)[]): void {
    const noted = this.#byPlace.get(placeOf(digest));
    if (noted !== undefined) noted.listed = listed;
  }

  /** Takes what was found of log files. */
  see(event: TrailEvent): void {
    this.#see(event);
    if (event.type !== 'logs') return;
    for (const { position, hashes, versionId, bytes } of eachLog(event)) {
      const sizes = { size: bytes.read, inflated: bytes.inflated };
      const listed = this.#byPlace.get(placeOf(event.digest))?.listed[position];
      this.log(
        event.digest,
        position,
        logText({ stored: hashes?.stored ?? '', listed, versionId, ...sizes }),
      );
    }
  }

  /** One log file is done with: what is to be said of it. */
  log(digest: ObjectRef, position: number, words: string): void {
    const place = placeOf(digest);
    const noted = this.#byPlace.get(place);
    if (words === '') this.#logs.left += 1;
    else this.#logs.agree += 1;
    if (noted === undefined) return;
    noted.logs[position] = words;
    noted.missing -= 1;
    if (noted.missing > 0) return;
    this.#byPlace.delete(place);
    this.#flush();
  }

  finish(): ReadShard {
    const summary: ShardSummary = {
      digests: this.#digests,
      logs: { ...this.#logs },
      findings: Object.fromEntries([...this.#findings].sort(([a], [b]) => (a < b ? -1 : 1))),
      segments: this.#segments,
    };
    return { ...this.#writer.finish(summary), summary };
  }

  #see(event: TrailEvent): void {
    if (event.type === 'finding') {
      const { code } = event.finding;
      // Where a shard ends, no chain does: only what is about a file is worth a word.
      if (!['digest', 'log'].includes(CATALOGUE[code].subject)) return;
      this.#findings.set(code, (this.#findings.get(code) ?? 0) + 1);
    } else if (event.type === 'segment') {
      const { chain, newest, previous } = event;
      this.#segments.push({ chain, newest, previous });
    }
  }

  #flush(): void {
    while (this.#waiting[0]?.missing === 0) {
      const [noted] = this.#waiting.splice(0, 1);
      if (noted === undefined) return;
      const stored = Buffer.from(noted.bytes).toString('base64');
      this.#writer.digest({ ...noted.record, stored, logs: noted.logs });
      this.#digests += 1;
    }
  }
}

/** The log files of a shard: those that plainly agree in batches, any other by the path that judges. */
class ShardLogs {
  readonly #options: ShardOptions;
  readonly #checking: RunChecker;
  readonly #notes: ShardNotes;
  readonly #checks: LogChecks;
  readonly #listed: ListedObjects;
  readonly #relocations: Relocator;

  constructor(options: ShardOptions, checking: RunChecker, notes: ShardNotes, listed: ListedObjects) {
    this.#listed = listed;
    const { source, relocated = [], signal } = options;
    this.#options = options;
    this.#checking = checking;
    this.#notes = notes;
    const { checker, inBatches, rest: concurrency } = checking;
    const relocations = relocator(relocated);
    this.#relocations = relocations;
    const emit = async (event: TrailEvent): Promise<void> => notes.see(event);
    this.#checks = new LogChecks({ source, relocations, checker, inBatches, concurrency, emit, signal });
  }

  async take(chain: string, { ref, digest }: VerifiedDigest): Promise<void> {
    const logs = digest.logFiles;
    const relocations = this.#relocations;
    const listed: (string | undefined)[] = [];
    for (const log of logs) listed.push(await this.#listed.of(relocations.toActual(log)));
    this.#notes.logsListed(ref, listed);
    const one = async (position: number): Promise<void> => {
      const log = logs[position];
      if (log === undefined) return;
      const { source, signal } = this.#options;
      const job = { log, position, chain, digest: ref, digestEnd: digest.endTime };
      const events = await verifyLog(job, source, relocations, {
        hash: (file, handOver) => this.#checking.checker.hash(file, handOver, signal),
      });
      for (const event of events) this.#notes.see(event);
      this.#notes.log(ref, position, agreeing(events, listed[position]));
    };
    await this.#checks.add({ chain, digest: ref, logs, one });
  }

  drain(): Promise<void> {
    return this.#checks.drain();
  }
}

/** The text of a log file that agrees, with nothing else to report of it; else empty. */
function agreeing(events: readonly TrailEvent[], listed: string | undefined): string {
  const [event, ...more] = events;
  if (event?.type !== 'log' || event.outcome !== 'valid' || more.length > 0) return '';
  const { hashes, versionId, bytes } = event;
  if (hashes === undefined) return '';
  return logText({ stored: hashes.stored, listed, versionId, size: bytes.read, inflated: bytes.inflated });
}
