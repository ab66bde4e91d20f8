import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { LONGEST_STATEMENT, readStatement } from '../../src/query/statement.ts';
import { type EventDatabase, eventDatabase } from '../support/event-database.ts';
import { SQL_PIECES } from '../support/sql-pieces.ts';

const NOW = Date.parse('2026-11-20T18:00:00Z');
let events: EventDatabase;

beforeAll(async () => {
  events = await eventDatabase(undefined, NOW);
});
afterAll(() => events.close());

function asRun(sql: string): string {
  return readStatement(sql).asRun;
}

function refusal(sql: string): TrailVerifyError {
  try {
    readStatement(sql);
  } catch (error) {
    if (error instanceof TrailVerifyError) return error;
    throw error;
  }
  throw new Error(`${sql} was read`);
}

describe('one SELECT alone', () => {
  test.each([
    ['', 'the statement is empty'],
    [' -- nothing\n /* at all */ ;;', 'the statement is empty'],
    ['SELECT 1; SELECT 2', 'there is more than one statement: another begins after line 1, column 9'],
    ['SELECT 1;;SELECT 2;', 'there is more than one statement: another begins after line 1, column 9'],
    ['SELECT \0', 'the statement has a NUL character'],
    ['DELETE FROM lake_events', 'the statement is no SELECT: it has "DELETE" in its place'],
    ['WITH a AS (SELECT 1) DELETE FROM a', 'the statement is no SELECT: it has "DELETE" in its place'],
    ["COPY lake_events TO 'x'", 'the statement is no SELECT: it has "COPY" in its place'],
    ['EXPLAIN SELECT 1', 'the statement is no SELECT: it has "EXPLAIN" in its place'],
    ["ATTACH 'x'", 'the statement is no SELECT: it has "ATTACH" in its place'],
    ['/* a */ PRAGMA version', 'the statement is no SELECT: it has "PRAGMA" in its place'],
    ['"SELECT" 1', 'the statement is no SELECT: it has "\\"SELECT\\"" in its place'],
  ])('%j is refused', (sql, message) => {
    expect(refusal(sql).message).toBe(message);
    expect(refusal(sql).code).toBe('CONFIGURATION');
  });

  test('more than Athena takes is refused', () => {
    const longest = `SELECT '${'a'.repeat(LONGEST_STATEMENT - 9)}'`;
    expect(asRun(longest)).toBe(longest);
    expect(refusal(`${longest} `).message).toBe('the statement has more than 262144 bytes');
  });

  test('how to see the columns is said', () => {
    expect(refusal('DESCRIBE lake_events').hint).toContain('information_schema.columns');
  });

  test.each([
    ['SELECT 1;', 'SELECT 1'],
    [' SELECT 1 ; -- done\n', 'SELECT 1'],
    ['SELECT 1 -- done', 'SELECT 1'],
    ['SELECT \';\' /* ; */ || $$;$$ || "a;b"', 'SELECT \';\' /* ; */ || $$;$$ || "a;b"'],
    ['(SELECT 1) UNION (SELECT 2)', '(SELECT 1) UNION (SELECT 2)'],
    ['WITH a AS (SELECT 1 AS update) SELECT update AS delete FROM a', undefined],
    ['VALUES (1)', 'VALUES (1)'],
    ['FROM lake_events LIMIT 1', 'FROM lake_events LIMIT 1'],
    ['TABLE lake_events', 'TABLE lake_events'],
  ])('%j is read', (sql, expected) => {
    expect(readStatement(sql)).toEqual({ asGiven: sql, asRun: expected ?? sql });
  });

  test('what it reads is at most one statement for DuckDB, whatever it is made of', async () => {
    const { connection } = events.database;
    const pieces = fc.array(fc.constantFrom(...SQL_PIECES), { maxLength: 12 });
    const property = fc.asyncProperty(pieces, async (made) => {
      let run: string;
      try {
        run = asRun(`SELECT ${made.join('')}`);
      } catch (error) {
        return error instanceof TrailVerifyError;
      }
      try {
        return (await connection.extractStatements(run)).count <= 1;
      } catch {
        // It is no SQL.
        return true;
      }
    });
    await fc.assert(property, { numRuns: 1500 });
  });
});

test('a statement takes time in proportion to its length', () => {
  const pieces = [
    '(',
    'cast(',
    'cast(x as array<',
    'unnest(',
    'if(',
    'any_match(',
    'format(',
    "try(TIMESTAMP '2026-10-05 10:00:00Z' AT TIME ZONE 'UTC' ",
    'a.',
    'x,',
    'FROM <',
    'FROM a-',
    'FROM (',
    'WITH x AS (',
    ';',
  ];
  for (const piece of pieces) {
    for (const end of ['', ')'.repeat(10)]) {
      const began = performance.now();
      try {
        readStatement(`SELECT 1 FROM ${piece.repeat(Math.floor(200_000 / piece.length))}${end}`);
      } catch (error) {
        expect(error).toBeInstanceOf(TrailVerifyError);
      }
      expect(performance.now() - began, piece).toBeLessThan(3000);
    }
  }
});

