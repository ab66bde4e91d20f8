/** What there is to ask of a report as large as they come. */
import { describe, expect, test } from 'vitest';
import { DAY, HOUR, isoTime } from '../../src/base/clock.ts';
import { type Cause, causesByTime, LEAD } from '../../src/witness/causes.ts';
import { questionsOf } from '../../src/witness/questions.ts';
import { sampleChain, sampleReport } from '../support/sample-reports.ts';

const BEGIN = Date.parse('2026-10-05T00:00:00Z');

describe('a report of very many chains', () => {
  test('has its questions made in seconds', () => {
    const chains = Array.from({ length: 60_000 }, (_, at) => {
      return sampleChain(String(111_122_223_333 + at));
    });
    const uncovered = chains.map(({ id: chain }) => ({
      chain,
      from: isoTime(BEGIN),
      to: isoTime(BEGIN + HOUR),
      reason: 'DIGEST_MISSING' as const,
    }));
    const report = sampleReport(chains, []);
    const began = performance.now();
    const asked = questionsOf(
      { ...report, window: { ...report.window, uncovered } },
      false,
      BEGIN + 90 * DAY,
    );
    // A search of all chains for each took minutes.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(asked.places).toHaveLength(chains.length);
    expect(asked.places.at(-1)).toMatchObject({
      trails: [{ trail: 'management' }],
      causes: [{ kind: 'uncovered' }],
    });
  }, 120_000);
});

describe('the causes of a time', () => {
  test('are those whose files may hold an event of it, in their order', () => {
    const causes = Array.from({ length: 400 }, (_, at): Cause => {
      // Spread over ninety days in an order that is not that of time.
      const from = BEGIN + ((at * 37) % 400) * 5 * HOUR + at;
      const to = from + ([0, HOUR, 7 * HOUR, 3 * DAY, 80 * DAY][at % 5] ?? 0);
      const until = at % 7 === 0 ? to + 10 * DAY : to;
      return { kind: 'uncovered', reason: 'DIGEST_MISSING', chain: `chain ${at}`, from, to, until };
    });
    const at = causesByTime(causes);
    const edges = causes.flatMap(({ from, until }) => [from - LEAD - 1, from - LEAD, until, until + 1]);
    for (const time of edges)
      expect(at(time)).toEqual(causes.filter(({ from, until }) => from - LEAD <= time && time <= until));
  });
});
