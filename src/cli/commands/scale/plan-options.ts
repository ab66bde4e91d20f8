import type { Command } from '@commander-js/extra-typings';
import { countParser, type Run, verboseOption } from '../../options/common.ts';
import { type PlanPlace, parsePlanPlace } from '../../options/plan.ts';
import { requireWhole, type StateSettings, statePlaceOption } from '../../options/state.ts';
import { type TargetSettings, targetOptions } from '../../options/target.ts';
import { nowOption } from '../../options/window.ts';

/** Everything that `plan` was asked for. */
export interface PlanSettings extends TargetSettings {
  readonly shards: number;
  readonly output: PlanPlace;
  /** The state whose proofs need no shard; undefined for none. */
  readonly state: StateSettings['place'] | undefined;
}

const EXAMPLES = `
Examples:
  trail-verify plan s3://my-trail-bucket --month 2026-10 --shards 64 --output s3://audit-runs/2026-10
  trail-verify run-shard s3://audit-runs/2026-10 --plan-sha256 cb85a7…9f14205 --index 0
  trail-verify merge s3://audit-runs/2026-10 --plan-sha256 cb85a7…9f14205 --output result

The hash is the one that plan prints: who can write where plans lie can put
another there.

PLAN holds what is verified and no credentials. It must not be where somebody
can write who can write the target. docs/scale.md has the rest.
`;

/** Adds `plan`. */
export function addPlan(program: Command, run: Run<PlanSettings>): void {
  const command = program
    .command('plan')
    .summary('divide a verification into shards for many machines')
    .description(
      'Lists the digests of the target, reads none, and writes a plan: which machine reads which chains and which time. trail-verify run-shard reads one shard, and trail-verify merge makes the report of all.',
    )
    .argument('[target]', 's3://bucket[/prefix], a trail ARN, or a folder that mirrors a bucket')
    .addHelpText('after', EXAMPLES);
  const target = targetOptions(command, { expects: false });
  const options = command
    .optionsGroup('The plan:')
    .requiredOption(
      '--shards <n>',
      'shards at most, of about as many digests each',
      countParser('--shards', 1, 1_000_000),
    )
    .requiredOption(
      '--output <plan>',
      'folder or s3://bucket/prefix for the plan and its results; no other plan is replaced',
      (text) => parsePlanPlace(text, '--output'),
    );
  const readState = statePlaceOption(
    command,
    'file or s3://bucket/key of the state that the merge goes on from: no shard reads what it proves',
  );
  verboseOption(command);
  const readNow = nowOption(command);
  command.action((place) => {
    const machineTime = Date.now();
    const now = readNow(machineTime);
    const what = target.read(place, now ?? machineTime);
    const { shards, output } = options.opts();
    const state = readState();
    if (state !== undefined) requireWhole({ ...what, hasEnd: what.to !== undefined });
    return run({ ...what, now, shards, output, state });
  });
}
