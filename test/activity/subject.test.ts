import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readControlEvents } from '../../src/activity/read-events.ts';
import { CONTROL_EVENTS, type ControlEventName } from '../../src/findings/control-event.ts';
import { controlRecord, logOf } from '../support/control-records.ts';

const AT = Date.parse('2026-10-05T11:20:00Z');
const BUCKET = 'example-trail-logs';
const KEY = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/05/a.json.gz';
const TRAIL = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/audit';
const OTHER_TRAIL = 'arn:aws:cloudtrail:us-east-1:111122223333:trail/other';
const KMS_KEY = 'arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
/** What CloudTrail writes in place of a request over 100 KB. */
const OMITTED = { reason: 'requestParameters too large', omitted: true, originalSize: 102819 };

const ofTrail = (...arns: readonly string[]) =>
  arns.map((ARN) => ({ accountId: '111122223333', type: 'AWS::CloudTrail::Trail', ARN }));
const ofKey = [{ accountId: '111122223333', type: 'AWS::KMS::Key', ARN: KMS_KEY }];
const ofBucket = (name: string) => ({
  accountId: '111122223333',
  type: 'AWS::S3::Bucket',
  ARN: `arn:aws:s3:::${name}`,
});
const ofObject = (name: string, key: string) => ({
  type: 'AWS::S3::Object',
  ARN: `arn:aws:s3:::${name}/${key}`,
});
const BATCH = [{ type: 'AWS::S3::Object', ARNPrefix: `arn:aws:s3:::${BUCKET}/` }, ofBucket(BUCKET)];

function read(name: ControlEventName, request: object | null, changes: object = {}, buckets = [BUCKET]) {
  const record = controlRecord({ name, at: AT, id: 'e1', request, changes });
  return readControlEvents(logOf(record), new Set(buckets));
}

