/**
 * The columns of exported events: those of Athena's documented CloudTrail table, in its order and lower case, and where each row
 * comes from. One table: the export, the views of a query and the DDL for Athena and Trino are made from it.
 *
 *     {"eventTime": "2026-11-20T14:02:11Z", "userIdentity": {"userName": "alice"}, …}
 *     eventtime = '2026-11-20T14:02:11Z'    useridentity.username = 'alice'
 */

/** Text; JSON as text, whatever its type; texts by their names; named parts; or a list of those. */
export type Shape = 'text' | 'json' | 'map' | Parts | readonly [Parts];

/** The parts of an object, by CloudTrail's own names of them. A column has the name in lower case. */
export interface Parts {
  readonly [field: string]: Shape;
}

const ISSUER = {
  type: 'text',
  principalId: 'text',
  arn: 'text',
  accountId: 'text',
  userName: 'text',
} as const satisfies Parts;

/** A record as Athena's table has it (Athena user guide, "Query AWS CloudTrail logs"). A value of another type is text, or null. */
export const RECORD: Parts = {
  eventVersion: 'text',
  userIdentity: {
    type: 'text',
    principalId: 'text',
    arn: 'text',
    accountId: 'text',
    invokedBy: 'text',
    accessKeyId: 'text',
    userName: 'text',
    onBehalfOf: { userId: 'text', identityStoreArn: 'text' },
    sessionContext: {
      attributes: { mfaAuthenticated: 'text', creationDate: 'text' },
      sessionIssuer: ISSUER,
      ec2RoleDelivery: 'text',
      webIdFederationData: { federatedProvider: 'text', attributes: 'map' },
    },
  },
  eventTime: 'text',
  eventSource: 'text',
  eventName: 'text',
  awsRegion: 'text',
  sourceIPAddress: 'text',
  userAgent: 'text',
  errorCode: 'text',
  errorMessage: 'text',
  requestParameters: 'json',
  responseElements: 'json',
  additionalEventData: 'json',
  requestID: 'text',
  eventID: 'text',
  readOnly: 'text',
  resources: [{ ARN: 'text', accountId: 'text', type: 'text' }],
  eventType: 'text',
  apiVersion: 'text',
  recipientAccountId: 'text',
  serviceEventDetails: 'json',
  sharedEventID: 'text',
  vpcEndpointId: 'text',
  vpcEndpointAccountId: 'text',
  eventCategory: 'text',
  addendum: {
    reason: 'text',
    updatedFields: 'text',
    originalRequestID: 'text',
    originalEventID: 'text',
  },
  sessionCredentialFromConsole: 'text',
  edgeDeviceDetails: 'text',
  tlsDetails: { tlsVersion: 'text', cipherSuite: 'text', clientProvidedHostHeader: 'text' },
};

/**
 * Where a row comes from: the log file and the SHA-256 of its content, the digest that names it, the record's position in the
 * file, the chain, and the record's own text.
 */
export const PROVENANCE = {
  log_uri: 'VARCHAR',
  log_sha256: 'VARCHAR',
  digest_uri: 'VARCHAR',
  record: 'INTEGER',
  chain: 'VARCHAR',
  event_json: 'VARCHAR',
} as const;

/** The columns of a manifest, which has a row for each verified log file: a name and DuckDB's type. */
export const MANIFEST = {
  uri: 'VARCHAR',
  version_id: 'VARCHAR',
  etag: 'VARCHAR',
  sha256: 'VARCHAR',
  stored_sha256: 'VARCHAR',
  size: 'BIGINT',
  events: 'INTEGER',
  chain: 'VARCHAR',
  digest_uri: 'VARCHAR',
  account: 'VARCHAR',
  region: 'VARCHAR',
  day: 'VARCHAR',
} as const;

/** The folders of the files: the account, Region and day of the log file's own folders. */
export const PARTITIONS = ['account', 'region', 'day'] as const;

/** The day of a log file whose place names none: one that Athena and DuckDB read as a date, and nobody asks for. */
export const NO_DAY = '1970-01-01';

/**
 * An expression for each column of a record, from an expression for its JSON text. The text must be JSON, or DuckDB ends the
 * statement with an error.
 */
export function recordColumns(json: string): string {
  const form = sqlText(JSON.stringify(formOf(RECORD)));
  return `unnest(CAST(from_json(${json}, ${form}) AS ${duckType(RECORD)}))`;
}

/** A text as SQL writes it. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

type Form = string | { readonly [field: string]: Form } | readonly Form[];

/** The form that DuckDB's from_json reads. */
function formOf(shape: Shape): Form {
  if (shape === 'text') return 'VARCHAR';
  if (shape === 'json') return 'JSON';
  if (shape === 'map') return 'MAP(VARCHAR, VARCHAR)';
  if (isList(shape)) return [formOf(shape[0])];
  return Object.fromEntries(Object.entries(shape).map(([name, part]) => [name, formOf(part)]));
}

/** DuckDB's type of a column. */
export function duckType(shape: Shape): string {
  if (shape === 'text' || shape === 'json') return 'VARCHAR';
  if (shape === 'map') return 'MAP(VARCHAR, VARCHAR)';
  if (isList(shape)) return `${duckType(shape[0])}[]`;
  const parts = Object.entries(shape).map(([name, part]) => `"${name.toLowerCase()}" ${duckType(part)}`);
  return `STRUCT(${parts.join(', ')})`;
}

/** Whether it is a list of parts. */
export function isList(shape: Shape): shape is readonly [Parts] {
  return Array.isArray(shape);
}
