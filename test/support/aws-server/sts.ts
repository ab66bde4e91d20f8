import { randomBytes } from 'node:crypto';
import { type Answer, AwsError, xmlAnswer } from './answer.ts';
import { checkAllowed } from './deny.ts';
import { callerAccount, type ServerState, serverTime } from './options.ts';
import type { AwsRequest } from './request.ts';
import type { Secret } from './signature.ts';
import { element } from './xml.ts';

/** The fields of a query-protocol request. */
export function formBody(request: AwsRequest): URLSearchParams {
  return new URLSearchParams(request.body.toString('utf8'));
}

/** Answers GetCallerIdentity and AssumeRole; the credentials of a role are added to `issued`. Throws AwsError. */
export function answerSts(
  request: AwsRequest,
  state: ServerState,
  operation: string,
  issued: Map<string, Secret>,
): Answer {
  checkAllowed(state, `sts:${operation}`, request.authorization?.region);
  const form = formBody(request);
  if (operation === 'GetCallerIdentity') return document(operation, callerIdentity(request, state, issued));
  if (operation === 'AssumeRole') return document(operation, assumeRole(form, state, issued));
  throw new AwsError(400, 'InvalidAction', `Could not find operation ${operation}`);
}

/** The account that a request is of: that of the role whose credentials signed it, else the caller's. */
export function accountOf(
  request: AwsRequest,
  state: ServerState,
  issued: ReadonlyMap<string, Secret>,
): string {
  return roleOf(request, issued)?.split(':')[4] ?? callerAccount(state);
}

function roleOf(request: AwsRequest, issued: ReadonlyMap<string, Secret>): string | undefined {
  return issued.get(request.authorization?.accessKeyId ?? '')?.arn;
}

function callerIdentity(
  request: AwsRequest,
  state: ServerState,
  issued: ReadonlyMap<string, Secret>,
): string {
  const role = roleOf(request, issued);
  const account = accountOf(request, state, issued);
  const arn = role ?? `arn:aws:iam::${account}:user/test`;
  return element('Arn', arn) + element('UserId', 'AIDAEXAMPLE') + element('Account', account);
}

function assumeRole(form: URLSearchParams, state: ServerState, issued: Map<string, Secret>): string {
  const [, partition, account, role] =
    /^arn:([a-z-]+):iam::(\d{12}):role\/(.+)$/.exec(form.get('RoleArn') ?? '') ?? [];
  const session = form.get('RoleSessionName') ?? '';
  if (partition === undefined || account === undefined || role === undefined || session === '') {
    throw new AwsError(400, 'ValidationError', 'RoleArn or RoleSessionName is invalid');
  }
  const { mfa } = state;
  if (mfa !== undefined && (form.get('SerialNumber') !== mfa.serial || form.get('TokenCode') !== mfa.code))
    throw new AwsError(
      403,
      'AccessDenied',
      'MultiFactorAuthentication failed with invalid MFA one time pass code.',
    );
  const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
  const secretAccessKey = randomBytes(20).toString('hex');
  const sessionToken = randomBytes(32).toString('base64');
  const arn = `arn:${partition}:sts::${account}:assumed-role/${role.split('/').at(-1)}/${session}`;
  issued.set(accessKeyId, { secretAccessKey, sessionToken, arn });
  const credentials = [
    element('AccessKeyId', accessKeyId),
    element('SecretAccessKey', secretAccessKey),
    element('SessionToken', sessionToken),
    element('Expiration', new Date(serverTime(state) + 3_600_000).toISOString()),
  ];
  const user = element('AssumedRoleId', `AROAEXAMPLE:${session}`) + element('Arn', arn);
  return `<Credentials>${credentials.join('')}</Credentials><AssumedRoleUser>${user}</AssumedRoleUser>`;
}

function document(operation: string, result: string): Answer {
  const metadata =
    '<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>';
  const content = `<${operation}Result>${result}</${operation}Result>${metadata}`;
  const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
  return xmlAnswer(`<${operation}Response xmlns="${namespace}">${content}</${operation}Response>`, 200, {
    'content-type': 'text/xml',
  });
}