describe('names of tables', () => {
  test.each([
    ['SELECT 1 FROM $EDS_ID', 'SELECT 1 FROM lake_events'],
    ['SELECT 1 FROM <event-data-store-ID> e', 'SELECT 1 FROM lake_events e'],
    ['SELECT 1 FROM <event_data_store_id>', 'SELECT 1 FROM lake_events'],
    ['SELECT 1 FROM\n<EDS ID>\nWHERE 1 < 2', 'SELECT 1 FROM\nlake_events\nWHERE 1 < 2'],
    ['SELECT 1 FROM <Event data store Id number>', 'SELECT 1 FROM lake_events'],
    ['SELECT 1 FROM 1a2b3c4d-1111-2222-3333-444455556666', 'SELECT 1 FROM lake_events'],
    ['SELECT 1 FROM a1b2c3d4-5678-90ab-cdef-EXAMPLE11111 x', 'SELECT 1 FROM lake_events x'],
    ['SELECT 1 FROM EXAMPLEb529-4e8f9l3d-6m2z-lkp5sEXAMPLE', 'SELECT 1 FROM lake_events'],
    ['SELECT 1 FROM eds-ID', 'SELECT 1 FROM lake_events'],
    ['SELECT 1 FROM "1a2b3c4d-1111-2222-3333-444455556666" AS a', 'SELECT 1 FROM lake_events AS a'],
    [
      'SELECT 1 FROM "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/x" a',
      'SELECT 1 FROM lake_events a',
    ],
    [
      'SELECT EDS1.eventid FROM EDS1, EDS2 b JOIN event_data_store_ID USING (eventid)',
      'SELECT EDS1.eventid FROM lake_events AS "EDS1", lake_events b JOIN lake_events AS "event_data_store_ID" USING (eventid)',
    ],
    [
      'SELECT 1 FROM (SELECT * FROM $EDS_ID) x, (lake_events JOIN <EDS_ID> ON true)',
      'SELECT 1 FROM (SELECT * FROM lake_events) x, (lake_events JOIN lake_events ON true)',
    ],
    ['SELECT 1 FROM CloudTrail_Logs', 'SELECT 1 FROM CloudTrail_Logs'],
    ['SELECT 1 FROM default.cloudtrail_logs l', 'SELECT 1 FROM cloudtrail_logs l'],
    [
      'SELECT 1 FROM "AwsDataCatalog"."default"."cloudtrail_logs_example_bucket" WHERE true',
      'SELECT 1 FROM cloudtrail_logs AS "cloudtrail_logs_example_bucket" WHERE true',
    ],
    ['WITH e AS (SELECT 1), f(x) AS (SELECT 2) SELECT * FROM e, f', undefined],
    ['WITH RECURSIVE e(x) AS (SELECT 1 UNION SELECT x FROM e) SELECT 1 FROM e', undefined],
    ['SELECT a IS NOT DISTINCT FROM b, trim(both c FROM d), extract(year FROM e) FROM events', undefined],
    ['SELECT table_name FROM information_schema.tables', undefined],
    ["SELECT 'FROM <EDS_ID>' -- FROM <EDS_ID>\nFROM events", undefined],
    // A page that lost a line break.
    [
      'SELECT eventName, resourcesFROM\n<event-data-store-ID> WHERE true',
      'SELECT eventName, resources FROM\nlake_events WHERE true',
    ],
  ])('%s', async (sql, expected) => {
    expect(asRun(sql)).toBe(expected ?? sql);
    await expect(events.database.connection.extractStatements(asRun(sql))).resolves.toBeDefined();
  });

  test.each([
    ['SELECT 1 FROM lake_event', 'there is no table "lake_event" (line 1, column 15)', 'lake_events'],
    ['SELECT 1 FROM events,\n trail', 'there is no table "trail" (line 2, column 2)', 'cloudtrail_logs'],
    ['SELECT 1 FROM <bucket>', 'there is no table "<bucket>" (line 1, column 15)', 'known: '],
    [
      'SELECT 1 FROM config_event_data_store_ID',
      'there is no table "config_event_data_store_ID" (line 1, column 15)',
      'known: ',
    ],
    ['SELECT 1 FROM my-table', 'there is no table "my-table" (line 1, column 15)', 'known: '],
    ['SELECT 1 FROM $other', 'there is no table "$other" (line 1, column 15)', 'known: '],
    ["SELECT 1 FROM 'x.parquet'", 'a file (line 1, column 15) is no table here', 'lake_events'],
    ["SELECT 1 FROM read_csv('x')", 'a file (line 1, column 15) is no table here', 'lake_events'],
  ])('%s is not known', (sql, message, hint) => {
    expect(refusal(sql).message).toContain(message);
    expect(refusal(sql).hint).toContain(hint);
  });

  test('other names than ours are known where they are said', () => {
    expect(readStatement('SELECT 1 FROM more', ['more']).asRun).toBe('SELECT 1 FROM more');
    expect(() => readStatement('SELECT 1 FROM lake_events', ['more'])).toThrow('no table');
  });
});

