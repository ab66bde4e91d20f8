import { BODY_SETS, type BodySet } from './log-bodies.ts';
import type { TrailRecipe } from './made-trail.ts';
import { type ChainShape, MOST_HOURS } from './trail-shape.ts';

const BUCKET = 'example-trail-logs';
const ACCOUNTS = ['111122223333', '444455556666', '777788889999'] as const;
const REGIONS = ['us-east-1', 'eu-west-1'] as const;

/** One chain of `digests` digests and a starting one, each naming an equal share of `logs` log files. */
export function oneChain(digests: number, logs: number, bodies: BodySet): TrailRecipe {
  const place = { account: ACCOUNTS[0], region: REGIONS[0], trail: 'audit' };
  const chain: ChainShape = { ...place, hours: digests, logs: Math.ceil(logs / digests) };
  return { shape: { bucket: BUCKET, chains: [chain] }, bodies };
}

/** Three accounts of two Regions each, as long as keys last times `share`: every digest names `logs` log files. */
export function organization(
  share: number,
  trails: number,
  logs: number,
  bodies: BodySet | undefined,
): TrailRecipe {
  const chains = ACCOUNTS.flatMap((account) =>
    REGIONS.flatMap((region) =>
      Array.from({ length: trails }, (_, at): ChainShape => {
        const hours = Math.max(2, Math.round(MOST_HOURS[region] * share));
        return {
          account,
          region,
          trail: ['audit', 'operations', 'security'][at] ?? `trail-${at}`,
          hours,
          logs,
        };
      }),
    ),
  );
  return { shape: { bucket: BUCKET, chains }, bodies };
}

/** As `organization`, with about that many log files in all. */
export function organizationOf(logs: number, mostLogs: number): TrailRecipe {
  const perDigest = Math.round(mostLogs / countHours(1));
  return organization(logs / mostLogs, 1, perDigest, BODY_SETS.tiny);
}

/** Two Regions of each of `accounts` accounts, with 12 digests in each and no log files: many chains, and little in them. */
export function shortChains(accounts: number): TrailRecipe {
  const chains = Array.from({ length: accounts }, (_, at) =>
    REGIONS.map((region): ChainShape => {
      const account = String(200_000_000_000 + at);
      return { account, region, trail: 'audit', hours: 11, logs: 0 };
    }),
  );
  return { shape: { bucket: BUCKET, chains: chains.flat() }, bodies: undefined };
}

/** Log files of each digest of an account that has some thousands of events an hour. */
const BUSY_LOGS = 26;

/** As `organization`, with at least that many log files as accounts have them, 56 events each in the middle. */
export function busyOrganization(logs: number): TrailRecipe {
  return organization(logs / (BUSY_LOGS * countHours(1)), 1, BUSY_LOGS, BODY_SETS.mixed);
}

function countHours(share: number): number {
  return ACCOUNTS.length * REGIONS.reduce((sum, region) => sum + Math.round(MOST_HOURS[region] * share), 0);
}