/** Records as the user guides of CloudTrail, KMS, S3, Organizations and Account Management show them. */
describe('the subject of', () => {
  test.each<[ControlEventName, object | null, object, string | undefined]>([
    ['StopLogging', { name: 'audit' }, {}, 'audit'],
    ['UpdateTrail', { name: 'audit' }, { responseElements: { name: 'audit', trailARN: TRAIL } }, TRAIL],
    ['PutEventSelectors', { trailName: 'audit' }, { responseElements: { trailARN: TRAIL } }, TRAIL],
    [
      'DeregisterDelegatedAdministrator',
      { accountId: '444455556666', servicePrincipal: 'cloudtrail.amazonaws.com' },
      {},
      '444455556666',
    ],
    [
      'DisableAWSServiceAccess',
      { servicePrincipal: 'cloudtrail.amazonaws.com' },
      {},
      'cloudtrail.amazonaws.com',
    ],
    ['DisableAWSServiceAccess', null, {}, undefined],
    ['DeleteOrganization', null, {}, undefined],
    ['RemoveAccountFromOrganization', { accountId: '555555555555' }, {}, '555555555555'],
    ['CloseAccount', { accountId: '555555555555' }, {}, '555555555555'],
    [
      'CloseAccountResult',
      null,
      { serviceEventDetails: { closeAccountStatus: { accountId: '555555555555', state: 'SUCCEEDED' } } },
      '555555555555',
    ],
    [
      'CreateAccountResult',
      null,
      {
        serviceEventDetails: {
          createAccountStatus: { id: 'car-1', state: 'SUCCEEDED', accountId: '444455556666' },
        },
      },
      '444455556666',
    ],
    [
      'AccountJoinedOrganization',
      null,
      { serviceEventDetails: { accountId: '444455556666', joinedMethod: 'Invited' } },
      '444455556666',
    ],
    [
      'AccountDepartedOrganization',
      null,
      { serviceEventDetails: { memberAccountId: '444455556666', departedMethod: 'Removed' } },
      '444455556666',
    ],
    [
      'AccountDepartedOrganization',
      null,
      { resources: [{ ARN: 'arn:aws:organizations::111122223333:account/o-exampleorg1/444455556666' }] },
      '444455556666',
    ],
    [
      'AccountDepartedOrganization',
      null,
      { resources: [{ ARN: 'arn:aws:organizations::111122223333:organization/o-exampleorg1' }] },
      undefined,
    ],
    ['AcceptHandshake', { handshakeId: 'h-examplehandshakeid111' }, {}, undefined],
    ['DisableRegion', { RegionName: 'ap-east-1' }, {}, '111122223333/ap-east-1'],
    ['EnableRegion', { regionName: 'ap-east-1', accountId: '444455556666' }, {}, '444455556666/ap-east-1'],
    ['DisableRegion', { RegionName: 'ap-east-1' }, { recipientAccountId: undefined }, 'ap-east-1'],
    ['DisableRegion', null, {}, undefined],
    [
      'DeleteBucket',
      { bucketName: BUCKET, Host: `${BUCKET}.s3.amazonaws.com` },
      { resources: [ofBucket(BUCKET)] },
      `s3://${BUCKET}`,
    ],
    ['PutBucketPublicAccessBlock', { publicAccessBlock: '', bucketName: BUCKET }, {}, `s3://${BUCKET}`],
    [
      'PutAccountPublicAccessBlock',
      { Host: '111122223333.s3-control.us-east-1.amazonaws.com' },
      {},
      '111122223333',
    ],
    [
      'PutKeyPolicy',
      { keyId: '1234abcd-12ab-34cd-56ef-1234567890ab', policyName: 'default' },
      { resources: ofKey },
      KMS_KEY,
    ],
    ['DeleteKey', null, { serviceEventDetails: { keyId: '1234abcd' } }, '1234abcd'],
    ['DisableKey', { keyId: 'k' }, { responseElements: { keyId: KMS_KEY } }, KMS_KEY],
    [
      'DeleteObjects',
      { bucketName: BUCKET, delete: '', 'x-id': 'DeleteObjects' },
      { resources: BATCH },
      `s3://${BUCKET}`,
    ],
    [
      'CopyObject',
      { bucketName: BUCKET, key: KEY, 'x-amz-copy-source': 'other/x' },
      { resources: [ofObject('other', 'x'), ofObject(BUCKET, KEY)] },
      `s3://${BUCKET}/${KEY}`,
    ],
  ])('%s is what the record says: %j, %j', (name, request, changes, subject) => {
    const [event, ...others] = read(name, request, changes);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ name, time: '2026-10-05T11:20:00Z' });
    expect(event?.subject).toBe(subject);
    expect(event).not.toHaveProperty('error');
    expect(event).not.toHaveProperty('requestOmitted');
  });

  test.each<[ControlEventName, readonly object[], string]>([
    ['StopLogging', ofTrail(TRAIL), TRAIL],
    ['DeleteTrail', ofTrail(TRAIL), TRAIL],
    ['PutKeyPolicy', ofKey, KMS_KEY],
    ['PutBucketPolicy', [ofBucket(BUCKET)], `s3://${BUCKET}`],
    ['DeleteBucket', [ofBucket(BUCKET)], `s3://${BUCKET}`],
    ['DeleteObject', [ofObject(BUCKET, KEY), ofBucket(BUCKET)], `s3://${BUCKET}/${KEY}`],
    ['PutObject', [ofBucket(BUCKET), ofObject(BUCKET, KEY)], `s3://${BUCKET}/${KEY}`],
    ['DeleteObjects', [ofObject(BUCKET, KEY), ofBucket(BUCKET)], `s3://${BUCKET}/${KEY}`],
    ['DeleteObjects', [ofObject(BUCKET, KEY), ofObject(BUCKET, `${KEY}2`)], `s3://${BUCKET}`],
  ])('%s without a request is among its resources', (name, resources, subject) => {
    expect(read(name, null, { resources })).toMatchObject([{ name, subject }]);
    expect(read(name, null, { resources })[0]).not.toHaveProperty('requestOmitted');
    expect(read(name, OMITTED, { resources })).toMatchObject([{ name, subject, requestOmitted: true }]);
    for (const request of [{ ...OMITTED, omitted: 'true' }, { omitted: true }])
      expect(read(name, request, { resources })).toMatchObject([{ requestOmitted: true }]);
    expect(read(name, { omitted: 'true' }, { resources })[0]).not.toHaveProperty('requestOmitted');
  });
});

