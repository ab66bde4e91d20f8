/** A query of CloudTrail Lake: how it is asked, waited for and read, and each way in which it fails. */
import { describe, expect, test } from 'vitest';
import { lakeStatement, readEventDataStoreArn } from '../../src/aws/event-data-store.ts';
import { type LakeEvent, readLakeEvents } from '../../src/aws/lake-events.ts';
import type { EventDataStoreData, LakeEntry } from '../support/aws-server/options.ts';
import type { AwsServer, AwsServerOptions } from '../support/aws-server.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const ID = '7b1b0a8a-1111-2222-3333-444455556666';
const ARN = `arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/${ID}`;
const STORE = { arn: ARN, account: '111122223333', region: 'us-east-1', id: ID };
const AT = Date.parse('2026-11-20T09:12:37Z');
const QUESTION = { account: '444455556666', region: 'eu-west-1', from: AT - 60_000, to: AT + 500 };

const entry = (id: string, time = AT): LakeEntry => ({
  account: QUESTION.account,
  region: QUESTION.region,
  id,
  time,
  text: JSON.stringify({ eventID: id }),
});

function storeOf(more: Partial<EventDataStoreData> = {}): EventDataStoreData {
  return {
    account: STORE.account,
    region: STORE.region,
    events: [entry('a'), entry('b', AT - 1000)],
    ...more,
  };
}

async function start(store = storeOf(), more: AwsServerOptions = {}): Promise<AwsServer> {
  return aws.start({ eventDataStores: { [ID]: store }, ...more });
}

async function ask(
  server: AwsServer,
  question = QUESTION,
  caller = STORE.account,
  clock?: (() => number) | undefined,
) {
  const events: LakeEvent[] = [];
  const waits: number[] = [];
  const access = {
    session: sessionWith(server, { maxAttempts: 1 }),
    caller,
    wait: async (milliseconds: number) => {
      waits.push(milliseconds);
    },
    now: clock ?? (() => waits.reduce((sum, one) => sum + one, 0)),
  };
  const answer = await readLakeEvents(access, STORE, question, async (page) => {
    events.push(...page);
  });
  return { answer, ids: events.map(({ id }) => id), events, waits };
}

describe('an ARN', () => {
  test('has account, Region and id', () => {
    expect(readEventDataStoreArn(ARN)).toEqual(STORE);
    expect(readEventDataStoreArn(ARN.replace('arn:aws:', 'arn:aws-us-gov:'))?.id).toBe(ID);
  });

  test.each([
    '',
    ID,
    `${ARN} `,
    `${ARN}\n`,
    ARN.replace('eventdatastore', 'trail'),
    ARN.replace(ID, 'x'),
    ARN.replace(ID, `${ID}' OR 1=1`),
    ARN.replace('us-east-1', 'evil.example/'),
    ARN.replace('111122223333', '1111'),
  ])('%j is none', (text) => expect(readEventDataStoreArn(text)).toBeUndefined());
});

describe('a statement', () => {
  test('asks for whole records of one account and Region, times outwards to the second', () => {
    expect(lakeStatement(STORE, { ...QUESTION, from: AT + 1 })).toBe(
      `SELECT DISTINCT eventID, eventJson, eventTime FROM ${ID} WHERE eventTime >= '2026-11-20 09:12:37' AND eventTime <= '2026-11-20 09:12:38' AND recipientAccountId = '444455556666' AND awsRegion = 'eu-west-1' ORDER BY eventTime DESC`,
    );
  });

  test.each([
    { account: "1' OR '1'='1" },
    { region: "us-east-1' OR '1'='1" },
    { from: Number.NaN },
    { to: Number.POSITIVE_INFINITY },
    { from: -1e15 },
  ])('is not made of %j', (wrong) => expect(lakeStatement(STORE, { ...QUESTION, ...wrong })).toBeUndefined());
});

