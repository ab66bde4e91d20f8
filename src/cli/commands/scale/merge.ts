import { TrailVerifyError } from '../../../base/errors.ts';
import { VERSION } from '../../../base/version.ts';
import { ShardResults } from '../../../scale/shard-results.ts';
import { openPlanStore, readStoredPlan, resultStore, settingsOf } from '../../io/plan.ts';
import { askingAt } from '../../io/secrets.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { RunRecord } from '../../options/added.ts';
import { verifyCommand } from '../verify.ts';
import type { MergeSettings } from './merge-options.ts';

/** Makes the report of a plan, as `verify` makes one, and returns its exit code. Throws as `verify` does, and CONFIGURATION for what is no plan. */
export async function mergeCommand(
  settings: MergeSettings,
  terminal: Terminal,
  record: RunRecord,
): Promise<number> {
  const { plan: place, planHash, ...asked } = settings;
  const store = openPlanStore(place, askingAt(terminal, settings.access));
  const plan = await readStoredPlan(store, place);
  if (planHash !== undefined && planHash !== plan.sha256)
    throw new TrailVerifyError('CONFIGURATION', `plan.json of ${store.location} has SHA-256 ${plan.sha256}`, {
      hint: 'it is another plan than --plan-sha256 says: do not merge it before you know why',
    });
  return verifyCommand(
    {
      ...settingsOf(plan, asked, settings.now),
      ...asked,
      events: undefined,
      bag: undefined,
      state: undefined,
      shards: new ShardResults(plan, VERSION, resultStore(store)),
      plan: { name: `${store.location.replace(/\/$/, '')}/plan.json`, sha256: plan.sha256 },
    },
    terminal,
    record,
  );
}
