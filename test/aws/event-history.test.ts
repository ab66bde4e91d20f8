/** The event history as it is asked: pages, turns, refusals, and answers of another shape than AWS's. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type HistoryEvent, readEventHistory, turns } from '../../src/aws/event-history.ts';
import { openAwsSession, sessionOfRole } from '../../src/aws/session.ts';
import { DAY, MINUTE } from '../../src/base/clock.ts';
import type { HistoryEntry } from '../support/aws-server/options.ts';
import { type AwsServer, type AwsServerOptions, startAwsServer } from '../support/aws-server.ts';
import { stubAwsEnvironment } from '../support/command.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const REGION = 'us-east-1';

let server: AwsServer;
let options: AwsServerOptions;

function entry(minute: number, parts: Partial<HistoryEntry> = {}): HistoryEntry {
  const id = `event-${minute}`;
  const time = NOW - minute * MINUTE;
  const text = JSON.stringify({ eventID: id });
  return { account: '111122223333', region: REGION, id, time, category: 'management', text, ...parts };
}

beforeEach(async () => {
  stubAwsEnvironment();
  options = { now: () => NOW, eventHistory: [] };
  server = await startAwsServer(options);
});
afterEach(async () => {
  await server.close();
  vi.unstubAllEnvs();
});

async function ask(region = REGION, category: 'management' | 'insight' = 'management', role?: string) {
  const own = openAwsSession({ endpointUrl: server.url, maxAttempts: 2 });
  const session = role === undefined ? own : sessionOfRole(own, role);
  const pages: (readonly HistoryEvent[])[] = [];
  let taken = 0;
  const answer = await readEventHistory(
    session,
    { region, from: NOW - 100 * DAY, to: NOW, category },
    async () => {
      taken += 1;
    },
    async (events) => {
      pages.push(events);
    },
  );
  return { answer, pages, taken, ids: pages.flat().map(({ id }) => id) };
}

test('gives the events of an account and Region, page by page, the youngest first, a turn for each page', async () => {
  options.eventHistory = [
    ...Array.from({ length: 120 }, (_, index) => entry(index + 1)),
    entry(500, { region: 'eu-west-1' }),
    entry(501, { account: '444455556666' }),
    entry(502, { category: 'insight' }),
    entry(91 * 24 * 60),
  ];
  const { answer, pages, taken, ids } = await ask();
  expect(answer).toEqual({ refusal: undefined, foreign: server.url });
  expect(pages.map((page) => page.length)).toEqual([50, 50, 20]);
  expect([ids[0], ids.at(-1), taken]).toEqual(['event-1', 'event-120', 3]);
  expect((await ask('eu-west-1')).ids).toEqual(['event-500']);
  expect((await ask(REGION, 'insight')).ids).toEqual(['event-502']);
  expect((await ask(REGION, 'management', 'arn:aws:iam::444455556666:role/Reader')).ids).toEqual([
    'event-501',
  ]);
});

describe('is a refusal in words', () => {
  test('where the Region refuses, and where there is no such Region', async () => {
    options.deny = new Set(['cloudtrail:LookupEvents']);
    expect((await ask()).answer.refusal).toContain('AccessDenied');
    expect((await ask('nowhere')).answer.refusal).toBe('there is no such Region');
  });

  test('where a page comes again', async () => {
    options.repeatPages = true;
    options.eventHistory = [entry(1)];
    expect((await ask()).answer.refusal).toBe('it gave the same page again');
  });

  test.each([{ Events: {} }, { Events: 'x' }, { Events: 7 }, { Events: [], NextToken: 5 }])(
    'where the answer is %j',
    async (body) => {
      server.faults.add({
        kind: 'answer',
        operation: 'LookupEvents',
        change: (answer) => ({ ...answer, body: Buffer.from(JSON.stringify(body)) }),
      });
      expect((await ask()).answer.refusal).toMatch(/understood|same page/);
    },
  );
});

test('rows that are none are events without anything', async () => {
  const body = { Events: [null, 7, { EventId: 3, CloudTrailEvent: [] }] };
  server.faults.add({
    kind: 'answer',
    operation: 'LookupEvents',
    change: (answer) => ({ ...answer, body: Buffer.from(JSON.stringify(body)) }),
  });
  const { pages } = await ask();
  for (const event of pages.flat()) expect(event).toEqual({ id: undefined, record: undefined });
});

test('turns come one after the other, at their pace, and at once where there was time enough', async () => {
  let now = 1000;
  const waits: number[] = [];
  const turn = turns(
    500,
    async (ms) => void waits.push(ms),
    () => now,
  );
  await Promise.all([turn(), turn(), turn()]);
  expect(waits).toEqual([500, 1000]);
  now = 9000;
  await turn();
  expect(waits).toEqual([500, 1000]);
});
