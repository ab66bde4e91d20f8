import type { Command } from '@commander-js/extra-typings';
import { lastGroup, type Run } from '../../options/common.ts';
import { type PlanPlace, parsePlanPlace, planHashOption, shardSignerOption } from '../../options/plan.ts';
import { type SignerSettings, signingOptions, signingWhere } from '../../options/signing.ts';
import { stateOptions } from '../../options/state.ts';
import { expectOption, type ReadingSettings, readingOptions } from '../../options/target.ts';
import { nowOption } from '../../options/window.ts';
import {
  displayOptions,
  recordOptions,
  requireNothingWritten,
  resultsOptions,
  type VerifySettings,
} from '../verify-options.ts';

/** Everything that `merge` was asked for; the rest is in the plan. */
export interface MergeSettings
  extends ReadingSettings,
    Pick<
      VerifySettings,
      | 'expectFile'
      | 'acceptFile'
      | 'output'
      | 'force'
      | 'report'
      | 'format'
      | 'also'
      | 'signing'
      | 'record'
      | 'metrics'
      | 'state'
      | 'failOn'
      | 'quiet'
      | 'verbose'
      | 'progress'
      | 'color'
      | 'now'
    > {
  readonly plan: PlanPlace;
  /** SHA-256 that plan.json must have. */
  readonly planHash: string;
  /** The option that gave the hash, for a run that makes its plan itself (default --plan-sha256). */
  readonly hashFrom?: '--resume' | undefined;
  /** Files of certificates: whose results count, besides those of this run's signer. */
  readonly shardSigners: readonly string[];
  /** Whose results count besides, also where there is no report to sign. */
  readonly own: SignerSettings;
}

const EXAMPLES = `
Examples:
  trail-verify merge s3://audit-runs/2026-10 --plan-sha256 cb85a7…9f14205 --output result
  trail-verify merge s3://audit-runs/2026-10 --plan-sha256 cb85a7…9f14205 --shard-signer worker.pem
  trail-verify merge ./plan --plan-sha256 cb85a7…9f14205 --keys cloudtrail-keys.jsonl --expect accounts.json

The merge lists the target again and proves every digest again. That log files
agree is the word of the machines that signed the results: see docs/scale.md.

Exit codes: 0 VALID, 1 INVALID, 2 usage or configuration, 3 INCONCLUSIVE, 4 the
run failed.
`;

/** Adds `merge`. */
export function addMerge(program: Command, run: Run<MergeSettings>): void {
  const command = program
    .command('merge')
    .summary('make the report of a plan from the results of its shards')
    .description(
      'Makes the report that verify would make on one machine. Digests and the agreement of log files come from the results of the shards; all else it reads itself. A shard without a result that counts is unproven.',
    )
    .argument('<plan>', 'folder or s3://bucket/prefix that trail-verify plan wrote')
    .addHelpText('after', EXAMPLES);
  command.optionsGroup('The plan:');
  const readPlanHash = planHashOption(command);
  const readShardSigners = shardSignerOption(command);
  command.optionsGroup('What is checked:');
  const readExpect = expectOption(command);
  const readReading = readingOptions(command);
  const readResults = resultsOptions(command, { exportsEvents: false });
  const readSigning = signingOptions(command);
  const readState = stateOptions(command);
  const readRecord = recordOptions(command);
  const readDisplay = displayOptions(command);
  lastGroup(command);
  const readNow = nowOption(command);
  command.action((text) => {
    const plan = parsePlanPlace(text, 'plan');
    const { events: _, ...results } = readResults();
    const signing = readSigning();
    const machineTime = Date.now();
    const now = readNow(machineTime);
    // What the plan says of them is asked when it is read.
    const state = readState({ logs: true, unlisted: true, hasEnd: false }, now ?? machineTime);
    if (!results.report)
      requireNothingWritten({ ...results, events: undefined, bag: undefined, state, signing });
    return run({
      plan,
      planHash: readPlanHash(),
      shardSigners: readShardSigners(),
      own: signing,
      expectFile: readExpect(),
      ...readReading(),
      ...results,
      ...readDisplay(),
      signing: signingWhere(results.report || state !== undefined, signing),
      record: readRecord(),
      state,
      now,
    });
  });
}
