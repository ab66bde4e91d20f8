import { smallest } from '../base/lists.ts';
import { type Chain, chainId, digestFolderKey, parseDigestKey } from '../digest/digest-key.ts';
import type { FindingOf } from '../findings/finding.ts';
import { DIGEST_PERIOD } from './cadence.ts';
import type { ChainPlan, RunContext } from './chain-plan.ts';
import type { ListedDigest } from './digest-queue.ts';
import type { Place, PlaceFolder } from './discover.ts';
import { findingObject } from './finding-object.ts';
import { hasLogFiles } from './has-log-files.ts';
import { folderName } from './list-digests.ts';

/**
 * A finding for each folder of a place that should hold hourly digests and holds none, neither in the window nor around it
 * nor before it: log files lie there, or its digest folder is still there with something else in it. Later digests tell that
 * it may have begun after the window; then only
 * older log files ask for more. Whoever deletes
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
    const later = oldestLater(plans, folder, key);
    // A starting digest ends where logging began; an hour is left for clocks.
    const before = later === undefined ? undefined : later - DIGEST_PERIOD;
    const hasLogs = await hasLogFiles(context.source, folder, region, context.window, before);
    if (!hasLogs && later !== undefined) continue;
    if (!hasLogs && !folder.families.includes('CloudTrail-Digest')) continue;
    const object = findingObject({ bucket: folder.bucket, key }, context.moves);
    const evidence = { basis: hasLogs ? 'log-files' : 'digest-folder', account, region } as const;
    findings.push({ code: 'CHAIN_ABSENT', weight: 'unproven', object, evidence });
  }
  const told = new Set(findings.map(({ object }) => object.uri));
  for (const { chain, listed, above, below, later } of plans) {
    const found = listed[0] ?? above ?? below ?? later;
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

/** Whether a folder holds hourly digests of a chain that was there before the end of the window. */
function holdsDigest(plans: readonly ChainPlan[], folder: PlaceFolder, prefix: string): boolean {
  return plans.some(({ chain, listed, below, seenIn }) => {
    const known = below === undefined ? listed : [...listed, below];
    return (
      chain.kind === 'standard' &&
      known.length > 0 &&
      (seenIn?.has(folderName(folder.bucket, prefix)) === true || lieIn(known, folder, prefix))
    );
  });
}

/** When the window of the oldest hourly digest ends that a folder holds above the window (milliseconds since the epoch). */
function oldestLater(plans: readonly ChainPlan[], folder: PlaceFolder, prefix: string): number | undefined {
  const times = plans
    .filter(({ chain }) => chain.kind === 'standard')
    .flatMap(({ above, later }) => above ?? later ?? [])
    .filter((digest) => lieIn([digest], folder, prefix))
    .map(({ endTime }) => endTime);
  return times.length === 0 ? undefined : smallest(times);
}

function lieIn(digests: readonly ListedDigest[], { bucket }: PlaceFolder, prefix: string): boolean {
  return digests.some(({ ref }) => ref.bucket === bucket && ref.key.startsWith(prefix));
}
