import { TrailVerifyError } from '../base/errors.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import { placeOf } from '../chain/digest-queue.ts';
import type { Place } from '../chain/discover.ts';
import { type AgreeingFile, PackedReader, PackedWriter } from '../checking/contract.ts';
import { accountFolderKey, chainId, chainOf, parseDigestKey, type Relocator } from '../digest/digest-key.ts';
import type { Limit, TrailEvent } from '../findings/event.ts';
import { type Finding, makeFinding } from '../findings/finding.ts';
import { eventFamily } from '../logs/check-log.ts';
import { type ObjectRef, objectUri, type Source, type StoredObject } from '../source/source.ts';
import { ListedObjects } from './listed-objects.ts';
import { chainOfStretch, type Plan, type PlannedShard, ShardIndex } from './plan.ts';
import {
  type AgreeingLog,
  type ReadDigest,
  type RefusedResult,
  readLogText,
  readResult,
  type ShardResult,
} from './result.ts';
import type { TrustedSigners } from './signed.ts';

/**
 * The results of a plan, for the run that merges them. It is the run of one machine in all but this: a digest that a result holds is
 * not asked of the source, and a log file of which a result says that it agrees is not read, as long as it is listed as it was before
 * the result read it. All else - listings, keys, links, edges,
 * unlisted files, what must be there - the run finds for itself. A digest of a shard without a result that counts cannot be read.
 */

/** Where the results of a plan lie. */
export interface ResultStore {
  /** A name for people. */
  readonly location: string;
  /**
   * The names of the results of a shard. There is one as a rule; a further one differs from the first.
   */
  names(shard: number): Promise<readonly string[]>;
  /** One result as it is stored; undefined where it is gone. Rejects with CONFIGURATION for what is no file, or another error. */
  read(name: string): Promise<Uint8Array | undefined>;
}

/** What results may weigh that are held at once, in bytes: what is beyond is read again when it is asked for. */
const MOST_HELD = 64 * 1024 * 1024;
/** What a result weighs besides its text, and each of its digests, in bytes: measured with results of one digest, and of 730. */
const WEIGHT = { result: 8192, digest: 1024 };
/** Files of one shard that are looked at. There is one as a rule; each further one is by somebody else, or of another reading. */
const MOST_OF_A_SHARD = 100;

/** What became of the result of one shard. */
type Loaded = { readonly result: ShardResult } | { readonly refused: Refused };

interface Refused extends Pick<RefusedResult, 'detail'> {
  readonly reason: RefusedResult['reason'] | 'missing' | 'differs' | 'gone';
}

/** The results of one plan. */
export class ShardResults {
  /** Whose word counts besides that of who signs the run, as SHA-256 of their certificates (hex), sorted. */
  readonly others: readonly string[];
  readonly #plan: Plan;
  readonly #tool: string;
  readonly #store: ResultStore;
  readonly #trusted: TrustedSigners;
  readonly #index: ShardIndex;
  readonly #mostHeld: number;
  /** Those that are held, the one that was asked for last at the end. */
  readonly #held = new Map<number, Promise<Loaded>>();
  readonly #sizes = new Map<number, number>();
  #bytes = 0;
  /** Chains that the run found. */
  readonly #seen = new Set<string>();
  /** Log files that were not read again. */
  #agreed = 0;
  /** What the run's own listings show. */
  #listed: ListedObjects | undefined;
  /** What was said of each that was read once: the hash of its lines, or why it is refused. */
  readonly #known = new Map<number, string | Refused>();

  constructor(
    plan: Plan,
    {
      tool,
      store,
      trusted,
      own,
      mostHeld = MOST_HELD,
    }: {
      /** The version of this tool. */
      readonly tool: string;
      readonly store: ResultStore;
      readonly trusted: TrustedSigners;
      /** The certificate of who signs the run (SHA-256, hex). */
      readonly own?: string | undefined;
      readonly mostHeld?: number | undefined;
    },
  ) {
    this.#plan = plan;
    this.#tool = tool;
    this.#store = store;
    this.#trusted = trusted;
    this.others = [...trusted].filter((one) => one !== own).sort();
    this.#index = new ShardIndex(plan.shards);
    this.#mostHeld = mostHeld;
  }

