import { type Answer, AwsError, emptyAnswer, xmlAnswer } from './answer.ts';
import { callerAccount, type ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';
import { element, elementText } from './xml.ts';

/** The namespace of every S3 document. */
export const S3_NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** ListBuckets: all of them on one page. */
export function listBuckets(_request: AwsRequest, state: ServerState): Answer {
  const rows = state.store
    .bucketNames()
    .map(
      (name) =>
        `<Bucket>${element('Name', name)}<CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket>`,
    );
  const owner = `<Owner>${element('ID', callerAccount(state))}</Owner>`;
  const content = `${owner}<Buckets>${rows.join('')}</Buckets>`;
  return xmlAnswer(`<ListAllMyBucketsResult xmlns="${S3_NAMESPACE}">${content}</ListAllMyBucketsResult>`);
}

/** CreateBucket, in the Region of the body's LocationConstraint, else in the one the request is signed for. */
export function createBucket(request: AwsRequest, state: ServerState, bucket: string): Answer {
  if (state.store.hasBucket(bucket)) {
    throw new AwsError(409, 'BucketAlreadyOwnedByYou', 'you have that bucket already', {
      details: { BucketName: bucket },
    });
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new AwsError(400, 'InvalidBucketName', 'The specified bucket is not valid.', {
      details: { BucketName: bucket },
    });
  }
  const constraint = elementText(request.body.toString('utf8'), 'LocationConstraint');
  state.store.createBucket(bucket, { region: constraint ?? request.authorization?.region ?? 'us-east-1' });
  return emptyAnswer(200, { location: `/${bucket}` });
}

/** DeleteBucket; refuses a bucket that still holds any version. */
export function deleteBucket(_request: AwsRequest, state: ServerState, bucket: string): Answer {
  if (state.store.allKeys(bucket).length > 0) {
    throw new AwsError(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
  }
  state.store.removeBucket(bucket);
  return emptyAnswer(204);
}

/** HeadBucket: nothing but the bucket's Region. */
export function headBucket(_request: AwsRequest, state: ServerState, bucket: string): Answer {
  return emptyAnswer(200, { 'x-amz-bucket-region': state.store.regionOf(bucket) });
}

/** GetBucketLocation: the Region, or nothing for us-east-1. */
export function getBucketLocation(_request: AwsRequest, state: ServerState, bucket: string): Answer {
  if (!state.store.hasBucket(bucket)) {
    throw new AwsError(404, 'NoSuchBucket', 'The specified bucket does not exist', {
      details: { BucketName: bucket },
    });
  }
  const region = state.store.regionOf(bucket);
  const shown = region === 'us-east-1' ? '' : region;
  return xmlAnswer(`<LocationConstraint xmlns="${S3_NAMESPACE}">${shown}</LocationConstraint>`);
}

/** GetBucketVersioning: empty where versioning was never set. */
export function getBucketVersioning(_request: AwsRequest, state: ServerState, bucket: string): Answer {
  const versioning = state.store.versioningOf(bucket);
  const mfa = state.store.settingsOf(bucket).mfaDelete === true ? element('MfaDelete', 'Enabled') : '';
  const status = (versioning === 'Unversioned' ? '' : element('Status', versioning)) + mfa;
  return xmlAnswer(`<VersioningConfiguration xmlns="${S3_NAMESPACE}">${status}</VersioningConfiguration>`);
}

/** PutBucketVersioning to Enabled or Suspended. */
export function putBucketVersioning(request: AwsRequest, state: ServerState, bucket: string): Answer {
  const status = elementText(request.body.toString('utf8'), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') {
    throw new AwsError(400, 'IllegalVersioningConfigurationException', 'the versioning status is none');
  }
  state.store.setVersioning(bucket, status);
  return emptyAnswer(200);
}
