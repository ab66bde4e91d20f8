/** The log group that a trail also sends to, with what it delivered. */
import { MINUTE } from '../../src/base/clock.ts';
import type { LogEventData, LogGroupData, TrailData } from './aws-server/options.ts';
import { recordsIn } from './event-history.ts';
import type { DeliveredLog } from './test-digest.ts';

/** The name of the group, and its ARN as DescribeTrails has it. */
export const GROUP = 'CloudTrail/logs';
export const GROUP_ARN = `arn:aws:logs:us-east-1:111122223333:log-group:${GROUP}:*`;

/** Every event of log files as a trail sends it, five minutes after it; `stream` says where to, by its account and Region. */
export function sentToLogs(
  logs: readonly DeliveredLog[],
  stream = (account: string, region: string): string => `${account}_CloudTrail_${region}`,
): readonly LogEventData[] {
  return logs.flatMap(({ content }) =>
    recordsIn(content).map((record) => ({
      stream: stream(record.recipientAccountId ?? '', record.awsRegion ?? ''),
      timestamp: Date.parse(record.eventTime ?? '') + 5 * MINUTE,
      message: JSON.stringify(record),
    })),
  );
}

/** The group of the usual trail. */
export function logGroup(events: readonly LogEventData[], changes: Partial<LogGroupData> = {}): LogGroupData {
  return { name: GROUP, region: 'us-east-1', account: '111122223333', events, ...changes };
}

/** The usual trail as DescribeTrails has it, sending to that group. */
export function loggedTrail(changes: Partial<TrailData> = {}): TrailData {
  return {
    Name: 'audit',
    S3BucketName: 'example-trail-logs',
    HomeRegion: 'us-east-1',
    TrailARN: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit',
    CloudWatchLogsLogGroupArn: GROUP_ARN,
    ...changes,
  };
}
