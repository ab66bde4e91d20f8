import { describe, expect, test } from 'vitest';
import { readControlEvents } from '../../src/activity/read-events.ts';
import {
  CONTROL_EVENTS,
  type ControlEventName,
  isControlEventName,
} from '../../src/findings/control-event.ts';
import { controlRecord, logOf } from '../support/control-records.ts';

const AT = Date.parse('2026-10-05T11:20:00Z');
const KEY = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/05/a.json.gz';
const ALL = Object.keys(CONTROL_EVENTS).filter(isControlEventName);

function read(name: ControlEventName, request: object | null, changes: object = {}) {
  return readControlEvents(logOf(controlRecord({ name, at: AT, id: 'e1', request, changes })));
}

describe('a control event', () => {
  test('tells who did what to what, from where, when and with which id', () => {
    expect(read('StopLogging', { name: 'audit' })).toEqual([
      {
        eventId: 'e1',
        name: 'StopLogging',
        time: '2026-10-05T11:20:00Z',
        account: '111122223333',
        region: 'us-east-1',
        actor: {
          type: 'AssumedRole',
          arn: 'arn:aws:sts::111122223333:assumed-role/operations/night',
          principalId: 'AROAEXAMPLE:night',
          account: '111122223333',
        },
        sourceIp: '203.0.113.7',
        userAgent: 'aws-cli/2.31.0',
        subject: 'audit',
      },
    ]);
  });

  test.each<[ControlEventName, object | null, object, string | undefined]>([
    ['PutEventSelectors', { trailName: 'audit' }, {}, 'audit'],
    ['PutBucketLifecycle', { bucketName: 'b' }, {}, 's3://b'],
    ['DeleteObject', { bucketName: 'b', key: KEY }, {}, `s3://b/${KEY}`],
    ['DeleteObjects', { bucketName: 'b' }, {}, 's3://b'],
    ['DisableKey', { keyId: 'k' }, {}, 'k'],
    ['ScheduleKeyDeletion', null, { resources: [{ ARN: 'arn:aws:kms:::key/k' }] }, 'arn:aws:kms:::key/k'],
    ['LeaveOrganization', null, {}, undefined],
    ['DeregisterOrganizationDelegatedAdmin', { delegatedAdminAccountId: '4' }, {}, '4'],
  ])('%s names its subject', (name, request, changes, subject) => {
    expect(read(name, request, changes)).toMatchObject([
      subject === undefined ? { name } : { name, subject },
    ]);
  });

  test('of every name is read', () => {
    const records = ALL.map((name, index) =>
      controlRecord({ name, at: AT, id: `e${index}`, request: { bucketName: 'b', key: KEY } }),
    );
    expect(readControlEvents(logOf(...records)).map(({ name }) => name)).toEqual(ALL);
  });

  test('that was refused says with which error', () => {
    expect(read('StopLogging', null, { errorCode: 'AccessDenied' })).toMatchObject([
      { error: 'AccessDenied' },
    ]);
  });

  test('is cut where somebody wrote at length', () => {
    const [event] = read('StopLogging', { name: 'n'.repeat(5000) }, { userAgent: 'u'.repeat(5000) });
    expect(event?.userAgent).toBe(`${'u'.repeat(512)}…`);
    expect(event?.subject?.length).toBeLessThan(1300);
  });

  test('far into a large file is found, on whatever side of a piece its name lies', () => {
    const filler = 'x'.repeat(4 * 1024 * 1024 - 500);
    for (let shift = 0; shift < 600; shift += 50) {
      const first = { eventName: 'GetObject', note: filler + 'y'.repeat(shift) };
      const content = logOf(first, controlRecord({ name: 'StopLogging', at: AT, id: 'e1' }));
      expect(readControlEvents(content)).toHaveLength(1);
    }
  });
});

describe('no control event', () => {
  test.each<[string, ControlEventName, object | null, object]>([
    ['of another service', 'StopLogging', null, { eventSource: 'transcribe.amazonaws.com' }],
    ['without a time', 'StopLogging', null, { eventTime: 'yesterday' }],
    ['without an id', 'StopLogging', null, { eventID: 7 }],
    ['of an object that is no trail’s', 'DeleteObject', { bucketName: 'b', key: 'photos/a.jpg' }, {}],
    ['without a bucket', 'PutBucketPolicy', null, {}],
    [
      'but a delivery of CloudTrail',
      'PutObject',
      { bucketName: 'b', key: KEY },
      { userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' } },
    ],
  ])('is a record %s', (_name, name, request, changes) => {
    expect(read(name, request, changes)).toEqual([]);
  });

  test('is what a caller wrote into a request', () => {
    const forged = controlRecord({ name: 'StopLogging', at: AT, id: 'forged' });
    const record = {
      eventName: 'RunInstances',
      eventSource: 'ec2.amazonaws.com',
      requestParameters: { Records: [forged] },
    };
    expect(readControlEvents(logOf({ ...record, eventID: 'e', eventTime: '2026-10-05T11:20:00Z' }))).toEqual(
      [],
    );
    const companions = JSON.stringify({ Other: [forged], Records: [], More: { Records: [forged] } });
    expect(readControlEvents(Buffer.from(companions))).toEqual([]);
  });

  test.each([
    '',
    '[]',
    '{',
    '{"Records":[{"eventName":"StopLogging"',
    '{"Records":{"eventName":"StopLogging"}}',
    '{"Records":[{"eventName":"StopLogging","note":"',
    '{"Records":[{"eventName":"StopLogging",}]}',
  ])('is in %j', (text) => expect(readControlEvents(Buffer.from(text))).toEqual([]));

  test('is a call on a bucket that is not the trail’s', () => {
    const content = logOf(
      controlRecord({ name: 'PutBucketPolicy', at: AT, id: 'e', request: { bucketName: 'b' } }),
    );
    expect(readControlEvents(content, new Set(['b']))).toHaveLength(1);
    expect(readControlEvents(content, new Set(['c']))).toEqual([]);
  });
});
