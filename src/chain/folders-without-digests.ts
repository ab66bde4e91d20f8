import { type Chain, chainId } from '../digest/chain-id.ts';
import { digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { FindingOf } from '../findings/finding.ts';
import type { ChainPlan, RunContext } from './chain-plan.ts';
import type { Place, PlaceFolder } from './discover.ts';
import { findingObject } from './finding-object.ts';
import { hasLogFiles } from './has-log-files.ts';
import { folderName } from './list-digests.ts';

/**
 * A finding for each folder of a place that should hold hourly digests and holds none, neither in the window nor around it
 * nor before it: log files lie there, or its digest folder is still there with something else in it. Whoever deletes
 * digests may well leave a marker, a stray object or the backfill digests behind: so there is one, too, for each trail
 * that has backfill digests there and no hourly ones.
 */
export async function foldersWithoutDigests(
  place: Place,
  plans: readonly ChainPlan[],
  context: RunContext,
  isInScope: (chain: Chain) => boolean = () => true,
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
  const told = new Set(findings.map(({ object }) => object.uri));
  for (const { chain, listed, above, below } of plans) {
    const found = listed[0] ?? above ?? below;
    if (chain.kind === 'standard' || found === undefined || plans.some((one) => isHourly(one.chain, chain)))
      continue;
    const named = parseDigestKey(found.ref.key);
    if (named === undefined || !isInScope(chain)) continue;
    const folder = { bucket: found.ref.bucket, key: digestFolderKey(named, region) };
    const object = findingObject(folder, context.moves);
    if (told.has(object.uri)) continue;
    const evidence = { basis: 'backfill-digests', account, region, trail: chain.trail } as const;
    findings.push({ code: 'CHAIN_ABSENT', weight: 'unproven', object, evidence });
  }
  return findings;
}

/** Whether `chain` is the hourly chain that a backfill chain belongs to. */
function isHourly(chain: Chain, backfill: Chain): boolean {
  return chainId(chain) === chainId({ ...backfill, kind: 'standard' });
}

function holdsDigest(plans: readonly ChainPlan[], { bucket }: PlaceFolder, prefix: string): boolean {
  return plans.some(
    ({ chain, listed, above, below, seenIn }) =>
      chain.kind === 'standard' &&
      (seenIn?.has(folderName(bucket, prefix)) === true ||
        [...listed, above, below].some(
          (one) => one?.ref.bucket === bucket && one.ref.key.startsWith(prefix),
        )),
  );
}
