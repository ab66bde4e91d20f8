/**
 * A function of AWS Lambda that reads one shard of a plan, as `run-shard` does.
 *
 *     export { handler } from 'trail-verify/lambda';
 *
 * Who calls a function is not who set it up. So the event names a plan, and nothing else: the place of plans, the keys that count and
 * the key that signs are in the function's environment, by the names that the options of `run-shard` have there.
 */
import { Command as PlainCommand } from 'commander';
import { classifyFailure } from '../aws/failure.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { escapeTerminal } from '../render/escape.ts';
import { WORKER_ERRORS } from '../scale/deploy/machine.ts';
import { isPlanName } from '../scale/deploy/names.ts';
import { addRunShard, type RunShardSettings } from './commands/scale/run-shard-options.ts';
import { EXIT, exitCodeOfError } from './io/exit.ts';
import { openPlanStore, readStoredPlan } from './io/plan.ts';
import { addSettings } from './io/settings.ts';
import { openShards } from './io/shard.ts';
import type { Terminal } from './io/terminal.ts';
import { addElsewhere, typedLine } from './options/added.ts';
import { requireOneValueEach, UsageError } from './options/common.ts';
import { parsePlanPlace } from './options/plan.ts';

/** What the function is asked for. */
export interface ShardEvent {
  /** The name of the plan below the place of plans. */
  readonly plan: string;
  /** SHA-256 that its plan.json must have. */
  readonly planSha256: string;
  readonly index: number;
}

/** The part of Lambda's context that is used. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** What came of a shard. The result itself is in the plan. */
export interface ShardAnswer {
  readonly plan: string;
  readonly index: number;
  /** Whether it is the first, the same as the first, another next to one that somebody else signed, or differs from the first. */
  readonly kept: 'first' | 'same' | 'another' | 'differs';
  readonly digests: number;
  readonly logs: { readonly agree: number; readonly left: number };
  /** Findings by their codes. */
  readonly findings: Readonly<Record<string, number>>;
}

/** An error whose name says to the state machine whether a retry mends it: see `WORKER_ERRORS`. */
export class ShardError extends Error {
  constructor(name: string, message: string, cause?: unknown) {
    super(escapeTerminal(message).slice(0, MOST_MESSAGE), { cause });
    this.name = name;
  }
}

/** A state machine keeps 32 KB of it. */
const MOST_MESSAGE = 2_000;
/** The reading ends so long before the function is cut off, and the function itself so long. */
const TO_END_READING = 20_000;
const TO_END = 5_000;
/** The variable that has the place of plans. */
const PLANS_VARIABLE = 'TRAIL_VERIFY_PLANS';

