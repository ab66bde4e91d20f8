import type { Posture } from '../aws/posture.ts';
import { checkTrail, type ExpectedEvents } from './check-trail.ts';
import {
  type Check,
  type CheckResult,
  checkBucket,
  checkPermissions,
  missingStatements,
  type PolicyStatement,
} from './checks.ts';

/** What was found of a trail and its bucket; `ignored` checks have no part in the verdict. Times are ISO 8601 UTC. */
export interface Diagnosis {
  readonly schema: 'trail-verify/doctor/v1';
  readonly target: string;
  readonly time: string;
  readonly verdict: 'PASSED' | 'FAILED' | 'INCONCLUSIVE';
  readonly counts: Readonly<Record<CheckResult, number>>;
  readonly checks: readonly (Check & { readonly ignored: boolean })[];
  /** A policy that would grant what is missing. */
  readonly missingPermissions: readonly PolicyStatement[];
}

/** What a diagnosis is asked for besides the posture. */
export interface DiagnosisOptions {
  readonly time: string;
  readonly expected: readonly ExpectedEvents[];
  /** Ids of checks that are shown and have no part in the verdict. */
  readonly ignored: readonly string[];
}

/** Holds a posture against every check. */
export function diagnose(posture: Posture, { time, expected, ignored }: DiagnosisOptions): Diagnosis {
  const { trails, bucket, permissions, target, partition } = posture;
  const found = trails.known ? trails.value : [];
  const all: readonly Check[] = [
    ...(found.length === 0 ? [withoutTrail(posture)] : found.flatMap((trail) => checkTrail(trail, expected))),
    ...checkBucket(
      bucket,
      found.map(({ arn }) => arn),
      partition,
    ),
    ...checkPermissions(permissions),
  ];
  const checks = all.map((check) => ({ ...check, ignored: ignored.includes(check.id) }));
  const counted = checks.filter((check) => !check.ignored);
  const count = (result: CheckResult): number => counted.filter((check) => check.result === result).length;
  const counts = { pass: count('pass'), fail: count('fail'), unknown: count('unknown'), note: count('note') };
  return {
    schema: 'trail-verify/doctor/v1',
    target,
    time,
    verdict: counts.fail > 0 ? 'FAILED' : counts.unknown > 0 ? 'INCONCLUSIVE' : 'PASSED',
    counts,
    checks,
    missingPermissions: missingStatements(permissions),
  };
}

/** Nothing is known of the trail: it was deleted, it is another account's, or trails may not be listed. */
function withoutTrail({ trails, bucket, partition }: Posture): Check {
  return {
    id: 'CloudTrail.3',
    control: 'Security Hub CloudTrail.3',
    title: 'a trail delivers to the bucket',
    resource: `arn:${partition}:s3:::${bucket.bucket}`,
    result: 'unknown',
    detail: trails.known
      ? 'no trail of this account and Region delivers to this bucket'
      : `${trails.action}: ${trails.detail}`,
    advice: trails.known
      ? "give the trail's ARN, or run this with credentials of the account that owns the trail"
      : `grant ${trails.action}`,
  };
}
