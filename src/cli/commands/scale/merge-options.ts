import type { Command } from '@commander-js/extra-typings';
import { lastGroup, type Run, UsageError } from '../../options/common.ts';
import { type PlanPlace, parsePlanPlace } from '../../options/plan.ts';
import { signingOptions } from '../../options/signing.ts';
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
      | 'failOn'
      | 'quiet'
      | 'verbose'
      | 'progress'
      | 'color'
      | 'now'
    > {
  readonly plan: PlanPlace;
  /** SHA-256 that plan.json must have; undefined for any. */
  readonly planHash: string | undefined;
}

const EXAMPLES = `
Examples:
  trail-verify merge s3://audit-runs/2026-10 --output result
  trail-verify merge ./plan --keys cloudtrail-keys.jsonl --expect accounts.json

The merge lists the target again and proves every digest again. Of log files it
takes the word of those who wrote the results: see docs/scale.md.

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
  const options = command
    .optionsGroup('The plan:')
    .option(
      '--plan-sha256 <hash>',
      'SHA-256 that plan.json must have, as trail-verify plan printed it',
      parseHash,
    );
  command.optionsGroup('What is checked:');
  const readExpect = expectOption(command);
  const readReading = readingOptions(command);
  const readResults = resultsOptions(command, { exportsEvents: false });
  const readSigning = signingOptions(command);
  const readRecord = recordOptions(command);
  const readDisplay = displayOptions(command);
  lastGroup(command);
  const readNow = nowOption(command);
  command.action((text) => {
    const plan = parsePlanPlace(text, 'plan');
    const { events: _, ...results } = readResults();
    const signing = readSigning();
    if (!results.report)
      requireNothingWritten({ ...results, events: undefined, bag: undefined, state: undefined, signing });
    return run({
      plan,
      planHash: options.opts().planSha256,
      expectFile: readExpect(),
      ...readReading(),
      ...results,
      ...readDisplay(),
      signing: results.report ? signing : { ...signing, signer: { kind: 'nobody' } },
      record: readRecord(),
      now: readNow(Date.now()),
    });
  });
}

function parseHash(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new UsageError(
    `--plan-sha256: ${JSON.stringify(text)} is no SHA-256`,
    'take it from what trail-verify plan printed',
  );
}
