/**
 * The views that a question is asked of, over a table or view that has the columns of an export: the same rows as Athena and as
 * CloudTrail Lake have them, because people bring their queries with them.
 *
 *     cloudtrail_logs   json_extract_scalar(requestparameters, '$.tableName')    eventtime = '2026-11-20T14:02:11Z'
 *     lake_events       element_at(requestParameters, 'tableName')               eventTime > date_add('day', -1, now())
 */
import { isoTime } from '../base/clock.ts';
import { duckType, PARTITIONS, PROVENANCE, RECORD, sqlText } from '../events/columns.ts';
import { MACROS, macroStatements, PORTABLE } from './macros.ts';
import { ATHENA_VIEW, EVENTS_VIEW, LAKE_VIEW } from './tables.ts';

type MoreField =
  | 'userIdentity'
  | 'managementEvent'
  | 'annotation'
  | 'resources'
  | 'addendum'
  | 'edgeDeviceDetails'
  | 'insightDetails'
  | 'eventContext';

/**
 * What Lake's columns take from a record's own text, by CloudTrail's names (user guide, "Supported SQL schemas for event data
 * stores", "CloudTrail record contents for Insights events").
 */
const MORE: Readonly<Record<MoreField, Form>> = {
  userIdentity: {
    inScopeOf: {
      sourceArn: 'VARCHAR',
      sourceAccount: 'VARCHAR',
      issuerType: 'VARCHAR',
      credentialsIssuedTo: 'VARCHAR',
    },
    identityProvider: 'VARCHAR',
    sessionContext: { sourceIdentity: 'VARCHAR', ec2IssuedInVpc: 'VARCHAR' },
  },
  managementEvent: 'VARCHAR',
  annotation: 'VARCHAR',
  resources: [{ accountId: 'VARCHAR', type: 'VARCHAR', ARN: 'VARCHAR', ARNPrefix: 'VARCHAR' }],
  addendum: 'MAP(VARCHAR, VARCHAR)',
  edgeDeviceDetails: 'MAP(VARCHAR, VARCHAR)',
  insightDetails: 'MAP(VARCHAR, VARCHAR)',
  eventContext: {
    requestContext: 'MAP(VARCHAR, VARCHAR)',
    tagContext: {
      resourceTags: [{ arn: 'VARCHAR', tags: 'MAP(VARCHAR, VARCHAR)' }],
      principalTags: 'MAP(VARCHAR, VARCHAR)',
    },
  },
};

/** An Insights event of a trail, within its insightDetails. */
const INSIGHT: Form = {
  state: 'VARCHAR',
  eventSource: 'VARCHAR',
  eventName: 'VARCHAR',
  errorCode: 'VARCHAR',
  insightType: 'VARCHAR',
  insightContext: {
    statistics: {
      baseline: { average: 'DOUBLE' },
      insight: { average: 'DOUBLE' },
      insightDuration: 'BIGINT',
      baselineDuration: 'BIGINT',
    },
    attributions: [
      {
        attribute: 'VARCHAR',
        insight: [{ value: 'VARCHAR', average: 'DOUBLE' }],
        baseline: [{ value: 'VARCHAR', average: 'DOUBLE' }],
      },
    ],
  },
};

/** A form that DuckDB's from_json reads. */
type Form = string | { readonly [field: string]: Form } | readonly [Form];

/** DuckDB's type of a form, with the names in lower case. */
function typeOf(form: Form): string {
  if (typeof form === 'string') return form;
  if (isList(form)) return `${typeOf(form[0])}[]`;
  return `STRUCT(${Object.entries(form)
    .map(([name, part]) => `"${name.toLowerCase()}" ${typeOf(part)}`)
    .join(', ')})`;
}

function isList(form: Form): form is readonly [Form] {
  return Array.isArray(form);
}

/** One field of a record's text: reading others with it would take several times as long. */
function field(name: string, form: Form): string {
  const read = `from_json(event_json, ${sqlText(JSON.stringify({ [name]: form }))})`;
  return `CAST(${read} AS ${typeOf({ [name]: form })}).${name.toLowerCase()}`;
}

const more = (name: MoreField): string => field(name, MORE[name]);
const insight = field('insightDetails', INSIGHT);

/** Lake's maps: a value that is no object is NULL; of a nested value it is the JSON text. */
const map = (column: string): string => `TRY_CAST(TRY_CAST(${column} AS JSON) AS MAP(VARCHAR, VARCHAR))`;
/** Lake's times are in UTC and without a zone. Only a time with an offset is read with it: without one DuckDB would take the client's zone. */
const time = (text: string): string =>
  String.raw`CASE WHEN suffix(${text}, 'Z') OR NOT regexp_matches(${text}, ':\d\d(?:\.\d+)?\s*[+-]') THEN TRY_CAST(${text} AS TIMESTAMP) ELSE TRY_CAST(${text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END`;
const struct = (parts: Readonly<Record<string, string>>): string =>
  `{${Object.entries(parts)
    .map(([name, expression]) => `'${name}': ${expression}`)
    .join(', ')}}`;

