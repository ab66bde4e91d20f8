import { VERSION } from '../../../base/version.ts';
import { signerCertificate } from '../../../pki/sign.ts';
import { ShardResults } from '../../../scale/shard-results.ts';
import {
  openPlanStore,
  readStoredPlan,
  requireNotInPlan,
  resultStore,
  settingsOf,
  trustedSigners,
} from '../../io/plan.ts';
import { askingAt } from '../../io/signing/secrets.ts';
import { openSigner } from '../../io/signing/signer.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { RunRecord } from '../../options/added.ts';
import { requireWhole } from '../../options/state.ts';
import { verifyCommand } from '../verify.ts';
import type { MergeSettings } from './merge-options.ts';

/** Makes the report of a plan, as `verify` makes one, and returns its exit code. Throws as `verify` does, and CONFIGURATION for what is no plan. */
export async function mergeCommand(
  settings: MergeSettings,
  terminal: Terminal,
  record: RunRecord,
): Promise<number> {
  const { plan: place, planHash, hashFrom, shardSigners, own: ownSettings, ...asked } = settings;
  await requireNotInPlan(place, settings);
  const access = askingAt(terminal, settings.access);
  const store = openPlanStore(place, access);
  const plan = await readStoredPlan(store, place, planHash, { hashFrom });
  const { logs, unlisted, hasEnd } = plan.document.asked;
  if (settings.state !== undefined) requireWhole({ logs, unlisted, hasEnd });
  return verifyCommand(
    {
      ...settingsOf(plan, asked, settings.now),
      ...asked,
      events: undefined,
      bag: undefined,
      shards: async (signer, { requireOwn, note }) => {
        for (const file of shardSigners) await requireOwn('--shard-signer', file);
        const known = signer ?? (await openSigner(ownSettings, access, terminal))?.signer;
        const trusted = await trustedSigners(known, shardSigners, note);
        const own = known && signerCertificate(known).fingerprint;
        return new ShardResults(plan, { tool: VERSION, store: resultStore(store), trusted, own });
      },
      plan: { name: `${store.location.replace(/\/$/, '')}/plan.json`, sha256: plan.sha256 },
    },
    terminal,
    record,
  );
}
