import { createHash } from 'node:crypto';
import type { PutInit } from '../object-store.ts';
import { type Answer, AwsError, emptyAnswer } from './answer.ts';
import type { ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';
import { entityTag, sameTag, versionHeader } from './s3-read.ts';

/** S3's limit of an object's user metadata, names and values together, in bytes. */
const MAX_METADATA_BYTES = 2048;

/** The headers of a PutObject that are given back with the object. */
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
];

/** PutObject, with If-None-Match: * and If-Match as S3 has them. */
export function putObject(request: AwsRequest, state: ServerState, bucket: string, key: string): Answer {
  if (Buffer.byteLength(key) > 1024) throw new AwsError(400, 'KeyTooLongError', 'Your key is too long');
  if (request.headers['x-amz-copy-source'] !== undefined) {
    throw new AwsError(501, 'NotImplemented', 'this server does not copy objects');
  }
  checkConditions(request, state, bucket, key);
  const md5 = request.headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(request.body).digest('base64')) {
    throw new AwsError(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  state.store.put(bucket, key, new Uint8Array(request.body), putInit(request));
  const version = state.store.get(bucket, key);
  if (version === undefined) throw new AwsError(500, 'InternalError', 'the object was not kept');
  return emptyAnswer(200, { etag: entityTag(version), ...versionHeader(state, bucket, version) });
}

/** DeleteObject: a delete marker in a versioned bucket; with `versionId` that version goes for good. */
export function deleteObject(request: AwsRequest, state: ServerState, bucket: string, key: string): Answer {
  const versionId = request.query.get('versionId');
  const target = versionId === undefined ? undefined : state.store.get(bucket, key, versionId);
  state.store.delete(bucket, key, versionId);
  const marker = versionId === undefined ? state.store.versions(bucket, key)[0] : target;
  if (marker?.deleteMarker !== true)
    return emptyAnswer(204, versionId === undefined ? {} : { 'x-amz-version-id': versionId });
  return emptyAnswer(204, { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId });
}

function checkConditions(request: AwsRequest, state: ServerState, bucket: string, key: string): void {
  const held = state.store.get(bucket, key);
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw new AwsError(
      501,
      'NotImplemented',
      'A header you provided implies functionality that is not implemented',
    );
  }
  const message = 'At least one of the pre-conditions you specified did not hold';
  if (ifNoneMatch === '*' && held !== undefined) {
    throw new AwsError(412, 'PreconditionFailed', message, { details: { Condition: 'If-None-Match' } });
  }
  const ifMatch = request.headers['if-match'];
  if (ifMatch === undefined) return;
  if (held === undefined)
    throw new AwsError(404, 'NoSuchKey', 'The specified key does not exist.', { details: { Key: key } });
  if (!sameTag(ifMatch, entityTag(held))) {
    throw new AwsError(412, 'PreconditionFailed', message, { details: { Condition: 'If-Match' } });
  }
}

function putInit(request: AwsRequest): PutInit {
  const metadata: Record<string, string> = {};
  const headers: Record<string, string> = {};
  let metadataBytes = 0;
  for (const [name, value] of Object.entries(request.headers)) {
    if (name.startsWith('x-amz-meta-')) {
      metadata[name.slice('x-amz-meta-'.length)] = value;
      metadataBytes += name.length - 'x-amz-meta-'.length + Buffer.byteLength(value);
    } else if (KEPT_HEADERS.includes(name)) {
      headers[name] = value;
    }
  }
  if (metadataBytes > MAX_METADATA_BYTES) {
    throw new AwsError(
      400,
      'MetadataTooLarge',
      'Your metadata headers exceed the maximum allowed metadata size',
    );
  }
  // aws-chunked describes the transfer, not the object.
  const encodings = (headers['content-encoding'] ?? '').split(',').map((one) => one.trim());
  headers['content-encoding'] = encodings.filter((one) => one !== '' && one !== 'aws-chunked').join(',');
  if (headers['content-encoding'] === '') delete headers['content-encoding'];
  const storageClass = request.headers['x-amz-storage-class'];
  return { metadata, headers, ...(storageClass === undefined ? {} : { storageClass }) };
}
