import type { BucketPosture } from '../aws/posture.ts';
import { sourceArnOutcome } from './check-policy.ts';
import { type Check, judge, passIf } from './checks.ts';

/** The checks of the bucket that trails deliver to; `S3.n` and `CloudTrail.n` are Security Hub's controls. */
export function checkBucket(
  bucket: BucketPosture,
  trailArns: readonly string[],
  partition: string,
): readonly Check[] {
  const resource = `arn:${partition}:s3:::${bucket.bucket}`;
  const { policyPublic, aclPublic } = bucket;
  const open = policyPublic.known && policyPublic.value ? policyPublic : aclPublic;
  const words = (id: string, title: string, advice: string) => ({
    id,
    control: `Security Hub ${id}`,
    title,
    resource,
    advice,
  });
  const guide = (id: string, control: string, title: string, advice: string) => ({
    ...words(id, title, advice),
    control,
  });
  return [
    judge(
      words('CloudTrail.6', 'the bucket is not public', 'take the public grant out of its policy and ACL'),
      policyPublic.known ? open : policyPublic,
      (isPublic) =>
        passIf(!isPublic, 'neither by its policy nor by its ACL', 'the whole world may read or write it'),
    ),
    judge(
      words(
        'CloudTrail.7',
        'access to the bucket is logged',
        'aws s3api put-bucket-logging, to another bucket',
      ),
      bucket.accessLogBucket,
      (target) => {
        if (target === bucket.bucket) return { result: 'fail', detail: 'its access logs lie in itself' };
        return passIf(target !== undefined, `to ${target}`, 'server access logging is off');
      },
    ),
    judge(
      words('S3.8', 'public access is blocked', 'aws s3api put-public-access-block, all four settings'),
      bucket.publicAccessBlock,
      (isBlocked) => passIf(isBlocked, 'all four settings are on', 'not all four settings are on'),
    ),
    judge(
      words(
        'S3.14',
        'versioning is on',
        'aws s3api put-bucket-versioning: what is deleted can then be recovered',
      ),
      bucket.versioning,
      ({ status }) => passIf(status === 'Enabled', 'Enabled', `versioning is ${status}`),
    ),
    judge(
      words(
        'S3.15',
        'Object Lock is on',
        'aws s3api put-object-lock-configuration, with a default retention',
      ),
      bucket.objectLock,
      (lock) => {
        if (lock === undefined) return { result: 'fail', detail: 'objects may be deleted at any time' };
        const { mode, days } = lock;
        if (days === undefined)
          return {
            result: 'fail',
            detail: 'on, but without a default retention: new objects are not locked',
          };
        return { result: 'pass', detail: `${mode ?? 'on'}, ${days} days` };
      },
    ),
    judge(
      words(
        'S3.20',
        'MFA delete is on',
        'aws s3api put-bucket-versioning --mfa, with the root user; or Object Lock in compliance mode and --ignore S3.20',
      ),
      bucket.versioning,
      ({ mfaDelete }) => passIf(mfaDelete, 'on', 'versions may be deleted without MFA'),
    ),
    judge(
      guide(
        'lifecycle',
        'CloudTrail user guide, security best practices',
        'no lifecycle rule expires evidence',
        'lengthen the rule to the retention that audits need, or turn on Object Lock',
      ),
      bucket.lifecycle,
      (rules) => {
        if (rules.length === 0) return { result: 'pass', detail: 'no rule expires objects or versions' };
        const named = rules.map(
          ({ id, prefix }) => `${JSON.stringify(id)} for ${prefix === '' ? 'every key' : prefix}`,
        );
        return { result: 'note', detail: `rules expire objects: ${named.join(', ')}` };
      },
    ),
    judge(
      guide(
        'policy-source-arn',
        'CloudTrail user guide, Amazon S3 bucket policy for CloudTrail',
        "the policy lets only its own trails' CloudTrail write",
        "add a condition aws:SourceArn with the trail's ARN to the statements for cloudtrail.amazonaws.com",
      ),
      bucket.policy,
      (policy) => sourceArnOutcome(policy, trailArns),
    ),
  ];
}
