/**
 * Synthetic CloudTrail events with the fields, lengths and share of random text that genuine ones have: about 1.2 KB
 * each, which gzip shrinks some five times in a small file and ten times in a large one.
 */
import { isoTime } from '../../src/base/clock.ts';
import { BASE64, HEX, type Random, UPPER } from './random.ts';

type Call = readonly [service: string, name: string];

const CALLS: readonly [Call, ...Call[]] = [
  ['s3', 'GetObject'],
  ['s3', 'PutObject'],
  ['s3', 'GetBucketAcl'],
  ['kms', 'Decrypt'],
  ['kms', 'GenerateDataKey'],
  ['sts', 'AssumeRole'],
  ['ec2', 'DescribeInstances'],
  ['ec2', 'DescribeVolumes'],
  ['iam', 'GetRole'],
  ['logs', 'CreateLogStream'],
  ['lambda', 'Invoke20150331'],
  ['dynamodb', 'GetItem'],
];

const ROLES: readonly [string, ...string[]] = [
  'deployment',
  'backup',
  'reporting',
  'ingest',
  'scanner',
  'web',
  'batch',
  'audit',
];
const AGENTS: readonly [string, ...string[]] = [
  'aws-sdk-java/2.29.6 Linux/6.1.115-126.197.amzn2023.x86_64 OpenJDK_64-Bit_Server_VM/21.0.5+11-LTS exec-env/AWS_ECS_FARGATE',
  'aws-cli/2.33.20 md/awscrt#0.27.2 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.13.4 md/pyimpl#CPython cfg/retry-mode#standard',
  'Boto3/1.43.11 md/Botocore#1.43.11 ua/2.1 os/linux#6.1 md/arch#aarch64 lang/python#3.12.3 Botocore/1.43.11',
  '[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.750 Linux/5.10.225 OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372]',
];

/** One event. `time` is in milliseconds since the epoch. */
function eventOf(random: Random, account: string, region: string, time: number) {
  const [service, name] = random.pick(CALLS);
  const role = random.pick(ROLES);
  const session = `i-0${random.text(3, HEX)}4b1c9e7d20f5a`;
  const roleId = `AROA${role.toUpperCase().padEnd(17, 'QZ3K7')}`;
  const isData = service === 's3' && name !== 'GetBucketAcl';
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: `${roleId}:${session}`,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
      accountId: account,
      accessKeyId: `ASIA${random.text(4, UPPER)}QWERTY7KEXAM`,
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: roleId,
          arn: `arn:aws:iam::${account}:role/${role}`,
          accountId: account,
          userName: role,
        },
        attributes: { creationDate: isoTime(time - random.below(3_600_000)), mfaAuthenticated: 'false' },
      },
    },
    eventTime: isoTime(time),
    eventSource: `${service}.amazonaws.com`,
    eventName: name,
    awsRegion: region,
    sourceIPAddress: `10.${random.below(4)}.${random.below(256)}.${random.below(256)}`,
    userAgent: random.pick(AGENTS),
    requestParameters: parameters(random, service, name, account),
    responseElements: null,
    additionalEventData: {
      SignatureVersion: 'SigV4',
      CipherSuite: 'TLS_AES_128_GCM_SHA256',
      bytesTransferredIn: 0,
      AuthenticationMethod: 'AuthHeader',
      ...(service === 's3' ? { 'x-amz-id-2': `${random.text(75, BASE64)}=` } : {}),
      bytesTransferredOut: random.below(100_000),
    },
    requestID: random.text(16, UPPER),
    eventID: guid(random),
    readOnly: !name.startsWith('Put') && !name.startsWith('Create'),
    eventType: 'AwsApiCall',
    managementEvent: !isData,
    recipientAccountId: account,
    eventCategory: isData ? 'Data' : 'Management',
    tlsDetails: {
      tlsVersion: 'TLSv1.3',
      cipherSuite: 'TLS_AES_128_GCM_SHA256',
      clientProvidedHostHeader: `${service}.${region}.amazonaws.com`,
    },
  };
}

