import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from './answer.ts';
import { type AwsServerOptions, serverTime } from './options.ts';
import type { AwsRequest } from './request.ts';
import { percentEncode } from './xml.ts';

/** A secret and, for a role's temporary credentials, the token that must come with it and the role's ARN. */
export interface Secret {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly arn?: string;
}

/** The codes that one refusal has in S3, in STS and in the JSON services. */
const REFUSALS = {
  key: {
    s3: [403, 'InvalidAccessKeyId'],
    sts: [403, 'InvalidClientTokenId'],
    json: [400, 'UnrecognizedClientException'],
  },
  signature: {
    s3: [403, 'SignatureDoesNotMatch'],
    sts: [403, 'SignatureDoesNotMatch'],
    json: [400, 'InvalidSignatureException'],
  },
  expired: { s3: [400, 'ExpiredToken'], sts: [403, 'ExpiredToken'], json: [400, 'ExpiredTokenException'] },
  absent: {
    s3: [403, 'AccessDenied'],
    sts: [403, 'MissingAuthenticationToken'],
    json: [400, 'MissingAuthenticationTokenException'],
  },
} as const;

/**
 * Lets a request pass or throws the AwsError its service would answer. Every request must carry a Signature
 * Version 4 header; it is verified where the server was given credentials, and for role credentials it issued.
 */
export function checkCredentials(
  request: AwsRequest,
  service: string,
  options: AwsServerOptions,
  issued: ReadonlyMap<string, Secret>,
): void {
  const authorization = request.authorization;
  if (authorization === undefined) throw refusal('absent', service, 'the request is not signed');
  const id = authorization.accessKeyId;
  if (options.expired?.has(id) === true) throw refusal('expired', service, 'the provided token has expired');
  const own = options.credentials?.accessKeyId === id ? options.credentials : undefined;
  const secret: Secret | undefined = issued.get(id) ?? own;
  if (secret === undefined) {
    if (options.credentials === undefined) return;
    throw refusal('key', service, 'the access key id you provided does not exist in our records');
  }
  if (secret.sessionToken !== undefined && request.headers['x-amz-security-token'] !== secret.sessionToken) {
    throw refusal('key', service, 'the security token included in the request is invalid');
  }
  checkPayload(request, service);
  const wanted = Buffer.from(signatureOf(request, secret.secretAccessKey), 'latin1');
  if (!timingSafeEqual(wanted, Buffer.from(authorization.signature, 'latin1'))) {
    throw refusal(
      'signature',
      service,
      'the request signature we calculated does not match the one you provided',
    );
  }
  const skew = Math.abs(requestTime(request) - serverTime(options));
  if (options.now === undefined && !(skew < 15 * 60_000)) {
    throw new AwsError(403, 'RequestTimeTooSkewed', 'the request time and the current time differ too much');
  }
}

function refusal(kind: keyof typeof REFUSALS, service: string, message: string): AwsError {
  const [status, code] = REFUSALS[kind][service === 's3' || service === 'sts' ? service : 'json'];
  return new AwsError(status, code, message);
}

/** The payload hash that is signed must be the payload's, unless it says that the payload is not signed. */
function checkPayload(request: AwsRequest, service: string): void {
  const declared = request.headers['x-amz-content-sha256'];
  if (declared === undefined || !/^[0-9a-f]{64}$/.test(declared)) return;
  if (declared !== sha256(request.rawBody)) {
    if (service !== 's3') throw refusal('signature', service, 'the payload is not the one that was signed');
    throw new AwsError(400, 'XAmzContentSHA256Mismatch', 'x-amz-content-sha256 is not the hash of the body');
  }
}

/** The signature of a request (AWS IAM user guide, "Create a signed AWS API request"), lower-case hex. */
function signatureOf(request: AwsRequest, secretAccessKey: string): string {
  const { date, region, service, signedHeaders } = request.authorization ?? {
    date: '',
    region: '',
    service: '',
    signedHeaders: [],
  };
  const query = [...request.query]
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const headers = signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`,
  );
  const canonical = [
    request.method,
    percentEncode(request.path).replace(/%2F/g, '/'),
    query,
    headers.join(''),
    signedHeaders.join(';'),
    request.headers['x-amz-content-sha256'] ?? sha256(request.rawBody),
  ].join('\n');
  const time = request.headers['x-amz-date'] ?? '';
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${date}/${region}/${service}/aws4_request\n${sha256(canonical)}`;
  const signingKey = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  return createHmac('sha256', signingKey).update(toSign).digest('hex');
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function requestTime(request: AwsRequest): number {
  const iso = (request.headers['x-amz-date'] ?? '').replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  return Date.parse(iso);
}
