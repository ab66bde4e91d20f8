/** How a bucket is set up. */

import * as s3 from '@aws-sdk/client-s3';
import { openS3Clients } from '../../source/s3/clients.ts';
import type { AwsSession } from '../session.ts';
import type { BucketPosture } from '../trail-description.ts';
import { ask, mapAsked } from './ask.ts';

/** Grantees that are everyone, or everyone with an AWS account (user guide, "Access control list overview"). */
const EVERYONE = /\/groups\/global\/(?:AllUsers|AuthenticatedUsers)$/;

/** How a bucket is set up. Throws CREDENTIALS, TARGET_NOT_FOUND. */
export async function readBucketPosture(bucket: string, session: AwsSession): Promise<BucketPosture> {
  const clients = openS3Clients(session);
  const Bucket = bucket;
  const of =
    <Result>(send: (client: s3.S3Client) => Promise<Result>) =>
    () =>
      clients.run(bucket, send);
  const versioning = await ask(
    's3:GetBucketVersioning',
    of((client) => client.send(new s3.GetBucketVersioningCommand({ Bucket }))),
  );
  const lock = await ask(
    's3:GetBucketObjectLockConfiguration',
    of((client) => client.send(new s3.GetObjectLockConfigurationCommand({ Bucket }))),
    ['ObjectLockConfigurationNotFoundError'],
  );
  const lifecycle = await ask(
    's3:GetLifecycleConfiguration',
    of((client) => client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }))),
    ['NoSuchLifecycleConfiguration'],
  );
  const policy = await ask(
    's3:GetBucketPolicy',
    of((client) => client.send(new s3.GetBucketPolicyCommand({ Bucket }))),
    ['NoSuchBucketPolicy'],
  );
  const status = await ask(
    's3:GetBucketPolicyStatus',
    of((client) => client.send(new s3.GetBucketPolicyStatusCommand({ Bucket }))),
    ['NoSuchBucketPolicy'],
  );
  const acl = await ask(
    's3:GetBucketAcl',
    of((client) => client.send(new s3.GetBucketAclCommand({ Bucket }))),
  );
  const block = await ask(
    's3:GetBucketPublicAccessBlock',
    of((client) => client.send(new s3.GetPublicAccessBlockCommand({ Bucket }))),
    ['NoSuchPublicAccessBlockConfiguration'],
  );
  const logging = await ask(
    's3:GetBucketLogging',
    of((client) => client.send(new s3.GetBucketLoggingCommand({ Bucket }))),
  );
  return {
    bucket,
    versioning: mapAsked(versioning, (answer) => ({
      status: answer?.Status ?? 'Off',
      mfaDelete: answer?.MFADelete === 'Enabled',
    })),
    objectLock: mapAsked(lock, (answer) => {
      if (answer?.ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled') return undefined;
      const { Mode, Days, Years } = answer.ObjectLockConfiguration.Rule?.DefaultRetention ?? {};
      const days = Days ?? (Years === undefined ? undefined : Years * 365);
      return { mode: Mode, days };
    }),
    lifecycle: mapAsked(lifecycle, (answer) =>
      (answer?.Rules ?? [])
        .filter((rule) => rule.Status === 'Enabled' && (rule.Expiration ?? rule.NoncurrentVersionExpiration))
        .map((rule) => ({
          id: rule.ID ?? '',
          prefix: rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? '',
        })),
    ),
    policy: mapAsked(policy, (answer) => answer?.Policy),
    policyPublic: mapAsked(status, (answer) => answer?.PolicyStatus?.IsPublic === true),
    aclPublic: mapAsked(acl, (answer) =>
      (answer?.Grants ?? []).some(({ Grantee }) => EVERYONE.test(Grantee?.URI ?? '')),
    ),
    publicAccessBlock: mapAsked(block, (answer) => {
      const set = answer?.PublicAccessBlockConfiguration;
      return [
        set?.BlockPublicAcls,
        set?.IgnorePublicAcls,
        set?.BlockPublicPolicy,
        set?.RestrictPublicBuckets,
      ].every((flag) => flag === true);
    }),
    accessLogBucket: mapAsked(logging, (answer) => answer?.LoggingEnabled?.TargetBucket),
  };
}
