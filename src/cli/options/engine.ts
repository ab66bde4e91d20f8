/** The options of a run on an engine that is there already: where its store is, and where the plan. */
import { PLAN_NAME, readStoreAddress, type StoreAddress } from '../../engine/address.ts';
import { type AnyCommand, countParser, UsageError } from './common.ts';
import { parseS3Place } from './place.ts';
import { type PlanPlace, parsePlanPlace, planHashParser, shardSignerOption } from './plan.ts';

/** The store of an engine, and for how long a shard is its worker's without a sign of life. */
export interface StoreSettings {
  readonly store: StoreAddress;
  readonly lockSeconds: number;
}

/** A run on an engine. */
export interface EngineSettings extends StoreSettings {
  readonly place: PlanPlace;
  /** The last part of the place, by which workers know the plan. */
  readonly name: string;
  readonly shards: number;
  /** The SHA-256 of the plan that is there, to go on with; undefined for a new one. */
  readonly resume: string | undefined;
  /** As those of `merge`. */
  readonly shardSigners: readonly string[];
}

/** Shards where nobody says how many. */
const USUAL_SHARDS = 64;
const LOCK_SECONDS = 30;

/** The address of a store. Throws UsageError, which does not repeat it: it may hold a password. */
function parseStore(text: string): StoreAddress {
  const address = readStoreAddress(text);
  if (address !== undefined) return address;
  throw new UsageError(
    '--store is no address of a store',
    'give redis://host:6379, rediss://..., or postgres://user@host/database; % in a password is written %25',
  );
}

const STORE = [
  '--store <url>',
  "Redis or PostgreSQL that holds the engine's jobs: redis://, rediss:// or postgres://; better in TRAIL_VERIFY_STORE than typed",
] as const;

/** Seconds without a sign of life until another worker has the shard; for tests. */
function lockOption(command: AnyCommand): () => number {
  const options = command.addOption(
    command
      .createOption('--lock-seconds <n>')
      .argParser(countParser('--lock-seconds', 1, 600))
      .default(LOCK_SECONDS)
      .hideHelp(),
  );
  return () => options.opts().lockSeconds;
}

/** Declares the store of a worker. */
export function storeOptions(command: AnyCommand): () => StoreSettings {
  const options = command.requiredOption(...STORE, parseStore);
  const readLock = lockOption(command);
  return () => ({ store: options.opts().store, lockSeconds: readLock() });
}

/** Declares the engine of a run; the reader returns undefined where there is none. It throws UsageError. */
export function engineOptions(command: AnyCommand): () => EngineSettings | undefined {
  const options = command
    .optionsGroup('On many machines:')
    .addOption(
      command
        .createOption('--engine <name>', 'have workers read the shards of a plan: see docs/scale.md')
        .choices(['bullmq'] as const),
    )
    .option(...STORE, parseStore)
    .option('--plan <plan>', 'folder or s3://bucket/prefix for the plan and its results', (text) =>
      parsePlanPlace(text, '--plan'),
    )
    .option(
      '--shards <n>',
      `shards at most, of about as many digests each (default: ${USUAL_SHARDS})`,
      countParser('--shards', 1, 1_000_000),
    )
    .option(
      '--resume <hash>',
      'go on with the plan that is there and has that SHA-256, as it was printed',
      planHashParser('--resume'),
    );
  const readShardSigners = shardSignerOption(command);
  const readLock = lockOption(command);
  return () => {
    const { engine, store, plan, shards, resume } = options.opts();
    const shardSigners = readShardSigners();
    if (engine === undefined) {
      const [lost] = [
        // The address alone may be in the environment for the workers of this machine.
        ...(store !== undefined && command.getOptionValueSource('store') === 'cli' ? ['--store'] : []),
        ...(plan === undefined ? [] : ['--plan']),
        ...(shards === undefined ? [] : ['--shards']),
        ...(resume === undefined ? [] : ['--resume']),
        ...(shardSigners.length === 0 ? [] : ['--shard-signer']),
      ];
      if (lost === undefined) return undefined;
      throw new UsageError(`${lost} is of use with --engine only`, 'add --engine bullmq');
    }
    if (store === undefined) throw new UsageError('--engine has no store', 'give --store redis://host:6379');
    if (plan === undefined)
      throw new UsageError('--engine has no plan', 'say with --plan where to keep it, and its results');
    if (resume !== undefined && shards !== undefined)
      throw new UsageError('--resume and --shards contradict each other', 'the plan has its shards');
    return {
      store,
      lockSeconds: readLock(),
      place: plan,
      name: planNameOf(plan),
      shards: shards ?? USUAL_SHARDS,
      resume,
      shardSigners,
    };
  };
}

function planNameOf(place: PlanPlace): string {
  const parts = (place.kind === 'folder' ? place.path : place.prefix).split(/[\\/]/);
  const name = parts.findLast((part) => part !== '') ?? '';
  if (PLAN_NAME.test(name)) return name;
  throw new UsageError(
    `--plan: ${JSON.stringify(name)} is no name by which workers can know a plan`,
    'end it with letters, digits, dots, hyphens or underscores: plans/2026-10',
  );
}

/** The place below which a worker finds plans; a bucket alone is one as well. Throws UsageError. */
export function parsePlansPlace(text: string): PlanPlace {
  if (!/^s3:/i.test(text)) return parsePlanPlace(text, 'plans');
  const { bucket, prefix } = parseS3Place(text, 'plans');
  return prefix === '' ? { kind: 's3', bucket, prefix } : parsePlanPlace(text, 'plans');
}
