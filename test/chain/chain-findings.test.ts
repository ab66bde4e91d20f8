import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import {
  endsEarly,
  linkedWindows,
  missing,
  restarted,
  startsLate,
  unlinked,
  vanished,
} from '../../src/chain/chain-findings.ts';
import type { ChainPlan } from '../../src/chain/list-digests.ts';
import { chainId, relocator } from '../../src/digest/digest-key.ts';
import { objectUri } from '../../src/source/source.ts';
import {
  BUCKET,
  CHAIN,
  contextOver,
  listedAt,
  planOf,
  provenAt,
  refAt,
  START,
  trailOf,
} from './chain-fixture.ts';

const at = (hours: number): number => START + hours * HOUR;
const STORE = trailOf(0).store;
const PLAN = planOf();
const CONTEXT = contextOver(STORE);

describe('what a walk finds by itself', () => {
  test('a missing digest, with its expected window and who names it', () => {
    expect(missing(PLAN, CONTEXT, refAt(at(3)), at(3), provenAt(at(4)), false)).toEqual({
      code: 'DIGEST_MISSING',
      weight: 'violation',
      object: { ...refAt(at(3)), uri: objectUri(refAt(at(3))) },
      chain: chainId(CHAIN),
      time: '2026-10-05T12:12:37Z',
      evidence: {
        namedBy: objectUri(refAt(at(4))),
        expected: 'aa',
        inferred: false,
        expectedWindow: { from: '2026-10-05T11:12:37Z', to: '2026-10-05T12:12:37Z' },
      },
    });
  });

  test('in a declared copy both places', () => {
    const context = contextOver(STORE, { relocations: relocator([{ from: 'origin', to: BUCKET }]) });
    const { object } = vanished(PLAN, context, refAt(at(3)), at(3));
    expect(object).toEqual({
      ...refAt(at(3)),
      uri: objectUri(refAt(at(3))),
      signedAs: objectUri({ ...refAt(at(3)), bucket: 'origin' }),
    });
  });

  test('a listed digest that was gone when it was read', () => {
    expect(vanished(PLAN, CONTEXT, refAt(at(3)), at(3))).toMatchObject({
      code: 'DIGEST_UNREADABLE',
      weight: 'unproven',
      evidence: { reason: 'vanished' },
    });
  });

  test('a digest off the chain, with the one in its place where there is one', () => {
    const digest = provenAt(at(3));
    const window = { from: '2026-10-05T11:12:37Z', to: '2026-10-05T12:12:37Z' };
    expect(unlinked(PLAN, CONTEXT, digest, undefined).evidence).toEqual({ window });
    expect(unlinked(PLAN, CONTEXT, digest, refAt(at(3) + 1000))).toMatchObject({
      code: 'DIGEST_UNLINKED',
      weight: 'unproven',
      evidence: { window, insteadOf: objectUri(refAt(at(3) + 1000)) },
    });
  });

  test('a restart, never with a span that ends before it begins', () => {
    const { evidence } = restarted(PLAN, CONTEXT, provenAt(at(3)), { ref: refAt(at(5)), endTime: at(5) });
    expect(evidence).toMatchObject({
      uncovered: { from: '2026-10-05T12:12:37Z', to: '2026-10-05T12:12:37Z' },
    });
  });

  test('a window that begins too early', () => {
    expect(startsLate(PLAN, CONTEXT, refAt(at(3)), at(0), at(3))).toMatchObject({
      code: 'CHAIN_STARTS_LATE',
      weight: 'unproven',
      object: refAt(at(3)),
      evidence: {
        uncovered: { from: '2026-10-05T09:12:37Z', to: '2026-10-05T12:12:37Z' },
        oldest: objectUri(refAt(at(3))),
      },
    });
  });
});

