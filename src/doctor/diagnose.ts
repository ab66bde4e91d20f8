import type { EventSelectors, FieldSelector, Posture, TrailPosture } from '../aws/trail-description.ts';
import { controlNames, controlsOfCheck } from '../findings/controls.ts';
import {
  type Check,
  type CheckResult,
  checkBucket,
  checkPermissions,
  conclude,
  judge,
  missingStatements,
  type PolicyStatement,
  passIf,
} from './checks.ts';

/** One check as a diagnosis has it. */
interface CheckOutcome extends Check {
  readonly ignored: boolean;
  /** The controls of other frameworks that it supports, by their full names; it satisfies none. */
  readonly supports: readonly string[];
}

/** What was found of a trail and its bucket; `ignored` checks have no part in the verdict. Times are ISO 8601 UTC. */
export interface Diagnosis {
  readonly schema: 'trail-verify/doctor/v1';
  readonly target: string;
  readonly time: string;
  readonly verdict: 'PASSED' | 'FAILED' | 'INCONCLUSIVE';
  readonly counts: Readonly<Record<CheckResult, number>>;
  readonly checks: readonly CheckOutcome[];
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

/** Checks a posture against every check. */
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
  const checks = all.map((check) => ({
    ...check,
    ignored: ignored.includes(check.id),
    supports: controlNames(controlsOfCheck(check.id)),
  }));
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

/** The checks of one trail; `CloudTrail.n` are Security Hub's controls (user guide, "Security Hub controls for CloudTrail"). */
function checkTrail(trail: TrailPosture, expected: readonly ExpectedEvents[]): readonly Check[] {
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

/** Data events that a caller expects to be recorded: a resource type such as `AWS::S3::Object`, and perhaps an ARN. */
interface ExpectedEvents {
  readonly type: string;
  readonly arn?: string | undefined;
}

interface Outcome {
  readonly result: CheckResult;
  readonly detail: string;
}

/** Whether read and write management events are recorded, and of all services. */
function managementEvents({ basic, advanced }: EventSelectors): Outcome {
  const ofBasic = basic.filter(({ management }) => management);
  const ofAdvanced = advanced.filter((fields) => has(fields, 'eventCategory', 'Management'));
  const reads =
    ofBasic.some(({ readWriteType }) => readWriteType !== 'WriteOnly') ||
    ofAdvanced.some((fields) => isUnnarrowed(fields, ['eventSource']) && readOnly(fields) !== 'false');
  const writes =
    ofBasic.some(({ readWriteType }) => readWriteType !== 'ReadOnly') ||
    ofAdvanced.some((fields) => isUnnarrowed(fields, ['eventSource']) && readOnly(fields) !== 'true');
  const excluded = excludedSources({ basic, advanced });
  const without = excluded.length === 0 ? '' : `, without those of ${excluded.join(', ')}`;
  if (reads && writes) return { result: 'pass', detail: `read and write management events${without}` };
  const only = reads ? 'only read events' : writes ? 'only write events' : 'no management events';
  return { result: 'fail', detail: `${only} of all services are recorded` };
}

/** Services whose management events the trail leaves out. */
function excludedSources({ basic, advanced }: EventSelectors): readonly string[] {
  const ofAdvanced = advanced.flatMap((fields) =>
    fields.filter(({ field }) => field === 'eventSource').flatMap(({ notEquals }) => notEquals),
  );
  return [...new Set([...basic.flatMap(({ excludedSources }) => excludedSources), ...ofAdvanced])].sort();
}

/** Whether data events of a resource type, or of one resource, are recorded whole, in part or not at all. */
function dataEvents(selectors: EventSelectors, { type, arn }: ExpectedEvents): Outcome {
  const wanted = arn ?? 'every resource';
  const covers = (values: readonly string[]): boolean =>
    values.some((value) => isWhole(value) || (arn?.startsWith(value) ?? false));
  const basic = selectors.basic.flatMap(({ readWriteType, dataResources }) =>
    dataResources.filter((one) => one.type === type).map(({ values }) => ({ readWriteType, values })),
  );
  const advanced = selectors.advanced.filter(
    (fields) => has(fields, 'eventCategory', 'Data') && has(fields, 'resources.type', type),
  );
  if (basic.length + advanced.length === 0)
    return { result: 'fail', detail: `data events of ${type} are not recorded` };
  const ofArn = (fields: readonly FieldSelector[]): boolean => {
    const named = fields.filter(({ field }) => field === 'resources.ARN');
    if (named.length === 0) return true;
    return (
      arn !== undefined &&
      named.every(
        ({ equals, startsWith }) => equals.includes(arn) || startsWith.some((begin) => arn.startsWith(begin)),
      )
    );
  };
  const whole = advanced.filter(
    (fields) => isUnnarrowed(fields, ['resources.type', 'resources.ARN']) && ofArn(fields),
  );
  const reads =
    basic.some(({ readWriteType, values }) => readWriteType !== 'WriteOnly' && covers(values)) ||
    whole.some((fields) => readOnly(fields) !== 'false');
  const writes =
    basic.some(({ readWriteType, values }) => readWriteType !== 'ReadOnly' && covers(values)) ||
    whole.some((fields) => readOnly(fields) !== 'true');
  return passIf(
    reads && writes,
    `data events of ${type}: read and write, ${wanted}`,
    `data events of ${type} are recorded in part only: not read and write of ${wanted}`,
  );
}

/** The values that mean all resources of a type (API reference, DataResource). */
function isWhole(value: string): boolean {
  return /^arn:aws[a-z0-9-]*:(?:s3|lambda|dynamodb)$/.test(value);
}

function has(fields: readonly FieldSelector[], name: string, value: string): boolean {
  return fields.some(({ field, equals }) => field === name && equals.includes(value));
}

function readOnly(fields: readonly FieldSelector[]): string | undefined {
  const [value] = fields.find(({ field }) => field === 'readOnly')?.equals ?? [];
  return value;
}

/** True where only the category, readOnly and `allowed` fields select; the rest would leave events out. */
function isUnnarrowed(fields: readonly FieldSelector[], allowed: readonly string[]): boolean {
  return fields.every(({ field, equals, startsWith, narrows }) => {
    if (narrows) return false;
    if (field === 'eventSource') return equals.length + startsWith.length === 0;
    return field === 'eventCategory' || field === 'readOnly' || allowed.includes(field);
  });
}