/** Reads one shard. Rejects with ShardError. */
export async function handler(event: unknown, context: LambdaContext): Promise<ShardAnswer> {
  const controller = new AbortController();
  const left = context.getRemainingTimeInMillis();
  const timers: NodeJS.Timeout[] = [];
  const outOfTime = new ShardError(
    WORKER_ERRORS.outOfTime,
    'the shard is larger than the time of the function: plan more shards, or give it more time or processors',
  );
  const ended = new Promise<never>((_, reject) => {
    timers.push(setTimeout(() => controller.abort(), Math.max(0, left - TO_END_READING)));
    timers.push(setTimeout(() => reject(outOfTime), Math.max(0, left - TO_END)));
  });
  try {
    return await Promise.race([readShardOf(shardEvent(event), controller.signal), ended]);
  } catch (error) {
    throw error === outOfTime || isInterruption(error) ? outOfTime : shardError(error);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** The event, strictly. Throws UsageError. */
function shardEvent(event: unknown): ShardEvent {
  const fields = typeof event === 'object' && event !== null && !Array.isArray(event) ? event : {};
  const { plan, planSha256, index, ...others } = fields as Readonly<Record<string, unknown>>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new UsageError(`the event has a field ${JSON.stringify(other)}`);
  if (typeof plan !== 'string' || !isPlanName(plan)) throw new UsageError('the event names no plan');
  if (typeof planSha256 !== 'string' || !/^[0-9a-f]{64}$/.test(planSha256))
    throw new UsageError('the event has no SHA-256 of plan.json');
  if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > 999_999)
    throw new UsageError('the event has no number of a shard');
  return { plan, planSha256, index };
}

async function readShardOf(event: ShardEvent, signal: AbortSignal): Promise<ShardAnswer> {
  const { plan: name, planSha256, index } = event;
  const { [PLANS_VARIABLE]: plans, ...environment } = process.env;
  if (plans === undefined || plans === '')
    throw new UsageError(`${PLANS_VARIABLE} is not set`, 'set it to s3://bucket/prefix, the place of plans');
  const place = parsePlanPlace(`${plans.replace(/\/$/, '')}/${name}`, PLANS_VARIABLE);
  const terminal = logTerminal(environment);
  const settings = await settingsOf(place, event, terminal);
  const store = openPlanStore(settings.plan, settings.access);
  const plan = await readStoredPlan(store, settings.plan, planSha256);
  const shards = await openShards(store, plan, settings, terminal);
  try {
    const { kept, summary } = await shards.run(index, signal);
    const { digests, logs, findings } = summary;
    return { plan: name, index, kept, digests, logs, findings };
  } finally {
    await shards.close();
  }
}

type PlanPlace = RunShardSettings['plan'];

/** The settings that `run-shard` would have of this environment. */
async function settingsOf(
  place: PlanPlace,
  { planSha256, index }: ShardEvent,
  terminal: Terminal,
): Promise<RunShardSettings> {
  const at = place.kind === 's3' ? `s3://${place.bucket}/${place.prefix}` : place.path;
  let settings: RunShardSettings | undefined;
  const program = new PlainCommand('trail-verify') as PlainCommand & Parameters<typeof addRunShard>[0];
  addRunShard(program, async (given) => {
    settings = given;
  });
  const line = typedLine(['run-shard', at, '--index', String(index), '--plan-sha256', planSha256]);
  addElsewhere(program, line, terminal, addSettings);
  requireOneValueEach(program);
  await program.parseAsync(line.typed, { from: 'user' });
  if (settings === undefined) throw new TrailVerifyError('INTERNAL', 'run-shard has no settings');
  if (settings.signing.signer.kind === 'local')
    throw new UsageError(
      'a function keeps no identity of its own, and no key signs its results',
      'set TRAIL_VERIFY_SIGN_KMS and TRAIL_VERIFY_SIGN_CERT',
    );
  return settings;
}

/** Surroundings without a person: what is said goes to the log of the function. */
function logTerminal(environment: Terminal['environment']): Terminal {
  const sink = { write: (text: string) => process.stderr.write(text), isTerminal: false, columns: 100 };
  return {
    out: sink,
    error: sink,
    environment,
    onInterrupt: () => () => {},
    readSecret: async () => undefined,
    kill: () => {},
  };
}

/** Errors that pass: AWS refused more for now, or could not be reached. */
const PASSING: ReadonlySet<string> = new Set(['UNREACHABLE', 'OUTPUT_NOT_WRITTEN', 'SIGNING_FAILED']);
/** Errors of rights: they stay until somebody grants more. */
const OF_RIGHTS: ReadonlySet<string> = new Set(['ACCESS_DENIED', 'CREDENTIALS']);

function shardError(error: unknown): ShardError {
  const { message, hint, code } = wordsOf(error);
  const text = hint === undefined ? message : `${message} (${hint})`;
  const denied = error instanceof TrailVerifyError && classifyFailure(error.cause) === 'denied';
  if (PASSING.has(code) && !denied) return new ShardError(WORKER_ERRORS.throttled, text, error);
  if (exitCodeOfError(code) === EXIT.usage || denied || OF_RIGHTS.has(code))
    return new ShardError(WORKER_ERRORS.configuration, text, error);
  return new ShardError(WORKER_ERRORS.failed, text, error);
}

function wordsOf(error: unknown): {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly code: string;
} {
  if (error instanceof UsageError || error instanceof TrailVerifyError) return error;
  return { message: error instanceof Error ? error.message : String(error), code: 'INTERNAL' };
}

function isInterruption(error: unknown): boolean {
  return error instanceof TrailVerifyError && error.code === 'INTERRUPTED';
}