describe('what is in place of SQL', () => {
  test.each([
    ['SELECT $x', 'the parameter $x (line 1, column 8) has no value'],
    ['SELECT * FROM events WHERE a = ?', 'the parameter ? (line 1, column 32) has no value'],
    ['SELECT ‘a’ FROM events', 'there is a typographic quotation mark at line 1, column 8'],
    ["SELECT X'41'", "the literal X'…' (line 1, column 8) cannot be translated"],
    ['SELECT zip_with(a, b, (x, y) -> x)', 'the function zip_with (line 1, column 8) cannot be translated'],
    [
      'SELECT Map_Filter(m, (k, v) -> true)',
      'the function map_filter (line 1, column 8) cannot be translated',
    ],
    [
      "SELECT date_parse('1', f)",
      "the format of date_parse (line 1, column 8) must be a text such as '%Y-%m-%d'",
    ],
  ])('%s', (sql, message) => {
    expect(refusal(sql).message).toBe(message);
    expect(refusal(sql).code).toBe('CONFIGURATION');
  });

  test('a name that is a function’s elsewhere is left alone', () => {
    const sql = 'SELECT e.reduce, merge FROM (SELECT 1 AS reduce, 2 AS merge) AS e';
    expect(asRun(sql)).toBe(sql);
  });
});

// Our own statements in the forms that AWS's pages print them.
describe('statements in the forms of AWS’s pages', () => {
  test.each([
    [
      'identity and endpoint of a message',
      `SELECT eventTime,
    substr(userIdentity.arn, strpos(userIdentity.arn, '/') +1) as Caller,
    eventName,sourceIPAddress,
    substr(element_At(requestParameters, 'queueUrl'),
    strpos(element_At(requestParameters, 'queueUrl'), '.com/') +18) as Queue, vpcEndpointId
FROM $EDS_ID
    WHERE eventSource = 'sqs.amazonaws.com' AND eventName = 'SendMessage'
    AND eventtime >= '2026-11-20 00:00:00' AND eventtime <= '2026-11-20 23:59:59'`,
      2,
    ],
    [
      'the last day, with a line break lost',
      `SELECT
    eventName, COUNT(*) AS callsFROM
<event-data-store-ID>
WHERE
    eventSource='qbusiness.amazonaws.com' AND eventTime > date_add('day', -1, now())
Group
BY eventName ORDER BY COUNT(*) DESC`,
      3,
    ],
    [
      'whole structures',
      `SELECT UserIdentity,eventTime,eventName,UserAgent,requestParameters,resourcesFROM
<event-data-store-ID>
WHERE eventName = 'InvokeAgent'`,
      1,
    ],
    [
      'on behalf of a user',
      `SELECT userIdentity.onbehalfof.userid, eventTime, SourceIPAddress FROM <event-data-store-ID> WHERE eventName = 'StartCodeAnalysis'`,
      2,
    ],
    [
      'tags of a resource',
      `SELECT eventContext.tagContext.resourceTags[1].tags as tags, element_at(eventContext.tagContext.resourceTags[1].tags, 'Class')
FROM $EDS_ID WHERE eventContext IS NOT NULL`,
      0,
    ],
    [
      'every part of an identity',
      `SELECT userIdentity.sessionContext.webidfederationData.attributes, userIdentity.sessionContext.ec2IssuedInVPC,
    userIdentity.identityProvider, managementEvent, annotation, addendum, edgeDeviceDetails, insightDetails,
    tlsDetails.clientProvidedHostHeader, eventJson, eventJsonChecksum, vpcEndpointAccountId
FROM <event_data_store_id> WHERE eventTime >= '2026-11-19 00:00:00' AND eventTime <= '2026-11-19 23:59:59'`,
      8,
    ],
    [
      'two event data stores',
      `Select eventId, eventName from EXAMPLEf852-4e8f-8bd1-bcf6cEXAMPLE WHERE eventName = 'Publish'
UNION Select eventId, eventName from EXAMPLEg741-6y1x-9p3v-bnh6iEXAMPLE WHERE eventName = 'Publish' ORDER BY eventId LIMIT 10;`,
      2,
    ],
    [
      'a list taken apart',
      `SELECT eventname, u.arn FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(u) WHERE u.type = 'AWS::S3::Bucket'`,
      3,
    ],
    [
      'a list of rows taken apart into their columns',
      `SELECT eventname, arn FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(arn, accountid, type) WHERE t.type = 'AWS::S3::Bucket' AND t.arn LIKE 'arn:%'`,
      3,
    ],
    [
      'a map taken apart',
      `SELECT k, v FROM $EDS_ID CROSS JOIN UNNEST(requestParameters) AS t(k, v) WHERE eventName = 'UpdateTrail'`,
      2,
    ],
  ])('%s', async (_what, sql, rows) => {
    expect(await events.ask(sql)).toHaveLength(rows);
  });
});
