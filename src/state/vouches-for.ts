import { isoTime } from '../base/clock.ts';
import type { Window } from '../chain/chain-plan.ts';
import { sha256 } from '../crypto/hash.ts';
import type { KeyRing, PublicKey } from '../crypto/key-ring.ts';
import type { GivenKey, PlaceCheckpoint } from './checkpoint.ts';

/** What a run goes without, or trusts, so that a stricter one must read for itself what it has read. */
export function laxitiesOf({ state, logs, unlisted, relocated = [] }: LaxOptions): readonly string[] {
  return [
    ...(state?.trustsEndpointKeys === true ? ['endpoint-keys'] : []),
    ...(logs === false ? ['no-logs'] : []),
    ...(unlisted === false ? ['no-unlisted'] : []),
    ...relocated.map((one) => `relocated ${JSON.stringify(one)}`),
  ].sort();
}

/** What of a run's options makes it lax (see `VerifyOptions`). */
interface LaxOptions {
  readonly state?: { readonly trustsEndpointKeys?: boolean };
  readonly logs?: boolean;
  readonly unlisted?: boolean;
  readonly relocated?: readonly unknown[];
}

/** The keys of a ring that are recorded for a place in `region`: those that it used, where they were given to it. */
export function keysUsed(ring: KeyRing, region: string): readonly GivenKey[] {
  return ring.given === undefined ? [] : trusted(ring.used(), region);
}

/** Whether a ring trusts all of `keys` in `region` itself, for no shorter time. */
function holdsKeys(ring: KeyRing, region: string, keys: readonly GivenKey[]): boolean {
  const held = trusted(ring.given?.() ?? [], region);
  return keys.every(({ fingerprint, sha256: hash, validTo }) =>
    held.some(
      (one) =>
        one.fingerprint === fingerprint &&
        one.sha256 === hash &&
        (one.validTo === null || (validTo !== null && Date.parse(one.validTo) >= Date.parse(validTo))),
    ),
  );
}

/** Both lists as one, each key once, in order. */
export function unionOfKeys(some: readonly GivenKey[], others: readonly GivenKey[]): readonly GivenKey[] {
  const byText = new Map([...some, ...others].map((key) => [JSON.stringify(key), key]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key);
}

function trusted(keys: readonly PublicKey[], region: string): readonly GivenKey[] {
  return keys
    .filter((key) => key.distrust === undefined && (key.region === undefined || key.region === region))
    .map(({ fingerprint, der, validTo }) => ({
      fingerprint,
      sha256: sha256(der),
      validTo: validTo === undefined ? null : isoTime(validTo),
    }));
}

/**
 * Whether a checkpoint may stand for reading in `window`: keys proved it that this run's `ring` trusts, it was read as strictly as
 * this run reads, which goes without `lax`, and down to the beginning of the window. Where the window begins before that, nobody has read the time between, so all of it
 * is read; and where it begins before a chain did, that must be told as ever.
 */
export function vouchesFor(
  known: PlaceCheckpoint,
  { from }: Window,
  { lax, ring }: { readonly lax: readonly string[]; readonly ring: KeyRing },
): boolean {
  if (known.hearsay === true || known.from === undefined || known.keys === undefined) return false;
  if (!holdsKeys(ring, known.region, known.keys)) return false;
  if (!(known.lax ?? []).every((one) => lax.includes(one))) return false;
  if (from === undefined) return known.from === null;
  const isReached = known.from === null || Date.parse(known.from) <= from;
  return (
    isReached && known.chains.every(({ kind, since }) => kind === 'backfill' || Date.parse(since) <= from)
  );
}
