import type { Window } from '../chain/chain-plan.ts';
import type { VerifyOptions } from '../verify-options.ts';
import type { PlaceCheckpoint } from './checkpoint.ts';

/** What a run goes without, or trusts, so that a stricter one must read for itself what it has read. */
export function laxitiesOf({ state, logs, unlisted, relocated = [] }: LaxOptions): readonly string[] {
  return [
    ...(state?.trustsEndpointKeys === true ? ['endpoint-keys'] : []),
    ...(logs === false ? ['no-logs'] : []),
    ...(unlisted === false ? ['no-unlisted'] : []),
    ...relocated.map((one) => `relocated ${JSON.stringify(one)}`),
  ].sort();
}

type LaxOptions = Pick<VerifyOptions, 'state' | 'logs' | 'unlisted' | 'relocated'>;

/**
 * Whether a checkpoint may stand for reading in `window`: it was read as strictly as this run reads, which goes without `lax`,
 * and down to the beginning of the window. Where the window begins before that, nobody has read the time between, so all of it
 * is read; and where it begins before a chain did, that must be told as ever.
 */
export function vouchesFor(known: PlaceCheckpoint, { from }: Window, lax: readonly string[]): boolean {
  if (known.hearsay === true || known.from === undefined) return false;
  if (!(known.lax ?? []).every((one) => lax.includes(one))) return false;
  if (from === undefined) return known.from === null;
  const isReached = known.from === null || Date.parse(known.from) <= from;
  return (
    isReached && known.chains.every(({ kind, since }) => kind === 'backfill' || Date.parse(since) <= from)
  );
}
