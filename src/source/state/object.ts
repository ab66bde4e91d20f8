import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  classifyFailure,
  credentialsError,
  failureName,
  failureStatus,
  failureText,
} from '../../aws/failure.ts';
import type { AwsSession } from '../../aws/session.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { openS3Clients } from '../s3/clients.ts';
import { isAbsent, readBody } from '../s3/retry.ts';
import { type ObjectRef, objectUri } from '../source.ts';
import type { StateStore } from './file.ts';

/**
 * A state in an object of at most `most` bytes. It is written with `If-Match` (the entity tag that was read) or
 * `If-None-Match: *`, so that of two runs at once one is refused (S3 user guide, "Conditional writes").
 */
export function openStateObject(session: AwsSession, ref: ObjectRef, most: number): StateStore {
  const clients = openS3Clients(session);
  const name = objectUri(ref);
  const at = { Bucket: ref.bucket, Key: ref.key };
  return {
    location: name,
    read: async () => {
      try {
        return await clients.run(ref.bucket, async (client) => {
          const {
            Body: body,
            ContentLength: length,
            ETag: version,
          } = await client.send(new GetObjectCommand(at));
          if (body === undefined || !('on' in body) || !('destroy' in body) || length === undefined)
            throw new Error('it was sent without a body or its length');
          if (length > most || version === undefined) {
            body.destroy();
            throw new Error(
              version === undefined ? 'it has no entity tag' : `it is larger than ${most} bytes`,
            );
          }
          return { bytes: await readBody(body, length, session.requestTimeoutMs), version };
        });
      } catch (error) {
        if (isAbsent(error) && failureName(error) === 'NoSuchKey') return undefined;
        throw unreadable(name, error);
      }
    },
    write: async (bytes, version) => {
      const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
      const command = new PutObjectCommand({
        ...at,
        ...condition,
        Body: bytes,
        ContentLength: bytes.length,
        ContentType: 'application/json',
      });
      try {
        await clients.run(ref.bucket, (client) => client.send(command));
      } catch (error) {
        throw unwritten(name, error);
      }
    },
  };
}

function unreadable(name: string, cause: unknown): TrailVerifyError {
  if (classifyFailure(cause) === 'credentials') return credentialsError(cause);
  const isPassing = ['network', 'passing'].includes(classifyFailure(cause));
  return new TrailVerifyError(
    isPassing ? 'UNREACHABLE' : 'STATE_INVALID',
    `state ${name} cannot be read: ${failureText(cause)}`,
    {
      hint: 'grant s3:GetObject on it, and s3:ListBucket on its bucket so that S3 reports an absent state as absent',
      cause,
    },
  );
}

function unwritten(name: string, cause: unknown): TrailVerifyError {
  const status = failureStatus(cause);
  // 412: it is another by now; 409: another write was faster; 404: the state that was read is gone (API reference, PutObject).
  if (status === 412 || status === 409 || failureName(cause) === 'NoSuchKey') {
    return new TrailVerifyError('STATE_CONFLICT', `state ${name} was written by another run meanwhile`, {
      hint: 'its state stays as it is; let one run at a time use a state',
      cause,
    });
  }
  return new TrailVerifyError(
    'STATE_NOT_WRITTEN',
    `state ${name} could not be written: ${failureText(cause)}`,
    {
      hint: 'the old state is as it was; grant s3:PutObject on it, and run again',
      cause,
    },
  );
}
