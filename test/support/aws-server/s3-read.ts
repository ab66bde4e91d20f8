import { createHash } from 'node:crypto';
import type { ObjectVersion } from '../object-store.ts';
import { type Answer, AwsError } from './answer.ts';
import { isDenied } from './deny.ts';
import type { ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';

/** Storage classes whose objects must be restored before they can be read. */
const ARCHIVED = ['GLACIER', 'DEEP_ARCHIVE'];

/** The quoted ETag of a version: the MD5 of its bytes. */
export function entityTag(version: ObjectVersion): string {
  return `"${createHash('md5').update(version.bytes).digest('hex')}"`;
}

/** Where the bucket was ever versioned: the header that tells an object's version. */
export function versionHeader(
  state: ServerState,
  bucket: string,
  version: ObjectVersion,
): Record<string, string> {
  return state.store.versioningOf(bucket) === 'Unversioned' ? {} : { 'x-amz-version-id': version.versionId };
}

/** GetObject, whole or a range. */
export function getObject(request: AwsRequest, state: ServerState, bucket: string, key: string): Answer {
  const version = findVersion(request, state, bucket, key);
  const restored = version.headers?.['x-amz-restore']?.includes('ongoing-request="false"') === true;
  if (ARCHIVED.includes(version.storageClass ?? '') && !restored) {
    const details = { StorageClass: version.storageClass ?? '' };
    throw new AwsError(
      403,
      'InvalidObjectState',
      "The operation is not valid for the object's storage class",
      { details },
    );
  }
  return rangeOf(request, version.bytes, objectHeaders(state, bucket, version));
}

/** HeadObject: what GetObject would answer, but for the body. Archived objects answer too. */
export function headObject(request: AwsRequest, state: ServerState, bucket: string, key: string): Answer {
  const version = findVersion(request, state, bucket, key);
  return rangeOf(request, version.bytes, objectHeaders(state, bucket, version));
}

function findVersion(request: AwsRequest, state: ServerState, bucket: string, key: string): ObjectVersion {
  const failure = state.store.failureOf(bucket, key);
  if (failure !== undefined)
    throw new AwsError(failure.status, failure.code, failure.message ?? failure.code);
  const versionId = request.query.get('versionId');
  const version = state.store.get(bucket, key, versionId);
  if (version === undefined) throw absence(state, bucket, key, versionId);
  if (version.deleteMarker === true) {
    throw new AwsError(
      405,
      'MethodNotAllowed',
      'The specified method is not allowed against this resource.',
      {
        headers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' },
      },
    );
  }
  checkConditions(request, version);
  return version;
}

/** Absent objects are hidden from those who may not list, as S3 does. */
function absence(state: ServerState, bucket: string, key: string, versionId: string | undefined): AwsError {
  if (isDenied(state, 's3:ListBucket', bucket)) return new AwsError(403, 'AccessDenied', 'Access Denied');
  if (versionId !== undefined) {
    const details = { Key: key, VersionId: versionId };
    return new AwsError(404, 'NoSuchVersion', 'The specified version does not exist.', { details });
  }
  const marker = state.store.versions(bucket, key)[0];
  const headers: Record<string, string> =
    marker === undefined ? {} : { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  return new AwsError(404, 'NoSuchKey', 'The specified key does not exist.', {
    headers,
    details: { Key: key },
  });
}

function checkConditions(request: AwsRequest, version: ObjectVersion): void {
  const tag = entityTag(version);
  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined && !sameTag(ifMatch, tag)) {
    throw new AwsError(
      412,
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      {
        details: { Condition: 'If-Match' },
      },
    );
  }
  const ifNoneMatch = request.headers['if-none-match'];
  if (ifNoneMatch !== undefined && sameTag(ifNoneMatch, tag))
    throw new AwsError(304, 'NotModified', 'Not Modified');
}

/** Whether a condition header names this ETag; quotes may be left out. */
export function sameTag(condition: string, tag: string): boolean {
  return condition === '*' || condition.replace(/"/g, '') === tag.replace(/"/g, '');
}

function objectHeaders(state: ServerState, bucket: string, version: ObjectVersion): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'binary/octet-stream',
    ...version.headers,
    'accept-ranges': 'bytes',
    etag: entityTag(version),
    'last-modified': new Date(version.lastModified).toUTCString(),
    ...versionHeader(state, bucket, version),
  };
  if (version.storageClass !== undefined) headers['x-amz-storage-class'] = version.storageClass;
  for (const [name, value] of Object.entries(version.metadata)) headers[`x-amz-meta-${name}`] = value;
  return headers;
}

function rangeOf(request: AwsRequest, bytes: Uint8Array, headers: Record<string, string>): Answer {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined || last === undefined || first + last === '')
    return { status: 200, headers, body: bytes };
  const size = bytes.length;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last));
  if (start >= size || start > end) {
    throw new AwsError(416, 'InvalidRange', 'The requested range is not satisfiable', {
      headers: { 'content-range': `bytes */${size}` },
      details: { ActualObjectSize: String(size) },
    });
  }
  const contentRange = { 'content-range': `bytes ${start}-${end}/${size}` };
  return { status: 206, headers: { ...headers, ...contentRange }, body: bytes.subarray(start, end + 1) };
}
