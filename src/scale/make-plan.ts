import { HOUR, isoTime } from '../base/clock.ts';
import { mapParallel } from '../base/flow.ts';
import { asciiJson } from '../base/json.ts';
import { discover, type Place } from '../chain/discover.ts';
import { type Scope, type ScopeTests, scopeExpectations, scopeTests } from '../chain/expectations.ts';
import { type Expectation, listDigests, type Window } from '../chain/list-digests.ts';
import { RefusedListings } from '../chain/listings.ts';
import { knownAccounts } from '../chain/refused-listings.ts';
import { sha256 } from '../crypto/hash.ts';
import { type Chain, chainId, type Relocation, relocator } from '../digest/digest-key.ts';
import type { Source } from '../source/source.ts';
import { PLAN_SCHEMA, type PlanDocument, type Shard, type Stretch, type StretchFolder } from './plan.ts';

/** Plans: chains and the number of their digests by the listings alone, cut into shards that are about alike. */

/** What a plan is made of. */
export interface PlanRequest<Asked extends object> {
  readonly source: Source;
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly scope?: Scope | undefined;
  readonly expectations?: readonly Expectation[] | undefined;
  readonly relocated?: readonly Relocation[] | undefined;
  readonly window: Window;
  /** The time of the plan, in milliseconds since the epoch. */
  readonly now: number;
  /** Whether log files are read, and whether those are looked for that no digest lists. */
  readonly logs: boolean;
  readonly unlisted: boolean;
  /**
   * Only time is saved by it: what the merge wants to have read, and no shard has, it reads.
   */
  readonly settled?: Settled | undefined;
  /** The shards that are asked for: there are fewer where there are fewer digests. */
  readonly count: number;
  readonly asked: Asked;
  readonly tool: string;
  /** 32 hex digits, drawn for this plan. */
  readonly run: string;
}

/**
 * From when on a place is read, in milliseconds since the epoch, because a state proves what was before; undefined where all of it is
 * read, or where the state does not know `chain`.
 */
export type Settled = (place: Pick<Place, 'account' | 'region'>, chain?: Chain) => number | undefined;

/** Places that are listed at once. */
const PLACES_AT_ONCE = 8;
/** How far another clock may be ahead. */
const CLOCK_SLACK = HOUR;

/** A plan as text, with what it could not list: nobody reads ahead what is in there, and the merge finds the same. */
export interface MadePlan<Asked extends object> {
  readonly plan: string;
  readonly shards: string;
  readonly document: PlanDocument<Asked>;
  readonly refused: number;
}

/** Makes the two files of a plan. Rejects as the listings of the source do, but for those that are refused. */
export async function makePlan<Asked extends object>(request: PlanRequest<Asked>): Promise<MadePlan<Asked>> {
  const { targets, window, now, asked, tool, run, expectations = [], relocated = [] } = request;
  const refused = new RefusedListings();
  const source = refused.around(request.source);
  const scope = scopeTests(request.scope);
  const given = expectations.filter(scope.includesExpectation);
  const all = [...given, ...scopeExpectations(request.scope, given)];
  // As every run looks for them, so that the plan has all chains that the run will walk.
  const known = knownAccounts(request.scope ?? {}, all, relocator(relocated));
  // The search itself goes on below what it may not list, and must know what that is.
  const found = await discover({ source: request.source, targets, inScope: scope.includesPlace, known });
  const listing = { ...request, source };
  const listings = await mapParallel(found.places, PLACES_AT_ONCE, (place) =>
    unsettled(place, scope, listing),
  );
  const chains = listings.flat();
  const shards = cut(chains, request.count);
  const lines = shards.map((shard) => `${asciiJson(shard)}\n`).join('');
  const document: PlanDocument<Asked> = {
    schema: PLAN_SCHEMA,
    tool,
    run,
    planned: isoTime(now),
    window: { from: window.from === undefined ? null : exactTime(window.from), to: exactTime(window.to) },
    asked,
    shards: {
      count: shards.length,
      digests: chains.reduce((sum, { digests }) => sum + digests, 0),
      bytes: lines.length,
      sha256: sha256(Buffer.from(lines, 'latin1')),
    },
  };
  const count = found.refused.length + refused.all.length;
  return { plan: `${asciiJson(document, 2)}\n`, shards: lines, document, refused: count };
}

