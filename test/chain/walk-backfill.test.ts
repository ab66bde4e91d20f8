import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import type { ChainPlan, RunContext, WalkStep } from '../../src/chain/list-digests.ts';
import { walkBackfill } from '../../src/chain/walk-backfill.ts';
import type { Finding } from '../../src/findings/finding.ts';
import type { Source } from '../../src/source/source.ts';
import {
  appendBytes,
  deleteObject,
  denyObject,
  emptyObject,
  flipContentBit,
  resignDigest,
  stripMetadata,
} from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import type { DeliveredDigest } from '../support/test-digest.ts';
import { CHAIN, contextOver, listed, planOf, START, trailOf } from './chain-fixture.ts';

const PLAN: Partial<ChainPlan> = { chain: { ...CHAIN, kind: 'backfill' } };

interface Backfilled {
  readonly store: ObjectStore;
  readonly digests: readonly DeliveredDigest[];
}

/** A trail of six hours with a backfill digest for each of the given hours, each linked to the one made before it. */
function backfilled(hours: readonly number[]): Backfilled {
  const { store, trail } = trailOf(6);
  return { store, digests: hours.map((hour) => trail.backfill(trail.digestAt(hour))) };
}

async function walk(
  { store, digests }: Backfilled,
  context: Partial<RunContext> = {},
  from: Source | ObjectStore = store,
): Promise<readonly WalkStep[]> {
  const steps: WalkStep[] = [];
  const plan = planOf({ ...PLAN, listed: digests.map(listed) });
  for await (const step of walkBackfill(plan, contextOver(from, context))) steps.push(step);
  return steps;
}

function findingsOf(steps: readonly WalkStep[]): readonly Finding[] {
  return steps.flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'finding' ? [event.finding] : [])),
  );
}

/** Each digest event as `hour outcome`, each finding as `hour CODE`, in hours since START. */
function brief(steps: readonly WalkStep[]): readonly string[] {
  return steps.flatMap(({ at, events }) =>
    events.flatMap((event) => {
      const hour = (at - START) / HOUR;
      if (event.type === 'digest') return [`${hour} ${event.outcome}`];
      if (event.type !== 'finding') return [];
      return [`${(Date.parse(event.finding.time ?? '') - START) / HOUR} ${event.finding.code}`];
    }),
  );
}

describe('a sound backfill chain', () => {
  test('is judged newest first, each digest with its own proof', async () => {
    const steps = await walk(backfilled([1, 2, 4]));
    expect(brief(steps)).toEqual(['4 valid', '2 valid', '1 valid']);
    expect(steps.map(({ digest }) => digest?.digest.logFiles.length)).toEqual([1, 1, 1]);
  });

  test('may be linked against the order of time', async () => {
    expect(brief(await walk(backfilled([4, 1, 2])))).toEqual(['4 valid', '2 valid', '1 valid']);
  });

  test('in a bare folder is proven by the records of successors, whichever is read first', async () => {
    const chain = backfilled([1, 2, 4]);
    const bare = memorySource(chain.store, { metadata: false });
    expect(brief(await walk(chain, {}, bare))).toEqual([
      '4 unproven',
      '4 DIGEST_SIGNATURE_MISSING',
      '2 valid',
      '2 DIGEST_SIGNATURE_MISSING',
      '1 valid',
      '1 DIGEST_SIGNATURE_MISSING',
    ]);
  });
});

describe('a backfill digest that is gone', () => {
  test('is missing where a successor names it, one after the other', async () => {
    const { store, digests } = backfilled([1, 2, 4, 5]);
    const [first, second, third, fourth] = digests;
    for (const gone of [first, third]) if (gone !== undefined) deleteObject(store, gone);
    const left = [second, fourth].flatMap((one) => one ?? []);
    const steps = await walk({ store, digests: left });
    expect(brief(steps)).toEqual([
      '5 valid',
      '2 valid',
      '4 missing',
      '4 DIGEST_MISSING',
      '1 missing',
      '1 DIGEST_MISSING',
    ]);
    expect(findingsOf(steps)[0]).toMatchObject({
      weight: 'violation',
      object: { key: third?.key },
      evidence: { inferred: false, namedBy: `s3://${fourth?.bucket}/${fourth?.key}` },
    });
  });

  test('is read where the listing does not show it, and leads further', async () => {
    const { store, digests } = backfilled([1, 2, 4]);
    expect(brief(await walk({ store, digests: digests.slice(2) }))).toEqual([
      '4 valid',
      '2 valid',
      '1 valid',
    ]);
  });

  test('is not asked for below the window, nor where the link leads out of the backfill chain', async () => {
    const { store, digests } = backfilled([1, 4]);
    if (digests[0] !== undefined) deleteObject(store, digests[0]);
    const window = { from: START + HOUR, to: START + 24 * HOUR };
    expect(brief(await walk({ store, digests: digests.slice(1) }, { window }))).toEqual(['4 valid']);

    const { store: other, trail } = trailOf(3);
    const late = trail.backfill(trail.digestAt(1), {
      edit: (fields) => ({
        ...fields,
        previousDigestS3Bucket: trail.digestAt(2).bucket,
        previousDigestS3Object: trail.digestAt(2).key,
        previousDigestHashValue: trail.digestAt(2).sha256,
        previousDigestHashAlgorithm: 'SHA-256',
        previousDigestSignature: trail.digestAt(2).signature,
      }),
    });
    // The signature was made for a starting digest, so nothing here is proven and the link is a hint only.
    expect(brief(await walk({ store: other, digests: [late] }))).toEqual([
      '1 invalid',
      '1 DIGEST_SIGNATURE_INVALID',
    ]);
  });

  test('is unreadable where it was listed a moment ago', async () => {
    const { store, digests } = backfilled([1]);
    if (digests[0] !== undefined) deleteObject(store, digests[0]);
    const steps = await walk({ store, digests });
    expect(brief(steps)).toEqual(['1 unproven', '1 DIGEST_UNREADABLE']);
    expect(findingsOf(steps)[0]?.evidence).toMatchObject({ reason: 'vanished' });
  });
});

