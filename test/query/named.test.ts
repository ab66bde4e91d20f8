import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { fillNamedQuery, NAMED_QUERIES, namedQuery } from '../../src/query/named/fill.ts';
import { tokenize } from '../../src/query/tokens.ts';
import { type EventDatabase, eventDatabase, type Row } from '../support/event-database.ts';

const DEPLOY = 'arn:aws:iam::111122223333:user/deploy';
const API = 'arn:aws:sts::111122223333:assumed-role/orders-service/api';
const REPORTING = 'arn:aws:sts::111122223333:assumed-role/reporting/nightly';
const OPERATOR = 'arn:aws:sts::111122223333:assumed-role/administrator/operator';
const ROOT = 'arn:aws:iam::111122223333:root';
const ENDPOINT = 'vpce-0a1b2c3d4e5f60001';

let events: EventDatabase;

beforeAll(async () => {
  events = await eventDatabase();
});
afterAll(() => events.close());

type Given = Readonly<Record<string, string>>;

async function answer(name: string, given: Given = {}): Promise<readonly Row[]> {
  return events.ask(fillNamedQuery(name, given).sql);
}

/** Some columns of the rows of an answer. */
async function columns(
  name: string,
  names: readonly string[],
  given: Given = {},
): Promise<readonly unknown[]> {
  const rows = await answer(name, given);
  return rows.map((row) => names.map((column) => row[column]));
}

function refusal(name: string, given: Given): TrailVerifyError {
  try {
    fillNamedQuery(name, given);
  } catch (error) {
    if (error instanceof TrailVerifyError) return error;
    throw error;
  }
  throw new Error(`${name} was filled`);
}

describe('questions on DynamoDB', () => {
  test('dynamodb-calls', async () => {
    const rows = await columns('dynamodb-calls', ['eventname', 'awsregion', 'calls']);
    expect(rows.slice(0, 3)).toEqual([
      ['GetItem', 'us-east-1', '5'],
      ['BatchWriteItem', 'us-east-1', '3'],
      ['DeleteItem', 'us-east-1', '3'],
    ]);
    expect(rows).toHaveLength(16);
    const day = await columns('dynamodb-calls', ['eventname', 'calls'], {
      from: '2026-11-19',
      to: '2026-11-20',
    });
    expect(day).toEqual([
      ['GetItem', '2'],
      ['BatchWriteItem', '1'],
      ['CreateTable', '1'],
      ['DescribeTable', '1'],
      ['UpdateTable', '1'],
    ]);
  });

  test('dynamodb-deletes', async () => {
    const names = ['useragent', 'tablename', 'identitytype', 'deletes'];
    expect(await columns('dynamodb-deletes', names)).toEqual([
      ['Boto3/1.40.1 md/Botocore#1.40.1', 'orders', 'AssumedRole', '2'],
      ['aws-cli/2.31.0 md/awscrt#0.27.6', 'orders', 'IAMUser', '1'],
      ['console.amazonaws.com', 'customers', 'Root', '1'],
    ]);
  });

  test('dynamodb-writers', async () => {
    const window = { from: '2026-11-19', to: '2026-11-21' };
    expect(await columns('dynamodb-writers', ['who', 'tables', 'calls', 'lastcall'], window)).toEqual([
      [API, 'customers, orders', '2', '2026-11-20T12:00:00Z'],
      [REPORTING, 'orders', '1', '2026-11-20T12:30:00Z'],
    ]);
    const hour = { from: '2026-11-20T13:00:00+01:00', to: '2026-11-20T12:30:00Z' };
    expect(await columns('dynamodb-writers', ['who', 'calls'], hour)).toEqual([[API, '1']]);
  });

  test('dynamodb-denied', async () => {
    expect(await columns('dynamodb-denied', ['who', 'eventname', 'tablename', 'errorcode'])).toEqual([
      [DEPLOY, 'GetItem', 'orders', 'AccessDenied'],
      [REPORTING, 'PutItem', 'orders', 'AccessDenied'],
      [REPORTING.replace('111122223333', '444455556666'), 'Scan', 'orders', 'UnauthorizedOperation'],
      [DEPLOY, 'DeleteTable', 'orders', 'AccessDeniedException'],
    ]);
  });

  test('dynamodb-readers', async () => {
    expect(await answer('dynamodb-readers')).toHaveLength(6);
    const names = ['who', 'itemkey', 'errorcode'];
    const key = '{"orderId":"o-1001"}';
    expect(await columns('dynamodb-readers', names, { table: 'orders' })).toEqual([
      [API, key, null],
      [API, key, null],
      [API, key, null],
      [DEPLOY, null, 'AccessDenied'],
    ]);
  });

  test('dynamodb-table-calls', async () => {
    const names = (await columns('dynamodb-table-calls', ['eventname'], { table: 'orders' })).flat();
    expect(names).toHaveLength(19);
    // By its name, its ARN, the ARN of an index, as one of many, and where the request has no parameters.
    for (const name of [
      'CreateTable',
      'DeleteTable',
      'Query',
      'BatchWriteItem',
      'TransactWriteItems',
      'Scan',
    ]) {
      expect(names).toContain(name);
    }
    expect(names).not.toContain('ListTables');
    expect(await columns('dynamodb-table-calls', ['eventname'], { table: 'customers' })).toEqual([
      ['BatchWriteItem'],
      ['GetItem'],
      ['DeleteItem'],
      ['PutItem'],
    ]);
    expect(await answer('dynamodb-table-calls', { table: 'order_' })).toEqual([]);
  });
});

