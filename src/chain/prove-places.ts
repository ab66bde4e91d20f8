import { type KeyRing, verifySignature } from '../crypto/public-key.ts';
import { signedText } from '../digest/digest.ts';
import { parseDigestKey, type Relocator } from '../digest/digest-key.ts';
import { type ObjectRef, objectUri, type StoredObject } from '../source/source.ts';
import type { VerifiedDigest } from './check-digest.ts';
import type { ChainPlan, ExaminedDigest, RunContext, Window } from './list-digests.ts';
import { narrowPlan } from './plan-chains.ts';
import { type OpenedDigest, readStored } from './read-digest.ts';
import { walkBackfill } from './walk-backfill.ts';
import { ChainWalk } from './walk-chain.ts';

/** A digest of a folder; `key` is its path below the folder. */
interface FoundDigest {
  readonly key: string;
  readonly stored: StoredObject;
}

/**
 * Shows where digests belong: for each the place that AWS signed with it, as objects are now; undefined where no signature
 * proves it. A digest without a signature of its own is proven by the one that another of `digests`, its successor, carries.
 * This says only what a folder may be the copy of: every digest is judged again by the run.
 */
export function placeProver(
  keyRing: KeyRing,
  relocations: Relocator,
): (digests: readonly FoundDigest[]) => Promise<readonly (ObjectRef | undefined)[]> {
  return async (digests) => {
    const opened = digests.map(({ key, stored }) => readStored({ bucket: '', key }, stored));
    const carried = new Map<string, string[]>();
    for (const one of opened) {
      const previous = one.state === 'parsed' ? one.digest.previous : undefined;
      if (previous === undefined) continue;
      const signatures = carried.get(objectUri(previous)) ?? [];
      carried.set(objectUri(previous), [...signatures, previous.signature].slice(0, MOST_TRIED));
    }
    const places: (ObjectRef | undefined)[] = [];
    for (const one of opened) places.push(await provenPlace(one, carried, keyRing, relocations));
    return places;
  };
}

/** What comes before it is the prefix, which a copy may lack. */
const TREE = 'AWSLogs/';
/** Signatures of one digest that are tried: each costs, and any digest may claim to be a successor. */
const MOST_TRIED = 4;

async function provenPlace(
  opened: OpenedDigest,
  carried: ReadonlyMap<string, readonly string[]>,
  keyRing: KeyRing,
  relocations: Relocator,
): Promise<ObjectRef | undefined> {
  if (opened.state !== 'parsed') return undefined;
  const { digest, metadata, sha256, ref } = opened;
  const { location, fingerprint, endTime } = digest;
  const place = relocations.toActual(location);
  const region = parseDigestKey(location.key)?.region;
  // AWS is asked for no key on the word of a digest that is nowhere near the place it names.
  const tail = place.key.slice(Math.max(0, place.key.lastIndexOf(TREE)));
  if (region === undefined || !ref.key.endsWith(tail)) return undefined;
  const own = metadata.signature === undefined ? [] : [metadata.signature];
  const signatures = [...own, ...(carried.get(objectUri(location)) ?? [])];
  if (signatures.length === 0) return undefined;
  const { found } = await keyRing.find({ region, fingerprint, time: endTime });
  if (found === undefined || (found.validTo !== undefined && found.validTo < endTime)) return undefined;
  const text = signedText(digest, sha256);
  return signatures.some((signature) => verifySignature(text, signature, found.key)) ? place : undefined;
}

/**
 * The proven digests of a chain in a window outside the run's own, only for the files they name: nothing of them is reported, counted
 * or followed elsewhere. Rejects only with errors that end the run.
 */
export async function* provenDigestsOf(
  plan: Omit<ChainPlan, 'follow'>,
  window: Window,
  context: RunContext,
): AsyncGenerator<VerifiedDigest> {
  const { onObject, onRecentEnd: _none, ...rest } = context;
  const outside: RunContext = {
    ...rest,
    window,
    ...(onObject === undefined
      ? {}
      : {
          // A walk hands on digests alone.
          onObject: (object) => onObject({ ...(object as ExaminedDigest), counted: false }),
        }),
  };
  const alone = narrowPlan({ ...plan, follow: async () => [] }, window);
  const steps =
    plan.chain.kind === 'backfill' ? walkBackfill(alone, outside) : new ChainWalk(alone, outside).steps();
  for await (const { digest } of steps) if (digest?.asRecorded === true) yield digest;
}
