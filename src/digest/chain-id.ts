import type { ChainKind, DigestKey } from './digest-key.ts';

/**
 * What makes digests one chain: the same account, delivering Region, trail name, home Region and kind. Where
 * they lie is no part of it, so that a trail that moved to another bucket or prefix stays one chain.
 */
export interface Chain {
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly homeRegion: string;
  readonly kind: ChainKind;
}

/** A chain's name in reports and findings: `account/region/trail@home-region`, with `/backfill` behind a backfill chain. */
export function chainId(chain: Chain): string {
  const suffix = chain.kind === 'backfill' ? '/backfill' : '';
  return `${chain.account}/${chain.region}/${chain.trail}@${chain.homeRegion}${suffix}`;
}

/** The chain a digest belongs to, by its key. */
export function chainOf(key: DigestKey): Chain {
  const { account, region, trail, homeRegion, kind } = key;
  return { account, region, trail, homeRegion, kind };
}
