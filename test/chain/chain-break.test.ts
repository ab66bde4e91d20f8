import { expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { eventsBelowBreak } from '../../src/chain/chain-findings.ts';
import { objectUri } from '../../src/source/source.ts';
import { BUCKET, contextOver, planOf, provenAt, refAt, START, trailOf } from './chain-fixture.ts';

const at = (hours: number): number => START + hours * HOUR;
const CONTEXT = contextOver(trailOf(0).store);

test('each hour between two proven digests for which nothing was seen is a missing digest', () => {
  const gap = { newer: provenAt(at(10)), starting: false, seen: [at(8)] };
  const { events, oldest } = eventsBelowBreak(planOf(), CONTEXT, gap, refAt(at(6)), at(6));
  const findings = events.flatMap((event) => (event.type === 'finding' ? [event.finding] : []));
  expect(findings).toMatchObject([
    {
      code: 'DIGEST_MISSING',
      weight: 'violation',
      object: refAt(at(9)),
      evidence: { inferred: true, namedBy: objectUri(refAt(at(10))) },
    },
    { code: 'DIGEST_MISSING', object: refAt(at(7)), time: '2026-10-05T16:12:37Z' },
  ]);
  expect(events.filter(({ type }) => type === 'digest')).toMatchObject([
    { outcome: 'missing', listed: false },
    { outcome: 'missing', listed: false },
  ]);
  expect(oldest).toEqual({ ref: refAt(at(7)), from: at(6) });
});

test('nothing is missing where everything was seen, nor below the window', () => {
  const seen = { newer: provenAt(at(10)), starting: false, seen: [at(9)] };
  expect(eventsBelowBreak(planOf(), CONTEXT, seen, refAt(at(8)), at(8))).toEqual({
    events: [],
    oldest: undefined,
  });
  const narrow = contextOver(trailOf(0).store, { window: { from: at(8), to: at(10) } });
  const unseen = { ...seen, seen: [] };
  const { events } = eventsBelowBreak(planOf(), narrow, unseen, refAt(at(1)), at(1));
  expect(events.filter(({ type }) => type === 'finding')).toHaveLength(1);
});

test('above a starting digest the chain began anew', () => {
  const gap = { newer: provenAt(at(10), {}, { previous: undefined }), starting: true, seen: [] };
  const { events, oldest } = eventsBelowBreak(planOf(), CONTEXT, gap, refAt(at(6)), at(6));
  expect(oldest).toBeUndefined();
  expect(events).toMatchObject([
    {
      type: 'finding',
      finding: {
        code: 'CHAIN_RESTARTED',
        weight: 'unproven',
        object: refAt(at(10)),
        evidence: {
          uncovered: { from: '2026-10-05T15:12:37Z', to: '2026-10-05T19:12:37Z' },
          lastBefore: objectUri(refAt(at(6))),
        },
      },
    },
  ]);
});

test('below a digest whose key tells nothing, no names are made up', () => {
  const newer = provenAt(at(10), { ref: { bucket: BUCKET, key: 'odd' } });
  const gap = { newer, starting: false, seen: [] };
  expect(eventsBelowBreak(planOf(), CONTEXT, gap, refAt(at(6)), at(6))).toEqual({
    events: [],
    oldest: undefined,
  });
});
