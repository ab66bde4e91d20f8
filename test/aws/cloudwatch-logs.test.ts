/** A log group as AWS answers for it: pages, streams by their exact names, and refusals in words. */
import { describe, expect, test, vi } from 'vitest';
import {
  describeLogGroup,
  isStreamOf,
  type LogsAnswer,
  type LogsQuestion,
  parseLogGroupArn,
  readLogEvents,
  streamNames,
} from '../../src/aws/cloudwatch-logs.ts';
import { openAwsSession } from '../../src/aws/session.ts';
import { describeLoggedTrails } from '../../src/aws/trail-log-groups.ts';
import { DAY, HOUR } from '../../src/base/clock.ts';
import { jsonAnswer } from '../support/aws-server/answer.ts';
import type { LogEventData } from '../support/aws-server/options.ts';
import type { AwsServer } from '../support/aws-server.ts';
import { GROUP_ARN, logGroup, loggedTrail } from '../support/log-group.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const NOW = Date.parse('2026-10-05T12:00:00Z');
const STREAM = '111122223333_CloudTrail_us-east-1';
const GROUP = parseLogGroupArn(GROUP_ARN) ?? raise();
const EVENTS = Array.from({ length: 7 }, (_, index) => event(index));

function raise(): never {
  throw new Error('the ARN of the tests cannot be read');
}

function event(index: number, stream = STREAM): LogEventData {
  return { stream, timestamp: NOW - HOUR + index, message: `message ${index}` };
}

/** Reads what the server has, and what became of it. */
async function read(
  server: AwsServer,
  changes: Partial<LogsQuestion> = {},
): Promise<{ readonly answer: LogsAnswer; readonly messages: readonly (string | undefined)[] }> {
  const messages: (string | undefined)[] = [];
  const answer = await readLogEvents(
    sessionWith(server),
    { group: GROUP, stream: STREAM, from: NOW - DAY, to: NOW, ...changes },
    async () => {},
    async (page) => {
      messages.push(...page);
    },
  );
  return { answer, messages };
}

describe('the names of log groups and streams', () => {
  test('an ARN with its end or without', () => {
    const name = 'CloudTrail/logs';
    const arn = `arn:aws:logs:us-east-1:111122223333:log-group:${name}`;
    const read = { arn, region: 'us-east-1', account: '111122223333', name };
    expect(parseLogGroupArn(arn)).toEqual(read);
    expect(parseLogGroupArn(`${arn}:*`)).toEqual(read);
    expect(parseLogGroupArn('arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:a:*')?.region).toBe(
      'us-gov-west-1',
    );
  });

  test.each([
    '',
    'CloudTrail/logs',
    'arn:aws:logs:us-east-1:111122223333:log-group:a:log-stream:b',
    'arn:aws:logs:us-east-1:11112222333:log-group:a',
    'arn:aws:logs:us-east-1.evil.example:111122223333:log-group:a',
    'arn:aws:logs:us-east-1:111122223333:log-group:a\u001b[2J',
    'arn:aws:logs:us-east-1:111122223333:log-group:a\n',
    `arn:aws:logs:us-east-1:111122223333:log-group:${'a'.repeat(513)}`,
  ])('no ARN of a group: %j', (text) => expect(parseLogGroupArn(text)).toBeUndefined());

  test('streams are of the Region of the events or of the trail, and of an organization as well', () => {
    const question = { account: '111122223333', region: 'eu-west-1', homeRegion: 'us-east-1' };
    const plain = ['111122223333_CloudTrail_eu-west-1', '111122223333_CloudTrail_us-east-1'];
    expect(streamNames(question)).toEqual(plain);
    expect(streamNames({ ...question, homeRegion: 'eu-west-1' })).toEqual(plain.slice(0, 1));
    expect(streamNames({ ...question, organization: 'o-exampleorgid' })).toEqual([
      ...plain.map((name) => `o-exampleorgid_${name}`),
      ...plain,
    ]);
    expect(streamNames({ ...question, organization: 'o-../x' })).toEqual(plain);
  });

  test.each([
    [STREAM, true],
    [`${STREAM}_2`, true],
    [`${STREAM}_10`, true],
    [`${STREAM}x`, false],
    [`${STREAM}_`, false],
    [`${STREAM}_2_3`, false],
    [`${STREAM}_2\n`, false],
    [`o-exampleorgid_${STREAM}`, false],
    ['111122223333_CloudTrail_us-gov-east-1', false],
  ])('%j', (stream, is) => expect(isStreamOf(stream, STREAM)).toBe(is));
});

