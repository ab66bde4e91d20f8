/** Answers of a second witness with fields of other types than AWS's: in words a refusal, never nothing and never a fault. */
import { describe, expect, test } from 'vitest';
import { describeLogGroup, parseLogGroupArn, readLogEvents } from '../../src/aws/cloudwatch-logs.ts';
import { readEventHistory } from '../../src/aws/event-history.ts';
import { readLakeEvents } from '../../src/aws/lake-events.ts';
import { describeLakeQuery } from '../../src/aws/lake-query.ts';
import { describeEventDataStore } from '../../src/aws/set-up/store-description.ts';
import { describeLoggedTrails } from '../../src/aws/trail-log-groups.ts';
import { DAY } from '../../src/base/clock.ts';
import { escapeTerminal } from '../../src/render/escape.ts';
import { jsonAnswer } from '../support/aws-server/answer.ts';
import type { AwsServer } from '../support/aws-server.ts';
import { GROUP, GROUP_ARN } from '../support/log-group.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const NOW = Date.parse('2026-11-20T12:00:00Z');
const REGION = 'us-east-1';
const ACCOUNT = '111122223333';
const ID = '7b1b0a8a-1111-2222-3333-444455556666';
const STREAM = `${ACCOUNT}_CloudTrail_${REGION}`;
const TIME = { from: NOW - DAY, to: NOW };

/** A server that gives these answers, the last of them for ever. */
async function serverOf(operation: string, bodies: readonly unknown[]): Promise<AwsServer> {
  const server = await aws.start();
  let given = 0;
  server.faults.add({
    kind: 'answer',
    operation,
    times: Number.POSITIVE_INFINITY,
    change: () => jsonAnswer(bodies[Math.min(given++, bodies.length - 1)]),
  });
  return server;
}

const silent = async () => {};

async function history(...bodies: readonly unknown[]) {
  const server = await serverOf('LookupEvents', bodies);
  const rows: unknown[] = [];
  const question = { region: REGION, ...TIME, category: 'management' as const };
  const { refusal } = await readEventHistory(sessionWith(server), question, silent, async (page) => {
    rows.push(...page);
  });
  return { refusal, rows };
}

async function logs(...bodies: readonly unknown[]) {
  const server = await serverOf('FilterLogEvents', bodies);
  const group = parseLogGroupArn(GROUP_ARN);
  if (group === undefined) throw new Error('the ARN of the tests cannot be read');
  const rows: unknown[] = [];
  const question = { group, stream: STREAM, ...TIME };
  const { refusal } = await readLogEvents(sessionWith(server), question, silent, async (page) => {
    rows.push(...page);
  });
  return { refusal, rows };
}

async function lake(started: unknown, ...bodies: readonly unknown[]) {
  const server = await serverOf('GetQueryResults', bodies);
  server.faults.add({ kind: 'answer', operation: 'StartQuery', change: () => jsonAnswer(started) });
  const store = {
    arn: `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:eventdatastore/${ID}`,
    account: ACCOUNT,
    region: REGION,
    id: ID,
  };
  let time = 0;
  const now = (): number => {
    time += 60_000;
    return time;
  };
  const access = { session: sessionWith(server), caller: ACCOUNT, wait: silent, now };
  const rows: unknown[] = [];
  const question = { account: ACCOUNT, region: REGION, ...TIME };
  const { refusal } = await readLakeEvents(access, store, question, async (page) => {
    rows.push(...page);
  });
  return { refusal, rows };
}

/** Cases of one value each: a list in a table of cases would be the arguments of one. */
const each = (values: readonly unknown[]) => values.map((value) => [value]);

const WORDS = 'its answer cannot be understood';
const STARTED = { QueryId: ID };
const DONE = { QueryStatus: 'FINISHED', QueryStatistics: { TotalResultsCount: 1 } };
const ROW = [{ eventID: 'a' }, { eventJson: '{}' }];
const ODD: readonly unknown[] = [7, true, 'x', {}, { length: 3 }, { constructor: 1 }];

