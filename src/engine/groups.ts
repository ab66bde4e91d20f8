/** Shards by their accounts, in the order of the plan. */

/** A plan as the engine knows it. */
export interface PlannedWork {
  /** The name by which workers know it. */
  readonly name: string;
  /** SHA-256 of its `plan.json`. */
  readonly sha256: string;
  /** The account that each shard begins with, in the order of the shards. */
  readonly shards: readonly string[];
}

/** Shards of one account that are neighbours. */
export interface Group {
  readonly account: string;
  readonly shards: readonly number[];
}

/** Jobs below one: more are more memory of the store in one piece. */
const MOST_BELOW = 2_000;

/** Parts the shards of a plan. A shard of several accounts is with those of its first. */
export function groupsOf(accounts: readonly string[]): readonly Group[] {
  const groups: { readonly account: string; readonly shards: number[] }[] = [];
  for (const [shard, account] of accounts.entries()) {
    const last = groups.at(-1);
    if (last?.account === account && last.shards.length < MOST_BELOW) last.shards.push(shard);
    else groups.push({ account, shards: [shard] });
  }
  return groups;
}
