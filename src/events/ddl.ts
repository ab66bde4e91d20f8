/**
 * Statements that make verified events tables of Athena and of Trino. There are two ways. The Parquet files of an export lie in S3
 * and are a table of their own. Or nothing is exported: a manifest of the verified log files is a small table, and a view of
 * the CloudTrail table that is there already has only rows of log files that the manifest names.
 *
 *     s3://BUCKET/PREFIX/events/account=111122223333/region=us-east-1/day=2026-11-20/part-000001.parquet
 *     s3://BUCKET/PREFIX/manifest/part-000001.parquet
 *
 * Athena takes DDL in the words of Hive, whose names have backticks, and queries and views in those of Trino, whose names
 * have double quotes. It takes one statement at a time.
 */
import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { isAccountId, isBucketName, isRegionName } from '../base/names.ts';
import {
  isList,
  MANIFEST,
  NO_DAY,
  PARTITIONS,
  type Parts,
  PROVENANCE,
  RECORD,
  type Shape,
  sqlText,
} from './columns.ts';
import { type EventsDocument, filesIn } from './events-document.ts';

/** Where an export is: the bucket, and the prefix above `events/` and `manifest/`, with or without a slash at its end. */
export interface ExportPlace {
  readonly bucket: string;
  readonly prefix?: string | undefined;
}

/** What all tables need: the place of the export, and the database, which is there already. */
interface TableOptions extends ExportPlace {
  readonly database: string;
  /** The table or view that is made; each function has a name for it. */
  readonly name?: string | undefined;
  /** SHA-256 (hex) of the report.json that the events are of, for the table's comment. */
  readonly reportSha256?: string | undefined;
}

/** The folders of an export, so that Athena finds them without a catalog of partitions. */
export interface AthenaOptions extends TableOptions {
  /** Without them every query must name its accounts: `WHERE account = '…'`. */
  readonly accounts?: readonly string[] | undefined;
  readonly regions: readonly string[];
  /** The first and the last day, such as 2026-11-20; without `to` until the day of the query. */
  readonly days: { readonly from: string; readonly to?: string | undefined };
}

/** A catalog of Trino that has the Hive connector; `hive` where it is not named. */
export interface TrinoOptions extends TableOptions {
  readonly catalog?: string | undefined;
}

/** The manifest as a table, and the view of the CloudTrail table that it narrows. */
export interface ManifestOptions extends TrinoOptions {
  readonly engine: 'athena' | 'trino';
  /** The table of all log files, as the Athena user guide has it; in the same catalog. */
  readonly logs: { readonly database?: string | undefined; readonly table: string };
  /** The table of the manifest: `verified_log_files` where it is not named. */
  readonly manifest?: string | undefined;
  /**
   * When the run began, ISO 8601 in UTC: files that were written to S3 later have no rows. Without it, what is overwritten after
   * the run has rows. It needs the hidden column `$file_modified_time` of the Hive connector (Trino, "Hive connector").
   */
  readonly writtenBefore?: string | undefined;
}

const FOLDERS = /^events\/account=(\d{12})\/region=([^/]+)\/day=(\d{4}-\d{2}-\d{2})\//;

/** The folders that an export has, for its table. */
interface ExportFolders extends Pick<AthenaOptions, 'regions' | 'days'> {
  readonly accounts: readonly string[];
  /** Files of no day, which no range of days has. */
  readonly undated: number;
}

/** The folders of an export's files of events. */
export function foldersOf(document: Pick<EventsDocument, 'files'>): ExportFolders {
  const accounts = new Set<string>();
  const regions = new Set<string>();
  const days = new Set<string>();
  let undated = 0;
  for (const { path } of filesIn(document, 'events')) {
    const [, account, region, day] = FOLDERS.exec(path) ?? [];
    if (account === undefined || region === undefined || day === undefined) continue;
    accounts.add(account);
    regions.add(region);
    if (day === NO_DAY) undated += 1;
    else days.add(day);
  }
  const [from = NO_DAY, ...more] = [...days].sort();
  return { accounts: [...accounts], regions: [...regions], days: { from, to: more.at(-1) ?? from }, undated };
}

const EVENTS_TABLE = 'verified_events';
const MANIFEST_TABLE = 'verified_log_files';
const LOGS_VIEW = 'verified_cloudtrail_logs';
const CATALOG = 'hive';