  /** The same source, whose digests are those of the results. */
  over(source: Source): Source {
    const listed = new ListedObjects(source);
    this.#listed = listed;
    return {
      ...source,
      open: async (ref, options) => {
        const shard = ref.versionId === undefined ? this.#shardOf(ref) : undefined;
        if (shard === undefined) return source.open(ref, options);
        const loaded = await this.#load(shard);
        if ('refused' in loaded) throw this.#unread(ref, shard, loaded.refused);
        const digest = loaded.result.digests.get(placeOf(ref));
        // What is not there any more, or may be another by now, is read: a result is about the past.
        if (digest === undefined || !(await isListed(listed, ref, digest.listed)))
          return source.open(ref, options);
        const stored = storedOf(digest, source.kind);
        if (stored.bytes.length <= options.maxBytes) return stored;
        throw new TrailVerifyError(
          'OBJECT_TOO_LARGE',
          `${objectUri(ref)} has more than ${options.maxBytes} bytes`,
        );
      },
    };
  }

  /** Takes note of a chain that the run found: digests of it are listed. */
  sees(chain: string): void {
    this.#seen.add(chain);
  }

  /**
   * Lists `place` again from now on. A state records how its days are listed, and what was listed before that may have been changed by
   * then: the next run would take the change for something that this one has read.
   */
  listAnew({ folders, region }: Place): void {
    for (const folder of folders)
      for (const family of folder.families)
        this.#listed?.forget(`${folder.bucket}/${accountFolderKey(folder)}${family}/${region}/`);
  }