/** To the millisecond: who reads the plan must have the very window. */
function exactTime(time: number): string {
  return new Date(time).toISOString();
}

/** A chain as the listing shows it: how many digests, and from when to when. Nothing is kept of each. */
interface Listed {
  readonly chain: Chain;
  /** Only digests that end after it; undefined for all of the window. */
  readonly since: number | undefined;
  readonly folders: StretchFolder[];
  readonly logs: boolean;
  digests: number;
  oldest: number;
  newest: number;
}

/** The chains of a place, without what a state proves of them. */
async function unsettled(
  place: Place,
  scope: ScopeTests,
  request: PlanRequest<object>,
): Promise<readonly Listed[]> {
  const since = request.settled?.(place);
  if (since !== undefined) {
    const fresh = await listPlace(place, scope, request, since);
    // A chain that the state does not know has it prove nothing of the place.
    if (fresh.every(({ chain }) => chain.kind === 'backfill' || request.settled?.(place, chain) === since))
      return fresh;
  }
  return listPlace(place, scope, request);
}

async function listPlace(
  { region, folders }: Place,
  scope: ScopeTests,
  { source, window: whole, now, logs, unlisted }: PlanRequest<object>,
  since?: number,
): Promise<readonly Listed[]> {
  const window = since === undefined ? whole : { from: since, to: whole.to };
  const chains = new Map<string, Listed>();
  const latest = Math.max(now, window.to) + CLOCK_SLACK;
  for (const folder of folders.filter(({ families }) => families.includes('CloudTrail-Digest'))) {
    const found = await listDigests(source, folder, region, { window, latest });
    for (const [id, { chain, listed }] of found) {
      const isMeant = scope.includesChain(chain);
      // What is out of scope is walked only for the log files that it lists.
      if (listed.length === 0 || !(isMeant || unlisted)) continue;
      const known = chains.get(id) ?? emptyOf(chain, isMeant && logs, since);
      chains.set(id, known);
      known.folders.push({ bucket: folder.bucket, prefix: folder.prefix });
      known.digests += listed.length;
      for (const { endTime } of listed) {
        known.oldest = Math.min(known.oldest, endTime);
        known.newest = Math.max(known.newest, endTime);
      }
    }
  }
  return [...chains.values()];
}

function emptyOf(chain: Chain, logs: boolean, since: number | undefined): Listed {
  return {
    chain,
    since,
    folders: [],
    logs,
    digests: 0,
    oldest: Number.POSITIVE_INFINITY,
    newest: Number.NEGATIVE_INFINITY,
  };
}

/**
 * Cuts chains into at most `count` shards of about as many digests each: all chains in the order of their ids, each newest first, are
 * one row, and a shard is the next part of it. So small chains share a shard, and a large one has several. A chain is cut by time,
 * as if its digests came evenly, because CloudTrail writes one an hour. Its newest stretch has no end, and its oldest no beginning but
 * where a state's proof ends: whatever is listed later belongs to one of them.
 */
export function cut(chains: readonly Listed[], count: number): readonly Shard[] {
  const sorted = [...chains].sort((a, b) => (chainId(a.chain) < chainId(b.chain) ? -1 : 1));
  const all = sorted.reduce((sum, { digests }) => sum + digests, 0);
  const size = Math.max(1, Math.ceil(all / Math.max(1, count)));
  const shards: Stretch[][] = [];
  let room = 0;
  for (const { chain, since, folders, logs, digests, oldest, newest } of sorted) {
    const bottom = since === undefined ? null : isoTime(since);
    const place = { ...chain, folders };
    let through: string | null = null;
    for (let left = digests; left > 0; ) {
      if (room === 0) {
        shards.push([]);
        room = size;
      }
      const taken = Math.min(room, left);
      room -= taken;
      left -= taken;
      // Below the oldest that is taken, half-way to the next.
      const share = (digests - left - 0.5) / Math.max(1, digests - 1);
      const after: string | null =
        left === 0 ? bottom : isoTime(Math.floor((newest - share * (newest - oldest)) / 1000) * 1000);
      shards.at(-1)?.push({ ...place, after, through, digests: taken, logs });
      through = after;
    }
  }
  return shards.map((stretches, shard) => ({ shard, stretches }));
}
