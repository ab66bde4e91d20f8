import { describe, expect, test } from 'vitest';
import { auditTrail, ringOf, type Scenario, scenarioOf } from '../fixtures/scenario.ts';
import { fixedClock, HOUR, isoTime, MINUTE } from '../src/base/clock.ts';
import { TrailVerifyError } from '../src/base/errors.ts';
import { plain } from '../src/render/text/terminal.ts';
import { renderText } from '../src/render/text/text.ts';
import type { Report } from '../src/report/report.ts';
import { inconsistenciesOf } from '../src/signed/consistency.ts';
import type { Source } from '../src/source/source.ts';
import { verifyTrail } from '../src/verify-trail.ts';
import { type ControlRecord, controlRecord, logOf } from './support/control-records.ts';
import { deleteObject, editContent } from './support/damage.ts';
import { memorySource } from './support/memory-source.ts';
import type { DeliveredLog } from './support/test-digest.ts';
import type { TestTrail } from './support/test-trail.ts';
import type { LogSpec } from './support/test-trail-options.ts';

const BUCKET = 'example-trail-logs';
const uriOf = ({ bucket, key }: { bucket: string; key: string }): string => `s3://${bucket}/${key}`;

const AUDIT = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit';
const MEMBER = { accountId: '111122223333' };
const OF_CLOUDTRAIL = { servicePrincipal: 'cloudtrail.amazonaws.com' };
/** What CloudTrail writes in place of a request over 100 KB. */
const TOO_LARGE = { reason: 'requestParameters too large', omitted: true, originalSize: 102819 };

function omitted(trail: string): Partial<ControlRecord> {
  return { request: TOO_LARGE, changes: { resources: [{ type: 'AWS::CloudTrail::Trail', ARN: trail }] } };
}

function omittedOfBucket(name: string): Partial<ControlRecord> {
  const resources = [{ type: 'AWS::S3::Bucket', ARN: `arn:aws:s3:::${name}` }];
  return { name: 'DeleteBucketPolicy', request: { bucketName: BUCKET }, changes: { resources } };
}

/** What Organizations did by itself. */
function service(name: ControlRecord['name'], details: object): Partial<ControlRecord> {
  const userIdentity = { accountId: '777788889999', invokedBy: 'organizations.amazonaws.com' };
  return { name, request: null, changes: { userIdentity, serviceEventDetails: details } };
}

async function verify(scenario: Scenario, from?: Source): Promise<Report> {
  const { store, targets, now, options } = scenario;
  const settings = { source: from ?? memorySource(store), targets, keyRing: ringOf(scenario), runId: 'test' };
  const report = await verifyTrail({ ...settings, clock: fixedClock(now), ...options });
  expect(inconsistenciesOf(report)).toEqual([]);
  return report;
}

function recorded(record: ControlRecord, minute = 20): LogSpec {
  return { minute, content: logOf(controlRecord(record)) };
}

/** Two hours, a stop, three hours of silence, two hours; what is recorded around the silence is the caller's. */
function silenced(
  before: Partial<ControlRecord>,
  after: Partial<ControlRecord>,
): Scenario & { trail: TestTrail } {
  const { store, trail } = auditTrail(2);
  const stop = {
    name: 'StopLogging',
    at: trail.end + 10 * MINUTE,
    id: 'stop',
    request: { name: 'audit' },
    ...before,
  } as const;
  trail.hour({ to: trail.end + 25 * MINUTE, logs: [recorded(stop)] });
  trail.restart(trail.end + 3 * HOUR);
  const start = {
    name: 'StartLogging',
    at: trail.end - 5000,
    id: 'start',
    request: { name: 'audit' },
    ...after,
  } as const;
  trail.hour({ logs: [recorded(start)] }).hour();
  return { ...scenarioOf(store, trail), trail };
}

