import { describe, expect, test } from 'vitest';
import { answerWarnings, coverageOf } from '../../src/query/answer-context.ts';
import type { ChainReport, Report } from '../../src/report/report.ts';

const DAY = '2026-10-05T';
const at = (time: string): string => `${DAY}${time}:00Z`;
const span = (from: string, to: string) => ({ from: at(from), to: at(to) });

function chain(id: string, ...covered: readonly (readonly [string, string])[]): ChainReport {
  return { id, kind: 'standard', covered: covered.map(([from, to]) => span(from, to)) } as never;
}

/** The coverage of a question of events from and to those times, by a report on these chains. */
function ask(
  chains: readonly ChainReport[],
  asked: readonly [string | undefined, string | undefined],
  {
    requested = [null, '12:00'],
    uncovered = [],
  }: {
    readonly requested?: readonly [string | null, string];
    readonly uncovered?: Report['window']['uncovered'];
  } = {},
) {
  const [first, last] = requested;
  const window = {
    requested: { from: first === null ? null : at(first), to: at(last) },
    covered: [],
    uncovered,
    verifiedThrough: null,
  };
  const [from, to] = asked.map((time) => (time === undefined ? undefined : Date.parse(at(time))));
  const found = coverageOf({ window, chains }, { from, to });
  return {
    covered: found.covered.map((one) => `${one.from.slice(11, 16)}-${one.to.slice(11, 16)}`),
    uncovered: found.uncovered.map(
      (one) => `${one.from.slice(11, 16)}-${one.to.slice(11, 16)} ${one.chain} ${one.reason}`,
    ),
  };
}

const ONE = chain('a', ['06:00', '11:00']);

describe('the coverage of a question', () => {
  test('within what is proven, with an hour for delivery, lacks nothing', () => {
    expect(ask([ONE], ['07:00', '10:00'])).toEqual({ covered: ['07:00-10:00'], uncovered: [] });
  });

  test('after the newest digest is not covered, whatever excuses the trail', () => {
    expect(ask([ONE], ['07:00', '10:30'])).toEqual({
      covered: ['07:00-10:30'],
      uncovered: ['11:00-11:30 all AFTER_NEWEST_DIGEST'],
    });
    expect(ask([ONE], ['11:30', '11:45'])).toEqual({
      covered: [],
      uncovered: ['11:30-12:45 all AFTER_NEWEST_DIGEST'],
    });
    expect(ask([ONE], [undefined, undefined])).toEqual({
      covered: ['06:00-11:00'],
      uncovered: ['11:00-13:00 all AFTER_NEWEST_DIGEST'],
    });
  });

  test('before the first digest is not covered', () => {
    expect(ask([ONE], ['01:00', '02:00'])).toEqual({
      covered: [],
      uncovered: ['01:00-03:00 all BEFORE_FIRST_DIGEST', '01:00-03:00 all AFTER_NEWEST_DIGEST'].slice(0, 1),
    });
    expect(ask([ONE], ['05:00', '08:00']).uncovered).toEqual(['05:00-06:00 all BEFORE_FIRST_DIGEST']);
    expect(ask([ONE], [undefined, '08:00'], { requested: ['04:00', '12:00'] }).uncovered).toEqual([
      '04:00-06:00 all BEFORE_FIRST_DIGEST',
    ]);
  });

  test('is that of every chain: one that ended or had not begun leaves a gap', () => {
    const other = chain('b', ['08:00', '09:30']);
    expect(ask([ONE, other], ['08:30', '08:30'])).toEqual({ covered: [], uncovered: [] });
    expect(ask([ONE, other], ['06:30', '07:00'])).toEqual({
      covered: [],
      uncovered: ['06:30-08:00 1 of 2 chains BEFORE_FIRST_DIGEST'],
    });
    expect(ask([ONE, other], ['08:00', '10:00'])).toEqual({
      covered: ['08:00-09:30'],
      uncovered: ['09:30-11:00 1 of 2 chains AFTER_NEWEST_DIGEST'],
    });
  });

  test('has the gaps that the report names, and no end twice', () => {
    const uncovered = [
      { ...span('08:00', '09:00'), chain: 'a', reason: 'DIGEST_MISSING' },
      { ...span('11:00', '14:00'), chain: 'a', reason: 'CHAIN_ENDS_EARLY' },
    ] as const;
    const holed = chain('a', ['06:00', '08:00'], ['09:00', '11:00']);
    expect(ask([holed], ['07:00', '11:30'], { uncovered })).toEqual({
      covered: ['07:00-08:00', '09:00-11:00'],
      uncovered: ['08:00-09:00 a DIGEST_MISSING', '11:00-14:00 a CHAIN_ENDS_EARLY'],
    });
    // Log files of the last minutes before the gap were delivered in it.
    expect(ask([holed], ['06:00', '07:30'], { uncovered }).uncovered).toEqual([
      '08:00-09:00 a DIGEST_MISSING',
    ]);
    expect(ask([holed], ['06:00', '07:00'], { uncovered }).uncovered).toEqual([]);
  });

  test('of backfill chains is none, and without a chain nothing is covered', () => {
    const backfill = { ...ONE, kind: 'backfill' } as const;
    expect(ask([backfill], ['07:00', '08:00']).covered).toEqual([]);
    expect(ask([chain('a')], ['07:00', '08:00'])).toEqual({
      covered: [],
      uncovered: ['07:00-09:00 all BEFORE_FIRST_DIGEST'],
    });
    expect(ask([chain('a')], [undefined, undefined]).covered).toEqual([]);
  });
});

describe('the warnings of an answer', () => {
  const none = { listed: 3, valid: 3, invalid: 0, missing: 0, unproven: 0, unlisted: 0 };
  const warn = (
    scope: Partial<NonNullable<Report['scope']>>,
    logs: Partial<Report['totals']['logs']> = {},
  ): readonly string[] =>
    answerWarnings(
      { unreadable: [] } as never,
      {
        scope: { statement: '', accounts: null, regions: null, trails: null, ...scope },
        totals: { logs: { ...none, ...logs } },
      } as never,
      true,
      0,
    );

  test('are none where everything was verified', () => {
    expect(warn({})).toEqual([]);
    expect(answerWarnings({ unreadable: [] } as never, { totals: { logs: none } } as never, true, 0)).toEqual(
      [],
    );
  });

  test('say what the run was narrowed to', () => {
    expect(warn({ regions: ['eu-west-1'] })).toEqual([
      'Only Region eu-west-1 was verified: events of others are missing.',
    ]);
    const accounts = ['1', '2', '3', '4', '5', '6', '7'];
    expect(warn({ accounts, trails: ['audit'] })).toEqual([
      'Only accounts 1, 2, 3, 4, 5 and 2 more, trail audit was verified: events of others are missing.',
    ]);
  });

  test('say how many log files gave no events, accepted or not', () => {
    expect(warn({}, { unproven: 1 })).toEqual([
      'The events of 1 log file are missing: digests name it, and it is altered, missing or unproven.',
    ]);
    expect(warn({}, { invalid: 1, missing: 2, unproven: 1 })).toEqual([
      'The events of 4 log files are missing: digests name them, and they are altered, missing or unproven.',
    ]);
  });
});