describe('the event history', () => {
  test.each([{}, { Events: null }, ...ODD.map((Events) => ({ Events })), { events: [] }])(
    'without a list of events: %j',
    async (body) => expect(await history(body)).toEqual({ refusal: WORDS, rows: [] }),
  );

  test.each(each([5, {}, [], true, '', ['x']]))('with the token %j', async (NextToken) =>
    expect((await history({ Events: [], NextToken })).refusal).toBe(WORDS),
  );

  test.each(each([null, 7, 'x', [], {}, { EventId: 3, CloudTrailEvent: {} }, { CloudTrailEvent: ['{}'] }]))(
    'with the event %j, which counts as one that cannot be read',
    async (event) => {
      const { refusal, rows } = await history({ Events: [event, { EventId: 'a', CloudTrailEvent: '{}' }] });
      expect(refusal).toBeUndefined();
      expect(rows.at(-1)).toEqual({ id: 'a', record: '{}' });
      for (const row of rows.slice(0, -1)) expect(row).toEqual({ id: undefined, record: undefined });
    },
  );
});

describe('a log group', () => {
  test.each([{}, { events: null }, ...ODD.map((events) => ({ events }))])(
    'without a list of events: %j',
    async (body) => expect(await logs(body)).toEqual({ refusal: WORDS, rows: [] }),
  );

  test.each(each([5, {}, [], true, '', ['x']]))('with the token %j', async (nextToken) =>
    expect((await logs({ events: [], nextToken })).refusal).toBe(WORDS),
  );

  test.each(each([null, 7, [], {}, { logStreamName: 7, message: '{}' }, { message: '{}' }]))(
    'with the event %j, of nobody knows which stream',
    async (event) => expect(await logs({ events: [event] })).toEqual({ refusal: WORDS, rows: [] }),
  );

  test.each(each([undefined, null, 7, {}, ['{}']]))('with the message %j', async (message) => {
    const answer = await logs({ events: [{ logStreamName: STREAM, message }] });
    expect(answer).toEqual({ refusal: undefined, rows: [undefined] });
  });

  test.each([
    { retentionInDays: '30' },
    { retentionInDays: 0 },
    { retentionInDays: 1.5 },
    { retentionInDays: 1e300 },
    { creationTime: 'x' },
    { creationTime: -1 },
    { creationTime: 1e300 },
    { dataProtectionStatus: 5 },
    { inheritedProperties: 5 },
    { inheritedProperties: 'ACCOUNT_DATA_PROTECTION' },
  ])('described with %j', async (field) => {
    const server = await serverOf('DescribeLogGroups', [
      { logGroups: [null, { logGroupName: GROUP, ...field }] },
    ]);
    const group = parseLogGroupArn(GROUP_ARN);
    if (group === undefined) throw new Error('the ARN of the tests cannot be read');
    const facts = await describeLogGroup(sessionWith(server), group);
    expect(facts).toEqual({ refusal: WORDS, isMasked: false, foreign: server.url });
  });
});

/** Either check says it: that of every answer, or that of this one. */
const REFUSED = /\(AnswerNotUnderstood\)$|^its answer cannot be understood$/;

describe('the trails of a Region', () => {
  const TRAIL = {
    Name: 'audit',
    S3BucketName: 'example-trail-logs',
    HomeRegion: REGION,
    TrailARN: `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:trail/audit`,
    IsOrganizationTrail: false,
    IsMultiRegionTrail: true,
    LogFileValidationEnabled: true,
    CloudWatchLogsLogGroupArn: GROUP_ARN,
  };
  const trails = async (body: unknown) =>
    describeLoggedTrails(sessionWith(await serverOf('DescribeTrails', [body])), REGION);

  test('are given with their log groups, and without one where they have none', async () => {
    const { CloudWatchLogsLogGroupArn: _group, ...bare } = TRAIL;
    const own = { name: 'audit', homeRegion: REGION, account: ACCOUNT, isOrganizationTrail: false };
    expect(await trails({ trailList: [TRAIL, bare] })).toMatchObject({
      trails: [
        { ...own, logGroupArn: GROUP_ARN },
        { ...own, logGroupArn: undefined },
      ],
    });
  });

  test.each([{}, { trailList: null }, ...ODD.map((trailList) => ({ trailList }))])(
    'without a list: %j',
    async (body) =>
      expect(await trails(body)).toMatchObject({ trails: [], refusal: expect.stringMatching(REFUSED) }),
  );

  test.each(
    each([
      ...[null, 7, [], {}],
      ...['Name', 'HomeRegion', 'TrailARN'].flatMap((name) =>
        [undefined, null, 7, [], {}, { toString: 5 }].map((value) => ({ ...TRAIL, [name]: value })),
      ),
      ...['', 'x', 'arn:aws:cloudtrail:us-east-1:1:trail/audit'].map((TrailARN) => ({ ...TRAIL, TrailARN })),
      ...[0, 'true', {}].map((IsOrganizationTrail) => ({ ...TRAIL, IsOrganizationTrail })),
      ...[7, true, [GROUP_ARN], {}].map((CloudWatchLogsLogGroupArn) => ({
        ...TRAIL,
        CloudWatchLogsLogGroupArn,
      })),
    ]),
  )('with the trail %j', async (odd) => {
    expect(await trails({ trailList: [TRAIL, odd] })).toMatchObject({
      trails: [],
      refusal: expect.stringMatching(REFUSED),
    });
  });
});

