import { VERSION } from '../../../base/version.ts';
import { ShardResults } from '../../../scale/shard-results.ts';
import { openPlanStore, readStoredPlan, resultStore, settingsOf, trustedSigners } from '../../io/plan.ts';
import { askingAt } from '../../io/secrets.ts';
import { openSigner } from '../../io/signer.ts';
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
  const { plan: place, planHash, shardSigners, own, ...asked } = settings;
  const access = askingAt(terminal, settings.access);
  const store = openPlanStore(place, access);
  const plan = await readStoredPlan(store, place, planHash);
  return verifyCommand(
    {
      ...settingsOf(plan, asked, settings.now),
      ...asked,
      events: undefined,
      bag: undefined,
      state: undefined,
      shards: async (signer) => {
        const known = signer ?? (await openSigner(own, access, terminal))?.signer;
        const trusted = await trustedSigners(known, shardSigners);
        return new ShardResults(plan, { tool: VERSION, store: resultStore(store), trusted });
      },
      plan: { name: `${store.location.replace(/\/$/, '')}/plan.json`, sha256: plan.sha256 },
    },
    terminal,
    record,
  );
}
