import { describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import { ChainLedger, span } from '../../src/chain/chain-ledger.ts';
import type { Window } from '../../src/chain/list-digests.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { provenAt, START } from './chain-fixture.ts';

const TO = START + 10 * HOUR;
const at = (hours: number): number => START + hours * HOUR;

function ledgerOf(window: Partial<Window> = {}, through = TO): ChainLedger {
  return new ChainLedger('a chain', { from: undefined, to: TO, ...window }, through);
}

/** The stretches of time among the events, in hours since START. */
function stretches(events: readonly TrailEvent[]): readonly string[] {
  const hours = (time: number): number => (time - START) / HOUR;
  return events.flatMap((event) => {
    if (event.type === 'covered') return [`covered ${hours(event.from)}-${hours(event.to)}`];
    return event.type === 'uncovered' ? [`${event.reason} ${hours(event.from)}-${hours(event.to)}`] : [];
  });
}

describe('covered time', () => {
  test('is one run while windows meet, passed on when it ends', () => {
    const ledger = ledgerOf();
    ledger.proven(provenAt(at(10)), false);
    ledger.proven(provenAt(at(9)), true);
    expect(ledger.drain()).toEqual([]);
    ledger.close(undefined);
    expect(stretches(ledger.drain())).toEqual(['covered 8-10']);
    expect(ledger.drain()).toEqual([]);
  });

  test('is cut to the window, and nothing where no part lies in it', () => {
    const ledger = ledgerOf({ from: at(8) + MINUTE, to: at(9) - MINUTE }, at(9) - MINUTE);
    ledger.proven(provenAt(at(10)), false);
    ledger.proven(provenAt(at(9)), true);
    ledger.proven(provenAt(at(8)), true);
    ledger.close('CHAIN_STARTS_LATE');
    expect(ledger.drain()).toContainEqual({
      type: 'covered',
      chain: 'a chain',
      from: at(8) + MINUTE,
      to: at(9) - MINUTE,
    });
  });

  test('is never that of a starting digest, nor of one that is not as recorded', () => {
    const ledger = ledgerOf({ from: at(7) });
    ledger.proven(provenAt(at(10), { asRecorded: false }), false);
    ledger.proven(provenAt(at(9), {}, { previous: undefined }), true);
    ledger.close('CHAIN_STARTS_LATE');
    expect(stretches(ledger.drain())).toEqual(['CHAIN_STARTS_LATE 7-10']);
  });

  test('may overlap without a hole', () => {
    const ledger = ledgerOf();
    ledger.proven(provenAt(at(10)), false);
    ledger.proven(provenAt(at(9) + 10 * MINUTE, {}, { startTime: at(8) }), true);
    ledger.proven(provenAt(at(8), {}, { startTime: at(8) - 5 * MINUTE }), true);
    ledger.close(undefined);
    expect(ledger.drain()[0]).toMatchObject({ type: 'covered', from: at(8) - 5 * MINUTE, to: at(10) });
  });
});

describe('a hole', () => {
  test('has the first reason that was given for it, and none is left for the next', () => {
    const ledger = ledgerOf({}, at(10));
    ledger.broken('CHAIN_ENDS_EARLY');
    ledger.broken('DIGEST_MISSING');
    ledger.proven(provenAt(at(9)), false);
    ledger.hole('WINDOW_HOLE');
    ledger.hole('CHAIN_RESTARTED');
    ledger.proven(provenAt(at(7)), true);
    ledger.proven(provenAt(at(5)), true);
    ledger.close(undefined);
    expect(stretches(ledger.drain())).toEqual([
      'CHAIN_ENDS_EARLY 9-10',
      'WINDOW_HOLE 7-8',
      'covered 8-9',
      // No reason was given: a hole is never passed over for want of one.
      'WINDOW_HOLE 5-6',
      'covered 6-7',
      'covered 4-5',
    ]);
  });

  test('at the beginning of the window is closed with a reason, the earlier one first', () => {
    const ledger = ledgerOf({ from: at(0) });
    ledger.proven(provenAt(at(10)), false);
    ledger.broken('DIGEST_MISSING');
    ledger.close('CHAIN_STARTS_LATE');
    expect(stretches(ledger.drain())).toEqual(['DIGEST_MISSING 0-9', 'covered 9-10']);
  });

  test('is none where the window has no beginning, where it is reached, or without a reason', () => {
    for (const [from, reason] of [
      [undefined, 'CHAIN_STARTS_LATE'],
      [at(9), 'CHAIN_STARTS_LATE'],
      [at(0), undefined],
    ] as const) {
      const ledger = ledgerOf({ from });
      ledger.proven(provenAt(at(10)), false);
      ledger.close(reason);
      expect(stretches(ledger.drain())).toEqual(['covered 9-10']);
    }
  });

  test('right below the newest digest is one, though nothing is owed yet of that time', () => {
    const ledger = ledgerOf({}, at(7));
    ledger.proven(provenAt(at(10)), false);
    expect(ledger.openHole(at(8))).toEqual({ openHole: { from: at(8), to: at(9) } });
    ledger.broken('DIGEST_MISSING');
    ledger.proven(provenAt(at(6)), false);
    ledger.close(undefined);
    expect(stretches(ledger.drain())).toEqual(['DIGEST_MISSING 6-9', 'covered 9-10', 'covered 5-6']);
  });

  test('is open while the walk is below what is covered', () => {
    const ledger = ledgerOf();
    expect(ledger.openHole(at(10))).toEqual({});
    expect(ledger.openHole(at(9))).toEqual({ openHole: { from: at(9), to: at(10) } });
    ledger.proven(provenAt(at(10)), false);
    expect(ledger.openHole(at(9))).toEqual({});
  });
});

describe('segments', () => {
  test('hold linked digests, and say what ties them to their neighbours', () => {
    const ledger = ledgerOf();
    const [newest, oldest] = [provenAt(at(10), { sha256: 'n', signature: 's' }), provenAt(at(9))];
    ledger.proven(newest, false);
    ledger.proven(oldest, true);
    ledger.proven(provenAt(at(8)), false);
    ledger.broken('DIGEST_MISSING');
    ledger.proven(provenAt(at(6), {}, { previous: undefined }), false);
    ledger.close(undefined);
    const segments = ledger.drain().filter((event) => event.type === 'segment');
    expect(segments.map(({ digests, from, to }) => [digests, from, to])).toEqual([
      [2, at(8), at(10)],
      [1, at(7), at(8)],
      [1, at(5), at(6)],
    ]);
    expect(segments[0]).toMatchObject({
      chain: 'a chain',
      newest: { ...newest.ref, sha256: 'n', signature: 's' },
      previous: oldest.digest.previous,
    });
    expect(segments[2]?.previous).toBeNull();
  });
});

test('a span is written in UTC to the second', () => {
  expect(span(START, START + HOUR)).toEqual({ from: '2026-10-05T09:12:37Z', to: '2026-10-05T10:12:37Z' });
});