describe('log events', () => {
  test('page by page, the youngest first, in the Region of the group', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)], pageSize: 3 });
    const { answer, messages } = await read(server);
    expect(answer).toEqual({ refusal: undefined, foreign: server.url });
    expect(messages).toEqual(EVENTS.map(({ message }) => message).reverse());
    expect(server.requests.map(({ service, operation, region }) => [service, operation, region])).toEqual(
      Array.from({ length: 3 }, () => ['logs', 'FilterLogEvents', 'us-east-1']),
    );
  });

  test('of a time before 2024 the oldest first', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)], pageSize: 3 });
    const { answer, messages } = await read(server, { from: 0 });
    expect(answer.refusal).toBeUndefined();
    expect(messages).toEqual(EVENTS.map(({ message }) => message));
  });

  test('behind empty pages', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)], pageSize: 3, emptyLogPages: true });
    const { answer, messages } = await read(server);
    expect(answer.refusal).toBeUndefined();
    expect(messages).toHaveLength(EVENTS.length);
    expect(server.requests).toHaveLength(6);
  });

  test('of streams with exactly that name, and of the time alone', async () => {
    const meant = [event(0), event(1, `${STREAM}_2`)];
    const others = [
      event(2, `${STREAM}x`),
      event(3, '111122223333_CloudTrail_us-east-10'),
      event(4, `${STREAM}_evil`),
      { ...event(5), timestamp: NOW + 1 },
      { ...event(6), timestamp: NOW - DAY - 1 },
    ];
    const server = await aws.start({ logGroups: [logGroup([...meant, ...others])] });
    expect((await read(server)).messages.toSorted()).toEqual(['message 0', 'message 1']);
  });

  test('after one refusal for haste', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)] });
    server.faults.add({
      kind: 'status',
      status: 400,
      code: 'ThrottlingException',
      operation: 'FilterLogEvents',
    });
    const { answer, messages } = await read(server);
    expect(answer.refusal).toBeUndefined();
    expect(messages).toHaveLength(EVENTS.length);
    expect(server.faults.struck).toBe(1);
  });

  test('that are refused are refused in words', async () => {
    const server = await aws.start({
      logGroups: [logGroup(EVENTS)],
      deny: new Set(['logs:FilterLogEvents']),
    });
    const { answer, messages } = await read(server);
    expect(answer.refusal).toMatch(/not authorized to perform: logs:FilterLogEvents.*AccessDeniedException/);
    expect(messages).toEqual([]);
  });

  test('of a group that is gone are refused, of a stream that is gone there are none', async () => {
    const server = await aws.start({});
    expect((await read(server)).answer.refusal).toMatch(/log group does not exist/);
    const words = {
      __type: 'ResourceNotFoundException',
      message: 'The specified log stream does not exist.',
    };
    server.faults.add({
      kind: 'answer',
      change: (answer) => ({ ...answer, body: Buffer.from(JSON.stringify(words)) }),
    });
    expect((await read(server)).answer.refusal).toBeUndefined();
  });

  test('behind an empty page that leads back to itself', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)], pageSize: 3 });
    let first: { nextToken?: unknown } | undefined;
    server.faults.add({
      kind: 'answer',
      times: 4,
      // The second page is empty three times, with the token that it was asked for with.
      change: (answer) => {
        if (first !== undefined) return jsonAnswer({ events: [], nextToken: first.nextToken });
        first = JSON.parse(Buffer.from(answer.body).toString()) as object;
        return answer;
      },
    });
    const { answer, messages } = await read(server);
    expect(answer.refusal).toBeUndefined();
    expect(messages).toEqual(EVENTS.map(({ message }) => message).reverse());
  });

  test('of the same page for ever end', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)], repeatPages: true });
    expect((await read(server)).answer.refusal).toBe('it gave the same page again');
    expect(server.requests).toHaveLength(2);
  });

  test('of empty pages for ever end', async () => {
    const server = await aws.start({ logGroups: [logGroup([])] });
    let token = 0;
    server.faults.add({
      kind: 'answer',
      times: Number.POSITIVE_INFINITY,
      change: () => {
        token += 1;
        return jsonAnswer({ events: [], nextToken: `token ${token}` });
      },
    });
    expect((await read(server)).answer.refusal).toBe('it gave empty pages without an end');
    expect(token).toBe(1000);
  });

  test.each([
    '{}',
    '{"events": {}}',
    '{"events": null}',
    '{"events": [null]}',
    '{"events": [], "nextToken": 5}',
    '[]',
    'null',
    '<html>',
  ])('are not read in an answer of another form: %s', async (body) => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)] });
    server.faults.add({ kind: 'answer', change: (answer) => ({ ...answer, body: Buffer.from(body) }) });
    const { answer, messages } = await read(server);
    expect(answer.refusal).toBeDefined();
    expect(messages).toEqual([]);
  });

  test('that are no texts are none, and those of other streams are left out', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)] });
    const events = [
      { logStreamName: STREAM, message: 7 },
      { logStreamName: 'x', message: 'x' },
    ];
    server.faults.add({ kind: 'answer', change: () => jsonAnswer({ events }) });
    expect(await read(server)).toMatchObject({ answer: { refusal: undefined }, messages: [undefined] });
  });

  test('at the endpoint that is set for the service', async () => {
    const server = await aws.start({ logGroups: [logGroup(EVENTS)] });
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDWATCH_LOGS', server.url);
    const facts = await describeLogGroup(openAwsSession(), GROUP);
    expect(facts).toMatchObject({ refusal: undefined, foreign: server.url });
  });

  test('of a Region that AWS cannot have are not asked for', async () => {
    const session = { clientSettings: async () => ({}) };
    const group = { ...GROUP, region: 'evil-example' };
    // An endpoint of one's own would be asked in any Region.
    const asked = readLogEvents(
      session as never,
      { group, stream: STREAM, from: 0, to: NOW },
      async () => {},
      async () => {},
    );
    expect(await asked).toEqual({ refusal: 'there is no such Region' });
  });
});

