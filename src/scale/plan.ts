import {
  checkDocument,
  count,
  described,
  documentOf,
  flag,
  list,
  object,
  oneOf,
  only,
  optional,
  orNull,
  pattern,
  type Schema,
  sha256,
  text,
  time,
} from '../base/document-schema.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { strictJson } from '../base/json.ts';
import type { Window } from '../chain/list-digests.ts';
import { sha256 as hashOf } from '../crypto/hash.ts';
import { type Chain, type ChainKind, chainId } from '../digest/digest-key.ts';

/**
 * A plan divides the reading of one run over machines. It is known by the SHA-256 of its `plan.json`, which who made it hands to all
 * who use it: what is found where plans are kept may be anybody's, or an older one.
 *
 *     plan.json      what is verified: target, window, scope; how many shards there are, and the hash of shards.jsonl
 *     shards.jsonl   one line for each shard: the chains that it reads, and of each the stretch of time
 *     results/       one file for each shard, by the machine that read it (see `result.ts`)
 *
 * A shard is reading alone. Who merges runs the very run that one machine would have made, and takes from the results what was read:
 * each digest as it is stored, which is proven again, and of each log file that it agrees with its digest. So a result can spare
 * reading, and decides nothing else. Links between two shards are those between any two digests, and are checked by the same walk.
 */

/** The name of this form of a plan. */
export const PLAN_SCHEMA = 'trail-verify/plan/v1';

/** One folder that holds digests of a chain: the folder of its account. */
export interface StretchFolder {
  readonly bucket: string;
  /** '' or ends in `/`. */
  readonly prefix: string;
}

/** A chain by a stretch of time: its digests that end after `after`, and at `through` at the latest; null for the window's own ends. */
export interface Stretch {
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly homeRegion: string;
  /** Of an organization's trail. */
  readonly organization?: string | undefined;
  readonly kind: ChainKind;
  readonly folders: readonly StretchFolder[];
  readonly after: string | null;
  readonly through: string | null;
  /** About so many digests, by the listing of the plan. */
  readonly digests: number;
  /** Whether the log files are read that its digests name. */
  readonly logs: boolean;
}

/** One line of `shards.jsonl`. */
export interface Shard {
  readonly shard: number;
  readonly stretches: readonly Stretch[];
}

/** `plan.json`; `Asked` is what was asked for, by who made the plan. */
export interface PlanDocument<Asked extends object = object> {
  readonly schema: typeof PLAN_SCHEMA;
  /** The version of this tool that made it: results of another do not count. */
  readonly tool: string;
  /** Drawn for each plan, so that results of another one, though it was of the same, do not count. */
  readonly run: string;
  readonly planned: string;
  readonly window: { readonly from: string | null; readonly to: string };
  readonly asked: Asked;
  /** Of `shards.jsonl`: its lines, the digests in them by the listing, its bytes and their hash. */
  readonly shards: {
    readonly count: number;
    readonly digests: number;
    readonly bytes: number;
    readonly sha256: string;
  };
}

const stretchSchema = () =>
  object({
    account: text(),
    region: text(),
    trail: text(),
    homeRegion: text(),
    organization: optional(text()),
    kind: oneOf(['standard', 'backfill'] as const),
    folders: list(object({ bucket: text(), prefix: text() }), { least: 1 }),
    after: orNull(time()),
    through: orNull(time()),
    digests: count(),
    logs: flag(),
  });

/** The schema of one line of `shards.jsonl`. */
export const shardSchema: () => Schema<Shard> = documentOf<Shard>()(() =>
  object({ shard: count(), stretches: list(stretchSchema(), { least: 1 }) }),
);

/** The schema of `plan.json`, where `asked` is that of what was asked for. */
export function planSchema<Asked extends object>(asked: Schema<Asked>): Schema<PlanDocument<Asked>> {
  const schema = object({
    schema: described(only(PLAN_SCHEMA), 'The form of this document.'),
    tool: text(),
    run: pattern(/^[0-9a-f]{32}$/),
    planned: time(),
    window: object({ from: orNull(time()), to: time() }),
    asked,
    shards: object({ count: count(), digests: count(), bytes: count(), sha256: sha256() }),
  });
  // The fields are those of the type, one by one; `asked` is of the type that its schema says.
  return schema as Schema<unknown> as Schema<PlanDocument<Asked>>;
}