/**
 * The table of an export for Athena, as one statement. Partition projection finds its folders. Throws USAGE for a name, a
 * place or a day that is none.
 */
export function athenaDdl(options: AthenaOptions): string {
  const { accounts, regions, days } = options;
  const location = locationOf(options, 'events');
  const folders = PARTITIONS.map((name) => `${name}=\${${name}}/`).join('');
  const properties: readonly (readonly [string, string])[] = [
    ['projection.enabled', 'true'],
    ...(accounts === undefined
      ? ([['projection.account.type', 'injected']] as const)
      : enumOf('account', listOf('an account', accounts, isAccountId))),
    ...enumOf('region', listOf('a Region', regions, isRegionName)),
    ['projection.day.type', 'date'],
    ['projection.day.format', 'yyyy-MM-dd'],
    ['projection.day.range', `${dayOf(days.from)},${days.to === undefined ? 'NOW' : dayOf(days.to)}`],
    ['projection.day.interval', '1'],
    ['projection.day.interval.unit', 'DAYS'],
    ['storage.location.template', `${location}${folders}`],
  ];
  if (days.to !== undefined && days.to < days.from) {
    throw new TrailVerifyError('USAGE', `the last day, ${days.to}, is before the first, ${days.from}`);
  }
  return statement([
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${hiveName(options.database, madeName(options.name, EVENTS_TABLE))} (`,
    hiveColumns(RECORD, PROVENANCE),
    ')',
    `COMMENT ${hiveText(eventsComment(options))}`,
    `PARTITIONED BY (${PARTITIONS.map((name) => `\`${name}\` string`).join(', ')})`,
    'STORED AS PARQUET',
    `LOCATION ${hiveText(location)}`,
    'TBLPROPERTIES (',
    properties.map(([name, value]) => `  ${hiveText(name)} = ${hiveText(value)}`).join(',\n'),
    ')',
  ]);
}

/**
 * The table of an export for Trino's Hive connector, and the call that finds its folders, which is to be made again after each
 * export. Throws USAGE for a name or a place that is none.
 */
export function trinoDdl(options: TrinoOptions): string {
  const { catalog = CATALOG, database } = options;
  const table = madeName(options.name, EVENTS_TABLE);
  const partitions = Object.fromEntries(PARTITIONS.map((name) => [name, 'VARCHAR' as const]));
  return (
    statement([
      `CREATE TABLE IF NOT EXISTS ${trinoName(catalog, database, table)} (`,
      trinoColumns(RECORD, { ...PROVENANCE, ...partitions }),
      ')',
      `COMMENT ${sqlText(eventsComment(options))}`,
      'WITH (',
      `  external_location = ${sqlText(locationOf(options, 'events'))},`,
      "  format = 'PARQUET',",
      `  partitioned_by = ARRAY[${PARTITIONS.map(sqlText).join(', ')}]`,
      ')',
    ]) +
    statement([
      `CALL ${trinoName(catalog)}.system.sync_partition_metadata(${sqlText(givenName(database))}, ${sqlText(table)}, 'FULL')`,
    ])
  );
}

/**
 * The table of the manifest and the view of proven log files, as two statements. Throws USAGE for a name, a place or a time that
 * is none.
 */
export function manifestDdl(options: ManifestOptions): string {
  return manifestTable(options) + manifestView(options);
}

function manifestTable(options: ManifestOptions): string {
  const { engine, catalog = CATALOG, database } = options;
  const name = madeName(options.manifest, MANIFEST_TABLE);
  const location = locationOf(options, 'manifest');
  const comment = `Log files that trail-verify proved${ofReport(options)}`;
  if (engine === 'athena') {
    return statement([
      `CREATE EXTERNAL TABLE IF NOT EXISTS ${hiveName(database, name)} (`,
      hiveColumns({}, MANIFEST),
      ')',
      `COMMENT ${hiveText(comment)}`,
      'STORED AS PARQUET',
      `LOCATION ${hiveText(location)}`,
    ]);
  }
  return statement([
    `CREATE TABLE IF NOT EXISTS ${trinoName(catalog, database, name)} (`,
    trinoColumns({}, MANIFEST),
    ')',
    `COMMENT ${sqlText(comment)}`,
    'WITH (',
    `  external_location = ${sqlText(location)},`,
    "  format = 'PARQUET'",
    ')',
  ]);
}

/** What the view shows of the manifest; a file that is in it with two contents has none of both. */
const SHOWN = { log_sha256: 'sha256', digest_uri: 'digest_uri', chain: 'chain' } as const;

function manifestView(options: ManifestOptions): string {
  const { engine, catalog = CATALOG, database, logs, writtenBefore } = options;
  const nameOf = (of: string, table: string): string =>
    engine === 'athena' ? trinoName(of, table) : trinoName(catalog, of, table);
  const shown = Object.entries(SHOWN).map(
    ([name, column]) =>
      `    CASE WHEN min(${quoted(column)}) = max(${quoted(column)}) THEN min(${quoted(column)}) END AS ${quoted(name)}`,
  );
  const lines = [
    `CREATE OR REPLACE VIEW ${nameOf(database, madeName(options.name, LOGS_VIEW))} AS`,
    '-- A row is an event of a log file that a proven digest names, and whose bytes had the recorded hash when the run read them.',
    ...(writtenBefore === undefined
      ? [
          '-- What is overwritten between the run and a query has rows with its new content: Object Lock keeps the old version, and',
          '-- a query reads the new one. The time of the run, which this view was not given, would leave it out.',
        ]
      : [
          '-- What was written to S3 after the run began has no rows. An older version that comes back, because a newer one was',
          '-- deleted, has rows, unless Object Lock keeps every version.',
        ]),
    'SELECT',
    '  l.*,',
    '  m."uri" AS "log_uri",',
    Object.keys(SHOWN)
      .map((name) => `  m.${quoted(name)}`)
      .join(',\n'),
    `FROM ${nameOf(logs.database ?? database, givenName(logs.table))} l`,
    'INNER JOIN (',
    '  SELECT',
    '    "uri",',
    shown.join(',\n'),
    `  FROM ${nameOf(database, madeName(options.manifest, MANIFEST_TABLE))}`,
    '  GROUP BY "uri"',
    ') m ON l."$path" = m."uri"',
  ];
  if (writtenBefore !== undefined) {
    lines.push(`WHERE l."$file_modified_time" < from_iso8601_timestamp(${sqlText(timeOf(writtenBefore))})`);
  }
  return statement(lines);
}

function statement(lines: readonly string[]): string {
  return `${lines.join('\n')};\n`;
}

type PlainType = 'VARCHAR' | 'INTEGER' | 'BIGINT';
type PlainColumns = Readonly<Record<string, PlainType>>;
const HIVE_TYPES: Readonly<Record<PlainType, string>> = {
  VARCHAR: 'string',
  INTEGER: 'int',
  BIGINT: 'bigint',
};
const TRINO_TYPES: Readonly<Record<PlainType, string>> = {
  VARCHAR: 'varchar',
  INTEGER: 'integer',
  BIGINT: 'bigint',
};

function hiveColumns(shapes: Parts, plain: PlainColumns): string {
  return [
    ...Object.entries(shapes).map(([name, shape]) => `  \`${name.toLowerCase()}\` ${hiveType(shape)}`),
    ...Object.entries(plain).map(([name, type]) => `  \`${name}\` ${HIVE_TYPES[type]}`),
  ].join(',\n');
}

function trinoColumns(shapes: Parts, plain: PlainColumns): string {
  return [
    ...Object.entries(shapes).map(([name, shape]) => `  ${quoted(name.toLowerCase())} ${trinoType(shape)}`),
    ...Object.entries(plain).map(([name, type]) => `  ${quoted(name)} ${TRINO_TYPES[type]}`),
  ].join(',\n');
}

/** Hive's type; the names in it have no quotes, as in Athena's own table, and none of them is a word of Hive. */
function hiveType(shape: Shape): string {
  if (shape === 'text' || shape === 'json') return 'string';
  if (shape === 'map') return 'map<string,string>';
  if (isList(shape)) return `array<${hiveType(shape[0])}>`;
  const parts = Object.entries(shape).map(([name, part]) => `${name.toLowerCase()}:${hiveType(part)}`);
  return `struct<${parts.join(',')}>`;
}

function trinoType(shape: Shape): string {
  if (shape === 'text' || shape === 'json') return 'varchar';
  if (shape === 'map') return 'map(varchar, varchar)';
  if (isList(shape)) return `array(${trinoType(shape[0])})`;
  const parts = Object.entries(shape).map(
    ([name, part]) => `${quoted(name.toLowerCase())} ${trinoType(part)}`,
  );
  return `row(${parts.join(', ')})`;
}

function eventsComment(options: TableOptions): string {
  return `CloudTrail events of log files that trail-verify proved${ofReport(options)}`;
}

const SHA256 = /^[0-9a-f]{64}$/;

function ofReport({ reportSha256 }: TableOptions): string {
  if (reportSha256 === undefined) return '';
  if (!SHA256.test(reportSha256)) throw noName('a SHA-256 of a report', reportSha256);
  return `; SHA-256 of report.json: ${reportSha256}`;
}

/** A text in Hive's words. Nothing that gets here has a quote or a backslash, and none would end it. */
function hiveText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Names in Trino's words; each is checked. */
function trinoName(...names: readonly string[]): string {
  return names.map((name) => quoted(givenName(name))).join('.');
}

function hiveName(...names: readonly string[]): string {
  return names.map((name) => `\`${givenName(name)}\``).join('.');
}

/** What is there already may have hyphens, although Athena advises against them. */
const GIVEN_NAME = /^[a-z0-9_][a-z0-9_-]{0,254}$/;
/** Athena's rule for the names of tables and views (user guide, "Name databases, tables, and columns"). */
const MADE_NAME = /^[a-z_][a-z0-9_]{0,254}$/;

function givenName(name: string): string {
  if (GIVEN_NAME.test(name)) return name;
  throw noName('a name of a catalog, database or table', name, 'letters in lower case, digits, _ and -');
}

function madeName(name: string | undefined, usual: string): string {
  if (name === undefined) return usual;
  if (MADE_NAME.test(name)) return name;
  throw noName('a name for a table or view', name, 'letters in lower case, digits and _, and no digit first');
}

function noName(what: string, text: string, rule?: string): TrailVerifyError {
  const hint = rule === undefined ? undefined : `it may have ${rule}`;
  return new TrailVerifyError('USAGE', `${JSON.stringify(text)} is not ${what}`, { hint });
}

/** What S3 calls safe in a key (user guide, "Naming Amazon S3 objects"), less quotes, and what no engine takes for a pattern. */
const PREFIX_SEGMENT = /^(?!\.\.?$)[A-Za-z0-9!_.()=+@-]+$/;

/** The folder of one table: engines read all below it. */
function locationOf({ bucket, prefix = '' }: ExportPlace, folder: 'events' | 'manifest'): string {
  if (!isBucketName(bucket)) throw noName('a name of a bucket', bucket);
  const segments = prefix.replace(/\/$/, '').split('/');
  if (prefix === '') segments.pop();
  for (const segment of segments) {
    if (!PREFIX_SEGMENT.test(segment)) {
      throw noName(
        'a prefix that Athena and Trino can read',
        prefix,
        'letters, digits and !_.()=+@- between slashes',
      );
    }
  }
  return `s3://${[bucket, ...segments, folder].join('/')}/`;
}

function listOf(
  what: string,
  values: readonly string[],
  isOne: (text: string) => boolean,
): readonly string[] {
  const unique = [...new Set(values)].sort();
  if (unique.length === 0) throw new TrailVerifyError('USAGE', `the table needs ${what} at least`);
  for (const value of unique) if (!isOne(value)) throw noName(what, value);
  return unique;
}

function enumOf(column: string, values: readonly string[]): readonly (readonly [string, string])[] {
  return [
    [`projection.${column}.type`, 'enum'],
    [`projection.${column}.values`, values.join(',')],
  ];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function dayOf(day: string): string {
  const time = DAY.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // JavaScript takes February 30 for a day in March.
  if (Number.isNaN(time) || isoTime(time).slice(0, 10) !== day) throw noName('a day such as 2026-11-20', day);
  return day;
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** A time to the second, for S3 has no smaller unit: what was written within the second of it has no rows. */
function timeOf(time: string): string {
  if (!TIME.test(time) || Number.isNaN(Date.parse(time)))
    throw noName('a time such as 2026-11-21T03:00:00Z', time);
  return `${time.slice(0, 19)}Z`;
}
