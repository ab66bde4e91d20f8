/**
 * The view of proven log files, run by DuckDB in the place of Athena: over a folder of log files in which somebody planted one and
 * changed another, its rows are those of an export of the verified files, and no others.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { PARTITIONS, RECORD, recordColumns, sqlText } from '../../src/events/columns.ts';
import { type Database, openDatabase } from '../../src/events/database.ts';
import { manifestDdl, trinoDdl } from '../../src/events/ddl.ts';
import { openEventWriter } from '../../src/events/event-writer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BUCKET = 'example-trail-bucket';
const ACCOUNT = '111122223333';
const CHAIN = `${ACCOUNT}/us-east-1/audit@us-east-1`;
const WRITTEN = new Date('2026-11-20T14:05:00Z');
const RUN_BEGAN = '2026-11-21T03:00:00Z';
const LATER = new Date('2026-11-21T09:00:00Z');

interface LogFile {
  readonly key: string;
  readonly region: string;
  readonly records: readonly object[];
}

function logFile(region: string, name: string, records: readonly object[]): LogFile {
  const key = `AWSLogs/${ACCOUNT}/CloudTrail/${region}/2026/11/20/${ACCOUNT}_CloudTrail_${region}_20261120T1405Z_${name}.json.gz`;
  return { key, region, records };
}

function event(eventID: string, eventName: string, parts: object = {}): object {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/alice`, userName: 'alice' },
    eventTime: '2026-11-20T14:02:11Z',
    eventSource: 'dynamodb.amazonaws.com',
    eventName,
    awsRegion: 'us-east-1',
    requestParameters: { tableName: 'ledger', key: { id: { S: 'été "1" \u{1f600}' } } },
    responseElements: null,
    readOnly: false,
    resources: [{ accountId: ACCOUNT, type: 'AWS::DynamoDB::Table', ARN: `arn:aws:dynamodb:::table/ledger` }],
    eventID,
    ...parts,
  };
}

const VERIFIED: readonly LogFile[] = [
  logFile('us-east-1', 'aaaaaaaaaaaaaaaa', [
    event('e1', 'PutItem'),
    event('e2', 'GetItem', { readOnly: true, requestParameters: null }),
  ]),
  logFile('us-east-1', 'bbbbbbbbbbbbbbbb', [
    event('e3', 'UpdateItem', {
      userIdentity: {
        type: 'AssumedRole',
        sessionContext: {
          sessionIssuer: { userName: 'deploy' },
          webIdFederationData: { attributes: { aud: 'x' } },
        },
      },
      tlsDetails: { tlsVersion: 'TLSv1.3' },
    }),
  ]),
  logFile('eu-west-1', 'cccccccccccccccc', [event('e4', 'PutItem', { errorCode: 'AccessDenied' })]),
];
/** It lies in the folders of the trail, and no digest names it. */
const PLANTED = logFile('us-east-1', 'dddddddddddddddd', [event('e5', 'DeleteItem')]);
/** A digest names it, with the hash of another content. */
const CHANGED = logFile('us-east-1', 'eeeeeeeeeeeeeeee', [event('e6', 'DeleteItem')]);

function contentOf({ records }: LogFile): string {
  return JSON.stringify({ Records: records });
}

const uriOf = ({ key }: LogFile): string => `s3://${BUCKET}/${key}`;
const sha256Of = (file: LogFile): string => createHash('sha256').update(contentOf(file)).digest('hex');
const digestOf = (file: LogFile): string => `s3://${BUCKET}/digest-of-${file.region}.json.gz`;

function put(folder: string, file: LogFile, written: Date): void {
  const name = path.join(folder, file.key);
  mkdirSync(path.dirname(name), { recursive: true });
  writeFileSync(name, gzipSync(contentOf(file)));
  utimesSync(name, written, written);
}

