import {
  classifyFailure,
  credentialsError,
  failureName,
  failureStatus,
  failureText,
} from '../../aws/failure.ts';
import { AnswerNotUnderstoodError } from '../../aws/patience.ts';
import { type ErrorCode, TrailVerifyError } from '../../base/errors.ts';
import { type ObjectRef, objectUri } from '../source.ts';

/** What S3 says of an object that is not there; `NotFound` is the SDK's name for a 404 without a body. */
const ABSENT: ReadonlySet<string> = new Set(['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'NotFound']);
/** Keys have 1,024 bytes at most (user guide, "Naming Amazon S3 objects"). */
const LONGEST_KEY = 1024;

/** What S3 and KMS say where an object may be read but not be decrypted. */
const UNDECRYPTABLE = /\bkms:[A-Z]|\bKMS\b|[Cc]iphertext|customer master key|Server Side Encryption/;

/** A failed read of one object as the error that `Source.open` promises; the message is the same in every run. */
export function objectError(ref: ObjectRef, error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError)
    return error.code === 'UNREACHABLE' ? unreachable(ref, error) : error;
  const uri = objectUri(ref);
  const text = failureText(error);
  const fail = (code: ErrorCode, message: string, hint: string): TrailVerifyError =>
    new TrailVerifyError(code, `${uri} ${message}`, { hint, cause: error });
  switch (objectFailure(ref, error)) {
    case 'credentials':
      return credentialsError(error);
    case 'absent':
      return fail(
        'OBJECT_NOT_FOUND',
        'is not there',
        'look for it in other versions of the bucket and in backups',
      );
    case 'archived':
      return fail(
        'OBJECT_ARCHIVED',
        'is archived',
        'restore it with "aws s3api restore-object", then run again',
      );
    case 'undecryptable':
      return fail(
        'OBJECT_UNDECRYPTABLE',
        `cannot be decrypted: ${text}`,
        'grant kms:Decrypt on the key, and see that the key is enabled',
      );
    case 'denied':
      return fail(
        'OBJECT_DENIED',
        `may not be read: ${text}`,
        'grant s3:GetObject on it, and s3:ListBucket on the bucket so that an absent object is told from a denied one',
      );
    default:
      return fail(
        'OBJECT_UNREACHABLE',
        `could not be read: ${text}`,
        'run again; look at network, proxy and endpoint',
      );
  }
}

/** A failed listing as the error that `Source.list` and `Source.folders` promise. */
export function listingError(bucket: string, prefix: string, error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  const uri = `s3://${bucket}/${prefix}`;
  const text = failureText(error);
  if (classifyFailure(error) === 'credentials') return credentialsError(error);
  if (isMissingBucket(error)) {
    return new TrailVerifyError('TARGET_NOT_FOUND', `there is no bucket ${bucket}`, {
      hint: "check the bucket's name, and the endpoint where it is not at AWS",
      cause: error,
    });
  }
  if (classifyFailure(error) === 'denied') {
    return new TrailVerifyError('ACCESS_DENIED', `${uri} may not be listed: ${text}`, {
      hint: `grant s3:ListBucket on arn:aws:s3:::${bucket}`,
      cause: error,
    });
  }
  const isStrange = error instanceof AnswerNotUnderstoodError;
  return new TrailVerifyError('UNREACHABLE', `${uri} could not be listed: ${text}`, {
    hint: bucket.endsWith('--x-s3')
      ? 'directory buckets list their keys in no order: copy the trail into a general purpose bucket or a folder'
      : isStrange
        ? 'the server does not answer as S3 does: look at endpoint and proxy, then run again'
        : 'check network, proxy and endpoint, then run again',
    cause: error,
  });
}

type ObjectFailure = 'credentials' | 'absent' | 'archived' | 'undecryptable' | 'denied' | 'unreachable';

/** Whether an object is not there: S3 says so by a 404 alone, whatever the words of another answer are. */
export function isAbsent(error: unknown): boolean {
  return failureStatus(error) === 404 && ABSENT.has(failureName(error));
}

/** A 404 from something else than S3 is nobody's word on a bucket; a name that S3 refuses can be no bucket's. */
function isMissingBucket(error: unknown): boolean {
  const name = failureName(error);
  const status = failureStatus(error);
  return (name === 'NoSuchBucket' && status === 404) || (name === 'InvalidBucketName' && status === 400);
}

function objectFailure({ key, versionId }: ObjectRef, error: unknown): ObjectFailure {
  const name = failureName(error);
  const status = failureStatus(error);
  const failure = classifyFailure(error);
  if (failure === 'credentials') return 'credentials';
  // A version that is a delete marker answers 405 (API reference, GetObject).
  const isMarker = versionId !== undefined && name === 'MethodNotAllowed' && status === 405;
  const isImpossible = name === 'KeyTooLongError' && Buffer.byteLength(key) > LONGEST_KEY;
  if (isAbsent(error) || isMarker || isImpossible) return 'absent';
  if (name === 'InvalidObjectState') return 'archived';
  const refused = status !== undefined && status >= 400 && status < 500;
  if (name.startsWith('KMS.') || (refused && UNDECRYPTABLE.test(failureText(error)))) return 'undecryptable';
  return failure === 'denied' ? 'denied' : 'unreachable';
}

/** STS or the endpoint did not answer while this object was read. */
function unreachable(ref: ObjectRef, error: TrailVerifyError): TrailVerifyError {
  return new TrailVerifyError('OBJECT_UNREACHABLE', `${objectUri(ref)} could not be read: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error,
  });
}
