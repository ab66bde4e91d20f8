/**
 * Records as CloudTrail writes them, in the form of the user guides' samples, with known counts: two accounts, two Regions, two
 * days. Names and ids are made up. The last few have fields that are null, missing or of another
 * type than usual.
 */
import type { LogFamily } from './log-content.ts';

const FIRST = '111122223333';
const SECOND = '444455556666';

/** The content of one log file, and where CloudTrail would deliver it. */
export interface RealisticLog {
  readonly account: string;
  readonly region: string;
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly family: LogFamily;
  readonly records: readonly object[];
  readonly content: Buffer;
}

/** One record, before the fields that all of them have. */
interface Spec {
  readonly at: string;
  readonly source: string;
  readonly name: string;
  readonly who?: object;
  readonly account?: string;
  readonly region?: string;
  readonly agent?: string;
  readonly request?: unknown;
  readonly response?: unknown;
  readonly error?: string;
  readonly category?: 'Management' | 'Data' | 'NetworkActivity';
  readonly resources?: readonly object[] | null;
  readonly more?: object;
}

function session(role: string, name: string, account = FIRST): object {
  const id = `AROAEXAMPLE${role.toUpperCase().replaceAll('-', '')}`;
  return {
    type: 'AssumedRole',
    principalId: `${id}:${name}`,
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${name}`,
    accountId: account,
    accessKeyId: 'ASIAEXAMPLE0000000001',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: id,
        arn: `arn:aws:iam::${account}:role/${role}`,
        accountId: account,
        userName: role,
      },
      attributes: { creationDate: '2026-11-19T06:00:00Z', mfaAuthenticated: 'false' },
    },
  };
}

const API = session('orders-service', 'api');
const REPORTING = session('reporting', 'nightly');
const SECOND_REPORTING = session('reporting', 'nightly', SECOND);
const DEPLOY = {
  type: 'IAMUser',
  principalId: 'AIDAEXAMPLEDEPLOY0001',
  arn: `arn:aws:iam::${FIRST}:user/deploy`,
  accountId: FIRST,
  accessKeyId: 'AKIAEXAMPLE0000000001',
  userName: 'deploy',
};
const ROOT = { type: 'Root', principalId: FIRST, arn: `arn:aws:iam::${FIRST}:root`, accountId: FIRST };
const ADMIN = {
  ...session('administrator', 'operator'),
  sessionContext: {
    sessionIssuer: { type: 'Role', userName: 'administrator' },
    attributes: { creationDate: '2026-11-20T08:00:00Z', mfaAuthenticated: 'true' },
    sourceIdentity: 'operator-one',
  },
};
const developer = (id: string): object => ({
  type: 'IdentityCenterUser',
  accountId: FIRST,
  onBehalfOf: { userId: id, identityStoreArn: `arn:aws:identitystore::${FIRST}:identitystore/d-example` },
  credentialId: 'example',
});

const CLI = 'aws-cli/2.31.0 md/awscrt#0.27.6';
const BOTO = 'Boto3/1.40.1 md/Botocore#1.40.1';
const CONSOLE = 'console.amazonaws.com';

function table(name: string, region = 'us-east-1', account = FIRST): object {
  const ARN = `arn:aws:dynamodb:${region}:${account}:table/${name}`;
  return { accountId: account, type: 'AWS::DynamoDB::Table', ARN };
}

function item(name: string, at: string, tableName: string, spec: Partial<Spec> = {}): Spec {
  return {
    at,
    name,
    source: 'dynamodb.amazonaws.com',
    category: 'Data',
    request: { tableName, key: { orderId: 'o-1001' } },
    resources: [table(tableName, spec.region, spec.account)],
    ...spec,
  };
}

/** DynamoDB: 24 events, of which 4 were denied. */
const DYNAMODB: readonly Spec[] = [
  item('GetItem', '2026-11-19T09:00:00Z', 'orders', { who: API }),
  item('GetItem', '2026-11-19T09:00:01Z', 'orders', { who: API }),
  item('GetItem', '2026-11-20T09:00:02Z', 'orders', { who: API }),
  item('GetItem', '2026-11-20T10:00:00Z', 'customers', { who: REPORTING, region: 'eu-west-1', agent: BOTO }),
  item('GetItem', '2026-11-20T10:00:01Z', 'orders', {
    who: DEPLOY,
    agent: CLI,
    error: 'AccessDenied',
    request: null,
  }),
  item('DeleteItem', '2026-11-20T11:00:00Z', 'orders', { who: REPORTING, agent: BOTO }),
  item('DeleteItem', '2026-11-20T11:00:01Z', 'orders', { who: REPORTING, agent: BOTO }),
  item('DeleteItem', '2026-11-20T11:05:00Z', 'orders', { who: DEPLOY, agent: CLI }),
  item('DeleteItem', '2026-11-20T11:10:00Z', 'customers', { who: ROOT, agent: CONSOLE, region: 'eu-west-1' }),
  item('BatchWriteItem', '2026-11-19T12:00:00Z', 'orders', {
    who: API,
    request: { requestItems: { orders: [{ putRequest: { item: { orderId: 'o-1' } } }], customers: [] } },
    resources: [table('orders'), table('customers')],
  }),
  item('BatchWriteItem', '2026-11-20T12:00:00Z', 'orders', {
    who: API,
    request: { requestItems: { orders: [{ deleteRequest: { key: { orderId: 'o-1' } } }] } },
  }),
  item('BatchWriteItem', '2026-11-20T12:30:00Z', 'orders', {
    who: REPORTING,
    agent: BOTO,
    request: { requestItems: { orders: [] } },
    resources: null,
  }),
  item('TransactWriteItems', '2026-11-20T12:40:00Z', 'orders', {
    who: API,
    request: { transactItems: [{ put: { tableName: 'orders', key: { orderId: 'o-2' } } }] },
  }),
  item('Query', '2026-11-20T12:50:00Z', 'orders', {
    who: API,
    request: { tableName: 'orders', indexName: 'by-day' },
    resources: [{ ...table('orders'), ARN: `arn:aws:dynamodb:us-east-1:${FIRST}:table/orders/index/by-day` }],
  }),
  item('PutItem', '2026-11-20T13:00:00Z', 'orders', { who: REPORTING, agent: BOTO, error: 'AccessDenied' }),
  item('Scan', '2026-11-20T13:00:01Z', 'orders', {
    who: SECOND_REPORTING,
    account: SECOND,
    agent: BOTO,
    error: 'UnauthorizedOperation',
  }),
  item('GetItem', '2026-11-20T13:10:00Z', 'orders_archive', { who: API }),
  ...['CreateTable', 'DescribeTable', 'UpdateTable'].map((name, index) => ({
    at: `2026-11-19T07:0${index}:00Z`,
    name,
    source: 'dynamodb.amazonaws.com',
    who: DEPLOY,
    agent: CLI,
    request: { tableName: 'orders' },
    resources: null,
  })),
  {
    at: '2026-11-20T14:00:00Z',
    name: 'DeleteTable',
    source: 'dynamodb.amazonaws.com',
    who: DEPLOY,
    agent: CLI,
    request: { tableName: 'arn:aws:dynamodb:us-east-1:111122223333:table/orders' },
    error: 'AccessDeniedException',
  },
  {
    at: '2026-11-20T14:01:00Z',
    name: 'ListTables',
    source: 'dynamodb.amazonaws.com',
    who: DEPLOY,
    agent: CLI,
    request: { limit: 100 },
  },
  item('UpdateItem', '2026-11-20T14:02:00Z', 'orders', { who: API, error: 'ValidationException' }),
  item('PutItem', '2026-11-20T14:03:00Z', 'customers', { who: API, region: 'eu-west-1' }),
];

const ENDPOINT = { vpcEndpointId: 'vpce-0a1b2c3d4e5f60001', vpcEndpointAccountId: FIRST };
const queue = (name: string): object => ({
  queueUrl: `https://sqs.us-east-1.amazonaws.com/${FIRST}/${name}`,
  messageBody: 'HIDDEN_DUE_TO_SECURITY_REASONS',
});
const message = (at: string, name: string, more: object = {}): Spec => ({
  at,
  name: 'SendMessage',
  source: 'sqs.amazonaws.com',
  category: 'Data',
  who: API,
  request: queue(name),
  resources: [{ accountId: FIRST, type: 'AWS::SQS::Queue', ARN: `arn:aws:sqs:us-east-1:${FIRST}:${name}` }],
  more,
});
const publish = (at: string, more: object = {}): Spec => ({
  at,
  name: 'Publish',
  source: 'sns.amazonaws.com',
  category: 'Data',
  who: API,
  request: {
    topicArn: `arn:aws:sns:us-east-1:${FIRST}:shipments`,
    message: 'HIDDEN_DUE_TO_SECURITY_REASONS',
  },
  more,
});

