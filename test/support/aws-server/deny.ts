import { AwsError } from './answer.ts';
import { type AwsServerOptions, callerAccount } from './options.ts';

/** Whether the options refuse this action, anywhere or at this place (a bucket or a Region). */
export function isDenied(options: AwsServerOptions, action: string, place: string | undefined): boolean {
  const deny = options.deny;
  return deny !== undefined && (deny.has(action) || (place !== undefined && deny.has(`${action}@${place}`)));
}

/** Throws the AwsError of the action's service where the options refuse it. */
export function checkAllowed(options: AwsServerOptions, action: string, place: string | undefined): void {
  if (!isDenied(options, action, place)) return;
  const who = `arn:aws:iam::${callerAccount(options)}:user/test`;
  const message = `User: ${who} is not authorized to perform: ${action} because no policy allows it`;
  if (action.startsWith('s3:') || action.startsWith('sts:')) throw new AwsError(403, 'AccessDenied', message);
  throw new AwsError(action.startsWith('account:') ? 403 : 400, 'AccessDeniedException', message);
}

/** Throws AccessDenied for a listing whose prefix fits none of those that may be listed. */
export function checkListable(options: AwsServerOptions, action: string, prefix: string | undefined): void {
  const { listable = ['*'], unlistable = [] } = options;
  if (!action.startsWith('s3:ListBucket')) return;
  const fits = (pattern: string): boolean =>
    pattern.endsWith('*') ? prefix?.startsWith(pattern.slice(0, -1)) === true : prefix === pattern;
  // A condition on s3:prefix is of requests that have one.
  const isAny = options.listable === undefined && prefix === undefined;
  if ((!isAny && !listable.some(fits)) || unlistable.some(fits))
    throw new AwsError(403, 'AccessDenied', `no policy lets list ${prefix ?? 'the bucket'}`);
}