describe('an event data store', () => {
  const arn = `arn:aws:cloudtrail:${REGION}:${ACCOUNT}:eventdatastore/${ID}`;
  const STORE = {
    EventDataStoreArn: arn,
    MultiRegionEnabled: true,
    OrganizationEnabled: false,
    RetentionPeriod: 366,
    AdvancedEventSelectors: [{ FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }],
  };
  const store = async (body: unknown) =>
    describeEventDataStore(sessionWith(await serverOf('GetEventDataStore', [body])), { arn, region: REGION });

  // Whatever it does not say to keep out, it should have.
  test.each(each([[null], [{}], [{ FieldSelectors: [] }]]))(
    'with the selectors %j should have everything',
    async (AdvancedEventSelectors) => {
      const { facts } = await store({ ...STORE, AdvancedEventSelectors });
      expect(facts?.selectors).toEqual([[]]);
    },
  );

  test('is described', async () => {
    expect((await store(STORE)).facts).toMatchObject({ isOfAllRegions: true, retentionDays: 366 });
  });

  test.each([
    ...ODD,
    {},
    ...[undefined, null, 7, `${arn}x`].map((EventDataStoreArn) => ({ ...STORE, EventDataStoreArn })),
    ...[undefined, 'true', 1, {}].map((MultiRegionEnabled) => ({ ...STORE, MultiRegionEnabled })),
    ...[undefined, 'false', 0].map((OrganizationEnabled) => ({ ...STORE, OrganizationEnabled })),
    ...[undefined, '366', 0, -1, 1.5, 1e300].map((RetentionPeriod) => ({ ...STORE, RetentionPeriod })),
    ...[undefined, null, [], {}, 'x', [{ FieldSelectors: [{ Field: 7 }] }]].map((AdvancedEventSelectors) => ({
      ...STORE,
      AdvancedEventSelectors,
    })),
  ])('described as %j', async (body) => {
    expect(await store(body)).toMatchObject({ refusal: expect.stringMatching(REFUSED) });
  });
});

