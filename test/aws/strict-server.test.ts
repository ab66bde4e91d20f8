/** The server of the tests is as strict as AWS with the pages of second witnesses. */
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../support/aws-server/options.ts';
import type { AwsServer, AwsServerOptions } from '../support/aws-server.ts';
import { GROUP, logGroup } from '../support/log-group.ts';
import { useAws } from './aws-fixture.ts';

const aws = useAws();
const NOW = Date.parse('2026-11-20T12:00:00Z');
const STREAM = '111122223333_CloudTrail_us-east-1';

function settings({ url }: AwsServer) {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
  return { endpoint: url, region: 'us-east-1', credentials, maxAttempts: 1 };
}

const of = (index: number): HistoryEntry => ({
  account: '111122223333',
  region: 'us-east-1',
  id: `event-${index}`,
  time: NOW - index * 1000,
  category: 'management',
  text: '{}',
});

test('a token of LookupEvents is good for the same parameters alone, and a category is insight or none', async () => {
  const options: AwsServerOptions = { now: () => NOW, eventHistory: [of(1), of(2), of(3)] };
  const client = new CloudTrailClient(settings(await aws.start(options)));
  const { NextToken } = await client.send(new LookupEventsCommand({ MaxResults: 1 }));
  const again = await client.send(new LookupEventsCommand({ MaxResults: 1, NextToken }));
  expect(again.Events?.map(({ EventId }) => EventId)).toEqual(['event-2']);
  const other = client.send(new LookupEventsCommand({ MaxResults: 2, NextToken }));
  await expect(other).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
  const odd = client.send(new LookupEventsCommand({ EventCategory: 'management' as never }));
  await expect(odd).rejects.toMatchObject({ name: 'InvalidEventCategoryException' });
});

test('a page of FilterLogEvents has a megabyte at most, and its token is good for the same parameters alone', async () => {
  const events = Array.from({ length: 5 }, (_, index) => ({
    stream: STREAM,
    timestamp: NOW + index,
    message: String(index).repeat(400_000),
  }));
  const client = new CloudWatchLogsClient(settings(await aws.start({ logGroups: [logGroup(events)] })));
  const counts: (number | undefined)[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new FilterLogEventsCommand({ logGroupName: GROUP, nextToken }));
    counts.push(page.events?.length);
    ({ nextToken } = page);
  } while (nextToken !== undefined);
  expect(counts).toEqual([2, 2, 1]);
  const first = await client.send(new FilterLogEventsCommand({ logGroupName: GROUP }));
  const other = client.send(
    new FilterLogEventsCommand({ logGroupName: GROUP, startTime: 1, nextToken: first.nextToken }),
  );
  await expect(other).rejects.toMatchObject({ name: 'InvalidParameterException' });
});
