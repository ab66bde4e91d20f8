import type { Command } from '@commander-js/extra-typings';
import { countParser, type Run, UsageError, verboseOption } from '../../options/common.ts';
import { type PlanPlace, parsePlanPlace, planHashOption } from '../../options/plan.ts';
import { type SignerSettings, signerOptions } from '../../options/signing.ts';
import { type ReadingSettings, readingOptions } from '../../options/target.ts';
import { nowOption } from '../../options/window.ts';

/** Everything that `run-shard` was asked for. */
export interface RunShardSettings extends ReadingSettings {
  readonly plan: PlanPlace;
  /** The shard; undefined where the environment of an array job says it. */
  readonly index: number | undefined;
  /** SHA-256 that plan.json must have. */
  readonly planHash: string;
  readonly signing: SignerSettings;
  readonly now: number | undefined;
}

const EXAMPLES = `
Examples:
  trail-verify run-shard s3://audit-runs/2026-10 --plan-sha256 cb85a7…9f14205 --index 0
  trail-verify run-shard ./plan --plan-sha256 cb85a7…9f14205 --index 12 --keys cloudtrail-keys.jsonl

The result is signed, because merge takes its word that log files agree: by an
identity of this machine's own, or with --sign-key, --sign-kms or another.

Without --index the shard is the one that AWS Batch (AWS_BATCH_JOB_ARRAY_INDEX)
or Kubernetes (JOB_COMPLETION_INDEX) says.

Exit codes: 0 the result is there, whatever was found; 2 usage or
configuration, 3 another result of the shard is there, and differs; 4 the run
failed.
`;

/** Adds `run-shard`. */
export function addRunShard(program: Command, run: Run<RunShardSettings>): void {
  const command = program
    .command('run-shard')
    .summary('read one shard of a plan, and write its result')
    .description(
      'Reads the digests of one shard and the log files that they name, and writes one result below PLAN/results. A result is written once. A second one that is the same changes nothing; one that differs is kept next to it.',
    )
    .argument('<plan>', 'folder or s3://bucket/prefix that trail-verify plan wrote')
    .addHelpText('after', EXAMPLES);
  const options = command
    .optionsGroup('The plan:')
    .option('--index <i>', 'the shard, from 0', countParser('--index', 0, 999_999));
  const readPlanHash = planHashOption(command);
  const readReading = readingOptions(command);
  command.optionsGroup('Signature:');
  const readSigner = signerOptions(command, 'the result');
  verboseOption(command);
  const readNow = nowOption(command);
  command.action((text) => {
    const plan = parsePlanPlace(text, 'plan');
    const { index } = options.opts();
    return run({
      plan,
      index,
      planHash: readPlanHash(),
      signing: readSigner(),
      now: readNow(Date.now()),
      ...readReading(),
    });
  });
}

/** The shard that the environment of an array job says. Throws UsageError where nothing does. */
export function indexOf(
  index: number | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): number {
  if (index !== undefined) return index;
  const said = ['AWS_BATCH_JOB_ARRAY_INDEX', 'JOB_COMPLETION_INDEX'].flatMap((name) => {
    const text = environment[name] ?? '';
    if (text === '') return [];
    if (/^\d{1,6}$/.test(text)) return [{ name, shard: Number(text) }];
    throw new UsageError(`${name}: ${JSON.stringify(text)} is no shard`, 'give --index');
  });
  const [first, second = first] = said;
  if (first === undefined)
    throw new UsageError('no shard was given', 'give --index, or run it as an array job');
  if (first.shard === second?.shard) return first.shard;
  throw new UsageError(`${first.name} and ${second?.name} say two shards`, 'give --index');
}
