import type { Command } from '@commander-js/extra-typings';
import { countParser, type Run, verboseOption } from '../../options/common.ts';
import { parsePlansPlace, type StoreSettings, storeOptions } from '../../options/engine.ts';
import { type PlanPlace, runSignerOption } from '../../options/plan.ts';
import { type SignerSettings, signerOptions } from '../../options/signing.ts';
import { type ReadingSettings, readingOptions } from '../../options/target.ts';
import { nowOption } from '../../options/window.ts';

/** Everything that `worker` was asked for. */
export interface WorkerSettings extends ReadingSettings, StoreSettings {
  /** Plans are directly below it. */
  readonly plans: PlanPlace;
  readonly shardsAtOnce: number;
  readonly untilEmpty: boolean;
  /** Files of certificates: who may have shards read here, besides this machine's own signer. */
  readonly runSigners: readonly string[];
  readonly signing: SignerSettings;
  readonly now: number | undefined;
}

const EXAMPLES = `
Examples:
  trail-verify worker s3://audit-runs --store redis://10.0.0.5:6379
  trail-verify worker ./plans --store postgres://worker@10.0.0.5/jobs --until-empty
  trail-verify verify s3://my-trail-bucket --month 2026-10 --engine bullmq --store redis://10.0.0.5:6379 --plan s3://audit-runs/2026-10

A worker takes shards of plans that are directly below <plans>, and that its own
signer or one of --run-signer has signed, and of no others.
It reads with its own credentials and keys, and signs what it read: by an
identity of this machine's own, or with --sign-key, --sign-kms or another.
docs/scale.md has the rest.

Exit codes: 0 ended by a signal, or nothing is left; 2 usage or configuration,
3 a result differs from one that was there, 4 a shard or the run failed.
`;

/** Adds `worker`. */
export function addWorker(program: Command, run: Run<WorkerSettings>): void {
  const command = program
    .command('worker')
    .summary('read shards of plans for an engine, until it is stopped')
    .description(
      'Takes shards that trail-verify verify --engine has put into a store, reads them as run-shard does, and writes their results into their plans. Ctrl-C hands back what is being read.',
    )
    .argument('<plans>', 'folder or s3://bucket[/prefix] with plans directly below it')
    .addHelpText('after', EXAMPLES);
  command.optionsGroup('The engine:');
  const readStore = storeOptions(command);
  const options = command
    .option(
      '--shards-at-once <n>',
      'shards that are read at the same time',
      countParser('--shards-at-once', 1, 64),
      1,
    )
    .option('--until-empty', 'end when nothing is left to do');
  const readRunSigners = runSignerOption(command);
  const readReading = readingOptions(command);
  command.optionsGroup('Signature:');
  const readSigner = signerOptions(command, 'the results');
  verboseOption(command);
  const readNow = nowOption(command);
  command.action((text) => {
    const plans = parsePlansPlace(text);
    const { shardsAtOnce, untilEmpty = false } = options.opts();
    return run({
      plans,
      shardsAtOnce,
      untilEmpty,
      runSigners: readRunSigners(),
      ...readStore(),
      ...readReading(),
      signing: readSigner(),
      now: readNow(Date.now()),
    });
  });
}