/** Shards of one plan: an array job has ten thousand at most, and a file of more lines is nobody's plan. */
export const MOST_SHARDS = 1_000_000;
/** Bytes of `shards.jsonl`, and of `plan.json`. */
export const MOST_SHARDS_FILE: number = 512 * 1024 * 1024;
export const MOST_PLAN_FILE: number = 1024 * 1024;

/** A plan as it was read and checked. */
export interface Plan<Asked extends object = object> {
  readonly document: PlanDocument<Asked>;
  /** SHA-256 of `plan.json`, and so of all of it. */
  readonly sha256: string;
  readonly shards: ShardLines;
}

/** A shard, with the hash of its line. */
export interface PlannedShard extends Shard {
  readonly sha256: string;
}

/** What a plan is read as. */
interface ReadAs<Asked> {
  readonly asked: Schema<Asked>;
  readonly tool: string;
}

/** Reads `plan.json`. Throws CONFIGURATION, in words about `name`, for what is no plan of this version. */
export function readPlanDocument<Asked extends object>(
  name: string,
  bytes: Uint8Array,
  { asked, tool }: ReadAs<Asked>,
): PlanDocument<Asked> {
  const read = strictJson(bytes);
  if ('problem' in read) throw noPlan(name, `plan.json ${read.problem}`);
  const checked = checkDocument(planSchema(asked), read.value);
  if ('problem' in checked) throw noPlan(name, `plan.json: ${checked.problem}`);
  const document = checked.value;
  if (document.tool !== tool)
    throw new TrailVerifyError(
      'CONFIGURATION',
      `the plan ${name} is of version ${document.tool}, and this is ${tool}`,
      { hint: 'plan, read and merge with one version: plan again, or install the one that made the plan' },
    );
  if (document.shards.bytes > MOST_SHARDS_FILE || document.shards.count > MOST_SHARDS)
    throw noPlan(name, 'it has more shards than there can be');
  return document;
}

/** Reads the two files of a plan. Throws CONFIGURATION, in words about `name`, for what is no plan of this version. */
export function readPlan<Asked extends object>(
  name: string,
  files: { readonly plan: Uint8Array; readonly shards: Uint8Array },
  as: ReadAs<Asked>,
): Plan<Asked> {
  const document = readPlanDocument(name, files.plan, as);
  if (hashOf(files.shards) !== document.shards.sha256)
    throw noPlan(name, 'shards.jsonl is not the file whose hash plan.json has');
  return {
    document,
    sha256: hashOf(files.plan),
    shards: new ShardLines(name, files.shards, document.shards.count),
  };
}

/**
 * The shards of a plan, each of which is read when it is asked for: who has one of 240,000 to read does not pay for all. Who made
 * the plan is known by its hash, so what a line says is checked against its schema, and no line before it is needed.
 */
export class ShardLines implements Iterable<PlannedShard> {
  readonly length: number;
  readonly #name: string;
  readonly #bytes: Uint8Array;
  /** Where each line begins, and where the last one ends. */
  readonly #starts: Uint32Array;

  /** Throws CONFIGURATION, in words about the plan `name`, where `bytes` are not `count` lines. */
  constructor(name: string, bytes: Uint8Array, count: number) {
    this.#name = name;
    this.#bytes = bytes;
    this.length = count;
    this.#starts = new Uint32Array(count + 1);
    let found = 0;
    for (const line of linesOf(bytes)) {
      if (found >= count) throw noPlan(name, `shards.jsonl has more than ${count} lines`);
      this.#starts[found] = line.byteOffset - bytes.byteOffset;
      found += 1;
    }
    if (found !== count) throw noPlan(name, `shards.jsonl has ${found} lines, not ${count}`);
    this.#starts[count] = bytes.at(-1) === LINE_FEED ? bytes.length : bytes.length + 1;
  }

