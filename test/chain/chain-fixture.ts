import { DAY, fixedClock, HOUR } from '../../src/base/clock.ts';
import type { VerifiedDigest } from '../../src/chain/check-digest.ts';
import type { ListedDigest } from '../../src/chain/digest-queue.ts';
import type { ChainPlan, RunContext } from '../../src/chain/list-digests.ts';
import { type Chain, type DigestKey, formatDigestKey, relocator } from '../../src/digest/digest-key.ts';
import type { ListedObject, ListRequest, ObjectRef, Source } from '../../src/source/source.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import { fileRing } from '../support/test-keys.ts';
import { TestTrail } from '../support/test-trail.ts';
import type { TestTrailInit } from '../support/test-trail-options.ts';

/** The bucket, and the time at which the test trails start logging (milliseconds since the epoch). */
export const BUCKET = 'example-trail-logs';
export const START: number = Date.parse('2026-10-05T09:12:37Z');

/** The chain of the test trails. */
export const CHAIN: Chain = {
  account: '111122223333',
  region: 'us-east-1',
  trail: 'audit',
  homeRegion: 'us-east-1',
  kind: 'standard',
};

/** The place of the chain's digest whose window ends at a time (milliseconds since the epoch). */
export function refAt(endTime: number, changes: Partial<DigestKey> = {}): ObjectRef {
  return { bucket: BUCKET, key: formatDigestKey({ ...CHAIN, prefix: '', endTime, ...changes }) };
}

/** A digest of a listing. */
export function listedAt(endTime: number, ref: ObjectRef = refAt(endTime)): ListedDigest {
  return { ref, endTime };
}

/** The listing's row of a digest that a test trail delivered. */
export function listed(digest: DeliveredDigest): ListedDigest {
  return listedAt(digest.endTime, { bucket: digest.bucket, key: digest.key });
}

/** A digest as `checkDigest` would make it, for tests of what comes after the proof: of one hour up to `endTime`. */
export function provenAt(
  endTime: number,
  changes: Partial<VerifiedDigest> = {},
  digest: Partial<VerifiedDigest['digest']> = {},
): VerifiedDigest {
  const ref = refAt(endTime);
  const previous = { ...refAt(endTime - HOUR), sha256: 'aa', signature: 'bb' };
  return {
    ref,
    digest: {
      account: CHAIN.account,
      startTime: endTime - HOUR,
      endTime,
      endTimeText: '',
      location: ref,
      fingerprint: 'ff',
      previous,
      logFiles: [],
      repeatedLogFiles: [],
      ...digest,
    },
    sha256: 'cc',
    signature: 'dd',
    provenBy: 'own-signature',
    asRecorded: true,
    ...changes,
  } as VerifiedDigest;
}

/** A run over a store or source, a day after START, with no window but "up to now". */
export function contextOver(from: ObjectStore | Source, changes: Partial<RunContext> = {}): RunContext {
  const now = START + DAY;
  return {
    source: from instanceof ObjectStore ? memorySource(from) : from,
    keyRing: fileRing(),
    relocations: relocator([]),
    window: { from: undefined, to: now },
    clock: fixedClock(now),
    signal: undefined,
    ahead: 4,
    limit: () => undefined,
    ...changes,
  };
}

/** A plan of the chain with nothing listed. */
export function planOf(changes: Partial<ChainPlan> = {}): ChainPlan {
  return {
    chain: CHAIN,
    organization: undefined,
    listed: [],
    above: undefined,
    below: undefined,
    lastDelivered: undefined,
    follow: async () => [],
    ...changes,
  };
}

/** A test trail in a store of its own, `hours` hours long with one log file each. */
export function trailOf(
  hours: number,
  changes: Partial<TestTrailInit> = {},
): { readonly store: ObjectStore; readonly trail: TestTrail } {
  const store = changes.store ?? new ObjectStore(() => START);
  const place = { bucket: BUCKET, account: CHAIN.account, region: CHAIN.region };
  const trail = new TestTrail({ store, ...place, trail: CHAIN.trail, startLogging: START, ...changes });
  return { store, trail: trail.hours(hours) };
}

/** A source that lists the given pages, whatever is asked, and has nothing else. */
export function pagesSource(pages: readonly (readonly string[])[]): Source & {
  readonly requests: ListRequest[];
  readonly served: () => number;
} {
  const requests: ListRequest[] = [];
  let served = 0;
  return {
    ...memorySource(new ObjectStore(() => 0)),
    requests,
    served: () => served,
    list: async function* (request) {
      requests.push(request);
      for (const page of pages) {
        served += 1;
        yield page.map((key): ListedObject => ({ key, size: key.endsWith('/') ? 0 : 1 }));
      }
    },
  };
}