describe('a query of Lake', () => {
  test.each(each([undefined, null, 5, {}, [], '', 'x', ID.toUpperCase()]))(
    'with the id %j',
    async (QueryId) => expect((await lake({ QueryId }, DONE)).refusal).toBe('it started no query'),
  );

  test.each(each([undefined, null, 5, {}, ['FINISHED']]))('with the status %j', async (QueryStatus) =>
    expect(await lake(STARTED, { ...DONE, QueryStatus })).toEqual({ refusal: WORDS, rows: [] }),
  );

  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('in the state %s', async (state) =>
    expect((await lake(STARTED, { QueryStatus: state })).refusal).toBe(
      `the query is in no known state (${state})`,
    ),
  );

  test.each(each([5, {}, ['x']]))('with the message %j', async (ErrorMessage) =>
    expect((await lake(STARTED, { QueryStatus: 'FAILED', ErrorMessage })).refusal).toBe(WORDS),
  );

  test.each(ODD)('with the rows %j', async (QueryResultRows) =>
    expect(await lake(STARTED, { ...DONE, QueryResultRows })).toEqual({ refusal: WORDS, rows: [] }),
  );

  test.each(each([null, 7, 'x', {}, [], [null], ['x'], [[]], [{ eventJson: {} }], [{ eventID: 7 }]]))(
    'with the row %j, which counts as one that cannot be read',
    async (row) => {
      const { rows } = await lake(STARTED, { ...DONE, QueryResultRows: [row] });
      expect(rows).toEqual([{ id: undefined, record: undefined }]);
    },
  );

  test.each(['1', -1, 1.5, 1e300, {}, true])('of %j rows', async (TotalResultsCount) => {
    const answer = await lake(STARTED, {
      ...DONE,
      QueryStatistics: { TotalResultsCount },
      QueryResultRows: [ROW],
    });
    expect(answer).toEqual({ refusal: WORDS, rows: [] });
  });

  test.each(each(['x', 5, true]))('with the statistics %j', async (QueryStatistics) =>
    expect((await lake(STARTED, { ...DONE, QueryStatistics, QueryResultRows: [ROW] })).refusal).toBe(WORDS),
  );

  test.each(each([5, {}, [], '']))('with the token %j', async (NextToken) =>
    expect((await lake(STARTED, { ...DONE, QueryResultRows: [ROW], NextToken })).refusal).toBe(WORDS),
  );

  test('that has ended without rows has none only where it says so', async () => {
    expect((await lake(STARTED, { QueryStatus: 'FINISHED' })).refusal).toBe(WORDS);
    expect((await lake(STARTED, { QueryStatus: 'FINISHED', QueryResultRows: [] })).refusal).toBe(WORDS);
    expect((await lake(STARTED, DONE)).refusal).toBe('it gave 0 of 1 rows');
    const none = { ...DONE, QueryStatistics: { TotalResultsCount: 0 } };
    expect(await lake(STARTED, none)).toEqual({ refusal: undefined, rows: [] });
    expect((await lake(STARTED, { ...none, QueryResultRows: [ROW] })).refusal).toBe('it gave 1 of 0 rows');
  });

  test.each([
    {},
    { QueryStatistics: null },
    { QueryStatistics: {} },
    { QueryStatistics: { TotalResultsCount: null } },
  ])('that does not say how many rows it has (%j) has not given all', async (statistics) => {
    const answer = await lake(STARTED, { QueryStatus: 'FINISHED', QueryResultRows: [ROW], ...statistics });
    expect(answer.refusal).toBe(WORDS);
  });

  test('that is not finished any more is refused', async () => {
    const first = { ...DONE, QueryResultRows: [ROW], NextToken: 'next' };
    expect((await lake(STARTED, first, { QueryStatus: 'RUNNING' })).refusal).toBe(
      'the query has ended, and is RUNNING again',
    );
  });

  test('described with fields of other types has nulls for them', async () => {
    const QueryStatistics = { BytesScanned: '1', EventsScanned: -1, EventsMatched: 1e300 };
    const body = {
      QueryString: 5,
      QueryStatus: {},
      DeliveryS3Uri: [],
      DeliveryStatus: true,
      QueryStatistics,
    };
    const { query } = await describeLakeQuery(
      sessionWith(await serverOf('DescribeQuery', [body])),
      REGION,
      ID,
    );
    expect(Object.values(query ?? {})).toEqual([null, null, null, null, null, null, null]);
  });
});

test('words of an answer have an end, and do nothing to a terminal', async () => {
  const evil = `\u001b[2J\u202e${'x'.repeat(100_000)}`;
  const failed = await lake(STARTED, { QueryStatus: 'FAILED', ErrorMessage: evil });
  const odd = await lake(STARTED, { QueryStatus: evil });
  const server = await aws.start();
  server.faults.add({
    kind: 'answer',
    operation: 'LookupEvents',
    change: () => jsonAnswer({ __type: evil, message: evil }, 400),
  });
  const question = { region: REGION, ...TIME, category: 'management' as const };
  const refused = await readEventHistory(sessionWith(server), question, silent, silent);
  for (const { refusal = '' } of [failed, odd, refused]) {
    expect(refusal).toMatch(/xxx/);
    expect(refusal.length).toBeLessThan(700);
    for (const control of ['\u001b', '\u202e']) expect(escapeTerminal(refusal)).not.toContain(control);
  }
});