describe('a query', () => {
  test('is waited for and read page by page', async () => {
    const server = await start(storeOf({ statuses: ['QUEUED', 'RUNNING', 'FINISHED'] }), { pageSize: 1 });
    const { answer, ids, waits, events } = await ask(server);
    expect(answer).toEqual({ refusal: undefined, isLate: false, foreign: server.url });
    expect(ids).toEqual(['a', 'b']);
    expect(events[0]?.record).toBe('{"eventID":"a"}');
    expect(waits).toEqual([2000, 2000]);
  });

  test.each([
    [
      'FAILED',
      'Column eventjson cannot be resolved',
      'the query failed: Column eventjson cannot be resolved',
    ],
    ['CANCELLED', undefined, 'the query was cancelled'],
    ['TIMED_OUT', undefined, 'the query took longer than CloudTrail Lake lets one run'],
    ['ODD', undefined, 'the query is in no known state'],
  ])('that is %s gives nothing', async (status, errorMessage, words) => {
    const { answer, ids } = await ask(await start(storeOf({ statuses: [status], errorMessage })));
    expect(answer.refusal).toBe(`${words} (${status})`);
    expect(ids).toEqual([]);
  });

  test('that never ends is given up after ten minutes', async () => {
    const { answer, waits } = await ask(await start(storeOf({ statuses: ['RUNNING'] })));
    expect(answer.refusal).toBe('the query was not done after 10 minutes (RUNNING)');
    expect(waits).toHaveLength(300);
    expect(answer.isLate).toBe(true);
  });

  test('that never ends is given up after ten minutes of slow answers as well', async () => {
    let time = 0;
    const clock = (): number => {
      time += 120_000;
      return time;
    };
    const server = await start(storeOf({ statuses: ['RUNNING'] }));
    const { answer, waits } = await ask(server, QUESTION, STORE.account, clock);
    expect(answer.refusal).toBe('the query was not done after 10 minutes (RUNNING)');
    expect(waits).toHaveLength(4);
  });

  test('waits for its turn', async () => {
    const server = await start();
    server.faults.add({
      kind: 'status',
      status: 400,
      code: 'MaxConcurrentQueriesException',
      operation: 'StartQuery',
      times: 2,
    });
    const { answer, ids, waits } = await ask(server);
    expect(answer.refusal).toBeUndefined();
    expect(ids).toEqual(['a', 'b']);
    expect(waits).toEqual([2000, 2000]);
  });

  test('that gives the same page again, or fewer rows than it has, is not whole', async () => {
    const again = await ask(await start(storeOf(), { repeatPages: true }));
    expect(again.answer.refusal).toBe('it gave the same page again');
    const fewer = await ask(await start(storeOf({ total: 7 })));
    expect(fewer.answer.refusal).toBe('it gave 2 of 7 rows');
    expect(fewer.ids).toEqual(['a', 'b']);
  });

  test('that fills its count with one row again and again is not whole', async () => {
    const { answer, events } = await ask(await start(storeOf({ repeats: true })));
    expect(events).toHaveLength(2);
    expect(answer.refusal).toBe('it gave 1 of 2 rows');
  });

  test('that gives other rows without an end is refused at once', async () => {
    const { answer, ids } = await ask(await start(storeOf({ total: 1 }), { pageSize: 1 }));
    expect(answer.refusal).toBe('it gave 2 of 1 rows');
    expect(ids).toEqual(['a']);
  });

  test('gives an event once that was copied to the store again', async () => {
    const { answer, ids } = await ask(await start(storeOf({ events: [entry('a'), entry('a')] })));
    expect({ ids, refusal: answer.refusal }).toEqual({ ids: ['a'], refusal: undefined });
  });

  test('that is refused has a reason', async () => {
    const denied = await ask(await start(storeOf(), { deny: new Set(['cloudtrail:StartQuery']) }));
    expect(denied.answer.refusal).toContain('AccessDenied');
    const unread = await ask(await start(storeOf(), { deny: new Set(['cloudtrail:GetQueryResults']) }));
    expect(unread.answer.refusal).toContain('AccessDenied');
    const gone = await ask(await aws.start());
    expect(gone.answer.refusal).toContain('EventDataStoreNotFoundException');
    const odd = await ask(await start(), { ...QUESTION, account: 'x' });
    expect(odd.answer.refusal).toBe('there is no such account, Region or time');
  });

  test("names the owner of another account's store", async () => {
    const server = await start(storeOf(), { accountId: '999988887777' });
    expect((await ask(server)).answer.refusal).toContain('EventDataStoreNotFoundException');
    expect((await ask(server, QUESTION, '999988887777')).ids).toEqual(['a', 'b']);
  });

  test('may have rows of any form', async () => {
    const odd = (cells: unknown): LakeEntry => ({ ...entry('x'), cells });
    const { answer, events } = await ask(
      await start(
        storeOf({
          events: [
            odd([]),
            odd([{ EVENTJSON: '{"eventID":"c"}', eventid: 'c' }]),
            odd([{ eventJson: null }, { eventID: 'd' }]),
            odd([{ other: 'x' }]),
          ],
        }),
      ),
    );
    expect(answer.refusal).toBeUndefined();
    expect(events).toEqual([
      { id: undefined, record: undefined },
      { id: 'c', record: '{"eventID":"c"}' },
      { id: 'd', record: undefined },
      { id: undefined, record: undefined },
    ]);
  });
});
