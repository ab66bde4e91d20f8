/** How often the event history is asked about Insights events. */
import { expect, test } from 'vitest';
import { DAY } from '../../../src/base/clock.ts';
import { eventHistoryWitness } from '../../../src/cli/io/witness/event-history.ts';
import { sessionWith, useAws } from '../../aws/aws-fixture.ts';
import type { HistoryEntry } from '../../support/aws-server/options.ts';

const aws = useAws();
const NOW = Date.parse('2026-11-20T12:00:00Z');
const REGION = 'us-east-1';
const ACCOUNT = '111122223333';

const insight = (time: number): HistoryEntry => ({
  account: ACCOUNT,
  region: REGION,
  id: `insight-${time}`,
  time,
  category: 'insight',
  text: '{}',
});

/** Asks about three days, the youngest first: the ids that came, and how many requests were of Insights events. */
async function askDays(eventHistory: readonly HistoryEntry[]) {
  const server = await aws.start({ now: () => NOW, eventHistory });
  const session = sessionWith(server);
  const witness = eventHistoryWitness(async (_, ask) => ask(session), new AbortController().signal);
  const ids: (string | undefined)[] = [];
  for (const day of [0, 1, 2]) {
    const time = { from: NOW - (day + 1) * DAY + 1, to: NOW - day * DAY };
    const place = { account: ACCOUNT, region: REGION, trails: [], hasInsights: true };
    const answer = await witness.ask(place, time, async (events) => {
      ids.push(...events.map(({ id }) => id));
    });
    expect(answer.refusal).toBeUndefined();
  }
  return { ids, requests: server.requests.length };
}

test('once for all days where there is none', async () => {
  expect(await askDays([])).toEqual({ ids: [], requests: 3 + 1 });
});

test('and for each day where there is one', async () => {
  const old = insight(NOW - 2 * DAY - 1);
  expect(await askDays([old])).toEqual({ ids: [old.id], requests: 3 + 1 + 3 });
});
