import { isoTime } from '../../src/base/clock.ts';
import { CONTROL_EVENTS, type ControlEventName } from '../../src/findings/control-event.ts';

/** What differs from a usual record. */
export interface ControlRecord {
  readonly name: ControlEventName;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly id: string;
  readonly account?: string;
  readonly region?: string;
  readonly request?: object | null;
  readonly changes?: object;
}

/** A record of CloudTrail as it stands in log files: a call of somebody who assumed a role. */
export function controlRecord({
  name,
  at,
  id,
  account = '111122223333',
  region = 'us-east-1',
  request = null,
  changes = {},
}: ControlRecord): object {
  return {
    eventVersion: '1.11',
    userIdentity: {
      type: 'AssumedRole',
      principalId: 'AROAEXAMPLE:night',
      arn: `arn:aws:sts::${account}:assumed-role/operations/night`,
      accountId: account,
    },
    eventTime: isoTime(at),
    eventSource: CONTROL_EVENTS[name].source,
    eventName: name,
    awsRegion: region,
    sourceIPAddress: '203.0.113.7',
    userAgent: 'aws-cli/2.31.0',
    requestParameters: request,
    responseElements: null,
    eventID: id,
    recipientAccountId: account,
    ...changes,
  };
}

/** The content of a log file with these records. */
export function logOf(...records: readonly object[]): Buffer {
  return Buffer.from(JSON.stringify({ Records: records }));
}
