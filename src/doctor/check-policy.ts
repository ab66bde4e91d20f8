import type { CheckResult } from './checks.ts';

type Outcome = { readonly result: CheckResult; readonly detail: string };

const SERVICE = 'cloudtrail.amazonaws.com';
const OPERATORS =
  /^(?:ForAnyValue:|ForAllValues:)?(?:StringEquals|StringLike|ArnEquals|ArnLike)(?:IgnoreCase)?$/i;

/** Whether every statement of a bucket policy that lets CloudTrail in asks for `aws:SourceArn`, and for these trails'. */
export function sourceArnOutcome(policy: string | undefined, trailArns: readonly string[]): Outcome {
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

/** IAM's wildcards: `*` any characters, `?` one. Steps back to the last `*` only, for a policy may hold thousands. */
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
