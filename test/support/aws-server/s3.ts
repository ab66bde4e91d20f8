import { type Answer, AwsError } from './answer.ts';
import { checkAllowed, checkListable } from './deny.ts';
import type { ServerState } from './options.ts';
import { type AwsRequest, payerOf } from './request.ts';
import * as buckets from './s3-buckets.ts';
import { listObjects, listObjectsV2 } from './s3-listing.ts';
import { getObject, headObject } from './s3-read.ts';
import { answerSubresource, SUBRESOURCES } from './s3-settings.ts';
import { listObjectVersions } from './s3-versions.ts';
import { deleteObject, putObject } from './s3-write.ts';

type Handler = (request: AwsRequest, state: ServerState, bucket: string, key: string) => Answer;

interface Operation {
  readonly action: string;
  readonly handle: Handler;
  /** True where the bucket need not exist, or may be asked about from every Region. */
  readonly anyRegion?: boolean;
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ListBuckets: { action: 's3:ListAllMyBuckets', handle: buckets.listBuckets, anyRegion: true },
  CreateBucket: { action: 's3:CreateBucket', handle: buckets.createBucket, anyRegion: true },
  GetBucketLocation: { action: 's3:GetBucketLocation', handle: buckets.getBucketLocation, anyRegion: true },
  HeadBucket: { action: 's3:ListBucket', handle: buckets.headBucket },
  DeleteBucket: { action: 's3:DeleteBucket', handle: buckets.deleteBucket },
  GetBucketVersioning: { action: 's3:GetBucketVersioning', handle: buckets.getBucketVersioning },
  PutBucketVersioning: { action: 's3:PutBucketVersioning', handle: buckets.putBucketVersioning },
  ListObjects: { action: 's3:ListBucket', handle: listObjects },
  ListObjectsV2: { action: 's3:ListBucket', handle: listObjectsV2 },
  ListObjectVersions: { action: 's3:ListBucketVersions', handle: listObjectVersions },
  GetObject: { action: 's3:GetObject', handle: getObject },
  HeadObject: { action: 's3:GetObject', handle: headObject },
  PutObject: { action: 's3:PutObject', handle: putObject },
  DeleteObject: { action: 's3:DeleteObject', handle: deleteObject },
  ...Object.fromEntries(
    Object.entries(SUBRESOURCES).map(([name, { operation, action }]) => {
      const handle: Handler = (request, state, bucket) => answerSubresource(name, request, state, bucket);
      return [operation, { action, handle }];
    }),
  ),
};

/** The query parameters that turn a request into one for a subresource this server does not have. */
const FOREIGN_SUBRESOURCES = ['tagging', 'uploads', 'uploadId', 'delete'];

/** The name of the S3 operation that a request asks for; `Unknown` where this server has none. */
export function s3Operation(request: AwsRequest): string {
  const { method, query, bucket, key } = request;
  if (FOREIGN_SUBRESOURCES.some((name) => query.has(name))) return 'Unknown';
  const setting = Object.entries(SUBRESOURCES).find(([name]) => query.has(name))?.[1];
  if (setting !== undefined) return method === 'GET' && key === undefined ? setting.operation : 'Unknown';
  if (bucket === undefined) return method === 'GET' ? 'ListBuckets' : 'Unknown';
  if (key !== undefined) {
    return (
      { GET: 'GetObject', HEAD: 'HeadObject', PUT: 'PutObject', DELETE: 'DeleteObject' }[method] ?? 'Unknown'
    );
  }
  if (query.has('versioning'))
    return { GET: 'GetBucketVersioning', PUT: 'PutBucketVersioning' }[method] ?? 'Unknown';
  if (method !== 'GET')
    return { HEAD: 'HeadBucket', PUT: 'CreateBucket', DELETE: 'DeleteBucket' }[method] ?? 'Unknown';
  if (query.has('location')) return 'GetBucketLocation';
  if (query.has('versions')) return 'ListObjectVersions';
  return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
}

/** Answers an S3 request; throws AwsError for what S3 refuses. */
export function answerS3(request: AwsRequest, state: ServerState): Answer {
  const operation = OPERATIONS[s3Operation(request)];
  if (operation === undefined)
    throw new AwsError(501, 'NotImplemented', 'this server does not know that operation');
  const bucket = request.bucket ?? '';
  const key = request.key ?? '';
  if (operation.anyRegion !== true) checkBucket(request, state, bucket);
  try {
    const action = request.query.has('versionId') ? `${operation.action}Version` : operation.action;
    checkAllowed(state, action, bucket);
    checkListable(state, action, request.query.get('prefix'));
    if (state.requesterPays?.has(bucket) === true && payerOf(request) !== 'requester')
      throw new AwsError(403, 'AccessDenied', 'Access Denied');
  } catch (error) {
    if (error instanceof AwsError && state.store.hasBucket(bucket)) {
      throw new AwsError(error.status, error.code, error.message, { headers: regionHeader(state, bucket) });
    }
    throw error;
  }
  return operation.handle(request, state, bucket, key);
}

/** The header that tells a bucket's Region, also beside a refusal. */
export function regionHeader(state: ServerState, bucket: string): Record<string, string> {
  return { 'x-amz-bucket-region': state.store.regionOf(bucket) };
}

function checkBucket(request: AwsRequest, state: ServerState, bucket: string): void {
  if (!state.store.hasBucket(bucket)) {
    throw new AwsError(404, 'NoSuchBucket', 'The specified bucket does not exist', {
      details: { BucketName: bucket },
    });
  }
  const region = state.store.regionOf(bucket);
  const asked = request.authorization?.region;
  if (!state.strictRegions || asked === region) return;
  const headers = regionHeader(state, bucket);
  if (state.strictRegions === 'malformed') {
    const message = `The authorization header is malformed; the region '${asked}' is wrong; expecting '${region}'`;
    throw new AwsError(400, 'AuthorizationHeaderMalformed', message, {
      headers,
      details: { Region: region },
    });
  }
  const message = 'The bucket you are attempting to access must be addressed using the specified endpoint.';
  const details = { Endpoint: `${bucket}.s3.${region}.amazonaws.com`, Bucket: bucket };
  throw new AwsError(301, 'PermanentRedirect', message, { headers, details });
}