/** Three messages to queues, one of them not through an endpoint; two to a topic, one of them not. */
const MESSAGES: readonly Spec[] = [
  message('2026-11-19T15:00:00Z', 'invoices', ENDPOINT),
  message('2026-11-20T15:00:00Z', 'invoices', ENDPOINT),
  message('2026-11-20T15:00:01Z', 'invoices'),
  publish('2026-11-20T15:10:00Z', ENDPOINT),
  publish('2026-11-20T15:10:01Z'),
];

const business = (name: string, at: string, who: object = ADMIN): Spec => ({
  at,
  name,
  source: 'qbusiness.amazonaws.com',
  category: 'Data',
  who,
  request: { applicationId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111', indexId: 'i-1' },
});
const removal = (bucketName: string, key: string, at: string): Spec => ({
  at,
  name: 'DeleteObject',
  source: 's3.amazonaws.com',
  category: 'Data',
  who: DEPLOY,
  agent: `[${CLI}]`,
  request: { bucketName, key, Host: `${bucketName}.s3.us-east-1.amazonaws.com` },
  resources: [
    { type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${bucketName}/${key}` },
    { accountId: FIRST, type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${bucketName}` },
  ],
});

/** Amazon Q Business (4 calls), its source bucket, Amazon Q Developer, Amazon Bedrock. */
const MODELS: readonly Spec[] = [
  business('ChatSync', '2026-11-20T16:00:00Z'),
  business('ChatSync', '2026-11-20T16:00:01Z'),
  business('BatchDeleteDocument', '2026-11-20T16:01:00Z'),
  business('StartDataSourceSyncJob', '2026-11-20T16:02:00Z', session('handbook-sync', 'job')),
  removal('handbook-source', 'leave.pdf', '2026-11-20T16:03:00Z'),
  removal('handbook-source', 'travel.pdf', '2026-11-20T16:03:01Z'),
  removal('build-cache', 'tmp/1', '2026-11-20T16:03:02Z'),
  ...['dev-user-1', 'dev-user-2'].map((id, index) => ({
    at: `2026-11-20T16:1${index}:00Z`,
    name: 'StartCodeAnalysis',
    source: 'codewhisperer.amazonaws.com',
    category: 'Data' as const,
    who: developer(id),
    request: { programmingLanguage: { languageName: 'python' } },
  })),
  {
    at: '2026-11-20T16:20:00Z',
    name: 'InvokeAgent',
    source: 'bedrock.amazonaws.com',
    category: 'Data',
    who: API,
    request: { agentId: 'AGENT00001', agentAliasId: 'ALIAS00001', sessionId: 's-1', inputText: 'HIDDEN' },
    resources: [
      {
        accountId: FIRST,
        type: 'AWS::Bedrock::AgentAlias',
        ARN: `arn:aws:bedrock:us-east-1:${FIRST}:agent-alias/AGENT00001/ALIAS00001`,
      },
    ],
  },
  {
    at: '2026-11-20T16:21:00Z',
    name: 'RetrieveAndGenerate',
    source: 'bedrock.amazonaws.com',
    category: 'Data',
    who: API,
    request: {
      retrieveAndGenerateConfiguration: { knowledgeBaseConfiguration: { knowledgeBaseId: 'KB00000001' } },
    },
    resources: [
      {
        accountId: FIRST,
        type: 'AWS::Bedrock::KnowledgeBase',
        ARN: `arn:aws:bedrock:us-east-1:${FIRST}:knowledge-base/KB00000001`,
      },
    ],
  },
];

const signIn = (at: string, who: object, MFAUsed: string | undefined, result = 'Success'): Spec => ({
  at,
  name: 'ConsoleLogin',
  source: 'signin.amazonaws.com',
  who,
  agent: 'Mozilla/5.0',
  request: null,
  response: { ConsoleLogin: result },
  ...(result === 'Success' ? {} : { error: 'Failed authentication' }),
  more: {
    eventType: 'AwsConsoleSignIn',
    additionalEventData: {
      LoginTo: 'https://console.aws.amazon.com/console/home',
      MobileVersion: 'No',
      MFAUsed,
    },
  },
});

/** Five sign-ins: two with MFA, two without, one that does not say; one of those without failed. */
const SIGN_INS: readonly Spec[] = [
  signIn('2026-11-19T08:00:00Z', DEPLOY, 'Yes'),
  signIn('2026-11-20T08:00:00Z', DEPLOY, 'No'),
  signIn('2026-11-20T08:01:00Z', { ...DEPLOY, arn: undefined }, 'No', 'Failure'),
  signIn('2026-11-20T08:02:00Z', ROOT, 'Yes'),
  signIn('2026-11-20T08:03:00Z', ADMIN, undefined),
];

const control = (name: string, at: string, request: unknown): Spec => ({
  at,
  name,
  source: 'cloudtrail.amazonaws.com',
  who: ADMIN,
  agent: CLI,
  request,
});

/** IAM, root, and CloudTrail's own control events: five that weaken a trail, and one that does not. */
const ADMINISTRATION: readonly Spec[] = [
  {
    at: '2026-11-20T08:10:00Z',
    name: 'CreateAccessKey',
    source: 'iam.amazonaws.com',
    who: ROOT,
    request: { userName: 'deploy' },
    response: { accessKey: { userName: 'deploy', status: 'Active', accessKeyId: 'AKIAEXAMPLE0000000002' } },
  },
  {
    at: '2026-11-20T08:11:00Z',
    name: 'AttachUserPolicy',
    source: 'iam.amazonaws.com',
    who: ADMIN,
    request: { userName: 'deploy', policyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
    error: 'AccessDenied',
  },
  {
    at: '2026-11-20T08:12:00Z',
    name: 'DescribeReservedInstances',
    source: 'ec2.amazonaws.com',
    who: { ...ROOT, invokedBy: 'support.amazonaws.com' },
    request: {},
  },
  control('StopLogging', '2026-11-20T17:00:00Z', { name: 'audit' }),
  control('PutEventSelectors', '2026-11-20T17:01:00Z', {
    trailName: 'audit',
    eventSelectors: [{ readWriteType: 'WriteOnly' }],
  }),
  control('UpdateTrail', '2026-11-20T17:02:00Z', { name: 'audit', isMultiRegionTrail: false }),
  control('DeleteTrail', '2026-11-20T17:03:00Z', { name: 'audit' }),
  control('DeregisterOrganizationDelegatedAdmin', '2026-11-20T17:04:00Z', {
    delegatedAdminAccountId: SECOND,
  }),
  control('StartLogging', '2026-11-20T17:05:00Z', { name: 'audit' }),
  {
    at: '2026-11-20T18:00:00Z',
    name: 'PutObject',
    source: 's3.amazonaws.com',
    category: 'NetworkActivity',
    who: { type: 'AWSAccount', principalId: 'AROAEXAMPLE:x', accountId: SECOND },
    error: 'VpceAccessDenied',
    more: { ...ENDPOINT, eventType: 'AwsVpceEvent' },
  },
];

/** Records with fields that are null, missing or of another type than usual. */
const UNUSUAL: readonly object[] = [
  {
    eventVersion: '1.08',
    userIdentity: { type: 'AWSService', invokedBy: 'config.amazonaws.com' },
    eventTime: '2026-11-20T19:00:00Z',
    eventSource: 'config.amazonaws.com',
    eventName: 'PutEvaluations',
    awsRegion: 'us-east-1',
    requestParameters: 'a text in place of an object',
    responseElements: ['a', 'list'],
    additionalEventData: 5,
    resources: null,
    readOnly: 'false',
    eventID: 'unusual-1',
    recipientAccountId: FIRST,
  },
  {
    eventVersion: 1.1,
    userIdentity: null,
    eventTime: 'no time at all',
    eventSource: 'unusual.amazonaws.com',
    eventName: 'Unusual',
    awsRegion: 'us-east-1',
    errorCode: 404,
    requestParameters: { text: 'x', number: 5, true: true, nothing: null, nested: { a: [1, { b: "it's" }] } },
    resources: 'none',
    eventID: 'unusual-2',
    recipientAccountId: FIRST,
  },
  {
    eventID: 'unusual-3',
    eventTime: '2026-11-20T19:10:00Z',
    awsRegion: 'us-east-1',
    recipientAccountId: FIRST,
  },
];

const insight = (state: 'Start' | 'End', at: string): object => ({
  eventVersion: '1.09',
  eventTime: at,
  awsRegion: 'us-east-1',
  eventID: `insight-${state.toLowerCase()}`,
  eventType: 'AwsCloudTrailInsight',
  recipientAccountId: FIRST,
  sharedEventID: 'insight-shared-1',
  insightDetails: {
    state,
    eventSource: 'iam.amazonaws.com',
    eventName: 'AttachUserPolicy',
    insightType: 'ApiErrorRateInsight',
    errorCode: 'AccessDenied',
    insightContext: {
      statistics: {
        baseline: { average: 0.0017 },
        insight: { average: 12.5 },
        ...(state === 'End' ? { insightDuration: 4 } : {}),
        baselineDuration: 10_080,
      },
      attributions: [
        {
          attribute: 'userIdentityArn',
          insight: [
            { value: `arn:aws:sts::${FIRST}:assumed-role/administrator/operator`, average: 10.5 },
            { value: `arn:aws:iam::${FIRST}:user/deploy`, average: 2 },
          ],
          baseline: [{ value: `arn:aws:iam::${FIRST}:user/deploy`, average: 0.0017 }],
        },
        { attribute: 'userAgent', insight: [{ value: CLI, average: 12.5 }], baseline: [] },
      ],
    },
  },
  eventCategory: 'Insight',
});

const INSIGHTS = [insight('Start', '2026-11-20T08:20:00Z'), insight('End', '2026-11-20T08:24:00Z')];

function record(spec: Spec, index: number): object {
  const { account = FIRST, region = 'us-east-1', category = 'Management' } = spec;
  const number = index.toString(16).padStart(12, '0');
  return {
    eventVersion: '1.11',
    ...(spec.who === undefined ? {} : { userIdentity: spec.who }),
    eventTime: spec.at,
    eventSource: spec.source,
    eventName: spec.name,
    awsRegion: region,
    sourceIPAddress: '192.0.2.10',
    userAgent: spec.agent ?? 'aws-sdk-js/3.1130.0',
    ...(spec.error === undefined
      ? {}
      : { errorCode: spec.error, errorMessage: `not authorized to perform ${spec.name}` }),
    requestParameters: spec.request ?? null,
    responseElements: spec.response ?? null,
    requestID: `00000000-0000-4000-9000-${number}`,
    eventID: `00000000-0000-4000-8000-${number}`,
    readOnly: /^(?:Get|List|Describe|Query|Scan)/.test(spec.name),
    ...(spec.resources === undefined ? {} : { resources: spec.resources }),
    eventType: 'AwsApiCall',
    managementEvent: category === 'Management',
    recipientAccountId: account,
    eventCategory: category,
    tlsDetails: { tlsVersion: 'TLSv1.3', cipherSuite: 'TLS_AES_128_GCM_SHA256' },
    ...spec.more,
  };
}

/** The records of API calls, in no order of time; their places tell their eventID. */
const CALLS = [...DYNAMODB, ...MESSAGES, ...MODELS, ...SIGN_INS, ...ADMINISTRATION].map(record);

/** All records. */
export const REALISTIC_RECORDS: readonly object[] = [...CALLS, ...UNUSUAL, ...INSIGHTS];

/** The records as log files: those of one account, Region, day and family are one file. */
export function realisticLogs(): readonly RealisticLog[] {
  const logs = new Map<string, Omit<RealisticLog, 'content'> & { records: object[] }>();
  for (const found of REALISTIC_RECORDS) {
    const account = textOf(found, 'recipientAccountId');
    const region = textOf(found, 'awsRegion');
    const time = textOf(found, 'eventTime');
    // A log file has a day even where the record's own time is none.
    const day = /^\d{4}-\d{2}-\d{2}/.exec(time)?.[0] ?? '2026-11-20';
    const family = familyOf(found);
    const key = [account, region, day, family].join('/');
    const log = logs.get(key) ?? { account, region, day, family, records: [] };
    log.records.push(found);
    logs.set(key, log);
  }
  return [...logs.values()].map((log) => ({
    ...log,
    content: Buffer.from(JSON.stringify({ Records: log.records })),
  }));
}

function familyOf(found: object): LogFamily {
  const category = textOf(found, 'eventCategory');
  if (category === 'Insight') return 'insights';
  return category === 'NetworkActivity' ? 'network-activity' : 'management-and-data';
}

function textOf(found: object, field: string): string {
  const value: unknown = Object.entries(found).find(([name]) => name === field)?.[1];
  return typeof value === 'string' ? value : '';
}
