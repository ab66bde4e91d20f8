/**
 * Keys asked of AWS Region by Region as digests name them. ListPublicKeys returns "all public keys whose private
 * keys were used to sign the digest files within the specified time range" (API reference), so the range asked for
 * is padded far beyond one key's 30 days: before, to see that older keys are still listed at all; after, because a
 * digest may be signed long after its window when CloudTrail redelivers.
 */
import { type Clock, DAY, HOUR, systemClock } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { KeyIndex } from './fixed-key-ring.ts';
import { bindKey } from './key-file.ts';
import type { KeyLookup, KeyQuery, KeyRing, PublicKey } from './key-ring.ts';

/** One key as ListPublicKeys returns it; `value` is DER, times are milliseconds since the epoch. */
export interface ListedKey {
  readonly fingerprint: string;
  readonly value: Uint8Array;
  readonly validFrom: number;
  readonly validTo: number;
}

/**
 * Asks one Region for its keys between two times (milliseconds since the epoch), or says in words why it would not tell. An
 * answer names as `foreign` the endpoint that gave it where that is not AWS's own; one that names none counts as AWS's.
 */
export type ListKeys = (
  region: string,
  from: number,
  to: number,
) => Promise<
  | { readonly keys: readonly ListedKey[]; readonly foreign?: string }
  | { readonly keys: undefined; readonly refusal: string }
>;

/** What a ring trusts. */
export interface LiveKeyRingOptions {
  /** Keys from an endpoint that is not AWS's own count as well: for emulators and tests (default false). */
  readonly trustEndpointKeys?: boolean;
}

/** The key that AWS, or another endpoint, listed for a Region. Throws KEY_FILE_INVALID where it is none. */
export function listedKey(
  key: ListedKey,
  region: string,
  foreign: string | undefined,
  trustEndpointKeys = false,
): PublicKey {
  const bound = bindKey({ ...key, region }, `ListPublicKeys ${region}`);
  if (foreign === undefined) return bound;
  return trustEndpointKeys
    ? { ...bound, endpoint: foreign }
    : { ...bound, endpoint: foreign, distrust: { reason: 'endpoint-not-aws', detail: foreign } };
}

/** A key is valid for 30 days, so in 65 there is always one that ended before the time asked about. */
const PAD_BEFORE = 65 * DAY;
/** Log files and digests are redelivered for up to 30 days. */
const PAD_AFTER = 35 * DAY;
/** One question serves this much older time as well, for chains are walked from their newest end. */
const STRETCH = 120 * DAY;
/** CloudTrail went into service in November 2013; a digest that claims an earlier time asks AWS nothing. */
const CLOUDTRAIL_BEGAN = Date.UTC(2013, 10, 1);

interface Asked {
  readonly from: number;
  readonly to: number;
  readonly spans: readonly { from: number; to: number }[];
}

/** A ring that asks `list` once per Region and stretch of time. A refused question leaves keys unknown and becomes a limit. */
export function liveKeyRing(
  list: ListKeys,
  clock: Clock = systemClock,
  { trustEndpointKeys = false }: LiveKeyRingOptions = {},
): KeyRing {
  const index = new KeyIndex();
  const limits = new Set<string>();
  /** Regions by the endpoint that answered in place of AWS, and was trusted. */
  const trusted = new Map<string, Set<string>>();
  const asked = new Map<string, Promise<Asked>[]>();

  const ask = async (region: string, from: number, to: number): Promise<Asked> => {
    const answer = await list(region, from, to);
    if (answer.keys === undefined) {
      limits.add(`The public keys of ${region} could not be listed: ${answer.refusal}`);
      return { from, to, spans: [] };
    }
    const { keys, foreign } = answer;
    if (foreign !== undefined && trustEndpointKeys)
      trusted.set(foreign, (trusted.get(foreign) ?? new Set()).add(region));
    for (const key of keys) {
      try {
        index.add(listedKey(key, region, foreign, trustEndpointKeys));
      } catch (error) {
        if (!(error instanceof TrailVerifyError)) throw error;
        limits.add(`A public key that ${region} listed is not usable: ${error.message}`);
      }
    }
    return {
      from,
      to,
      // What another endpoint does not list is no evidence against a digest.
      spans:
        foreign === undefined || trustEndpointKeys
          ? keys.map(({ validFrom, validTo }) => ({ from: validFrom, to: validTo }))
          : [],
    };
  };

  const askedAround = async (region: string, time: number): Promise<Asked> => {
    const latest = clock.now() + 2 * HOUR;
    if (!(time >= CLOUDTRAIL_BEGAN && time <= latest)) return { from: time, to: time, spans: [] };
    const known = asked.get(region) ?? [];
    for (const earlier of known) {
      const range = await earlier;
      if (range.from <= time - PAD_BEFORE && Math.min(time + PAD_AFTER, latest) <= range.to) return range;
    }
    // Another caller may have asked while this one waited.
    if ((asked.get(region) ?? []).length > known.length) return askedAround(region, time);
    const question = ask(region, time - PAD_BEFORE - STRETCH, Math.min(time + PAD_AFTER, latest));
    asked.set(region, [...known, question]);
    return question;
  };

  return {
    find: async (query: KeyQuery): Promise<KeyLookup> => {
      const early = index.find(query);
      if (early !== undefined) return { found: early };
      let range = await askedAround(query.region, query.time);
      let found = index.find(query);
      if (found === undefined && query.generatedAt !== undefined) {
        range = await askedAround(query.region, query.generatedAt);
        found = index.find(query);
      }
      return found === undefined ? { found, complete: isComplete(range, query.time) } : { found };
    },
    limits: () => [...limits, ...[...trusted].map(([endpoint, regions]) => trustedText(endpoint, regions))],
    used: () => index.used(),
  };
}

function trustedText(endpoint: string, regions: ReadonlySet<string>): string {
  return `The public keys of ${[...regions].sort().join(', ')} came from ${endpoint}, which is not AWS's, and were trusted because the run was told to (--trust-endpoint-keys): whoever answers there can make any trail VALID.`;
}

/**
 * Whether AWS listed every key that can have signed at `time`. How long it keeps old keys is not documented; but
 * where it still lists one that had ended by then, it lists all that had not.
 */
function isComplete(range: Asked, time: number): boolean {
  return (
    range.spans.some((span) => span.to <= time) &&
    range.spans.some((span) => span.from <= time && time <= span.to)
  );
}
