/**
 * Objects in S3, and in whatever speaks its protocol. Bytes are taken as they are stored: CloudTrail delivers with
 * `Content-Encoding: gzip`, which must not be undone in transport.
 */
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { TrailVerifyError } from '../errors.ts';
import type { AwsSession } from './aws-session.ts';
import { skewMeter } from './clock-skew.ts';
import { withRetries } from './retry.ts';
import { IncompleteBodyError, readBody } from './s3-body.ts';
import { openS3Clients, type S3Clients } from './s3-clients.ts';
import { objectError } from './s3-errors.ts';
import { gaveUpEarly, listFolders, listPages } from './s3-listing.ts';
import { type ListRequest, type ObjectRef, objectUri, type Source, type StoredObject } from './source.ts';

/** How often one object is asked for in all, beyond the SDK's own tries: its body may break off each time. */
const BODY_TRIES = 5;
/** Bucket names as they are or ever were allowed (user guide, "Bucket naming rules", and older ones of us-east-1). */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;

/** Opens S3 as a source of every bucket that the session may read. `description` is what the report calls it. */
export function openS3(session: AwsSession, description: string = 's3://'): Source {
  const meter = skewMeter();
  const clients = openS3Clients(session, meter);
  const mayPass = (error: unknown): boolean =>
    error instanceof IncompleteBodyError || gaveUpEarly(error, session.maxAttempts);
  return {
    description,
    kind: 's3',
    list: (request) => listObjects(clients, session.maxAttempts, request),
    folders: async (bucket, prefix) => {
      checkBucket(bucket);
      return listFolders(clients, session.maxAttempts, bucket, prefix);
    },
    open: async (ref, { maxBytes }) => {
      if (!BUCKET.test(ref.bucket) || ref.key === '') throw impossible(ref);
      try {
        return await withRetries({ tries: BODY_TRIES, mayPass }, () =>
          clients.run(ref.bucket, async (client) => {
            const answer = await client.send(getCommand(ref));
            return readAnswer(ref, answer, maxBytes, session.requestTimeoutMs);
          }),
        );
      } catch (error) {
        throw objectError(ref, error);
      }
    },
    holds: async () => true,
    clockSkew: () => meter.skew(),
  };
}

async function* listObjects(
  clients: S3Clients,
  maxAttempts: number,
  request: ListRequest,
): ReturnType<Source['list']> {
  checkBucket(request.bucket);
  for await (const { objects } of listPages(clients, maxAttempts, request)) {
    if (objects.length > 0) yield objects;
  }
}

function getCommand({ bucket, key, versionId }: ObjectRef): GetObjectCommand {
  return new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(versionId === undefined ? {} : { VersionId: versionId }),
  });
}

async function readAnswer(
  ref: ObjectRef,
  answer: GetObjectCommandOutput,
  maxBytes: number,
  idleMs: number,
): Promise<StoredObject> {
  const { Body: body, ContentLength: length, LastModified, VersionId, ETag, StorageClass } = answer;
  if (body === undefined || !('on' in body) || !('destroy' in body))
    throw new IncompleteBodyError('there was no body');
  if (length === undefined) {
    body.destroy();
    // Without its length a cut-off body cannot be told from a whole one.
    throw new IncompleteBodyError('the body was sent without its length');
  }
  if (length > maxBytes) {
    body.destroy();
    throw new TrailVerifyError(
      'OBJECT_TOO_LARGE',
      `${objectUri(ref)} is larger than ${maxBytes} bytes: ${length}`,
      {
        hint: 'CloudTrail writes no file of that size: see what it is, and who wrote it',
      },
    );
  }
  const bytes = await readBody(body, length, idleMs);
  const metadata = Object.entries(answer.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    bytes,
    metadata: Object.fromEntries(metadata),
    ...(LastModified === undefined ? {} : { lastModified: LastModified.getTime() }),
    ...(VersionId === undefined ? {} : { versionId: VersionId }),
    ...(ETag === undefined ? {} : { etag: ETag }),
    ...(StorageClass === undefined ? {} : { storageClass: StorageClass }),
  };
}

function checkBucket(bucket: string): void {
  if (BUCKET.test(bucket)) return;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `there can be no bucket named "${bucket}"`, {
    hint: 'bucket names have 3 to 63 lower-case letters, digits, dots and hyphens',
  });
}

function impossible(ref: ObjectRef): TrailVerifyError {
  return new TrailVerifyError('OBJECT_NOT_FOUND', `there can be no object ${objectUri(ref)}`, {
    hint: 'the name of its bucket or its key is not one that S3 allows',
  });
}