describe('a link to a digest that was read before', () => {
  /** The digest of hour 2 links to that of hour 4, which is read first. */
  const linked = (damage: (store: ObjectStore, newer: DeliveredDigest) => void): Backfilled => {
    const chain = backfilled([4, 2]);
    const [newer] = chain.digests;
    if (newer !== undefined) damage(chain.store, newer);
    return chain;
  };

  test('is compared with what was read, proven or not', async () => {
    expect(brief(await walk(linked(flipContentBit)))).toEqual([
      '4 invalid',
      expect.stringMatching(/^4 DIGEST_/),
      '2 valid',
      '4 LINK_HASH_MISMATCH',
    ]);
  });

  test('is compared with what could be hashed of a malformed one', async () => {
    const trailing = linked((store, newer) => appendBytes(store, newer));
    expect(brief(await walk(trailing))).toEqual(['4 invalid', '4 DIGEST_MALFORMED', '2 valid']);
    const empty = linked((store, newer) => emptyObject(store, newer));
    expect(brief(await walk(empty))).toEqual(['4 invalid', '4 DIGEST_MALFORMED', '2 valid']);
    const denied = linked((store, newer) => denyObject(store, newer));
    expect(brief(await walk(denied))).toEqual(['4 unproven', '4 DIGEST_UNREADABLE', '2 valid']);
  });

  test('says nothing where the digest that links is itself unproven', async () => {
    const chain = linked(flipContentBit);
    const [, older] = chain.digests;
    if (older !== undefined) stripMetadata(chain.store, older);
    expect(brief(await walk(chain)).filter((line) => line.includes('LINK'))).toEqual([]);
  });
});

describe('links that say too much', () => {
  test('two to one digest are both compared with it', async () => {
    const given = backfilled([1, 2, 3]);
    const [first, , third] = given.digests;
    if (first === undefined || third === undefined) throw new Error('there must be three');
    resignDigest(given.store, third, (fields) => ({
      ...fields,
      previousDigestS3Object: first.key,
      previousDigestHashValue: 'ab'.repeat(32),
    }));
    expect(brief(await walk(given)).filter((line) => line.includes('LINK'))).toEqual([
      '1 LINK_HASH_MISMATCH',
      '1 LINK_SIGNATURE_MISMATCH',
    ]);
    // Whichever of the two links is read first.
    const other = backfilled([1, 3, 2]);
    const [one, , last] = other.digests;
    if (one === undefined || last === undefined) throw new Error('there must be three');
    resignDigest(other.store, last, (fields) => ({
      ...fields,
      previousDigestS3Object: one.key,
      previousDigestHashValue: 'ab'.repeat(32),
    }));
    expect(brief(await walk(other)).filter((line) => line.includes('LINK_HASH'))).toEqual([
      '1 LINK_HASH_MISMATCH',
    ]);
  });

  test('one of an unproven digest gives way to one of a proven digest', async () => {
    const given = backfilled([1, 2, 3]);
    const [first, , third] = given.digests;
    if (first === undefined || third === undefined) throw new Error('there must be three');
    resignDigest(given.store, third, (fields) => ({ ...fields, previousDigestS3Object: first.key }));
    stripMetadata(given.store, third);
    deleteObject(given.store, first);
    expect(brief(await walk({ ...given, digests: given.digests.slice(1) }))).toContain('1 DIGEST_MISSING');
  });

  test('one that leads to another trail is told', async () => {
    const given = backfilled([1, 2]);
    const last = given.digests.at(-1);
    if (last === undefined) throw new Error('there must be one');
    resignDigest(given.store, last, (fields) => ({
      ...fields,
      previousDigestS3Object: String(fields.previousDigestS3Object).replace('_audit_', '_second_'),
    }));
    expect(brief(await walk(given)).filter((line) => line.includes('LINK'))).toEqual(['2 LINK_ASTRAY']);
  });
});

describe('a run that ends early', () => {
  test('stops before the next digest', async () => {
    const { store, digests } = backfilled([1, 2, 4]);
    const stop = new AbortController();
    const steps: WalkStep[] = [];
    const plan = planOf({ ...PLAN, listed: digests.map(listed) });
    for await (const step of walkBackfill(plan, contextOver(store, { signal: stop.signal }))) {
      steps.push(step);
      stop.abort();
    }
    expect(brief(steps)).toEqual(['4 valid']);
  });

  test('stops before it follows a link', async () => {
    const { store, digests } = backfilled([1, 4]);
    const stop = new AbortController();
    const steps: WalkStep[] = [];
    const plan = planOf({ ...PLAN, listed: digests.slice(1).map(listed) });
    for await (const step of walkBackfill(plan, contextOver(store, { signal: stop.signal }))) {
      steps.push(step);
      stop.abort();
    }
    expect(brief(steps)).toEqual(['4 valid']);
  });

  test('rejects with an error that ends the run', async () => {
    const chain = backfilled([1]);
    const broken: Source = {
      ...memorySource(chain.store),
      open: () => Promise.reject(new RangeError('a mistake')),
    };
    await expect(walk(chain, {}, broken)).rejects.toThrow('a mistake');
  });
});