interface Place {
  readonly account: string;
  readonly region: string;
}

/** The newest events begin here. */
const START = Date.parse('2026-10-05T09:00:00Z');

function timeOf(random: Random): number {
  return START + random.below(300) * 1000;
}

/** The content of a log file of about `size` bytes. */
export function logFileJson(random: Random, size: number, place: Place): string {
  const records: string[] = [];
  for (let length = 14; length < size; ) {
    const record = JSON.stringify(eventOf(random, place.account, place.region, timeOf(random)));
    records.push(record);
    length += record.length + 1;
  }
  return `{"Records":[${records.join(',')}]}`;
}

/**
 * Records of a log file at some ranks among all of an account: measured over 2,900 events of a test account. From one rank to the
 * next, counts grow evenly.
 */
const RECORDS: readonly (readonly [rank: number, records: number])[] = [
  [0, 1],
  [0.1, 2],
  [0.25, 4],
  [0.5, 20],
  [0.75, 68],
  [0.9, 156],
  [0.95, 222],
  [1, 394],
];

/** How many records the log file at a rank from 0 to 1 has: 56 in the middle of all ranks. */
function recordsAt(rank: number): number {
  const above = RECORDS.findIndex(([end]) => rank <= end);
  const [[low, few], [high, many]] = [RECORDS[above - 1] ?? [0, 1], RECORDS[above] ?? [1, 1]];
  return Math.round(few + ((many - few) * (rank - low)) / Math.max(high - low, Number.EPSILON));
}

/** One event in so many carries a long document, as a policy or a list of tags is. */
const LONG_EVERY = 80;
/** And so many of ten have no data of the transport. */
const BARE_OF_TEN = 7;

/** The content of a log file as accounts have them: from one record to hundreds, of 1.26 KB in the middle, with long ones among them. */
export function mixedLogFile(
  random: Random,
  rank: number,
  place: Place,
): { readonly content: string; readonly records: number } {
  const records = recordsAt(rank);
  const texts = Array.from({ length: records }, () => {
    const event = eventOf(random, place.account, place.region, timeOf(random));
    const { additionalEventData, tlsDetails, ...bare } = event;
    const isBare = random.below(10) < BARE_OF_TEN;
    const isLong = random.below(LONG_EVERY) === 0;
    const response = isLong ? { responseElements: { policy: policyText(random) } } : {};
    return JSON.stringify({ ...(isBare ? bare : event), ...response });
  });
  return { content: `{"Records":[${texts.join(',')}]}`, records };
}

/** A document of one to thirty statements, as JSON. */
function policyText(random: Random): string {
  const statements = Array.from({ length: 1 + random.below(30) }, () => {
    const [service, name] = random.pick(CALLS);
    const folder = `${random.pick(ROLES)}/${random.text(12, HEX)}`;
    return {
      Sid: random.text(12, UPPER),
      Effect: 'Allow',
      Action: [`${service}:${name}`],
      Resource: `arn:aws:s3:::example-reporting-data/${folder}/*`,
    };
  });
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function parameters(random: Random, service: string, name: string, account: string): object | null {
  if (service === 's3') {
    const bucketName = `example-${random.pick(ROLES)}-data`;
    const object = name === 'GetBucketAcl' ? {} : { key: `year=2026/part-${random.text(8, HEX)}.parquet` };
    return { bucketName, Host: `${bucketName}.s3.amazonaws.com`, ...object };
  }
  if (service === 'kms') {
    const keyId = `arn:aws:kms:us-east-1:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    return { keyId, encryptionContext: { 'aws:s3:arn': 'arn:aws:s3:::example-reporting-data' } };
  }
  if (service === 'sts')
    return { roleArn: `arn:aws:iam::${account}:role/${random.pick(ROLES)}`, durationSeconds: 3600 };
  return service === 'ec2' ? { filterSet: {}, maxResults: 100 } : null;
}

function guid(random: Random): string {
  const hex = random.text(30, HEX);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-a${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
}