  /** The log files of a proven digest of which a result says that they agree, by their places in its list; undefined for a digest of no result. */
  async agreeing(
    { ref, digest }: VerifiedDigest,
    { toActual }: Relocator,
  ): Promise<readonly (AgreeingLog | undefined)[] | undefined> {
    const shard = this.#shardOf(ref);
    if (shard === undefined) return undefined;
    const loaded = await this.#load(shard);
    const read = 'refused' in loaded ? undefined : loaded.result.digests.get(placeOf(ref));
    // A list of another length is of another digest.
    if (read?.logs.length !== digest.logFiles.length) return undefined;
    const agreeing: (AgreeingLog | undefined)[] = [];
    for (const [at, log] of digest.logFiles.entries()) {
      const own = readLogText(read.logs[at] ?? '');
      const counts = own !== undefined && (await isListed(this.#listed, toActual(log), own.listed));
      agreeing.push(counts ? own : undefined);
      if (counts) this.#agreed += 1;
    }
    return agreeing;
  }

  /** What the run rests on that others read: of how many log files, and what of them goes unseen. */
  limits(): readonly Limit[] {
    if (this.#agreed === 0) return [];
    const { document, sha256 } = this.#plan;
    const files = this.#agreed === 1 ? '1 log file was' : `${this.#agreed} log files were`;
    return [
      {
        code: 'READ_BY_SHARDS',
        text: `${files} read by the shards of plan ${sha256}, at some time since ${document.planned}, and not again: their agreement is the word of who signed the results. When they were merged, each was listed as it was before it was read (size, entity tag, times, in a copy the file itself). A change that leaves all of those as they were goes unseen, and so does that an object can no longer be read.`,
      },
    ];
  }

  /** One finding for each shard without a result that counts, all of which were looked for by now. Rejects as their store does. */
  async *findings(): AsyncGenerator<Finding> {
    for (const shard of this.#plan.shards) {
      if (!this.#known.has(shard.shard)) await this.#load(shard.shard);
      const known = this.#known.get(shard.shard);
      const refused = known === undefined || typeof known === 'string' ? this.#goneOf(shard) : known;
      if (refused !== undefined) yield this.#finding(shard, refused);
    }
  }

  #finding({ shard, stretches }: PlannedShard, { reason, detail }: Refused): Finding {
    const { asked: _, window } = this.#plan.document;
    const [first] = stretches;
    const [folder] = first?.folders ?? [];
    const ref = { bucket: folder?.bucket ?? '', key: folder?.prefix ?? '' };
    const digests = stretches.reduce((sum, stretch) => sum + stretch.digests, 0);
    const from = stretches.map(({ after }) => after ?? window.from ?? '').sort()[0] ?? '';
    const times = {
      after: from,
      through:
        stretches
          .map(({ through }) => through ?? window.to)
          .sort()
          .at(-1) ?? '',
    };
    const chains = new Set(stretches.map((stretch) => chainId(chainOfStretch(stretch))));
    return makeFinding(
      'SHARD_UNPROVEN',
      { object: { ...ref, uri: objectUri(ref) } },
      { shard, reason, detail, digests, chains: chains.size, ...times },
    );
  }

  #shardOf({ key }: ObjectRef): number | undefined {
    const named = parseDigestKey(key);
    if (named === undefined) return undefined;
    const chain = chainId(chainOf(named));
    return this.#index.find(chain, named.endTime);
  }

  /** The first chain of a shard that the plan found, and the run did not: nothing of it is there any more, or where it was. */
  #goneOf({ stretches }: PlannedShard): Refused | undefined {
    const gone = stretches
      .map((stretch) => chainId(chainOfStretch(stretch)))
      .find((id) => !this.#seen.has(id));
    return gone === undefined ? undefined : { reason: 'gone', detail: gone };
  }

  #unread(ref: ObjectRef, shard: number, { reason, detail }: Refused): TrailVerifyError {
    const why = reason === 'missing' ? 'has no result' : `has no result that counts: ${detail}`;
    return new TrailVerifyError(
      'OBJECT_UNREACHABLE',
      `${objectUri(ref)} was not read: shard ${shard} ${why}`,
    );
  }

  #load(shard: number): Promise<Loaded> {
    const held = this.#held.get(shard);
    if (held !== undefined) {
      this.#held.delete(shard);
      this.#held.set(shard, held);
      return held;
    }
    const loading = this.#read(shard).then((loaded) => {
      this.#note(shard, loaded);
      return loaded;
    });
    this.#held.set(shard, loading);
    // The error ends the run; the next who asks must not be given it for ever.
    loading.catch(() => this.#held.delete(shard));
    return loading;
  }

  /** Takes account of what a result holds, and drops those that were asked for longest ago. */
  #note(shard: number, loaded: Loaded): void {
    const bytes = 'result' in loaded ? weightOf(loaded.result) : WEIGHT.result;
    this.#sizes.set(shard, bytes);
    this.#bytes += bytes;
    for (const [oldest] of this.#held) {
      if (this.#bytes <= this.#mostHeld || oldest === shard) break;
      const size = this.#sizes.get(oldest);
      // It is still being read.
      if (size === undefined) continue;
      this.#held.delete(oldest);
      this.#sizes.delete(oldest);
      this.#bytes -= size;
    }
  }

  async #read(shard: number): Promise<Loaded> {
    const known = this.#known.get(shard);
    if (known !== undefined && typeof known !== 'string') return { refused: known };
    const loaded = await this.#readOnce(shard);
    // Read a second time: what was taken from it must be what is taken from it now.
    const isOther = known !== undefined && 'result' in loaded && loaded.result.sha256 !== known;
    const final: Loaded = isOther ? { refused: CHANGED } : loaded;
    this.#known.set(shard, 'result' in final ? final.result.sha256 : final.refused);
    return final;
  }

  async #readOnce(shard: number): Promise<Loaded> {
    const names = await this.#store.names(shard);
    if (names.length > MOST_OF_A_SHARD)
      return { refused: { reason: 'differs', detail: `there are ${names.length} files of it` } };
    let counts: ShardResult | undefined;
    let refused: Refused = MISSING;
    for (const name of names) {
      const result = await this.#readFile(shard, name);
      // What nobody trusted has signed counts for nothing: it cannot take away what another has.
      if ('reason' in result) refused = refused === MISSING ? result : refused;
      else if (counts === undefined) counts = result;
      else if (counts.sha256 !== result.sha256) return { refused: { reason: 'differs', detail: name } };
    }
    return counts === undefined ? { refused } : { result: counts };
  }

  async #readFile(shard: number, name: string): Promise<ShardResult | RefusedResult> {
    const file = await this.#store.read(name).catch((error: unknown) => {
      // A pipe, a folder, a file beyond all bounds: not what a worker writes, and nobody else may end the merge by it.
      if (error instanceof TrailVerifyError && error.code === 'CONFIGURATION') return error.message;
      throw error;
    });
    if (typeof file === 'string') return { reason: 'damaged', detail: file };
    if (file === undefined) return { reason: 'damaged', detail: `${name} is gone` };
    const spec = this.#plan.shards.sha256Of(shard) ?? '';
    const expected = { tool: this.#tool, plan: this.#plan.sha256, spec, shard };
    return readResult(file, expected, this.#trusted);
  }
}

