import { type Answer, AwsError, xmlAnswer } from './answer.ts';
import { type KeyPage, pageOfKeys, parseMaxKeys } from './key-pages.ts';
import type { ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';
import { S3_NAMESPACE } from './s3-buckets.ts';
import { entityTag } from './s3-read.ts';
import { element, encodeKey } from './xml.ts';

/** How keys are written into the document: as they are, or percent-encoded where the client asked for that. */
export type KeyEncoding = (key: string) => string;

/** The `encoding-type` of a request as a function; throws InvalidArgument for one S3 does not know. */
export function keyEncoding(request: AwsRequest): KeyEncoding {
  const asked = request.query.get('encoding-type');
  if (asked === undefined || asked === '') return (key) => key;
  if (asked !== 'url')
    throw new AwsError(400, 'InvalidArgument', 'Invalid Encoding Method specified in Request');
  return encodeKey;
}

/** ListObjectsV2: pages by an opaque token. */
export function listObjectsV2(request: AwsRequest, state: ServerState, bucket: string): Answer {
  const { query } = request;
  const encode = keyEncoding(request);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const after = token === undefined ? startAfter : readToken(token);
  const page = listPage(request, state, bucket, after);
  const last = page.rows.at(-1);
  const parts = [
    ...commonParts(request, bucket, page, encode),
    element('KeyCount', page.rows.length),
    startAfter === '' ? '' : element('StartAfter', encode(startAfter)),
    token === undefined ? '' : element('ContinuationToken', token),
    page.truncated && last !== undefined ? element('NextContinuationToken', makeToken(last.name)) : '',
    ...rows(state, bucket, page, encode),
  ];
  return xmlAnswer(`<ListBucketResult xmlns="${S3_NAMESPACE}">${parts.join('')}</ListBucketResult>`);
}

/** ListObjects, the first version: pages by Marker; NextMarker only where a delimiter was given, as at AWS. */
export function listObjects(request: AwsRequest, state: ServerState, bucket: string): Answer {
  const marker = request.query.get('marker') ?? '';
  const encode = keyEncoding(request);
  const page = listPage(request, state, bucket, marker);
  const last = page.rows.at(-1);
  const next = page.truncated && last !== undefined && request.query.get('delimiter');
  const parts = [
    ...commonParts(request, bucket, page, encode),
    element('Marker', encode(marker)),
    next ? element('NextMarker', encode(last.name)) : '',
    ...rows(state, bucket, page, encode),
  ];
  return xmlAnswer(`<ListBucketResult xmlns="${S3_NAMESPACE}">${parts.join('')}</ListBucketResult>`);
}

function listPage(request: AwsRequest, state: ServerState, bucket: string, after: string): KeyPage {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const maxKeys = parseMaxKeys(query.get('max-keys'));
  return pageOfKeys(state.store.keys(bucket), { prefix, delimiter, after, maxKeys });
}

function commonParts(request: AwsRequest, bucket: string, page: KeyPage, encode: KeyEncoding): string[] {
  const { query } = request;
  const delimiter = query.get('delimiter') ?? '';
  return [
    element('Name', bucket),
    element('Prefix', encode(query.get('prefix') ?? '')),
    delimiter === '' ? '' : element('Delimiter', encode(delimiter)),
    query.has('encoding-type') ? element('EncodingType', 'url') : '',
    element('MaxKeys', parseMaxKeys(query.get('max-keys'))),
    element('IsTruncated', page.truncated),
  ];
}

function rows(state: ServerState, bucket: string, page: KeyPage, encode: KeyEncoding): string[] {
  return page.rows.map(({ name, isPrefix }) => {
    if (isPrefix) return `<CommonPrefixes>${element('Prefix', encode(name))}</CommonPrefixes>`;
    const version = state.store.get(bucket, name);
    if (version === undefined) return '';
    const parts = [
      element('Key', encode(name)),
      element('LastModified', new Date(version.lastModified).toISOString()),
      element('ETag', entityTag(version)),
      element('Size', version.bytes.length),
      element('StorageClass', version.storageClass ?? 'STANDARD'),
    ];
    return `<Contents>${parts.join('')}</Contents>`;
  });
}

function makeToken(lastName: string): string {
  return Buffer.from(lastName, 'utf8').toString('base64url');
}

function readToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString('utf8');
  if (token === '' || makeToken(name) !== token) {
    throw new AwsError(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  }
  return name;
}
