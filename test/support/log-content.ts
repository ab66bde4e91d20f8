/**
 * The content of log files, family by family, in the form of the user guide's samples: `{"Records":[…]}`, and
 * for aggregated events a bare array.
 */
import { isoTime, MINUTE } from '../../src/base/clock.ts';
import type { EventFamily } from '../../src/findings/event.ts';
import type { SeededNames } from './seeded.ts';

/** The families whose folder is known. */
export type LogFamily = Exclude<EventFamily, 'unknown'>;

/** Each family's folder, which stands in its file names as well. */
export const FAMILY_FOLDERS: Readonly<Record<LogFamily, string>> = {
  'management-and-data': 'CloudTrail',
  insights: 'CloudTrail-Insight',
  'network-activity': 'CloudTrail-NetworkActivity',
  aggregated: 'CloudTrail-Aggregated',
};

/** What one log file is about. Event times are milliseconds since the epoch, one event for each. */
export interface LogSubject {
  readonly family: LogFamily;
  readonly account: string;
  readonly region: string;
  readonly eventTimes: readonly number[];
  /** The first event's name, for example StopLogging; by turns a few usual ones where it is absent. */
  readonly eventName?: string;
}

const USUAL_EVENTS = ['DescribeInstances', 'GetObject', 'AssumeRole', 'PutObject', 'ListUsers'];
const EVENT_SOURCES: Readonly<Record<string, string>> = {
  DescribeInstances: 'ec2',
  GetObject: 's3',
  PutObject: 's3',
  AssumeRole: 'sts',
  ListUsers: 'iam',
};

/** The uncompressed bytes of a log file. */
export function logContent(subject: LogSubject, names: SeededNames): Buffer {
  const records = subject.eventTimes.map((time, index) => record(subject, time, index, names));
  return Buffer.from(JSON.stringify(subject.family === 'aggregated' ? records : { Records: records }));
}

function record(subject: LogSubject, time: number, index: number, names: SeededNames): object {
  switch (subject.family) {
    case 'management-and-data':
      return apiCall(subject, time, index, names);
    case 'insights':
      return insight(subject, time, names);
    case 'network-activity':
      return networkActivity(subject, time, names);
    case 'aggregated':
      return aggregate(subject, time, names);
  }
}

function apiCall(subject: LogSubject, time: number, index: number, names: SeededNames): object {
  const { account, region } = subject;
  const usual = USUAL_EVENTS[(index + Math.floor(time / MINUTE)) % USUAL_EVENTS.length] ?? 'ListUsers';
  const eventName = (index === 0 ? subject.eventName : undefined) ?? usual;
  const service = EVENT_SOURCES[eventName] ?? 'cloudtrail';
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      arn: `arn:aws:sts::${account}:assumed-role/deployment/pipeline`,
      accountId: account,
    },
    eventTime: isoTime(time),
    eventSource: `${service}.amazonaws.com`,
    eventName,
    awsRegion: region,
    sourceIPAddress: '192.0.2.10',
    userAgent: 'aws-sdk-js/3.1130.0',
    requestParameters: null,
    responseElements: null,
    requestID: names.guid(),
    eventID: names.guid(),
    readOnly: /^(?:Describe|Get|List)/.test(eventName),
    eventType: 'AwsApiCall',
    managementEvent: service !== 's3',
    recipientAccountId: account,
    eventCategory: service === 's3' ? 'Data' : 'Management',
  };
}

function insight({ account, region }: LogSubject, time: number, names: SeededNames): object {
  return {
    eventVersion: '1.09',
    eventTime: isoTime(time),
    awsRegion: region,
    eventID: names.guid(),
    eventType: 'AwsCloudTrailInsight',
    recipientAccountId: account,
    sharedEventID: names.guid(),
    insightDetails: {
      state: 'Start',
      eventSource: 'iam.amazonaws.com',
      eventName: 'CreateAccessKey',
      insightType: 'ApiCallRateInsight',
      insightContext: { statistics: { baseline: { average: 0.0017 }, insight: { average: 9.4 } } },
    },
    eventCategory: 'Insight',
  };
}

function networkActivity({ account, region }: LogSubject, time: number, names: SeededNames): object {
  return {
    eventVersion: '1.11',
    userIdentity: { type: 'AWSAccount', accountId: account },
    eventTime: isoTime(time),
    eventSource: 'kms.amazonaws.com',
    eventName: 'ListKeys',
    awsRegion: region,
    sourceIPAddress: '10.0.1.15',
    errorCode: 'VpceAccessDenied',
    requestID: names.guid(),
    eventID: names.guid(),
    eventType: 'AwsVpceEvent',
    recipientAccountId: account,
    sharedEventID: names.guid(),
    vpcEndpointId: 'vpce-0a1b2c3d4e5f60718',
    vpcEndpointAccountId: account,
    eventCategory: 'NetworkActivity',
  };
}

function aggregate({ account, region }: LogSubject, time: number, names: SeededNames): object {
  const windowStart = Math.floor(time / (5 * MINUTE)) * 5 * MINUTE;
  return {
    eventVersion: '1.0',
    eventId: names.guid(),
    eventType: 'AwsAggregatedEvent',
    eventCategory: 'Aggregated',
    accountId: account,
    awsRegion: region,
    timeWindow: {
      windowStart: isoTime(windowStart),
      windowEnd: isoTime(windowStart + 5 * MINUTE),
      windowSize: 'PT5M',
    },
    summary: { eventSource: 's3.amazonaws.com', eventName: 'GetObject', count: 412 },
  };
}
