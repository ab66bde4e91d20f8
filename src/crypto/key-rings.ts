import { CLOUDTRAIL_BEGAN, type Clock, DAY, HOUR, systemClock } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { bindKey } from './key-file.ts';
import type { KeyDistrust, KeyLookup, KeyQuery, KeyRing, PublicKey } from './public-key.ts';

/** Keys by fingerprint, those of one Region apart from those of another. */
export class KeyIndex {
  readonly #byFingerprint = new Map<string, PublicKey[]>();
  readonly #used = new Set<PublicKey>();

  /**
   * Adds a key. It is joined with a key of the same Region that was added before, because a key may be listed by the parts of
   * its validity. A trusted key takes the place of one that is not.
   */
  add(key: PublicKey): void {
    const known = this.#byFingerprint.get(key.fingerprint) ?? [];
    const same = known.find((other) => other.region === key.region);
    const joined = same === undefined ? key : joinKeys(same, key);
    if (joined === same) return;
    if (same !== undefined && this.#used.delete(same)) this.#used.add(joined);
    this.#byFingerprint.set(key.fingerprint, [...known.filter((other) => other !== same), joined]);
  }

  /** The key of that fingerprint in that Region, or one whose Region its file does not say. A key of another Region is no match. */
  find(query: KeyQuery): PublicKey | undefined {
    const known = this.#byFingerprint.get(query.fingerprint) ?? [];
    const usable = known.filter(({ region }) => region === query.region || region === undefined);
    const [key] = usable.sort((a, b) => rank(a, query.region) - rank(b, query.region));
    if (key !== undefined) this.#used.add(key);
    return key;
  }

  /** Every key that counts. */
  all(): readonly PublicKey[] {
    return [...this.#byFingerprint.values()].flat();
  }

  /** The keys that `find` handed out. */
  used(): readonly PublicKey[] {
    return [...this.#used];
  }
}

/** The knowledge of a key from two listings of it; the very first where the second says nothing more. */
function joinKeys(first: PublicKey, second: PublicKey): PublicKey {
  if (first.distrust !== undefined && second.distrust === undefined) return second;
  if (first.distrust === undefined && second.distrust !== undefined) return first;
  const { validFrom, validTo } = first;
  // A source that says nothing of a key's validity, such as a PEM file, widens none.
  if (second.validFrom === undefined || second.validTo === undefined) return first;
  if (validFrom === undefined || validTo === undefined) return second;
  if (second.validFrom >= validFrom && second.validTo <= validTo) return first;
  return {
    ...first,
    validFrom: Math.min(validFrom, second.validFrom),
    validTo: Math.max(validTo, second.validTo),
  };
}

/** The lower the better: a trusted key first, then one that says which Region it is of. */
function rank(key: PublicKey, region: string): number {
  return (key.distrust === undefined ? 0 : 2) + (key.region === region ? 0 : 1);
}

/** The same keys, from a place that proves nothing: see `KeyDistrust`. */
export function distrustKeys(keys: readonly PublicKey[], distrust: KeyDistrust): readonly PublicKey[] {
  return keys.map((key) => ({ ...key, distrust }));
}

/** A ring of the keys given and no others; an unknown key is never evidence, because the files may be incomplete. */
export function fixedKeyRing(keys: Iterable<PublicKey>): KeyRing {
  const index = new KeyIndex();
  for (const key of keys) index.add(key);
  return {
    find: async (query): Promise<KeyLookup> => {
      const found = index.find(query);
      return found === undefined ? { found, complete: false } : { found };
    },
    limits: () =>
      index.used().some((key) => key.validTo === undefined)
        ? ['Keys from PEM files say nothing of their validity, so expired keys could not be found.']
        : [],
    used: () => index.used(),
    given: () => index.all(),
  };
}

/**
 * Keys asked of AWS Region by Region as digests name them. ListPublicKeys returns "all public keys whose private
 * keys were used to sign the digest files within the specified time range" (API reference), so the range asked for
 * is padded far beyond one key's 30 days: before, to see that older keys are still listed at all; after, because a
 * digest may be signed long after its window when CloudTrail redelivers.
 */

/** One key as ListPublicKeys returns it; `value` is DER, times are milliseconds since the epoch. */
export interface ListedKey {
  readonly fingerprint: string;
  readonly value: Uint8Array;
  readonly validFrom: number;
  readonly validTo: number;
}

/**
 * Asks one Region for its keys between two times (milliseconds since the epoch), or says in words why it would not answer. An
 * answer names as `foreign` the endpoint that gave it where that is not AWS's own; one that names none counts as AWS's.
 */
export type ListKeys = (
  region: string,
  from: number,
  to: number,
) => Promise<
  | { readonly keys: readonly ListedKey[]; readonly foreign?: string | undefined }
  | { readonly keys: undefined; readonly refusal: string }
>;

/** The keys that a ring trusts. */
export interface LiveKeyRingOptions {
  /** Keys from an endpoint that is not AWS's own count as well: for emulators and tests (default false). */
  readonly trustEndpointKeys?: boolean | undefined;
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
/** One question serves this much older time as well, because chains are walked from their newest end. */
const STRETCH = 120 * DAY;
/** Who writes digests and sign files can name any number of Regions, each of them a request to a host of its own; AWS has some forty. */
const MOST_REGIONS = 64;

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
      // A key that another endpoint does not list is no evidence against a digest.
      spans:
        foreign === undefined || trustEndpointKeys
          ? keys.map(({ validFrom, validTo }) => ({ from: validFrom, to: validTo }))
          : [],
    };
  };

  const askedAround = async (region: string, time: number): Promise<Asked> => {
    const latest = clock.now() + 2 * HOUR;
    // A digest that claims an earlier time than there was any asks AWS nothing.
    if (!(time >= CLOUDTRAIL_BEGAN && time <= latest)) return { from: time, to: time, spans: [] };
    const known = asked.get(region) ?? [];
    if (known.length === 0 && asked.size >= MOST_REGIONS) {
      limits.add(
        `More than ${MOST_REGIONS} Regions were named, and the public keys of the others were not asked for.`,
      );
      return { from: time, to: time, spans: [] };
    }
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
  return `The public keys of ${[...regions].sort().join(', ')} came from ${endpoint}, which is not AWS's, and were trusted because of --trust-endpoint-keys: anybody who answers there can make any trail VALID.`;
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
