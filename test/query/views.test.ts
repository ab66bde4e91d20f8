import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PARTITIONS, PROVENANCE, RECORD } from '../../src/events/columns.ts';
import { openDatabase } from '../../src/events/database.ts';
import { BASE, TABLES } from '../../src/query/tables.ts';
import { baseColumns, dialectStatements } from '../../src/query/views.ts';
import { type EventDatabase, eventDatabase, type Row } from '../support/event-database.ts';
import { REALISTIC_RECORDS, realisticLogs } from '../support/realistic-events.ts';

let events: EventDatabase;

beforeAll(async () => {
  events = await eventDatabase();
});
afterAll(() => events.close());

async function one(sql: string): Promise<Row> {
  const rows = await events.ask(sql);
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

/** The columns of a view with their types. */
async function columnsOf(view: string): Promise<Readonly<Record<string, unknown>>> {
  const rows = await events.ask(
    `SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '${view}' ORDER BY ordinal_position`,
  );
  return Object.fromEntries(rows.map((row) => [`${row.column_name}`, row.data_type]));
}

describe('the views', () => {
  test('have every event, whatever is unusual about it', async () => {
    for (const table of TABLES) {
      const row = await one(`SELECT count(*) AS events, count(DISTINCT eventid) AS ids FROM ${table}`);
      expect(row, table).toEqual({
        events: `${REALISTIC_RECORDS.length}`,
        ids: `${REALISTIC_RECORDS.length}`,
      });
      // Every column is computed.
      expect(await events.ask(`SELECT * FROM ${table}`), table).toHaveLength(REALISTIC_RECORDS.length);
    }
  });

  test('Athena’s has the columns of an export, as they are', async () => {
    const expected = [...Object.keys(RECORD).map((name) => name.toLowerCase()), ...Object.keys(PROVENANCE)];
    expect(Object.keys(await columnsOf('cloudtrail_logs'))).toEqual([...expected, ...PARTITIONS]);
    expect(await columnsOf('cloudtrail_logs')).toMatchObject({
      eventtime: 'VARCHAR',
      requestparameters: 'VARCHAR',
      readonly: 'VARCHAR',
    });
    expect(Object.keys(await columnsOf('cloudtrail_logs'))).toEqual(Object.keys(baseColumns()));
    expect(await columnsOf('events')).toEqual(await columnsOf('cloudtrail_logs'));
  });

  // User guide, "Supported SQL schemas for event data stores".
  test('Lake’s has its columns and types', async () => {
    const columns = await columnsOf('lake_events');
    const map = 'MAP(VARCHAR, VARCHAR)';
    expect(columns).toMatchObject({
      eventtime: 'TIMESTAMP',
      requestparameters: map,
      responseelements: map,
      additionaleventdata: map,
      serviceeventdetails: map,
      addendum: map,
      edgedevicedetails: map,
      insightdetails: map,
      readonly: 'BOOLEAN',
      managementevent: 'BOOLEAN',
      annotation: 'VARCHAR',
      eventjson: 'VARCHAR',
      log_uri: 'VARCHAR',
      day: 'VARCHAR',
      resources: 'STRUCT(accountid VARCHAR, "type" VARCHAR, arn VARCHAR, arnprefix VARCHAR)[]',
    });
    const identity = `${columns.useridentity}`;
    const parts = [
      'creationdate TIMESTAMP',
      'sourceidentity VARCHAR',
      'ec2issuedinvpc VARCHAR',
      'inscopeof STRUCT',
    ];
    for (const part of [...parts, 'identityprovider VARCHAR']) expect(identity).toContain(part);
    expect(identity).toBe(identity.replaceAll(/[a-z][A-Z]/g, ''));
  });
});

describe('Lake’s columns', () => {
  test('a nested value is its JSON text, any other its text', async () => {
    const row = await one("SELECT requestparameters AS map FROM lake_events WHERE eventid = 'unusual-2'");
    expect(row.map).toEqual([
      { key: 'text', value: 'x' },
      { key: 'number', value: '5' },
      { key: 'true', value: 'true' },
      { key: 'nothing', value: null },
      { key: 'nested', value: `{"a":[1,{"b":"it's"}]}` },
    ]);
  });

  test('what is no object, or no time, is NULL', async () => {
    const columns = 'requestparameters, responseelements, additionaleventdata, resources, readonly';
    expect(await one(`SELECT ${columns} FROM lake_events WHERE eventid = 'unusual-1'`)).toEqual({
      requestparameters: null,
      responseelements: null,
      additionaleventdata: null,
      resources: null,
      readonly: false,
    });
    expect(
      await one(
        "SELECT eventtime, useridentity, resources, readonly FROM lake_events WHERE eventid = 'unusual-2'",
      ),
    ).toEqual({ eventtime: null, useridentity: null, resources: null, readonly: null });
  });

  test('times are UTC, also where a record has an offset', async () => {
    const records = ['2026-11-20T14:02:11Z', '2026-11-20T16:02:11.5+02:00', '2026-11-20'].map(
      (eventTime, index) => ({
        eventID: `${index}`,
        eventTime,
      }),
    );
    const [log] = realisticLogs();
    if (log === undefined) throw new Error('there is no log file');
    const other = await eventDatabase([{ ...log, records }]);
    expect(await other.ask('SELECT eventtime FROM $EDS_ID ORDER BY eventid')).toEqual([
      { eventtime: '2026-11-20 14:02:11' },
      { eventtime: '2026-11-20 14:02:11.5' },
      { eventtime: '2026-11-20 00:00:00' },
    ]);
    other.close();
  });

  test('what Athena’s table leaves out comes from the record’s own text', async () => {
    const record = {
      eventID: 'more',
      eventTime: '2026-11-20T10:00:00Z',
      userIdentity: {
        type: 'AssumedRole',
        identityProvider: 'example',
        inScopeOf: {
          sourceArn: 'arn:aws:lambda:us-east-1:111122223333:function:f',
          issuerType: 'AWS::Lambda::Function',
        },
        sessionContext: {
          sourceIdentity: 'one',
          ec2IssuedInVpc: 'vpc-1',
          attributes: { creationDate: '2026-11-20T09:00:00Z' },
        },
      },
      managementEvent: true,
      annotation: 'noted',
      resources: [{ ARN: 'a', ARNPrefix: 'p', accountId: '111122223333', type: 't' }],
      addendum: { reason: 'DELIVERY_DELAY' },
      edgeDeviceDetails: { device: 'x' },
      eventContext: { tagContext: { resourceTags: [{ arn: 'a', tags: { Class: 'sensitive' } }] } },
    };
    const [log] = realisticLogs();
    if (log === undefined) throw new Error('there is no log file');
    const other = await eventDatabase([{ ...log, records: [record] }]);
    const sql = `SELECT userIdentity.identityProvider AS provider, userIdentity.inScopeOf.issuerType AS issuer,
      userIdentity.sessionContext.sourceIdentity AS source, userIdentity.sessionContext.ec2IssuedInVpc AS vpc,
      userIdentity.sessionContext.attributes.creationDate AS created, managementEvent, annotation,
      element_at(addendum, 'reason') AS reason, element_at(edgeDeviceDetails, 'device') AS device,
      resources[1].arnprefix AS prefix, element_at(eventContext.tagContext.resourceTags[1].tags, 'Class') AS class
      FROM $EDS_ID`;
    expect(await other.ask(sql)).toEqual([
      {
        provider: 'example',
        issuer: 'AWS::Lambda::Function',
        source: 'one',
        vpc: 'vpc-1',
        created: '2026-11-20 09:00:00',
        managementevent: true,
        annotation: 'noted',
        reason: 'DELIVERY_DELAY',
        device: 'x',
        prefix: 'p',
        class: 'sensitive',
      },
    ]);
    other.close();
  });

  test('an Insights event has Lake’s names', async () => {
    const sql = `SELECT insightstate, insighteventsource, insighteventname, insighterrorcode, insighttype,
      insightcontext.baselineaverage AS baseline, insightcontext.insightaverage AS average,
      insightcontext.insightduration AS minutes, cardinality(insightcontext.attributions) AS attributions
      FROM lake_events WHERE eventid = 'insight-end'`;
    expect(await one(sql)).toEqual({
      insightstate: 'End',
      insighteventsource: 'iam.amazonaws.com',
      insighteventname: 'AttachUserPolicy',
      insighterrorcode: 'AccessDenied',
      insighttype: 'ApiErrorRateInsight',
      baseline: 0.0017,
      average: 12.5,
      minutes: '4',
      attributions: '2',
    });
  });
});

describe('the statements', () => {
  test('divide whole numbers as Trino does', async () => {
    expect(
      await one('SELECT 7 / 2 AS whole, 7.0 / 2 AS part, 100 * count(*) / 8 AS share FROM events'),
    ).toEqual({
      whole: 3,
      part: 3.5,
      share: String(Math.floor((100 * REALISTIC_RECORDS.length) / 8)),
    });
  });

  test('may run twice, and leave DuckDB’s own views as they are', async () => {
    for (const statement of dialectStatements(BASE)) await events.database.run(statement);
    const names = (await events.database.rows('SHOW TABLES')).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...TABLES]));
    for (const view of ['tables', 'columns', 'schemata']) {
      expect(
        (await events.database.rows(`SELECT * FROM information_schema.${view}`)).length,
        view,
      ).toBeGreaterThan(0);
    }
  });

  test('answer alike in a file of a database, whatever the time zone of its client', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-query-'));
    const file = path.join(folder, 'events.duckdb');
    const columns = Object.entries(baseColumns()).map(([name, type]) => `${name} ${type}`);
    const made = await openDatabase({ memory: 2 ** 28, file });
    await made.run(`CREATE TABLE ${BASE} (${columns.join(', ')})`);
    const times = ['2026-10-05T09:00:00Z', '2026-10-05T16:00:00+02:00', '2026-10-05T15:00:00', '2026-10-05'];
    const rows = times.map((time) => `('${time}')`).join(', ');
    await made.run(`INSERT INTO ${BASE} (eventtime) VALUES ${rows}`);
    for (const statement of dialectStatements(BASE)) await made.run(statement);
    made.close();
    const iso = "from_iso8601_timestamp('2026-10-05T12:00:00Z')";
    const sql = `SELECT array_agg(eventtime ORDER BY eventtime) AS times, count(*) FILTER (WHERE eventtime > ${iso}) AS later,
      count(*) FILTER (WHERE eventtime > from_unixtime(1791194400)) AS since, bool_and(eventtime > date_add('day', -99999, now())) AS new,
      min(to_iso8601(${iso})) AS iso, min(date_format(eventtime, '%d %H')) AS first, min(to_unixtime(${iso})) AS unix,
      min(to_iso8601(TIMESTAMPTZ '2026-10-05 12:00:00+00')) AS zoned, min(format_datetime(TIMESTAMPTZ '2026-10-05 12:00:00+00', 'HH')) AS hour,
      bool_and(abs(date_diff('second', now(), current_timestamp AT TIME ZONE 'UTC' AT TIME ZONE 'UTC')) < 60) AS present,
      min(typeof(now())) AS type FROM lake_events`;
    const answers = [];
    for (const zone of ['UTC', 'America/New_York']) {
      const opened = await openDatabase({ memory: 2 ** 28, file });
      await opened.run(`SET TimeZone = '${zone}'`);
      answers.push(await opened.rows(sql));
      opened.close();
    }
    expect(answers[0]).toMatchObject([
      {
        times: ['2026-10-05 00:00:00', '2026-10-05 09:00:00', '2026-10-05 14:00:00', '2026-10-05 15:00:00'],
        later: '2',
        since: '2',
        iso: '2026-10-05T12:00:00.000',
        first: '05 00',
        unix: 1791201600,
        zoned: '2026-10-05T12:00:00.000Z',
        hour: '12',
        type: 'TIMESTAMP',
      },
    ]);
    expect(answers[1]).toEqual(answers[0]);
    rmSync(folder, { recursive: true });
  });

  test('stay in the file of a database, for any client of DuckDB', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-query-'));
    const file = path.join(folder, 'events.duckdb');
    const columns = Object.entries(baseColumns()).map(([name, type]) => `${name} ${type}`);
    const made = await openDatabase({ memory: 2 ** 28, file });
    await made.run(`CREATE TABLE ${BASE} (${columns.join(', ')})`);
    for (const statement of dialectStatements(BASE)) await made.run(statement);
    made.close();
    const opened = await openDatabase({ memory: 2 ** 28, file });
    const sql = "SELECT element_at(requestparameters, 'a'), date_add('day', -1, now()) FROM lake_events";
    expect(await opened.rows(sql)).toEqual([]);
    expect(await opened.rows("SELECT concat('a', split_part('b/c', '/', 2)) AS answer")).toEqual([
      { answer: 'ac' },
    ]);
    opened.close();
    rmSync(folder, { recursive: true });
  });
});