  /** Undefined where the plan has no such shard. Throws CONFIGURATION for a line that is none of a plan. */
  at(index: number): PlannedShard | undefined {
    const line = this.#line(index);
    if (line === undefined) return undefined;
    const where = `line ${index + 1} of shards.jsonl`;
    const read = strictJson(line);
    if ('problem' in read) throw noPlan(this.#name, `${where} ${read.problem}`);
    const checked = checkDocument(shardSchema(), read.value);
    if ('problem' in checked) throw noPlan(this.#name, `${where}: ${checked.problem}`);
    const { shard, stretches } = checked.value;
    if (shard !== index) throw noPlan(this.#name, `${where} is of shard ${shard}`);
    return { shard, stretches, sha256: hashOf(line) };
  }

  /** SHA-256 of the line of a shard, hex; undefined where the plan has no such shard. */
  sha256Of(index: number): string | undefined {
    const line = this.#line(index);
    return line && hashOf(line);
  }

  /** The number of each shard. */
  get numbers(): readonly number[] {
    return Array.from({ length: this.length }, (_, index) => index);
  }

  *[Symbol.iterator](): Generator<PlannedShard> {
    for (const index of this.numbers) {
      const shard = this.at(index);
      if (shard !== undefined) yield shard;
    }
  }

  #line(index: number): Uint8Array | undefined {
    const [from, next] = [this.#starts[index], this.#starts[index + 1]];
    return from === undefined || next === undefined ? undefined : this.#bytes.subarray(from, next - 1);
  }
}

/** The byte that ends a line. */
export const LINE_FEED = 0x0a;

/** The lines of a file, without their line feeds. What is behind the last line feed is a line as well, if it is anything. */
export function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  while (from < bytes.length) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const end = feed === -1 ? bytes.length : feed;
    yield bytes.subarray(from, end);
    from = end + 1;
  }
}

function noPlan(name: string, why: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `${name} is no plan that can be used: ${why}`, {
    hint: 'make it again with trail-verify plan',
  });
}

/** The chain that a stretch is of. */
export function chainOfStretch(stretch: Stretch): Chain {
  const { account, region, trail, homeRegion, organization, kind } = stretch;
  return { account, region, trail, homeRegion, organization, kind };
}

/** The ends of a stretch in milliseconds since the epoch; infinite for the window's own. */
export function endsOf({ after, through }: Stretch): { readonly after: number; readonly through: number } {
  return {
    after: after === null ? Number.NEGATIVE_INFINITY : Date.parse(after),
    through: through === null ? Number.POSITIVE_INFINITY : Date.parse(through),
  };
}

/** The window of a plan, in milliseconds since the epoch. */
export function windowOf({ window: { from, to } }: PlanDocument): Window {
  return { from: from === null ? undefined : Date.parse(from), to: Date.parse(to) };
}

/** Finds the shard that a digest is for, by its chain and the end of its window. */
export class ShardIndex {
  /** By chain, three numbers for each stretch: after, through, shard. Numbers in a row, for there may be hundreds of thousands. */
  readonly #chains = new Map<string, number[]>();

  constructor(shards: Iterable<Shard>) {
    for (const { shard, stretches } of shards)
      for (const stretch of stretches) {
        const id = chainId(chainOfStretch(stretch));
        const parts = this.#chains.get(id) ?? [];
        const { after, through } = endsOf(stretch);
        parts.push(after, through, shard);
        this.#chains.set(id, parts);
      }
  }

  /** Undefined where the plan has no shard for it. */
  find(chain: string, endTime: number): number | undefined {
    const parts = this.#chains.get(chain) ?? [];
    for (let at = 0; at < parts.length; at += 3) {
      const [after = 0, through = 0, shard] = parts.slice(at, at + 3);
      if (after < endTime && endTime <= through) return shard;
    }
    return undefined;
  }
}
