import { expect, test } from 'vitest';
import { describeLakeQuery } from '../../src/aws/lake-query.ts';
import { sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const ID = '7b1b0a8a-1111-2222-3333-444455556666';

test('a query is described as CloudTrail says it', async () => {
  const server = await aws.start({
    lakeQueries: {
      [ID]: {
        QueryString: 'SELECT 1',
        QueryStatus: 'FINISHED',
        DeliveryS3Uri: 's3://example-results',
        DeliveryStatus: 'SUCCESS',
        QueryStatistics: { BytesScanned: 4096, EventsScanned: 12, EventsMatched: -1 },
      },
    },
  });
  expect(await describeLakeQuery(sessionWith(server), 'us-east-1', ID)).toEqual({
    query: {
      text: 'SELECT 1',
      status: 'FINISHED',
      deliveredTo: 's3://example-results',
      deliveryStatus: 'SUCCESS',
      bytesScanned: 4096,
      eventsScanned: 12,
      eventsMatched: null,
    },
  });
});

test('one of which it says little has nulls, and a text has an end', async () => {
  const server = await aws.start({ lakeQueries: { [ID]: { QueryString: 'x'.repeat(20_000) } } });
  const { query } = await describeLakeQuery(sessionWith(server), 'us-east-1', ID);
  expect(query).toMatchObject({ status: null, deliveredTo: null, deliveryStatus: null, bytesScanned: null });
  expect(query?.text).toHaveLength(10_000);
});

test('one that it does not know is unknown, and a refusal has its reason', async () => {
  const server = await aws.start();
  expect(await describeLakeQuery(sessionWith(server), 'us-east-1', ID)).toEqual({ query: undefined });
  const closed = await aws.start({ deny: new Set(['cloudtrail:DescribeQuery']) });
  const answer = await describeLakeQuery(sessionWith(closed), 'us-east-1', ID);
  expect(answer).toEqual({ query: undefined, refusal: expect.stringContaining('AccessDenied') });
});

test('no Region, no question', async () => {
  const server = await aws.start();
  const refused = { query: undefined, refusal: 'there is no such Region' };
  expect(await describeLakeQuery(sessionWith(server), 'evil.example/', ID)).toEqual(refused);
});
