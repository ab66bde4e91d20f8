import { describe, expect, test } from 'vitest';
import type { ControlEvent } from '../../src/findings/control-event.ts';
import type { FindingOf } from '../../src/findings/finding.ts';
import { explainer } from '../../src/report/explain-findings.ts';

const MANAGEMENT = '777788889999';

function event(name: ControlEvent['name'], changes: Partial<ControlEvent> = {}): ControlEvent {
  return {
    eventId: name,
    name,
    time: '2026-11-20T14:00:00Z',
    account: MANAGEMENT,
    region: 'us-east-1',
    actor: {},
    chain: `${MANAGEMENT}/us-east-1/audit@us-east-1`,
    log: 's3://b/l',
    digest: 's3://b/d',
    ...changes,
  };
}

function absent(evidence: FindingOf<'CHAIN_ABSENT'>['evidence']): FindingOf<'CHAIN_ABSENT'> {
  const key = 'AWSLogs/o-exampleorg1/111122223333/CloudTrail-Digest/';
  return {
    code: 'CHAIN_ABSENT',
    weight: 'unproven',
    object: { bucket: 'b', key, uri: `s3://b/${key}` },
    evidence,
  };
}

function idsOf(finding: FindingOf<'CHAIN_ABSENT'>, events: readonly ControlEvent[]): readonly string[] {
  const explained = explainer(events, new Map()).finding(finding);
  expect({ ...explained, explanation: undefined }).toEqual({ ...finding, explanation: undefined });
  return (explained.explanation ?? []).map(({ eventId }) => eventId);
}

describe('a chain that is not there', () => {
  const member = { account: '111122223333', region: 'ap-east-1', trail: 'audit' };

  test('is explained by what the organization did with the member', () => {
    const events = [
      event('CloseAccount', { subject: '111122223333' }),
      event('RemoveAccountFromOrganization', { subject: '555555555555' }),
      event('LeaveOrganization', { account: '111122223333' }),
      event('DisableRegion', { subject: '111122223333/ap-east-1' }),
      event('EnableRegion', { subject: '111122223333/eu-west-1' }),
      event('DisableAWSServiceAccess', { subject: 'cloudtrail.amazonaws.com' }),
      event('StopLogging', { subject: `arn:aws:cloudtrail:us-east-1:${MANAGEMENT}:trail/audit` }),
      event('DeleteTrail', { subject: 'other' }),
      event('PutBucketLifecycle', { subject: 's3://b' }),
    ];
    expect(idsOf(absent({ basis: 'organization', ...member }), events)).toEqual([
      'CloseAccount',
      'DisableAWSServiceAccess',
      'DisableRegion',
      'LeaveOrganization',
      'StopLogging',
    ]);
  });

  test('is explained by what happened in its own account alone where no organization expects it', () => {
    const events = [
      event('StopLogging', { subject: 'audit' }),
      event('DeleteTrail', { subject: 'audit', account: '111122223333' }),
      event('DisableKey', { account: '111122223333' }),
    ];
    expect(idsOf(absent({ basis: 'expect-file', ...member }), events)).toEqual(['DeleteTrail', 'DisableKey']);
  });

  test('is not explained by a member or a Region where neither is known', () => {
    const events = [
      event('CloseAccount', { subject: '111122223333' }),
      event('DisableRegion', { subject: '111122223333/ap-east-1' }),
      event('StopLogging', { subject: 'audit' }),
    ];
    expect(idsOf(absent({ basis: 'trail-description', trail: 'audit' }), events)).toEqual(['StopLogging']);
  });
});
