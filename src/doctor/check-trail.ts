import type { TrailPosture } from '../aws/posture.ts';
import { dataEvents, type ExpectedEvents, excludedSources, managementEvents } from './check-selectors.ts';
import { type Check, conclude, judge, passIf } from './checks.ts';

/** The checks of one trail; `CloudTrail.n` are Security Hub's controls (user guide, "Security Hub controls for CloudTrail"). */
export function checkTrail(trail: TrailPosture, expected: readonly ExpectedEvents[]): readonly Check[] {
  const resource = trail.arn;
  const management = judge(
    {
      id: 'CloudTrail.1',
      control: 'Security Hub CloudTrail.1',
      title: 'multi-Region, with read and write management events',
      resource,
      advice:
        'aws cloudtrail update-trail --is-multi-region-trail, and put-event-selectors with ReadWriteType All',
    },
    trail.selectors,
    (selectors) => {
      const outcome = managementEvents(selectors);
      const regions = trail.multiRegion ? 'multi-Region' : 'in one Region only';
      const result = trail.multiRegion ? outcome.result : 'fail';
      return { result, detail: `${regions}; ${outcome.detail}` };
    },
  );
  const excluded = judge(
    {
      id: 'management-events-whole',
      control: 'CloudTrail user guide, Logging management events',
      title: 'no service is left out of the management events',
      resource,
      advice: 'record KMS and RDS Data API events too, or know that their use leaves no trace here',
    },
    trail.selectors,
    (selectors) => {
      const sources = excludedSources(selectors);
      if (sources.length === 0) return { result: 'pass', detail: 'none is' };
      return { result: 'note', detail: `left out: ${sources.join(', ')}` };
    },
  );
  return [
    management,
    conclude(
      {
        id: 'CloudTrail.2',
        control: 'Security Hub CloudTrail.2',
        title: 'encrypted with a KMS key',
        resource,
        advice: 'aws cloudtrail update-trail --kms-key-id, with a key whose policy lets CloudTrail use it',
      },
      passIf(trail.kmsKeyId !== undefined, `SSE-KMS with ${trail.kmsKeyId}`, 'no KMS key is set'),
    ),
    judge(
      {
        id: 'CloudTrail.3',
        control: 'Security Hub CloudTrail.3',
        title: 'logging is on',
        resource,
        advice: 'aws cloudtrail start-logging; find StopLogging in the event history',
      },
      trail.logging,
      (isLogging) => passIf(isLogging, 'the trail is logging', 'the trail is stopped'),
    ),
    conclude(
      {
        id: 'CloudTrail.4',
        control: 'Security Hub CloudTrail.4',
        title: 'log file validation is on',
        resource,
        advice: 'aws cloudtrail update-trail --enable-log-file-validation; nothing before it can be proven',
      },
      passIf(trail.validation, 'digest files are written', 'no digest files are written'),
    ),
    conclude(
      {
        id: 'CloudTrail.5',
        control: 'Security Hub CloudTrail.5',
        title: 'sent to CloudWatch Logs',
        resource,
        advice: 'aws cloudtrail update-trail --cloud-watch-logs-log-group-arn',
      },
      passIf(trail.logGroup !== undefined, `to ${trail.logGroup}`, 'to no log group'),
    ),
    judge(
      {
        id: 'CloudTrail.9',
        control: 'Security Hub CloudTrail.9',
        title: 'the trail is tagged',
        resource,
        advice: 'aws cloudtrail add-tags',
      },
      trail.tags,
      (count) => passIf(count > 0, `${count} tags`, 'it has no tag'),
    ),
    excluded,
    ...expected.map((one) =>
      judge(
        {
          id: `data-events.${one.type}${one.arn === undefined ? '' : `=${one.arn}`}`,
          control: 'expected by --expect-events',
          title: `data events of ${one.type} are recorded`,
          resource,
          advice: 'aws cloudtrail put-event-selectors with these data resources',
        },
        trail.selectors,
        (selectors) => dataEvents(selectors, one),
      ),
    ),
  ];
}