describe('a request that pretends', () => {
  test.each<[string, ControlEventName, object | null, object, string | undefined]>([
    [
      'to be of another bucket',
      'DeleteBucketPolicy',
      { bucketName: 'other' },
      { resources: [ofBucket(BUCKET)] },
      `s3://${BUCKET}`,
    ],
    [
      'to be of another object',
      'DeleteObject',
      { bucketName: BUCKET, key: `${KEY}2` },
      { resources: [ofObject(BUCKET, KEY)] },
      `s3://${BUCKET}/${KEY}`,
    ],
    [
      'to have been omitted',
      'DeleteBucket',
      { ...OMITTED, bucketName: 'other' },
      { resources: [ofBucket(BUCKET)] },
      `s3://${BUCKET}`,
    ],
    ['to be of another trail', 'StopLogging', { name: 'other' }, { resources: ofTrail(TRAIL) }, TRAIL],
    [
      'nothing, among several trails',
      'StopLogging',
      { name: 'audit' },
      { resources: ofTrail(OTHER_TRAIL, TRAIL) },
      TRAIL,
    ],
    ['to be of another kind', 'StopLogging', null, { resources: [ofBucket(BUCKET), ...ofKey] }, undefined],
  ])('%s is held against what the service named', (_what, name, request, changes, subject) => {
    const [event] = read(name, request, changes);
    expect(event?.name).toBe(name);
    expect(event?.subject).toBe(subject);
  });

  test.each<[string, ControlEventName, object | null, object]>([
    [
      'the bucket of somebody else',
      'DeleteBucket',
      { bucketName: BUCKET },
      { resources: [ofBucket('other')] },
    ],
    [
      'an object of somebody else',
      'DeleteObject',
      { bucketName: BUCKET, key: KEY },
      { resources: [ofObject('other', KEY)] },
    ],
    [
      'objects that are no trail’s',
      'DeleteObjects',
      null,
      { resources: [ofObject(BUCKET, 'a.jpg'), ofBucket(BUCKET)] },
    ],
    [
      'an object that is no trail’s',
      'PutObject',
      { bucketName: BUCKET, key: KEY },
      { resources: [ofObject(BUCKET, 'a.jpg')] },
    ],
    ['no bucket at all', 'PutBucketAcl', OMITTED, {}],
    ['no bucket among its resources', 'PutBucketAcl', null, { resources: [...ofKey, 'x', null, { ARN: 7 }] }],
    ['no list of resources', 'PutBucketAcl', null, { resources: ofBucket(BUCKET) }],
    ['another service', 'DisableAWSServiceAccess', { servicePrincipal: 'config.amazonaws.com' }, {}],
    [
      'a call of a service with such a name',
      'DisableRegion',
      { RegionName: 'x' },
      { eventSource: 'example.amazonaws.com' },
    ],
    [
      'a delivery of CloudTrail',
      'CompleteMultipartUpload',
      { bucketName: BUCKET, key: KEY },
      { userIdentity: { type: 'AWSService', invokedBy: 'cloudtrail.amazonaws.com' } },
    ],
  ])('but acts on %s is no control event', (_what, name, request, changes) => {
    expect(read(name, request, changes)).toEqual([]);
  });

  test.each(['requestParameters', 'responseElements', 'additionalEventData', 'serviceEventDetails'])(
    'in its %s to be another event is none',
    (field) => {
      const forged = controlRecord({
        name: 'CloseAccount',
        at: AT,
        id: 'forged',
        request: { accountId: '1' },
      });
      const changes = { [field]: { ...forged, Records: [forged] }, eventName: 'RunInstances' };
      expect(read('StopLogging', null, changes)).toEqual([]);
    },
  );
});

describe('what came to nothing', () => {
  test.each<[ControlEventName, object, string]>([
    [
      'CreateAccountResult',
      { createAccountStatus: { state: 'FAILED', failureReason: 'EMAIL_ALREADY_EXISTS' } },
      'EMAIL_ALREADY_EXISTS',
    ],
    ['CloseAccountResult', { closeAccountStatus: { accountId: '555555555555', state: 'FAILED' } }, 'FAILED'],
  ])('%s says so', (name, serviceEventDetails, error) => {
    expect(read(name, null, { serviceEventDetails })).toMatchObject([{ name, error }]);
  });
});

/** Whatever JSON, with the names that a request may have among its own. */
const REQUEST = fc
  .tuple(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom('name', 'trailName', 'keyId', 'bucketName', 'key', 'omitted', 'resources', 'eventName'),
      fc.oneof(fc.jsonValue(), fc.constantFrom(OTHER_TRAIL, KMS_KEY, BUCKET, 'other', KEY)),
    ),
  )
  .map(([whole, fields]) => (Object.keys(fields).length === 0 ? whole : fields));

test('no request makes an event of what is none, nor another subject of what the service named', () => {
  const named: readonly (readonly [ControlEventName, readonly object[], string])[] = [
    ['StopLogging', ofTrail(TRAIL), TRAIL],
    ['PutKeyPolicy', ofKey, KMS_KEY],
    ['DeleteBucket', [ofBucket(BUCKET)], `s3://${BUCKET}`],
    ['DeleteObject', [ofObject(BUCKET, KEY), ofBucket(BUCKET)], `s3://${BUCKET}/${KEY}`],
  ];
  fc.assert(
    fc.property(REQUEST, fc.constantFrom(...named), (request, [name, resources, subject]) => {
      const changes = { requestParameters: request, resources };
      expect(read(name, null, changes).map((event) => event.subject)).toEqual([subject]);
      expect(read(name, null, { ...changes, eventName: 'RunInstances' })).toEqual([]);
    }),
  );
});

test('every control event is of a service and can do something', () => {
  for (const { source, effects } of Object.values(CONTROL_EVENTS)) {
    expect(source).toMatch(/^(?:cloudtrail|organizations|account|s3|kms)\.amazonaws\.com$/);
    expect(effects.length).toBeGreaterThan(0);
  }
});