/** The CloudTrail table as Athena has it: all files of the folder, and the hidden columns of each row, which here are not hidden. */
async function createLogs(database: Database, folder: string): Promise<void> {
  const files = sqlText(path.join(folder, '**/*.json.gz'));
  const uri = `replace(filename, ${sqlText(`${folder}/`)}, ${sqlText(`s3://${BUCKET}/`)})`;
  await database.run('CREATE SCHEMA security');
  await database.run(`CREATE TABLE security.cloudtrail_logs AS
    SELECT ${uri} AS "$path", last_modified AS "$file_modified_time", ${recordColumns('text')}
    FROM (SELECT filename, unnest("Records") AS text FROM read_json(${files}, columns = {Records: 'JSON[]'}, filename = true))
    JOIN (SELECT filename, last_modified FROM read_blob(${files})) USING (filename)`);
  // Trino's own, which the views of a query have as well.
  await database.run('CREATE MACRO from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ)');
}

/** Exports files as verified, by the writer of an export. */
async function exportEvents(
  folder: string,
  files: readonly LogFile[],
  sha256: (file: LogFile) => string = sha256Of,
) {
  mkdirSync(folder);
  const writer = await openEventWriter(folder, path.join(folder, '.spill'));
  for (const file of files) {
    await writer.take({
      uri: uriOf(file),
      versionId: undefined,
      etag: undefined,
      sha256: sha256(file),
      storedSha256: createHash('sha256')
        .update(gzipSync(contentOf(file)))
        .digest('hex'),
      size: gzipSync(contentOf(file)).length,
      chain: CHAIN,
      digestUri: digestOf(file),
      account: ACCOUNT,
      region: file.region,
      day: '2026-11-20',
      records: file.records.map((record) => JSON.stringify(record)),
    });
  }
  await writer.close();
}

/** The files of an export as the table of the DDL has them: all that lies in the folders. */
function eventsOf(folder: string): string {
  return `read_parquet(${sqlText(path.join(folder, 'events/*/*/*/*.parquet'))}, hive_partitioning = true, hive_types_autocast = false)`;
}

function manifestOf(...folders: readonly string[]): string {
  return `read_parquet([${folders.map((folder) => sqlText(path.join(folder, 'manifest/*.parquet'))).join(', ')}])`;
}

async function createManifest(database: Database, ...folders: readonly string[]): Promise<void> {
  await database.run(`CREATE TABLE security.verified_log_files AS SELECT * FROM ${manifestOf(...folders)}`);
}

const COLUMNS = [
  ...Object.keys(RECORD).map((name) => name.toLowerCase()),
  'log_uri',
  'log_sha256',
  'digest_uri',
  'chain',
];

function rowsOf(database: Database, from: string) {
  return database.rows(`SELECT ${COLUMNS.join(', ')} FROM ${from} ORDER BY eventid`);
}

const VIEW = 'security.verified_cloudtrail_logs';

/** The statement that makes the view, as it is printed. */
function viewOf(writtenBefore?: string): string {
  const ddl = manifestDdl({
    engine: 'athena',
    bucket: 'example-evidence',
    database: 'security',
    logs: { table: 'cloudtrail_logs' },
    writtenBefore,
  });
  return ddl.slice(ddl.indexOf('CREATE OR REPLACE VIEW'));
}

async function withDatabase(act: (database: Database, folder: string) => Promise<void>): Promise<void> {
  const database = await openDatabase({ memory: 512 * 1024 ** 2, threads: 1 });
  try {
    await act(database, temporaryFolder());
  } finally {
    database.close();
  }
}

