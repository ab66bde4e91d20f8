import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import { failureName } from '../../aws/failure.ts';
import type { BucketRetention, ExpiryRule } from '../source.ts';
import type { S3Clients } from './clients.ts';
import { listingError } from './errors.ts';

/** What S3 answers where a bucket has no such configuration at all. */
const NOT_CONFIGURED: ReadonlySet<string> = new Set([
  'NoSuchLifecycleConfiguration',
  'ObjectLockConfigurationNotFoundError',
]);

/** What a bucket does to keep its objects, or to lose them. Throws as `Source.list` does. */
export async function readRetention(clients: S3Clients, bucket: string): Promise<BucketRetention> {
  const Bucket = bucket;
  const ask = async <Result>(send: (client: S3Client) => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await clients.run(bucket, send);
    } catch (error) {
      if (NOT_CONFIGURED.has(failureName(error))) return undefined;
      throw listingError(bucket, '', error);
    }
  };
  const versioning = await ask((client) => client.send(new GetBucketVersioningCommand({ Bucket })));
  const lock = await ask((client) => client.send(new GetObjectLockConfigurationCommand({ Bucket })));
  const lifecycle = await ask((client) =>
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
  );
  const retention = lock?.ObjectLockConfiguration?.Rule?.DefaultRetention;
  const years = retention?.Years === undefined ? undefined : retention.Years * 365;
  const days = retention?.Days ?? years;
  return {
    versioning: versioning?.Status ?? 'Off',
    mfaDelete: versioning?.MFADelete === 'Enabled',
    ...(lock?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
      ? {
          objectLock: {
            ...(retention?.Mode === undefined ? {} : { mode: retention.Mode }),
            ...(days === undefined ? {} : { days }),
          },
        }
      : {}),
    expiry: (lifecycle?.Rules ?? []).flatMap(expiryOf),
  };
}

function expiryOf(rule: LifecycleRule): readonly ExpiryRule[] {
  const { Expiration, NoncurrentVersionExpiration, Filter, ID } = rule;
  const days = Expiration?.Days;
  const date = Expiration?.Date?.getTime();
  const noncurrentDays = NoncurrentVersionExpiration?.NoncurrentDays;
  if (rule.Status !== 'Enabled' || (days ?? date ?? noncurrentDays) === undefined) return [];
  return [
    {
      id: ID ?? '',
      prefix: Filter?.Prefix ?? Filter?.And?.Prefix ?? rule.Prefix ?? '',
      ...(days === undefined ? {} : { days }),
      ...(date === undefined ? {} : { date }),
      ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
    },
  ];
}