describe('the windows of two linked digests', () => {
  const newer = provenAt(at(5));

  test('meet', () => {
    expect(linkedWindows(PLAN, CONTEXT, newer, provenAt(at(4)))).toEqual([]);
  });

  test('leave a hole', () => {
    expect(linkedWindows(PLAN, CONTEXT, newer, provenAt(at(4) - MINUTE))).toMatchObject([
      {
        code: 'WINDOW_HOLE',
        weight: 'unproven',
        object: newer.ref,
        evidence: { uncovered: { from: '2026-10-05T13:11:37Z', to: '2026-10-05T13:12:37Z' } },
      },
    ]);
  });

  test('overlap', () => {
    expect(linkedWindows(PLAN, CONTEXT, newer, provenAt(at(4) + MINUTE))).toMatchObject([
      {
        code: 'WINDOW_OVERLAP',
        weight: 'note',
        evidence: { overlap: { from: '2026-10-05T13:12:37Z', to: '2026-10-05T13:13:37Z' } },
      },
    ]);
  });
});

describe('a chain that ends early', () => {
  const NEWEST = { ref: refAt(at(4)), endTime: at(4) };
  const TO = at(20);
  const weightOf = (plan: Partial<ChainPlan>, proven: number | undefined, from?: number): string =>
    endsEarly(planOf(plan), contextOver(STORE, { window: { from, to: TO } }), NEWEST, proven, TO).weight;

  test('tells from when on nothing is proven, and when AWS delivered last', () => {
    const context = contextOver(STORE, { window: { from: undefined, to: TO } });
    expect(endsEarly(PLAN, context, NEWEST, undefined, TO)).toMatchObject({
      weight: 'unproven',
      object: NEWEST.ref,
      evidence: {
        uncovered: { from: '2026-10-05T13:12:37Z', to: '2026-10-06T05:12:37Z' },
        newest: objectUri(NEWEST.ref),
      },
    });
    const early = endsEarly(planOf({ lastDelivered: at(6) }), context, NEWEST, at(4), at(2));
    expect(early.evidence).toMatchObject({
      lastDelivered: '2026-10-05T15:12:37Z',
      uncovered: { from: '2026-10-05T13:12:37Z', to: '2026-10-05T13:12:37Z' },
    });
  });

  test('is a violation where AWS delivered a later digest, of which nothing is left', () => {
    expect(weightOf({ lastDelivered: at(10) }, at(4))).toBe('violation');
    expect(weightOf({ lastDelivered: at(10) }, undefined)).toBe('violation');
    expect(weightOf({ lastDelivered: at(10) }, at(4), at(9))).toBe('violation');
    expect(weightOf({ lastDelivered: at(23) }, at(4))).toBe('violation');
    expect(weightOf({ lastDelivered: at(10), listed: [listedAt(at(4))] }, at(4))).toBe('violation');
    expect(weightOf({ lastDelivered: at(10), stopped: at(9) }, at(4))).toBe('violation');
    expect(weightOf({ lastDelivered: at(10), stopped: at(4) }, undefined)).toBe('violation');
    // Stopped after that delivery: the digests up to the stop are owed.
    expect(weightOf({ lastDelivered: at(10), stopped: at(11) }, at(10) - 16 * MINUTE)).toBe('unproven');
    expect(weightOf({ lastDelivered: at(10), stopped: at(10) + MINUTE }, at(4))).toBe('violation');
  });

  test.each<[string, Partial<ChainPlan>, number | undefined, number | undefined]>([
    ['AWS says nothing', {}, at(4), undefined],
    ['the last delivery is of after the window', { lastDelivered: at(24) }, at(4), undefined],
    ['the last delivery is of before the window', { lastDelivered: at(10) }, at(4), at(9) + 1],
    ['the newest proven digest may be the one delivered last', { lastDelivered: at(7) }, at(4), undefined],
    [
      'the trail was switched off where the chain ends, and a hole was filled since',
      { lastDelivered: at(10), stopped: at(4) + 15 * MINUTE },
      at(4),
      undefined,
    ],
  ])('is unproven where %s', (_, plan, proven, from) => {
    expect(weightOf(plan, proven, from)).toBe('unproven');
  });
});