describe('what a log group keeps', () => {
  test.each([
    [{}, { created: 0, isMasked: false }],
    [
      { retentionInDays: 30, created: NOW },
      { retentionDays: 30, created: NOW, isMasked: false },
    ],
    [{ isMasked: true }, { created: 0, isMasked: true }],
    [{ retentionInDays: -1 }, { refusal: 'its answer cannot be understood', isMasked: false }],
  ])('%j', async (changes, facts) => {
    const other = logGroup([], { name: 'CloudTrail/logs-of-others', retentionInDays: 1 });
    const server = await aws.start({ logGroups: [other, logGroup([], changes)], pageSize: 1 });
    expect(await describeLogGroup(sessionWith(server), GROUP)).toEqual({
      refusal: undefined,
      foreign: server.url,
      retentionDays: undefined,
      ...facts,
    });
  });

  test('is not known where it is gone or refused', async () => {
    const gone = await aws.start({ logGroups: [logGroup([], { name: 'CloudTrail/logs2' })] });
    expect((await describeLogGroup(sessionWith(gone), GROUP)).refusal).toBe('its log group is gone');
    const denied = await aws.start({ deny: new Set(['logs:DescribeLogGroups']) });
    expect((await describeLogGroup(sessionWith(denied), GROUP)).refusal).toMatch(/AccessDeniedException/);
    gone.faults.add({ kind: 'answer', change: () => jsonAnswer({ logGroups: {} }) });
    expect((await describeLogGroup(sessionWith(gone), GROUP)).refusal).toMatch(/AnswerNotUnderstood/);
  });
});

describe('the trails that send to log groups', () => {
  test('are those of the account and of its organization, in their home Region', async () => {
    const shared = loggedTrail({
      Name: 'organization',
      TrailARN: 'arn:aws:cloudtrail:us-east-1:444455556666:trail/organization',
      IsOrganizationTrail: true,
      CloudWatchLogsLogGroupArn: '',
    });
    const foreign = loggedTrail({ TrailARN: 'arn:aws:cloudtrail:us-east-1:777788889999:trail/audit' });
    const server = await aws.start({ trails: [loggedTrail(), shared, foreign] });
    expect(await describeLoggedTrails(sessionWith(server), 'us-east-1')).toEqual({
      trails: [
        {
          name: 'audit',
          homeRegion: 'us-east-1',
          account: '111122223333',
          isOrganizationTrail: false,
          logGroupArn: GROUP_ARN,
        },
        {
          name: 'organization',
          homeRegion: 'us-east-1',
          account: '444455556666',
          isOrganizationTrail: true,
          logGroupArn: undefined,
        },
      ],
      foreign: server.url,
    });
    expect((await describeLoggedTrails(sessionWith(server), 'eu-west-1')).trails).toEqual([]);
  });

  test('are refused in words', async () => {
    const server = await aws.start({ deny: new Set(['cloudtrail:DescribeTrails']) });
    const { trails, refusal } = await describeLoggedTrails(sessionWith(server), 'us-east-1');
    expect(trails).toEqual([]);
    expect(refusal).toMatch(/cloudtrail:DescribeTrails.*AccessDeniedException/);
    server.faults.add({ kind: 'answer', change: () => jsonAnswer({ trailList: 'x' }) });
    const odd = await describeLoggedTrails(sessionWith(server), 'us-east-1');
    expect(odd.refusal).toMatch(/AnswerNotUnderstood/);
    expect((await describeLoggedTrails(sessionWith(server), '../x')).refusal).toBe('there is no such Region');
  });
});
