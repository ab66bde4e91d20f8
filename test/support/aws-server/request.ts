import type { IncomingMessage } from 'node:http';
import { AwsError } from './answer.ts';
import { decodeChunkedBody } from './chunked-body.ts';

/** What the server remembers of a request, for tests that count or look. */
export interface RequestRecord {
  readonly method: string;
  /** The path, percent-decoded, without the query. */
  readonly path: string;
  readonly service: string;
  /** The API operation, such as GetObject or ListPublicKeys; `Unknown` where it is none of ours. */
  readonly operation: string;
  /** The Region of the credential scope. */
  readonly region: string | undefined;
  readonly accessKeyId: string | undefined;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** What a listing asked for. */
  readonly prefix: string | undefined;
  readonly startAfter: string | undefined;
  /** Who pays, where the request says so in a header that it signs. */
  readonly payer: string | undefined;
  /** The status answered; 0 until then, and where a fault left no answer. */
  status: number;
}

/** The parts of an `Authorization: AWS4-HMAC-SHA256` header (Signature Version 4). */
export interface Authorization {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** A request in the terms handlers use. `rawPath` is as sent; `bucket` and `key` are decoded. */
export interface AwsRequest {
  readonly method: string;
  readonly rawPath: string;
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as sent, which is what is signed. */
  readonly rawBody: Buffer;
  /** The body without aws-chunked framing. */
  readonly body: Buffer;
  readonly authorization: Authorization | undefined;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
}

/** Who pays for a request to S3, where it says so in a header that it signs. */
export function payerOf({ headers, authorization }: AwsRequest): string | undefined {
  const name = 'x-amz-request-payer';
  return authorization?.signedHeaders.includes(name) === true ? headers[name] : undefined;
}

/** More than any test object; a client that sends more is mistaken. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Reads and takes apart one request; throws AwsError for what no service could understand. */
export async function readRequest(message: IncomingMessage): Promise<AwsRequest> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of message as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) throw new AwsError(400, 'EntityTooLarge', 'the body is too large');
    pieces.push(piece);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const url = message.url ?? '/';
  const mark = url.indexOf('?');
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const path = decode(rawPath);
  const rawBody = Buffer.concat(pieces);
  const chunked = headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true;
  return {
    method: message.method ?? 'GET',
    rawPath,
    path,
    query: parseQuery(mark < 0 ? '' : url.slice(mark + 1)),
    headers,
    rawBody,
    body: chunked ? decodeChunkedBody(rawBody) : rawBody,
    authorization: parseAuthorization(headers.authorization),
    ...placeOf(headers.host ?? '', path),
  };
}

/** Where an S3 request points: by virtual host (`bucket.s3.region.amazonaws.com`, `bucket.localhost`) or by path. */
function placeOf(host: string, path: string): { bucket: string | undefined; key: string | undefined } {
  const name = host.replace(/:\d+$/, '');
  const virtual = /^(.+?)\.(?:s3[a-z0-9.-]*\.amazonaws\.com(?:\.cn)?|(?:s3\.)?localhost)$/.exec(name)?.[1];
  const rest = path.slice(1);
  if (virtual !== undefined && virtual !== 's3')
    return { bucket: virtual, key: rest === '' ? undefined : rest };
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  const key = slash < 0 ? '' : rest.slice(slash + 1);
  return { bucket: bucket === '' ? undefined : bucket, key: key === '' ? undefined : key };
}

function parseQuery(query: string): Map<string, string> {
  const parsed = new Map<string, string>();
  for (const pair of query.split('&').filter((one) => one !== '')) {
    const mark = pair.indexOf('=');
    const name = mark < 0 ? pair : pair.slice(0, mark);
    const value = mark < 0 ? '' : pair.slice(mark + 1);
    parsed.set(decode(name), decode(value.replace(/\+/g, ' ')));
  }
  return parsed;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AwsError(400, 'InvalidURI', `could not parse the specified URI: ${text}`);
  }
}

function parseAuthorization(header: string | undefined): Authorization | undefined {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]*)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;
  const [, accessKeyId, date, region, service, signedHeaders, signature] = pattern.exec(header ?? '') ?? [];
  if (accessKeyId === undefined || date === undefined || region === undefined) return undefined;
  if (service === undefined || signedHeaders === undefined || signature === undefined) return undefined;
  return { accessKeyId, date, region, service, signedHeaders: signedHeaders.split(';'), signature };
}