describe('questions on data events', () => {
  test('sns-publish and sqs-send-message, with and without an endpoint', async () => {
    expect(await columns('sns-publish', ['who', 'topic', 'vpcendpointid'])).toEqual([
      [API, 'shipments', ENDPOINT],
      [API, 'shipments', null],
    ]);
    expect(await columns('sqs-send-message', ['who', 'queue', 'vpcendpointid'])).toEqual([
      [API, 'invoices', ENDPOINT],
      [API, 'invoices', ENDPOINT],
      [API, 'invoices', null],
    ]);
    const without = { Endpoint: 'Without' };
    expect(await columns('sqs-send-message', ['eventtime'], without)).toEqual([['2026-11-20 15:00:01']]);
    expect(await columns('sns-publish', ['eventtime'], without)).toEqual([['2026-11-20 15:10:01']]);
    expect(await answer('sqs-send-message', { endpoint: 'with' })).toHaveLength(2);
  });

  test('Amazon Q Business', async () => {
    expect(await columns('qbusiness-calls', ['eventname', 'calls'])).toEqual([
      ['ChatSync', '2'],
      ['BatchDeleteDocument', '1'],
      ['StartDataSourceSyncJob', '1'],
    ]);
    expect(await columns('qbusiness-deleted-documents', ['who', 'principalid', 'application'])).toEqual([
      [OPERATOR, 'AROAEXAMPLEADMINISTRATOR:operator', 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111'],
    ]);
    expect(await columns('qbusiness-sync-jobs', ['who'])).toEqual([
      ['arn:aws:sts::111122223333:assumed-role/handbook-sync/job'],
    ]);
    expect(await columns('s3-deleted-objects', ['who', 'object'], { bucket: 'handbook-source' })).toEqual([
      [DEPLOY, 'leave.pdf'],
      [DEPLOY, 'travel.pdf'],
    ]);
  });

  test('Amazon Q Developer and Amazon Bedrock', async () => {
    expect(await columns('qdeveloper-scans', ['userid', 'scans', 'addresses'])).toEqual([
      ['dev-user-1', '1', '192.0.2.10'],
      ['dev-user-2', '1', '192.0.2.10'],
    ]);
    const [agent] = await answer('bedrock-invoke-agent');
    expect(agent).toMatchObject({
      who: API,
      resources: ['arn:aws:bedrock:us-east-1:111122223333:agent-alias/AGENT00001/ALIAS00001'],
    });
    expect(agent?.requestparameters).toContainEqual({ key: 'agentAliasId', value: 'ALIAS00001' });
    const [base] = await answer('bedrock-retrieve-and-generate');
    expect(base?.requestparameters).toEqual([
      {
        key: 'retrieveAndGenerateConfiguration',
        value: '{"knowledgeBaseConfiguration":{"knowledgeBaseId":"KB00000001"}}',
      },
    ]);
  });
});

describe('the first questions', () => {
  test('identities', async () => {
    const rows = await columns('identities', ['arn', 'identitytype', 'events', 'regions']);
    expect(rows.slice(0, 5)).toEqual([
      [API, 'AssumedRole', '17', '2'],
      [DEPLOY, 'IAMUser', '12', '1'],
      [OPERATOR, 'AssumedRole', '11', '1'],
      [REPORTING, 'AssumedRole', '5', '2'],
      [ROOT, 'Root', '4', '2'],
    ]);
    expect(rows).toHaveLength(7);
  });

  test('root-use', async () => {
    expect(await columns('root-use', ['eventname'])).toEqual([
      ['ConsoleLogin'],
      ['CreateAccessKey'],
      ['DeleteItem'],
    ]);
  });

  test('console-sign-ins', async () => {
    expect(await columns('console-sign-ins', ['who', 'mfaused', 'result'])).toEqual([
      [DEPLOY, 'Yes', 'Success'],
      [DEPLOY, 'No', 'Success'],
      ['AIDAEXAMPLEDEPLOY0001', 'No', 'Failure'],
      [ROOT, 'Yes', 'Success'],
      [OPERATOR, null, 'Success'],
    ]);
    expect(await answer('console-sign-ins', { mfa: 'with' })).toHaveLength(2);
    expect(await answer('console-sign-ins', { mfa: 'without' })).toHaveLength(3);
  });

  test('errors-by-code', async () => {
    const rows = await columns('errors-by-code', ['errorcode', 'errors', 'identities']);
    expect(rows[0]).toEqual(['AccessDenied', '3', '3']);
    expect(rows).toContainEqual(['VpceAccessDenied', '1', '0']);
    expect(rows).toHaveLength(7);
  });

  test('trail-control-events', async () => {
    expect(await columns('trail-control-events', ['eventname', 'trail'])).toEqual([
      ['StopLogging', 'audit'],
      ['PutEventSelectors', 'audit'],
      ['UpdateTrail', 'audit'],
      ['DeleteTrail', 'audit'],
      ['DeregisterOrganizationDelegatedAdmin', null],
    ]);
  });

  test('insights-events', async () => {
    const names = [
      'insightstate',
      'insighteventname',
      'insightaverage',
      'attribute',
      'topvalue',
      'topaverage',
    ];
    expect(await columns('insights-events', names, { from: '2026-11-20T08:22:00Z' })).toEqual([
      ['End', 'AttachUserPolicy', 12.5, 'userAgent', 'aws-cli/2.31.0 md/awscrt#0.27.6', 12.5],
      ['End', 'AttachUserPolicy', 12.5, 'userIdentityArn', OPERATOR, 10.5],
    ]);
    expect(await answer('insights-events')).toHaveLength(4);
  });

  test('principal-day, by an ARN, a role, an access key or a user name', async () => {
    const day = '2026-11-20';
    const deploy = await columns('principal-day', ['eventname'], { principal: DEPLOY, day });
    expect(deploy.flat()).toEqual([
      'ConsoleLogin',
      'GetItem',
      'DeleteItem',
      'DeleteTable',
      'ListTables',
      'DeleteObject',
      'DeleteObject',
      'DeleteObject',
    ]);
    expect(await answer('principal-day', { principal: 'deploy', day })).toHaveLength(9);
    expect(await answer('principal-day', { principal: 'AKIAEXAMPLE0000000001', day })).toHaveLength(9);
    const role = { principal: 'arn:aws:iam::111122223333:role/reporting', day };
    const regions = await columns('principal-day', ['awsregion'], role);
    expect(new Set(regions.flat())).toEqual(new Set(['eu-west-1', 'us-east-1']));
  });
});

describe('named queries', () => {
  test('each is complete, and gives the columns of its chart', async () => {
    const given: Given = {
      from: '2026-11-19',
      to: '2026-11-21',
      table: 'orders',
      bucket: 'handbook-source',
      principal: DEPLOY,
      day: '2026-11-20',
    };
    expect(new Set(NAMED_QUERIES.map(({ name }) => name)).size).toBe(NAMED_QUERIES.length);
    for (const query of NAMED_QUERIES) {
      expect(query.name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
      expect(query.source.url).toMatch(/^https:\/\//);
      const names = query.parameters.map(({ name }) => name);
      const parameters = Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name)));
      const [row] = await answer(query.name, parameters);
      expect(row, query.name).toBeDefined();
      for (const column of query.chart === undefined ? [] : [...query.chart.labels, query.chart.value]) {
        expect(Object.keys(row ?? {}), query.name).toContain(column);
      }
      if (query.chart !== undefined) expect(Number(row?.[query.chart.value])).toBeGreaterThan(0);
      // No column's name has capitals, whichever way it is written.
      for (const column of Object.keys(row ?? {})) expect(column).toBe(column.toLowerCase());
    }
  });

  test('a statement has no condition for what is not given', () => {
    const { sql, parameters, query } = fillNamedQuery('DYNAMODB-Readers', { to: '2026-11-20' });
    expect(query.name).toBe('dynamodb-readers');
    expect(parameters).toEqual({ to: '2026-11-20' });
    expect(sql).toContain("AND eventtime < '2026-11-20T00:00:00Z'");
    expect(tokenize(sql).filter(({ kind }) => kind === 'parameter')).toEqual([]);
    expect(sql).not.toContain('eventtime >=');
    // Events have whole seconds: one within this second is before the time, and not after it.
    expect(fillNamedQuery('root-use', { from: '2026-11-20T10:30:11.9Z' }).sql).toContain(
      "TIMESTAMP '2026-11-20 10:30:12'",
    );
    expect(fillNamedQuery('root-use', { from: '2026-11-20T10:30:11.0Z' }).sql).toContain(
      "TIMESTAMP '2026-11-20 10:30:11'",
    );
    expect(fillNamedQuery('root-use', { from: '2026-11-20 10:30' }).sql).toContain(
      "AND eventtime >= TIMESTAMP '2026-11-20 10:30:00'",
    );
    expect(fillNamedQuery('sns-publish', {}).parameters).toEqual({ endpoint: 'any' });
  });

  test('an age is filled in and recorded as the time that it was', () => {
    const now = Date.parse('2026-03-31T12:00:00.500Z');
    const { sql, parameters } = fillNamedQuery('root-use', { from: '1mo', to: '7d' }, now);
    expect(parameters).toEqual({ from: '2026-02-28T12:00:00Z', to: '2026-03-24T12:00:00Z' });
    expect(sql).toContain("AND eventtime >= TIMESTAMP '2026-02-28 12:00:00'");
  });

  test.each<[string, Given, string, string]>([
    ['root-user', {}, 'there is no query named "root-user"', 'did you mean root-use?'],
    ['denied', {}, 'there is no query named "denied"', 'did you mean dynamodb-denied?'],
    ['what-was-that', {}, 'there is no query named "what-was-that"', 'known: dynamodb-calls, '],
    ['root-use', { frm: '1' }, 'the query root-use has no parameter "frm"', 'did you mean from?'],
    ['root-use', { table: '1' }, 'the query root-use has no parameter "table"', 'known: from, to'],
    [
      'principal-day',
      { day: '2026-11-20' },
      'the query principal-day needs the parameter principal',
      'principal: an ARN',
    ],
    ['dynamodb-writers', { from: '2026-11-20' }, 'needs the parameter to', 'to: events before'],
    ['root-use', { from: '20 November' }, 'the parameter from: "20 November" is not a time', '2026-11-20'],
    ['root-use', { from: '2026-02-30' }, 'the parameter from: "2026-02-30" does not exist', '2026-11-20'],
    [
      'root-use',
      { from: '2026-11-20T25:00:00Z' },
      'the parameter from: "2026-11-20T25:00:00Z" does not exist',
      '2026-11-20',
    ],
    ['root-use', { from: "2026-11-20' OR 1=1 --" }, 'is not a time', '2026-11-20'],
    ['root-use', { from: '3m' }, 'the parameter from: "3m" can be minutes or months', '3min or 3mo'],
    ['principal-day', { principal: 'x', day: '7d' }, 'the parameter day is no date', '2026-11-20'],
    ['principal-day', { principal: 'x', day: '2026-02-30' }, 'does not exist', '2026-11-20'],
    [
      'principal-day',
      { principal: 'x', day: '2026-11-20T10:00:00Z' },
      'the parameter day is no date',
      '2026-11-20',
    ],
  ])('%s %j is refused', (name, given, message, hint) => {
    const error = refusal(name, given);
    expect(error.code).toBe('CONFIGURATION');
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  test.each<[string, Given, string]>([
    [
      'sns-publish',
      { endpoint: 'maybe' },
      'the parameter endpoint is one of any, with, without, not "maybe"',
    ],
    ['root-use', { from: '2026-11-20', FROM: '2026-11-20' }, 'the parameter from is given twice'],
    [
      'principal-day',
      { principal: '', day: '2026-11-20' },
      'the parameter principal must have 1 to 2048 characters',
    ],
    ['principal-day', { principal: 'a\0', day: '2026-11-20' }, 'and no NUL'],
    ['principal-day', { principal: 'a'.repeat(2049), day: '2026-11-20' }, 'must have 1 to 2048 characters'],
  ])('%s %j is refused without a hint', (name, given, message) => {
    expect(refusal(name, given).message).toContain(message);
  });

  test('a name is found whatever its letter case, and an unknown one by few letters', () => {
    expect(namedQuery(' Root-Use ').name).toBe('root-use');
    expect(() => namedQuery('x'.repeat(10_000))).toThrow('there is no query named');
  });

  test('no text is read as SQL', async () => {
    const property = fc.asyncProperty(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
      async (value) => {
        const given = { principal: value, day: '2026-11-20' };
        if (value.includes('\0')) return refusal('principal-day', given).code === 'CONFIGURATION';
        const { sql } = fillNamedQuery('principal-day', given);
        const kinds = tokenize(sql).map(({ kind }) => kind);
        const usual = tokenize(fillNamedQuery('principal-day', { ...given, principal: 'x' }).sql);
        expect(kinds).toEqual(usual.map(({ kind }) => kind));
        // Half of a surrogate pair is no character that SQL could hold.
        if (/[\ud800-\udfff]/u.test(value)) return true;
        return (await events.ask(sql)).length <= 9;
      },
    );
    await fc.assert(property, { numRuns: 150 });
  });
});
