import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { build as buildIntact } from '../../fixtures/intact/scenario.ts';
import { ringOf, type Scenario } from '../../fixtures/scenario.ts';
import { build as buildTampered } from '../../fixtures/tampered/scenario.ts';
import type { Report } from '../../src/report/report.ts';
import type { Source } from '../../src/source/source.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import type { ObjectStore } from '../support/object-store.ts';
import { objectsOf, SEED, smallTrail, verify } from './small-trail.ts';

/** How a source behaves that holds the same objects: pages of so many keys, and answers that come in another order. */
interface Behaviour {
  readonly pageSize: number;
  readonly order: number;
  readonly concurrency: number;
}

const anyBehaviour: fc.Arbitrary<Behaviour> = fc.record({
  pageSize: fc.integer({ min: 1, max: 20 }),
  order: fc.nat(1_000_000),
  concurrency: fc.oneof(fc.constantFrom(1, 2, 64), fc.integer({ min: 1, max: 64 })),
});

/** Waits for some turns of the event loop, by turns that look random and are the same in every run. */
async function dawdle(order: number, subject: string): Promise<void> {
  const turns = createHash('sha256').update(`${order} ${subject}`).digest()[0] ?? 0;
  for (let turn = 0; turn < turns % 7; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function behaving(store: ObjectStore, { pageSize, order }: Behaviour): Source {
  const source = memorySource(store);
  return {
    ...source,
    list: async function* (request) {
      for await (const page of source.list(request)) {
        for (let at = 0; at < page.length; at += pageSize) {
          await dawdle(order, `${request.prefix} ${at}`);
          yield page.slice(at, at + pageSize);
        }
      }
    },
    folders: async (bucket, prefix) => {
      await dawdle(order, prefix);
      return source.folders(bucket, prefix);
    },
    open: async (ref, options) => {
      await dawdle(order, ref.key);
      return source.open(ref, options);
    },
  };
}

describe('the report is the same, whatever the pages, the order of answers and the concurrency', () => {
  test('of a small trail, intact or damaged', async () => {
    const trail = smallTrail();
    const objects = objectsOf(trail);
    const damages = fc.array(
      fc.tuple(fc.constantFrom(...objects), fc.constantFrom(deleteObject, flipContentBit)),
      { maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(damages, anyBehaviour, async (damaged, behaviour) => {
        const store = trail.store.clone();
        for (const [ref, damage] of damaged)
          if (store.get(ref.bucket, ref.key) !== undefined) damage(store, ref);
        const { concurrency } = behaviour;
        const report = await verify(behaving(store, behaviour), trail.now, { concurrency });
        expect(report).toEqual(await verify(store, trail.now));
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  test.each([
    ['intact', buildIntact()],
    ['tampered', buildTampered()],
  ])('of a whole bucket: %s', async (_, scenario: Scenario) => {
    const { store, targets, now, options } = scenario;
    const run = (source: Source | ObjectStore, concurrency: number): Promise<Report> =>
      verify(source, now, { ...options, targets, keyRing: ringOf(scenario), concurrency });
    const usual = await run(store, 64);
    await fc.assert(
      fc.asyncProperty(anyBehaviour, async (behaviour) => {
        expect(await run(behaving(store, behaviour), behaviour.concurrency)).toEqual(usual);
      }),
      { seed: SEED, numRuns: 15 },
    );
  });

  test('and in the order of its pages no object is lost that lies on their edges', async () => {
    const trail = smallTrail();
    for (const pageSize of [1, 2, 3, 4, 5]) {
      const report = await verify(behaving(trail.store, { pageSize, order: 1, concurrency: 1 }), trail.now);
      expect(report.totals).toMatchObject({
        digests: { listed: 4, valid: 4 },
        logs: { valid: 5, unlisted: 0 },
      });
    }
  });
});
