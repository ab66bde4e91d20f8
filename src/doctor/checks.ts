import type { Asked, BucketPosture, Permission } from '../aws/trail-description.ts';

/** The result of one check: as it should be, not so, unknown, or worth knowing. */
export type CheckResult = 'pass' | 'fail' | 'unknown' | 'note';

/** One check of a trail or its bucket. `id` is stable; `control` names the control or guide that asks for it. */
export interface Check {
  readonly id: string;
  readonly control: string;
  readonly title: string;
  /** The trail's ARN, the bucket's, or what a permission is on. */
  readonly resource: string;
  readonly result: CheckResult;
  /** What was seen. */
  readonly detail: string;
  /** How to fix it; present where the check did not pass. */
  readonly advice?: string | undefined;
}

/** A check before it was applied. */
export type CheckWords = Pick<Check, 'id' | 'control' | 'title' | 'resource'> & { readonly advice: string };

/** A check that passes where `passes` says so of an answer, and is unknown where there is none. */
export function judge<Value>(
  words: CheckWords,
  asked: Asked<Value>,
  passes: (value: Value) => { readonly result: CheckResult; readonly detail: string },
): Check {
  if (asked.known) return conclude(words, passes(asked.value));
  const { advice: _advice, ...rest } = words;
  const detail = `${asked.action}: ${asked.detail}`;
  return {
    ...rest,
    result: 'unknown',
    detail,
    advice: asked.denied ? `grant ${asked.action}` : 'look at the error and run again',
  };
}

/** A check with its outcome; a passed one needs no advice. */
export function conclude(
  words: CheckWords,
  outcome: { readonly result: CheckResult; readonly detail: string },
): Check {
  const { advice, ...rest } = words;
  return outcome.result === 'pass' ? { ...rest, ...outcome } : { ...rest, ...outcome, advice };
}

/** `pass` where it is so, else `fail`; with what was seen. */
export function passIf(
  isSo: boolean,
  seen: string,
  otherwise: string,
): { readonly result: CheckResult; readonly detail: string } {
  return isSo ? { result: 'pass', detail: seen } : { result: 'fail', detail: otherwise };
}

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
        if (target === bucket.bucket) return { result: 'fail', detail: 'it keeps its own access logs' };
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

type Outcome = { readonly result: CheckResult; readonly detail: string };

const SERVICE = 'cloudtrail.amazonaws.com';
const OPERATORS =
  /^(?:ForAnyValue:|ForAllValues:)?(?:StringEquals|StringLike|ArnEquals|ArnLike)(?:IgnoreCase)?$/i;

/** Whether every statement of a bucket policy that lets CloudTrail in asks for `aws:SourceArn`, and for these trails'. */
function sourceArnOutcome(policy: string | undefined, trailArns: readonly string[]): Outcome {
  if (policy === undefined) return { result: 'fail', detail: 'the bucket has no policy' };
  const statements = statementsOf(policy);
  if (statements === undefined) return { result: 'unknown', detail: 'its policy is not a JSON document' };
  const forCloudTrail = statements.filter(
    ({ Effect, Principal }) => Effect === 'Allow' && texts(field(Principal, 'Service')).includes(SERVICE),
  );
  if (forCloudTrail.length === 0) return { result: 'fail', detail: `no statement is for ${SERVICE}` };
  const arns = forCloudTrail.map(({ Condition }) => sourceArns(Condition));
  const open = arns.filter((list) => list.length === 0 || list.some((arn) => arn === '*')).length;
  if (open > 0)
    return {
      result: 'fail',
      detail: `${open} of ${arns.length} statements for CloudTrail have no aws:SourceArn: a trail of any account can write`,
    };
  const left = trailArns.filter(
    (arn) => !arns.every((list) => list.some((pattern) => matches(pattern, arn))),
  );
  if (left.length > 0) return { result: 'note', detail: `aws:SourceArn does not name ${left.join(', ')}` };
  return { result: 'pass', detail: `aws:SourceArn in all ${arns.length} statements for CloudTrail` };
}

type Fields = Readonly<Record<string, unknown>>;

function statementsOf(policy: string): readonly Fields[] | undefined {
  try {
    const document: unknown = JSON.parse(policy);
    const found = field(document, 'Statement');
    return (Array.isArray(found) ? found : [found]).filter(isObject);
  } catch {
    return undefined;
  }
}

function sourceArns(condition: unknown): readonly string[] {
  if (!isObject(condition)) return [];
  return Object.entries(condition)
    .filter(([operator]) => OPERATORS.test(operator))
    .flatMap(([, keys]) => (isObject(keys) ? Object.entries(keys) : []))
    .filter(([key]) => key.toLowerCase() === 'aws:sourcearn')
    .flatMap(([, value]) => texts(value));
}

/** IAM's wildcards: `*` any characters, `?` one. Steps back to the last `*` only, because a policy may hold thousands. */
function matches(pattern: string, arn: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let from = 0;
  while (from < arn.length) {
    if (pattern[at] === '*') {
      star = at;
      at += 1;
      resume = from;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === arn[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      from = resume;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

function texts(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const WITHOUT: Readonly<Record<Permission['need'], string>> = {
  verify: 'nothing can be verified',
  expectations: 'the expected chains are not known',
  corroborate: 'corroborate cannot ask the event history what a gap held',
  recover: 'the report does not say what became of missing objects, and none is recovered',
  doctor: 'some of these checks stay unknown',
};

/** A check of every permission that was tried: one that verification itself needs fails, another is a note. */
export function checkPermissions(permissions: readonly Permission[]): readonly Check[] {
  return permissions.map(({ action, resource, need, result, detail }) => {
    const title = `${action} is granted`;
    const words = {
      id: `permission.${action}`,
      control: `needed by trail-verify (${need})`,
      title,
      resource,
      advice: `grant ${action} on ${resource}; without it ${WITHOUT[need]}`,
    };
    if (result === 'granted') return conclude(words, { result: 'pass', detail: detail ?? 'it worked' });
    if (result === 'not-tried')
      return conclude(words, {
        result: need === 'verify' ? 'unknown' : 'note',
        detail: detail ?? 'it was not tried',
      });
    return conclude(words, {
      result: need === 'verify' ? 'fail' : 'note',
      detail: detail ?? 'it was refused',
    });
  });
}

/** One statement of an IAM policy. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string;
}

/** The statements that would grant every missing permission, one for each resource; empty where none is missing. */
export function missingStatements(permissions: readonly Permission[]): readonly PolicyStatement[] {
  const byResource = new Map<string, Set<string>>();
  for (const { action, resource, result } of permissions) {
    if (result !== 'missing') continue;
    byResource.set(resource, (byResource.get(resource) ?? new Set()).add(action));
  }
  return [...byResource].map(([resource, actions], index) => ({
    Sid: `TrailVerify${index + 1}`,
    Effect: 'Allow',
    Action: [...actions].sort(),
    Resource: resource,
  }));
}
