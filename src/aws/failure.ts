/**
 * What went wrong in a call to AWS, told from the error's name, status and words. The SDK's errors carry `name`
 * (the service's error code), `$metadata.httpStatusCode` and, for the network's own errors, `code`.
 */
import { TrailVerifyError } from '../base/errors.ts';

/** The kinds of failure that the program treats differently. */
export type AwsFailure = 'credentials' | 'denied' | 'network' | 'passing' | 'other';

interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** Without these no call succeeds, wherever it goes. */
const CREDENTIAL_ERRORS: ReadonlySet<string> = new Set([
  'AuthFailure',
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidSignatureException',
  'InvalidToken',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'MissingSecurityHeader',
  'NotSignedUp',
  'RequestExpired',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
  'TokenProviderError',
  'TokenRefreshRequired',
]);

const PASSING_ERRORS: ReadonlySet<string> = new Set([
  'InternalError',
  'InternalFailure',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

/** What S3 says, and what the machine says, where fewer requests at once would fare better. */
const CONGESTION: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'RequestLimitExceeded',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

const NETWORK_ERRORS: ReadonlySet<string> = new Set([
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETUNREACH',
  'ENFILE',
  'ENOTFOUND',
  'EPIPE',
  'EPROTO',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ETIMEDOUT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The service's error code, such as `NoSuchKey`; '' for what is no error of the SDK. */
export function failureName(error: unknown): string {
  const name = sdkError(error).name;
  return typeof name === 'string' ? name : '';
}

/** The HTTP status of the answer; undefined where there was none. */
export function failureStatus(error: unknown): number | undefined {
  return sdkError(error).$metadata?.httpStatusCode;
}

/** How many tries the SDK made before it gave up; 1 where it does not say. */
export function failureAttempts(error: unknown): number {
  return sdkError(error).$metadata?.attempts ?? 1;
}

/** Whether fewer requests at once would fare better: S3 throttles, or this machine has no connection or file left. */
export function isCongestion(error: unknown): boolean {
  const { code } = sdkError(error);
  const status = failureStatus(error);
  const isNamed = CONGESTION.has(failureName(error)) || (typeof code === 'string' && CONGESTION.has(code));
  return isNamed || status === 429 || status === 503;
}

/** The service's or the network's own words, on one line and of bounded length, without the request's id. */
export function failureText(error: unknown): string {
  const { message, code } = sdkError(error);
  const words = typeof message === 'string' && message !== '' ? message : String(code ?? failureName(error));
  return words.replace(/\s+/g, ' ').slice(0, 500);
}

/** Which kind of failure an error of an AWS call is. */
export function classifyFailure(error: unknown): AwsFailure {
  const name = failureName(error);
  const status = failureStatus(error);
  const { code } = sdkError(error);
  if (error instanceof TrailVerifyError && error.code === 'CREDENTIALS') return 'credentials';
  if (CREDENTIAL_ERRORS.has(name) || status === 401) return 'credentials';
  if (PASSING_ERRORS.has(name) || status === 429 || (status !== undefined && status >= 500)) return 'passing';
  if (
    name === 'TimeoutError' ||
    name === 'NoAnswer' ||
    (typeof code === 'string' && NETWORK_ERRORS.has(code))
  )
    return 'network';
  if (name.startsWith('AccessDenied') || name === 'UnauthorizedOperation' || status === 403) return 'denied';
  return 'other';
}

/** The error that ends a run because AWS does not accept, or there are no, credentials (in the profile that was named). */
export function credentialsError(error: unknown, profile?: string): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const name = failureName(error);
  const place = profile === undefined ? '' : ` in profile ${profile}`;
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return new TrailVerifyError('CREDENTIALS', `no usable AWS credentials${place}: ${failureText(error)}`, {
      hint: 'set AWS_PROFILE or --profile, log in again with "aws sso login", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      cause: error,
    });
  }
  const expired = /^(Expired|TokenRefresh|RequestExpired)/.test(name);
  const hint = expired
    ? 'log in again or fetch new temporary credentials'
    : name === 'RequestTimeTooSkewed'
      ? "set this machine's clock: AWS refuses requests whose time is wrong"
      : 'check which credentials are in use with "aws sts get-caller-identity"';
  return new TrailVerifyError('CREDENTIALS', `AWS refuses the credentials: ${failureText(error)} (${name})`, {
    hint,
    cause: error,
  });
}

function sdkError(error: unknown): SdkError {
  // Every field is optional and read as unknown, so any object may stand here.
  return typeof error === 'object' && error !== null ? (error as SdkError) : {};
}