/** The part of the results that a run needs. */
export type ShardReadings = Pick<
  ShardResults,
  'over' | 'agreeing' | 'findings' | 'sees' | 'listAnew' | 'others' | 'limits'
>;

type LogsEvent = Extract<TrailEvent, { type: 'logs' }>;

/** Events for the log files of a digest that agree as a result says, in their order: neighbours of one bucket and family together. */
export function* agreeingLogs(
  chain: string,
  { ref, digest }: VerifiedDigest,
  agreeing: readonly (AgreeingLog | undefined)[],
  relocations: Relocator,
): Generator<LogsEvent> {
  for (let at = 0; at < digest.logFiles.length; ) {
    const files: AgreeingFile[] = [];
    let first: { readonly bucket: string; readonly family: LogsEvent['family'] } | undefined;
    for (; at + files.length < digest.logFiles.length; ) {
      const position = at + files.length;
      const [log, read] = [digest.logFiles[position], agreeing[position]];
      if (log === undefined || read === undefined) break;
      const { bucket, key } = relocations.toActual(log);
      const family = eventFamily(log.key);
      first ??= { bucket, family };
      if (first.bucket !== bucket || first.family !== family) break;
      files.push({ ...read, key, content: log.sha256 });
    }
    if (first === undefined) {
      at += 1;
      continue;
    }
    yield eventOf(files, { chain, digest: ref, position: at, ...first });
    at += files.length;
  }
}

/** The lines are made here, of what the digest records and the result says: no result has a line of its own. */
function eventOf(
  files: readonly AgreeingFile[],
  {
    bucket,
    ...of
  }: Pick<LogsEvent, 'chain' | 'digest' | 'position' | 'family'> & { readonly bucket: string },
): LogsEvent {
  const count = files.length;
  const writer = new PackedWriter(bucket, count);
  for (const [at, file] of files.entries()) writer.put(at, file);
  return { type: 'logs', ...of, count, ...new PackedReader(writer.pack(), count).slice(0, count) };
}

function weightOf({ bytes, digests }: ShardResult): number {
  return bytes + WEIGHT.result + digests.size * WEIGHT.digest;
}

/** Whether an object is listed as it was before a result read it. */
async function isListed(
  listed: ListedObjects | undefined,
  ref: ObjectRef,
  before: string | undefined,
): Promise<boolean> {
  return before !== undefined && before !== '' && (await listed?.of(ref)) === before;
}

const MISSING: Refused = { reason: 'missing', detail: 'there is no result' };
const CHANGED: Refused = { reason: 'differs', detail: 'it was another one when it was read again' };

/** Where an object keeps no metadata is known of the source; a result has no say in it. */
function storedOf({ stored, metadata, versionId }: ReadDigest, kind: Source['kind']): StoredObject {
  return {
    bytes: Buffer.from(stored, 'base64'),
    metadata: metadata ?? (kind === 's3' ? {} : undefined),
    ...(versionId === null ? {} : { versionId }),
  };
}
