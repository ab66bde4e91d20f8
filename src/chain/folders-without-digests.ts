import { digestFolderKey } from '../digest/digest-key.ts';
import type { FindingOf } from '../findings/finding.ts';
import type { ChainPlan, RunContext } from './chain-plan.ts';
import type { Place, PlaceFolder } from './discover.ts';
import { findingObject } from './finding-object.ts';
import { hasLogFiles } from './has-log-files.ts';

/**
 * A finding for each folder of a place that should hold hourly digests and holds none, neither in the window nor near it:
 * log files of the window lie there, or its digest folder is still there with something else in it. Whoever deletes
 * digests may well leave a marker, a stray object or the backfill digests behind.
 */
export async function foldersWithoutDigests(
  place: Place,
  plans: readonly ChainPlan[],
  context: RunContext,
): Promise<readonly FindingOf<'CHAIN_ABSENT'>[]> {
  const { account, region } = place;
  const findings: FindingOf<'CHAIN_ABSENT'>[] = [];
  for (const folder of place.folders) {
    const key = digestFolderKey(folder, region);
    if (holdsDigest(plans, folder, key)) continue;
    const hasLogs = await hasLogFiles(context.source, folder, region, context.window);
    if (!hasLogs && !folder.families.includes('CloudTrail-Digest')) continue;
    const object = findingObject({ bucket: folder.bucket, key }, context.moves);
    const evidence = { basis: hasLogs ? 'log-files' : 'digest-folder', account, region } as const;
    findings.push({ code: 'CHAIN_ABSENT', weight: 'unproven', object, evidence });
  }
  return findings;
}

function holdsDigest(plans: readonly ChainPlan[], { bucket }: PlaceFolder, prefix: string): boolean {
  return plans.some(
    ({ chain, listed, above, below }) =>
      chain.kind === 'standard' &&
      [...listed, above, below].some((one) => one?.ref.bucket === bucket && one.ref.key.startsWith(prefix)),
  );
}
