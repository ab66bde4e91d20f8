/** Questions that an audit of Amazon DynamoDB tables asks, in Athena's dialect. */
import { IN_WINDOW, type NamedQuery, type QuerySource, text, WINDOW } from './query.ts';

const AUDIT: QuerySource = {
  title: 'Amazon DynamoDB now supports audit logging and monitoring using AWS CloudTrail',
  url: 'https://aws.amazon.com/blogs/database/amazon-dynamodb-now-supports-audit-logging-and-monitoring-using-aws-cloudtrail/',
};

const WHO = 'coalesce(useridentity.arn, useridentity.invokedby, useridentity.principalid)';
const NAMED = "json_extract_scalar(requestparameters, '$.tableName')";
/** The name of a table in the ARN of it or of one of its indexes. */
const tableOf = (arn: string): string => `split_part(split_part(${arn}, ':table/', 2), '/', 1)`;
/** The table of a call: requests may name it by its ARN, and a denied call may have no parameters. */
const TABLE = `coalesce(${tableOf(NAMED)}, ${NAMED}, ${tableOf('element_at(resources, 1).arn')})`;
const FROM_DYNAMODB = `FROM cloudtrail_logs
WHERE eventsource = 'dynamodb.amazonaws.com'
${IN_WINDOW}`;
const BATCH_TABLES =
  "map_keys(TRY_CAST(json_extract(requestparameters, '$.requestItems') AS MAP(VARCHAR, JSON)))";

/** Six questions. */
export const DYNAMODB_QUERIES: readonly NamedQuery[] = [
  {
    name: 'dynamodb-calls',
    title: 'DynamoDB calls by event and Region',
    answers: 'Which operations on DynamoDB were called, how often, and in which Regions.',
    source: AUDIT,
    dialect: 'athena',
    parameters: WINDOW,
    sql: `SELECT eventname, awsregion, count(*) AS calls
${FROM_DYNAMODB}
GROUP BY eventname, awsregion
ORDER BY calls DESC, eventname, awsregion`,
    chart: { labels: ['eventname', 'awsregion'], value: 'calls' },
  },
  {
    name: 'dynamodb-deletes',
    title: 'Items deleted, by user agent, table and type of identity',
    answers:
      'Items deleted (DeleteItem): with which program, from which table, and by which type of identity.',
    source: AUDIT,
    dialect: 'athena',
    parameters: WINDOW,
    sql: `SELECT useragent, ${TABLE} AS tablename, useridentity.type AS identitytype, count(*) AS deletes
${FROM_DYNAMODB}
  AND eventname = 'DeleteItem'
  AND errorcode IS NULL
GROUP BY 1, 2, 3
ORDER BY deletes DESC, useragent, tablename`,
    chart: { labels: ['useragent', 'tablename', 'identitytype'], value: 'deletes' },
  },
  {
    name: 'dynamodb-writers',
    title: 'Who wrote in batches between two dates',
    answers: 'Which identities wrote to which tables between two times (BatchWriteItem), and how often.',
    source: AUDIT,
    dialect: 'athena',
    parameters: [
      { name: 'from', type: 'time', required: true, description: 'events at or after this time' },
      { name: 'to', type: 'time', required: true, description: 'events before this time' },
    ],
    sql: `SELECT ${WHO} AS who,
  array_join(array_sort(array_distinct(flatten(array_agg(${BATCH_TABLES})))), ', ') AS tables,
  count(*) AS calls, min(eventtime) AS firstcall, max(eventtime) AS lastcall
${FROM_DYNAMODB}
  AND eventname = 'BatchWriteItem'
  AND errorcode IS NULL
GROUP BY ${WHO}
ORDER BY calls DESC, who`,
    chart: { labels: ['who'], value: 'calls' },
  },
  {
    name: 'dynamodb-denied',
    title: 'Who was denied access to DynamoDB',
    answers: 'Which identities were denied or not authorized, for which operation and table.',
    source: AUDIT,
    dialect: 'athena',
    parameters: WINDOW,
    sql: `SELECT eventtime, ${WHO} AS who, eventname, ${TABLE} AS tablename,
  errorcode, errormessage, sourceipaddress, awsregion, eventid
${FROM_DYNAMODB}
  AND regexp_like(errorcode, 'AccessDenied|Unauthorized|NotAuthorized')
ORDER BY eventtime, eventid`,
  },
  {
    name: 'dynamodb-readers',
    title: 'Who read items',
    answers:
      'Who read which item of a table (GetItem). PCI DSS 3.2.1 asks it of cardholder data (10.2.1) and of audit trails (10.2.3).',
    source: AUDIT,
    dialect: 'athena',
    parameters: [
      ...WINDOW,
      { name: 'table', type: 'text', required: false, description: 'reads of this table alone' },
    ],
    sql: `SELECT eventtime, ${WHO} AS who, ${TABLE} AS tablename,
  json_format(json_extract(requestparameters, '$.key')) AS itemkey,
  errorcode, sourceipaddress, useragent, awsregion, eventid
${FROM_DYNAMODB}
  AND eventname = 'GetItem'
  AND ${TABLE} = $table
ORDER BY eventtime, eventid`,
  },
  {
    name: 'dynamodb-table-calls',
    title: 'All calls of one table',
    answers: 'Every data-plane and control-plane call that names one table, by whom, and whether it failed.',
    source: AUDIT,
    dialect: 'athena',
    parameters: [text('table', 'the name of the table'), ...WINDOW],
    sql: `SELECT eventtime, ${WHO} AS who, eventname, eventcategory, errorcode, sourceipaddress, awsregion, eventid
${FROM_DYNAMODB}
  AND (${TABLE} = $table
    OR any_match(resources, r -> ${tableOf('r.arn')} = $table)
    OR contains(${BATCH_TABLES}, $table))
ORDER BY eventtime, eventid`,
  },
];
