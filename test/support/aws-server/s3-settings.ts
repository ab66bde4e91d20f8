import type { BucketSettings } from '../object-store.ts';
import { type Answer, AwsError, jsonAnswer, xmlAnswer } from './answer.ts';
import type { ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';
import { S3_NAMESPACE } from './s3-buckets.ts';
import { element } from './xml.ts';

type Read = (settings: BucketSettings) => Answer | undefined;

interface Subresource {
  readonly operation: string;
  readonly action: string;
  /** What S3 answers where a bucket has no such configuration. */
  readonly absent: string;
  readonly read: Read;
}

function document(name: string, content: string): Answer {
  return xmlAnswer(`<${name} xmlns="${S3_NAMESPACE}">${content}</${name}>`);
}

/** The subresources of a bucket that this server can be asked for, by query parameter. */
export const SUBRESOURCES: Readonly<Record<string, Subresource>> = {
  lifecycle: {
    operation: 'GetBucketLifecycleConfiguration',
    action: 's3:GetLifecycleConfiguration',
    absent: 'NoSuchLifecycleConfiguration',
    read: ({ lifecycle }) =>
      lifecycle && document('LifecycleConfiguration', lifecycle.map(ruleElement).join('')),
  },
  'object-lock': {
    operation: 'GetObjectLockConfiguration',
    action: 's3:GetBucketObjectLockConfiguration',
    absent: 'ObjectLockConfigurationNotFoundError',
    read: ({ objectLock }) => {
      if (objectLock === undefined) return undefined;
      const period = element('Mode', objectLock.mode) + element('Days', objectLock.days);
      const rule = `<Rule><DefaultRetention>${period}</DefaultRetention></Rule>`;
      return document('ObjectLockConfiguration', `${element('ObjectLockEnabled', 'Enabled')}${rule}`);
    },
  },
  policy: {
    operation: 'GetBucketPolicy',
    action: 's3:GetBucketPolicy',
    absent: 'NoSuchBucketPolicy',
    read: ({ policy }) => (policy === undefined ? undefined : jsonAnswer(JSON.parse(policy))),
  },
  policyStatus: {
    operation: 'GetBucketPolicyStatus',
    action: 's3:GetBucketPolicyStatus',
    absent: 'NoSuchBucketPolicy',
    read: ({ policyIsPublic }) =>
      policyIsPublic === undefined
        ? undefined
        : document('PolicyStatus', element('IsPublic', policyIsPublic ? 'TRUE' : 'FALSE')),
  },
  acl: {
    operation: 'GetBucketAcl',
    action: 's3:GetBucketAcl',
    absent: 'NoSuchAcl',
    read: ({ aclIsPublic }) => {
      const everyone =
        '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>';
      const grant = aclIsPublic === true ? `<Grant>${everyone}${element('Permission', 'READ')}</Grant>` : '';
      return document('AccessControlPolicy', `<AccessControlList>${grant}</AccessControlList>`);
    },
  },
  publicAccessBlock: {
    operation: 'GetPublicAccessBlock',
    action: 's3:GetBucketPublicAccessBlock',
    absent: 'NoSuchPublicAccessBlockConfiguration',
    read: ({ publicAccessBlocked }) => {
      if (publicAccessBlocked === undefined) return undefined;
      const names = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
      const flags = names.map((name) => element(name, publicAccessBlocked));
      return document('PublicAccessBlockConfiguration', flags.join(''));
    },
  },
  logging: {
    operation: 'GetBucketLogging',
    action: 's3:GetBucketLogging',
    absent: 'NoSuchLogging',
    read: ({ accessLogBucket }) => {
      const target = element('TargetBucket', accessLogBucket ?? '') + element('TargetPrefix', '');
      const content = accessLogBucket === undefined ? '' : `<LoggingEnabled>${target}</LoggingEnabled>`;
      return document('BucketLoggingStatus', content);
    },
  },
  encryption: {
    operation: 'GetBucketEncryption',
    action: 's3:GetEncryptionConfiguration',
    absent: 'ServerSideEncryptionConfigurationNotFoundError',
    read: ({ encryption }) => {
      if (encryption === undefined) return undefined;
      const { algorithm, kmsKeyId } = encryption;
      const key = kmsKeyId === undefined ? '' : element('KMSMasterKeyID', kmsKeyId);
      const inner = `<ApplyServerSideEncryptionByDefault>${element('SSEAlgorithm', algorithm)}${key}</ApplyServerSideEncryptionByDefault>`;
      return document('ServerSideEncryptionConfiguration', `<Rule>${inner}</Rule>`);
    },
  },
};

/** Answers one of the subresources; throws AwsError where the bucket has no such configuration. */
export function answerSubresource(
  name: string,
  _request: AwsRequest,
  state: ServerState,
  bucket: string,
): Answer {
  const { read, absent } = SUBRESOURCES[name] ?? {};
  const found = read?.(state.store.settingsOf(bucket));
  if (found !== undefined) return found;
  throw new AwsError(404, absent ?? 'NotImplemented', 'The configuration does not exist', {
    details: { BucketName: bucket },
  });
}

function ruleElement({
  id,
  prefix,
  days,
  date,
  noncurrentDays,
}: NonNullable<BucketSettings['lifecycle']>[number]): string {
  const expiration =
    (days === undefined ? '' : element('Days', days)) +
    (date === undefined ? '' : element('Date', new Date(date).toISOString()));
  const parts = [
    element('ID', id),
    `<Filter>${element('Prefix', prefix)}</Filter>`,
    element('Status', 'Enabled'),
    expiration === '' ? '' : `<Expiration>${expiration}</Expiration>`,
    noncurrentDays === undefined
      ? ''
      : `<NoncurrentVersionExpiration>${element('NoncurrentDays', noncurrentDays)}</NoncurrentVersionExpiration>`,
  ];
  return `<Rule>${parts.join('')}</Rule>`;
}