const SESSION = 'useridentity.sessioncontext';
const IDENTITY = `CASE WHEN useridentity IS NOT NULL THEN ${struct({
  type: 'useridentity.type',
  principalid: 'useridentity.principalid',
  arn: 'useridentity.arn',
  accountid: 'useridentity.accountid',
  accesskeyid: 'useridentity.accesskeyid',
  username: 'useridentity.username',
  sessioncontext: struct({
    attributes: struct({
      creationdate: time(`${SESSION}.attributes.creationdate`),
      mfaauthenticated: `${SESSION}.attributes.mfaauthenticated`,
    }),
    sessionissuer: `${SESSION}.sessionissuer`,
    webidfederationdata: `${SESSION}.webidfederationdata`,
    sourceidentity: 'more_of_identity.sessionContext.sourceIdentity',
    ec2roledelivery: `${SESSION}.ec2roledelivery`,
    ec2issuedinvpc: 'more_of_identity.sessionContext.ec2IssuedInVpc',
  }),
  onbehalfof: 'useridentity.onbehalfof',
  inscopeof: 'more_of_identity.inScopeOf',
  invokedby: 'useridentity.invokedby',
  identityprovider: 'more_of_identity.identityProvider',
})} END`;

/** The columns of Lake that are no columns of Athena, or have another type there; by their names, with their expressions. */
const LAKE: Readonly<Record<string, string>> = {
  useridentity: IDENTITY,
  eventtime: time('eventtime'),
  requestparameters: map('requestparameters'),
  responseelements: map('responseelements'),
  additionaleventdata: map('additionaleventdata'),
  serviceeventdetails: map('serviceeventdetails'),
  readonly: 'TRY_CAST(readonly AS BOOLEAN)',
  resources: more('resources'),
  addendum: more('addendum'),
  edgedevicedetails: more('edgeDeviceDetails'),
  managementevent: `TRY_CAST(${more('managementEvent')} AS BOOLEAN)`,
  annotation: more('annotation'),
  insightdetails: more('insightDetails'),
  eventcontext: more('eventContext'),
  eventjson: 'event_json',
  // Lake computes it; no log file has it.
  eventjsonchecksum: 'CAST(NULL AS VARCHAR)',
  // An event data store for Insights has these in place of insightdetails.
  insightsource: 'CAST(NULL AS VARCHAR)',
  insightstate: `insight.state`,
  insighteventsource: `insight.eventSource`,
  insighteventname: `insight.eventName`,
  insighterrorcode: `insight.errorCode`,
  insighttype: `insight.insightType`,
  insightcontext: struct({
    baselineaverage: `insight.insightContext.statistics.baseline.average`,
    insightaverage: `insight.insightContext.statistics.insight.average`,
    baselineduration: `insight.insightContext.statistics.baselineDuration`,
    insightduration: `insight.insightContext.statistics.insightDuration`,
    attributions: `insight.insightContext.attributions`,
  }),
};

/**
 * Statements that create the macros and the views over a base table or view with the columns of an export. `base` is its name as
 * SQL writes it. With `now` (milliseconds since the Unix epoch) questions about the present time get that time, so that they
 * have the same answer whenever they are asked. Without it the macros are those of a file that any client opens.
 */
export function dialectStatements(base: string, now?: number): readonly string[] {
  const athena = Object.keys(baseColumns());
  const record = Object.keys(RECORD).map(columnName);
  const added = Object.keys(LAKE).filter((name) => !record.includes(name));
  const lake = [
    ...[...record, ...added].map((name) => `${LAKE[name] ?? name} AS ${name}`),
    ...Object.keys(PROVENANCE),
    ...PARTITIONS,
  ];
  return [
    "SET TimeZone = 'UTC'",
    'SET integer_division = true',
    ...macroStatements(MACROS),
    ...macroStatements(now === undefined ? PORTABLE : clockMacros(now)),
    `CREATE OR REPLACE VIEW ${ATHENA_VIEW} AS SELECT ${athena.join(', ')} FROM ${base}`,
    `CREATE OR REPLACE VIEW ${EVENTS_VIEW} AS SELECT * FROM ${ATHENA_VIEW}`,
    `CREATE OR REPLACE VIEW ${LAKE_VIEW} AS SELECT ${lake.join(', ')} FROM (SELECT *, ${more('userIdentity')} AS more_of_identity, ${insight} AS insight FROM ${base})`,
  ];
}

/** The columns that the base must have, and their types. */
export function baseColumns(): Readonly<Record<string, string>> {
  const record = Object.entries(RECORD).map(([name, shape]) => [columnName(name), duckType(shape)]);
  const partitions = PARTITIONS.map((name) => [name, 'VARCHAR']);
  return Object.fromEntries([...record, ...Object.entries(PROVENANCE), ...partitions]);
}

function columnName(field: string): string {
  return field.toLowerCase();
}

/** What SQL calls the present, as macros for one time. */
function clockMacros(now: number) {
  const instant = `TIMESTAMPTZ '${isoTime(now)}'`;
  const local = `TIMESTAMP '${isoTime(now).slice(0, 19)}'`;
  const day = `DATE '${isoTime(now).slice(0, 10)}'`;
  const forms: Readonly<Record<string, string>> = {
    now: instant,
    get_current_timestamp: instant,
    transaction_timestamp: instant,
    current_localtimestamp: local,
    get_current_time: `TIMETZ '${isoTime(now).slice(11, 19)}+00'`,
    current_localtime: `TIME '${isoTime(now).slice(11, 19)}'`,
    current_date: day,
    today: day,
  };
  return Object.entries(forms).map(([name, body]) => ({ name, forms: [['', body]] as const }));
}