describe('a gap', () => {
  test('carries who stopped and who started again, with the log files that prove it', async () => {
    const scenario = silenced({}, {});
    const report = await verify(scenario);
    const [restarted] = report.findings;
    expect(restarted).toMatchObject({ code: 'CHAIN_RESTARTED', weight: 'unproven' });
    const logs = new Map(scenario.trail.logFiles.map((log: DeliveredLog) => [uriOf(log), log]));
    expect(restarted?.explanation?.map(({ name }) => name)).toEqual(['StopLogging', 'StartLogging']);
    for (const event of restarted?.explanation ?? []) {
      expect(event).toMatchObject({
        actor: {
          arn: 'arn:aws:sts::111122223333:assumed-role/operations/night',
          principalId: 'AROAEXAMPLE:night',
        },
        sourceIp: '203.0.113.7',
        userAgent: 'aws-cli/2.31.0',
        subject: 'audit',
      });
      expect(logs.get(event.log)?.content.toString()).toContain(`"eventID":"${event.eventId}"`);
    }
    expect(report.window.uncovered).toMatchObject([
      { reason: 'CHAIN_RESTARTED', explainedBy: ['stop', 'start'] },
    ]);
    expect(report.controlEvents?.map(({ eventId }) => eventId)).toEqual(['stop', 'start']);
  });

  test('is the same gap without an explanation: nothing is covered, and the verdict stays', async () => {
    const explained = await verify(silenced({}, {}));
    const unexplained = await verify(
      silenced({ changes: { eventName: 'GetTrail' } }, { changes: { eventName: 'GetTrail' } }),
    );
    expect(unexplained).not.toHaveProperty('controlEvents');
    expect(explained.verdict).toBe('INCONCLUSIVE');
    expect(explained.verdict).toBe(unexplained.verdict);
    expect(explained.window.covered).toEqual(unexplained.window.covered);
    expect(explained.window.uncovered.map(({ explainedBy: _ids, ...span }) => span)).toEqual(
      unexplained.window.uncovered,
    );
    expect(explained.totals.digests).toEqual(unexplained.totals.digests);
  });

  test.each<[string, Partial<ControlRecord>]>([
    ['another trail', { request: { name: 'other' } }],
    ['another account', { account: '777788889999' }],
    ['a trail of that name in another Region', { region: 'eu-west-1' }],
    [
      'an ARN of another Region',
      { request: { name: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit' } },
    ],
    ['a call that was refused', { changes: { errorCode: 'AccessDenied' } }],
    ['a time long before', { at: Date.parse('2026-10-04T00:00:00Z') }],
    ['another bucket', { name: 'PutBucketPolicy', request: { bucketName: 'other' } }],
    ['another trail among the resources', omitted('arn:aws:cloudtrail:us-east-1:111122223333:trail/other')],
    ['a name that only resources of another bucket hold', omittedOfBucket('other')],
    ['another member', { name: 'CloseAccount', request: { accountId: '555555555555' } }],
    ['another member’s departure', service('AccountDepartedOrganization', { accountId: '555555555555' })],
    ['another Region', { name: 'DisableRegion', request: { RegionName: 'eu-west-1' } }],
    [
      'a Region of another member',
      { name: 'DisableRegion', request: { RegionName: 'us-east-1', accountId: '555555555555' } },
    ],
    [
      'access of another service',
      { name: 'DisableAWSServiceAccess', request: { servicePrincipal: 'sso.amazonaws.com' } },
    ],
    ['lifecycle rules', { name: 'PutBucketLifecycle', request: { bucketName: BUCKET } }],
    [
      'a member that was not closed',
      {
        ...service('CloseAccountResult', {}),
        changes: { serviceEventDetails: { closeAccountStatus: { ...MEMBER, state: 'FAILED' } } },
      },
    ],
  ])('is not explained by %s', async (_name, changes) => {
    const { findings } = await verify(silenced(changes, { changes: { eventName: 'GetTrail' } }));
    expect(findings[0]?.code).toBe('CHAIN_RESTARTED');
    expect(findings[0]).not.toHaveProperty('explanation');
  });

  test.each<[string, Partial<ControlRecord>]>([
    ['the ARN of the trail', { request: { name: 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit' } }],
    ['a call that names no trail', { request: null }],
    ['DeleteTrail', { name: 'DeleteTrail' }],
    ['UpdateTrail', { name: 'UpdateTrail' }],
    ['PutEventSelectors', { name: 'PutEventSelectors', request: { trailName: 'audit' } }],
    ['the policy of the bucket', { name: 'DeleteBucketPolicy', request: { bucketName: BUCKET } }],
    ['a key that was disabled', { name: 'DisableKey', request: { keyId: 'k' } }],
    ['LeaveOrganization', { name: 'LeaveOrganization', request: null }],
    ['a request that was too large, with the trail among its resources', omitted(AUDIT)],
    ['DisableAWSServiceAccess', { name: 'DisableAWSServiceAccess', request: OF_CLOUDTRAIL }],
    ['RemoveAccountFromOrganization', { name: 'RemoveAccountFromOrganization', request: MEMBER }],
    ['CloseAccount', { name: 'CloseAccount', request: MEMBER }],
    ['AccountDepartedOrganization', service('AccountDepartedOrganization', MEMBER)],
    ['AccountJoinedOrganization, which ends it', service('AccountJoinedOrganization', MEMBER)],
    ['DisableRegion', { name: 'DisableRegion', request: { RegionName: 'us-east-1' } }],
    ['DeleteBucket', { name: 'DeleteBucket', request: { bucketName: BUCKET } }],
    ['the ACL of the bucket', { name: 'PutBucketAcl', request: { bucketName: BUCKET } }],
    ['the encryption of the bucket', { name: 'PutBucketEncryption', request: { bucketName: BUCKET } }],
    ['who owns objects', { name: 'PutBucketOwnershipControls', request: { bucketName: BUCKET } }],
    ['the policy of a key', { name: 'PutKeyPolicy', request: { keyId: 'k' } }],
    ['public access to an account', { name: 'PutAccountPublicAccessBlock', request: null }],
  ])('is explained by %s', async (_name, changes) => {
    const { findings } = await verify(silenced(changes, { changes: { eventName: 'GetTrail' } }));
    expect(findings[0]?.explanation).toMatchObject([{ eventId: 'stop' }]);
  });
});

describe('a violation', () => {
  /** Four hours; in the last one somebody does something to the first log file of the second. */
  async function harmed(
    name: ControlRecord['name'],
    request: (victim: DeliveredLog) => object,
    harm: (scenario: Scenario, victim: DeliveredLog) => void,
  ): Promise<Report> {
    const { store, trail } = auditTrail(3);
    const victim = trail.logAt(2);
    const record = { name, at: trail.end + 10 * MINUTE, id: 'act', request: request(victim) };
    trail.hour({ logs: [recorded(record)] });
    const scenario = scenarioOf(store, trail);
    harm(scenario, victim);
    return verify(scenario);
  }
  const remove = ({ store }: Scenario, victim: DeliveredLog): void => deleteObject(store, victim);
  const rewrite = ({ store }: Scenario, victim: DeliveredLog): void =>
    editContent(store, victim, (text) => text.replace('192.0.2.10', '192.0.2.11'));

  test('that a log file is gone is explained by its deletion, and stays a violation', async () => {
    const report = await harmed('DeleteObject', ({ bucket, key }) => ({ bucketName: bucket, key }), remove);
    expect(report.verdict).toBe('INVALID');
    expect(report.findings).toMatchObject([
      { code: 'LOG_MISSING', weight: 'violation', explanation: [{ eventId: 'act', name: 'DeleteObject' }] },
    ]);
  });

  test('that a log file was changed is explained by who wrote it', async () => {
    const report = await harmed('PutObject', ({ bucket, key }) => ({ bucketName: bucket, key }), rewrite);
    expect(report.findings).toMatchObject([
      { code: 'LOG_MODIFIED', weight: 'violation', explanation: [{ name: 'PutObject' }] },
    ]);
  });

  test.each<[ControlRecord['name']]>([
    ['DeleteObjects'],
    ['PutBucketLifecycle'],
    ['PutBucketVersioning'],
    ['PutBucketReplication'],
    ['PutBucketObjectLockConfiguration'],
    ['DeleteBucket'],
  ])('that a log file is gone may be explained by %s of its bucket', async (name) => {
    const report = await harmed(name, ({ bucket }) => ({ bucketName: bucket }), remove);
    expect(report.findings).toMatchObject([
      { code: 'LOG_MISSING', weight: 'violation', explanation: [{ name }] },
    ]);
  });

  test.each<[string, ControlRecord['name'], object]>([
    ['a write', 'CopyObject', {}],
    ['the policy of its bucket', 'PutBucketPolicy', {}],
    [
      'the deletion of a bucket of that name before it was written',
      'DeleteBucket',
      { eventTime: '2026-09-01T00:00:00Z' },
    ],
  ])('that a log file is gone is not explained by %s', async (_what, name, changes) => {
    const { store, trail } = auditTrail(3);
    const { bucket, key } = trail.logAt(2);
    const request = { bucketName: bucket, ...(name === 'CopyObject' ? { key } : {}) };
    trail.hour({ logs: [recorded({ name, at: trail.end, id: 'act', request, changes })] });
    deleteObject(store, { bucket, key });
    const { findings } = await verify(scenarioOf(store, trail));
    expect(findings.map(({ code }) => code)).toEqual(['LOG_MISSING']);
    expect(findings[0]).not.toHaveProperty('explanation');
  });

  test('is explained by a deletion whose request CloudTrail left out, which the text says', async () => {
    const { store, trail } = auditTrail(3);
    const victim = trail.logAt(2);
    const resources = [{ type: 'AWS::S3::Object', ARN: `arn:aws:s3:::${victim.bucket}/${victim.key}` }];
    const record = {
      name: 'DeleteObject',
      at: trail.end,
      id: 'act',
      request: TOO_LARGE,
      changes: { resources },
    } as const;
    trail.hour({ logs: [recorded(record)] });
    deleteObject(store, victim);
    const report = await verify(scenarioOf(store, trail));
    expect(report.verdict).toBe('INVALID');
    expect(report.findings).toMatchObject([
      {
        code: 'LOG_MISSING',
        explanation: [{ eventId: 'act', subject: uriOf(victim), requestOmitted: true }],
      },
    ]);
    expect(renderText(report, { columns: 80, paint: plain, verbose: true }).replace(/\s+/g, ' ')).toContain(
      'its request was too large to be recorded',
    );
  });

  test('is not explained by the deletion of another object, which is not told of at all', async () => {
    const report = await harmed(
      'DeleteObject',
      ({ bucket, key }) => ({ bucketName: bucket, key: key.replace('.json', '0.json') }),
      remove,
    );
    expect(report.findings[0]).not.toHaveProperty('explanation');
    expect(report).not.toHaveProperty('controlEvents');
  });

  test('is not explained by a log file that was changed itself', async () => {
    const { store, trail } = auditTrail(3);
    const victim = trail.logAt(2);
    const request = { bucketName: BUCKET, key: victim.key };
    trail.hour({ logs: [recorded({ name: 'DeleteObject', at: trail.end, id: 'act', request })] });
    deleteObject(store, victim);
    editContent(store, trail.logAt(-1), (text) => text.replace('operations', 'innocence'));
    const { findings } = await verify(scenarioOf(store, trail));
    expect(findings.map(({ code }) => code).sort()).toEqual(['LOG_MISSING', 'LOG_MODIFIED']);
    expect(findings.every(({ explanation }) => explanation === undefined)).toBe(true);
  });
});

test('a log file that cannot be decrypted is explained by the key that the refusal names, before others', async () => {
  const { store, trail } = auditTrail(3);
  const victim = trail.logAt(1);
  const key = (id: string): string => `arn:aws:kms:us-east-1:111122223333:key/${id}`;
  const act = (id: string, name: ControlRecord['name'], request: object) =>
    controlRecord({ name, at: trail.end, id, request });
  trail.hour({
    logs: [
      {
        minute: 20,
        content: logOf(
          act('other', 'RevokeGrant', { keyId: key('1111') }),
          act('named', 'PutKeyPolicy', { keyId: key('2222') }),
          act('account', 'PutAccountPublicAccessBlock', {}),
          act('lifecycle', 'PutBucketLifecycle', { bucketName: BUCKET }),
        ),
      },
    ],
  });
  const scenario = scenarioOf(store, trail);
  const source = memorySource(store);
  const failing: Source = {
    ...source,
    open: async (ref, options) => {
      if (ref.key === victim.key)
        throw new TrailVerifyError(
          'OBJECT_UNDECRYPTABLE',
          `not authorized to perform kms:Decrypt on ${key('2222')}`,
        );
      return source.open(ref, options);
    },
  };
  const report = await verify(scenario, failing);
  expect(report.findings).toMatchObject([{ code: 'LOG_UNREADABLE', weight: 'unproven' }]);
  const ids = report.findings[0]?.explanation?.map(({ eventId }) => eventId);
  expect(ids).toEqual(['named', 'lifecycle', 'other', 'account']);
});

test('newest digests that somebody deleted explain why the chain ends early', async () => {
  const { store, trail } = auditTrail(4);
  const newest = trail.digestAt(-1);
  const request = { bucketName: BUCKET, key: newest.key };
  const record = { name: 'DeleteObject', at: newest.endTime + HOUR, id: 'act', request } as const;
  // Another trail beside it records the deletion, and is proven.
  const { trail: other } = auditTrail(5, { store, trail: 'second' });
  other.hour({ logs: [recorded(record)] });
  deleteObject(store, newest);
  const report = await verify(scenarioOf(store, other, { now: other.end + 2 * HOUR }));
  const early = report.findings.find(({ code }) => code === 'CHAIN_ENDS_EARLY');
  expect(early?.explanation).toMatchObject([{ eventId: 'act', time: isoTime(newest.endTime + HOUR) }]);
});