describe('the view of proven log files', () => {
  test('has the rows of an export of the verified files, and none of a planted or changed one', async () => {
    await withDatabase(async (database, folder) => {
      const bucket = path.join(folder, 'bucket');
      for (const file of [...VERIFIED, PLANTED, CHANGED]) put(bucket, file, WRITTEN);
      await createLogs(database, bucket);
      const verified = path.join(folder, 'verified');
      await exportEvents(verified, VERIFIED);
      await createManifest(database, verified);
      await database.run(viewOf());

      const all = await database.rows(
        "SELECT eventid FROM security.cloudtrail_logs WHERE eventname = 'DeleteItem'",
      );
      expect(all).toHaveLength(2);
      const rows = await rowsOf(database, VIEW);
      expect(rows.map((row) => row.eventid)).toEqual(['e1', 'e2', 'e3', 'e4']);
      expect(rows).toEqual(await rowsOf(database, eventsOf(verified)));
      expect(await database.rows(`SELECT eventid FROM ${VIEW} WHERE eventname = 'DeleteItem'`)).toEqual([]);
    });
  });

  test('has each row once, whatever is twice in the manifest, and names no hash where there are two', async () => {
    await withDatabase(async (database, folder) => {
      const bucket = path.join(folder, 'bucket');
      for (const file of VERIFIED) put(bucket, file, WRITTEN);
      await createLogs(database, bucket);
      const folders = ['one', 'two', 'other'].map((name) => path.join(folder, name));
      const [one = '', two = '', other = ''] = folders;
      await exportEvents(one, VERIFIED);
      await exportEvents(two, VERIFIED);
      await exportEvents(other, VERIFIED.slice(0, 1), () => '00'.repeat(32));
      await createManifest(database, ...folders);
      await database.run(viewOf());
      const hashes = VERIFIED.map(sha256Of);
      expect(await database.rows(`SELECT eventid, log_sha256 FROM ${VIEW} ORDER BY eventid`)).toEqual([
        { eventid: 'e1', log_sha256: null },
        { eventid: 'e2', log_sha256: null },
        { eventid: 'e3', log_sha256: hashes[1] },
        { eventid: 'e4', log_sha256: hashes[2] },
      ]);
    });
  });

  test('with the time of the run has no row of a file that was overwritten since; without, it has', async () => {
    await withDatabase(async (database, folder) => {
      const bucket = path.join(folder, 'bucket');
      for (const file of VERIFIED) put(bucket, file, WRITTEN);
      const [first] = VERIFIED;
      if (first === undefined) throw new Error('there is no log file');
      put(bucket, { ...first, records: [event('e7', 'DeleteItem')] }, LATER);
      await createLogs(database, bucket);
      const verified = path.join(folder, 'verified');
      await exportEvents(verified, VERIFIED);
      await createManifest(database, verified);
      const ids = async (): Promise<readonly unknown[]> =>
        (await database.rows(`SELECT eventid FROM ${VIEW} ORDER BY 1`)).map((row) => row.eventid);
      await database.run(viewOf());
      expect(await ids()).toEqual(['e3', 'e4', 'e7']);
      await database.run(viewOf(RUN_BEGAN));
      expect(await ids()).toEqual(['e3', 'e4']);
    });
  });
});

/** The columns of files as Trino's DDL has them. */
async function columnsIn(database: Database, from: string): Promise<string> {
  const asTrino = (type: string): string =>
    type
      .replaceAll('STRUCT(', 'row(')
      .replace(/^(row\(.*\))\[\]$/, 'array($1)')
      .replaceAll('"', '')
      .replaceAll('MAP(', 'map(')
      .replaceAll(/VARCHAR|INTEGER|BIGINT/g, (word) => word.toLowerCase());
  const described = await database.rows(`DESCRIBE SELECT ${from}`);
  return described
    .map(({ column_name: name, column_type: type }) => `  ${name} ${asTrino(`${type}`)}`)
    .join(',\n');
}

test('the tables have the columns of the files that an export writes, in their types', async () => {
  await withDatabase(async (database, folder) => {
    const verified = path.join(folder, 'verified');
    await exportEvents(verified, VERIFIED);
    const place = { bucket: 'example-evidence', database: 'security' };
    const unquoted = (ddl: string): string => ddl.replaceAll(/"(\w+)"/g, '$1');
    // The folders come last: Hive and Trino want them so.
    const columns = await columnsIn(
      database,
      `* EXCLUDE (${PARTITIONS.join(', ')}) FROM ${eventsOf(verified)}`,
    );
    const folders = PARTITIONS.map((name) => `  ${name} varchar`);
    expect(unquoted(trinoDdl(place))).toContain(`(\n${[columns, ...folders].join(',\n')}\n)`);
    const manifest = manifestDdl({ ...place, engine: 'trino', logs: { table: 'cloudtrail_logs' } });
    expect(unquoted(manifest)).toContain(
      `(\n${await columnsIn(database, `* FROM ${manifestOf(verified)}`)}\n)`,
    );
  });
});
