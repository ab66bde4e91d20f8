import { expect, test } from 'vitest';
import { byteBudget } from '../../src/byte-budget.ts';
import { HOUR } from '../../src/clock.ts';
import { chainId } from '../../src/digest/chain-id.ts';
import type { TrailEvent } from '../../src/findings/event.ts';
import { ControlSearch, type SearchBounds } from '../../src/logs/search-control-events.ts';
import { countSource } from '../../src/source/wrappers.ts';
import { CHAIN, contextOver } from '../chain/chain-fixture.ts';
import { setting, walk } from '../chain/walk-fixture.ts';
import { controlRecord, logOf } from '../support/control-records.ts';
import { memorySource } from '../support/memory-source.ts';

/** Searches around trouble at the end of three hours of forty log files each, the last of which tells of a stop. */
async function search(
  bounds: SearchBounds,
): Promise<{ limits: readonly string[]; events: readonly string[]; opened: number }> {
  const given = setting(0, (trail) => {
    trail.hours(2, { logs: 40 });
    const content = logOf(controlRecord({ name: 'StopLogging', at: trail.end, id: 'stop' }));
    trail.hour({ logs: Array.from({ length: 40 }, () => ({ content })) });
  });
  const { source, counts } = countSource(memorySource(given.store));
  const limits: string[] = [];
  const context = { ...contextOver(source), limit: (code: string) => limits.push(code) };
  const run = { context, expectations: [], concurrency: 8, logBytes: byteBudget(1_000_000), bounds };
  const searching = new ControlSearch(run);
  const chain = chainId(CHAIN);
  searching.see({ type: 'chain', id: chain, chain: CHAIN, inScope: true, listed: 4 });
  for (const { digest } of await walk(given)) if (digest !== undefined) searching.proven(chain, digest);
  const { end } = given.trail;
  searching.see({ type: 'uncovered', chain, from: end, to: end + HOUR, reason: 'CHAIN_ENDS_EARLY' });
  const events: TrailEvent[] = [];
  await searching.search(async (event) => {
    events.push(event);
  });
  const ids = events.flatMap((event) => (event.type === 'control' ? [event.event.eventId] : []));
  return { limits, events: ids, opened: counts().opened };
}

const PLENTY = { files: 1000, inflated: 1_000_000_000 };

test('everything around trouble is searched within the bounds', async () => {
  const { limits, events, opened } = await search(PLENTY);
  expect(limits).toEqual([]);
  expect(events).toHaveLength(40);
  expect(opened).toBe(3 + 120);
});

test('beyond so many log files the search ends, nearest first, and says so', async () => {
  const { limits, events, opened } = await search({ ...PLENTY, files: 50 });
  expect(limits).toEqual(['CONTROL_SEARCH_CAPPED']);
  expect(events).toHaveLength(40);
  expect(opened).toBe(3 + 50);
});

test('beyond so many bytes the search ends, and says so', async () => {
  const { limits, events, opened } = await search({ ...PLENTY, inflated: 1 });
  expect(limits).toEqual(['CONTROL_SEARCH_CAPPED']);
  expect(events).toHaveLength(40);
  expect(opened).toBe(3 + 64);
});
