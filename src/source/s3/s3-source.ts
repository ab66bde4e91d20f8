/**
 * Objects in S3, and in any server that speaks its protocol. Bytes are taken as they are stored: CloudTrail delivers with
 * `Content-Encoding: gzip`, which must not be undone in transport.
 */

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { AwsSession } from '../../aws/session.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { isAccessPoint, isBucketName } from '../../base/names.ts';
import {
  type ListRequest,
  type ObjectRef,
  type OpenOptions,
  objectUri,
  type Source,
  type StoredHash,
  type StoredObject,
} from '../source.ts';
import { checkVersionId } from './answer-check.ts';
import { openS3Clients, S3Accesses, skewMeter } from './clients.ts';
import { leanReads } from './lean/reads.ts';
import { type ListingWays, listLevel, listPages } from './list.ts';
import {
  bodyLength,
  IncompleteBodyError,
  objectError,
  readBody,
  readRules,
  takeBody,
  withRetries,
} from './retry.ts';
import { listVersionFolders, listVersionPages, listVersions, readRetention } from './versions.ts';

/** How objects are read: over a lean path of its own with the SDK's client behind it, or by that client alone. */
export interface S3Options {
  /** Default `lean`. Both give the same objects and errors. */
  readonly reads?: 'lean' | 'sdk' | undefined;
}

/** Opens S3 as a source of every bucket that the session may read. `description` is its name in the report. */
export function openS3(
  session: AwsSession,
  description: string = 's3://',
  { reads = 'lean' }: S3Options = {},
): Source {
  const meter = skewMeter();
  const clients = openS3Clients(session, meter);
  const lean = reads === 'lean' ? leanReads(session, meter) : undefined;
  const accesses = new S3Accesses(session, clients);
  const ways: ListingWays = { clients, lean, maxAttempts: session.maxAttempts };
  return {
    description,
    kind: 's3',
    handsOver: true,
    list: (request) => listObjects(ways, request),
    folders: async (bucket, prefix, most) => {
      checkBucket(bucket);
      return (await listLevel(ways, bucket, prefix, most)).folders;
    },
    level: async (bucket, prefix, most) => {
      checkBucket(bucket);
      return listLevel(ways, bucket, prefix, most);
    },
    open: async (ref, options) => {
      if (!canBeRead(ref.bucket) || ref.key === '') throw impossible(ref);
      const read = async (client: S3Client): Promise<StoredObject> =>
        (await lean?.get(client, ref, options)) ??
        readAnswer(ref, await client.send(getCommand(ref)), options, session.requestTimeoutMs);
      try {
        return await withRetries(readRules(session.maxAttempts, reads), () => clients.run(ref.bucket, read));
      } catch (error) {
        throw objectError(ref, error);
      }
    },
    hashed: async (ref) => {
      if (!canBeRead(ref.bucket) || ref.key === '') throw impossible(ref);
      const hash = async (client: S3Client): Promise<StoredHash> =>
        hashAnswer(ref, await client.send(getCommand(ref)), session.requestTimeoutMs);
      try {
        return await withRetries(readRules(session.maxAttempts, 'sdk'), () => clients.run(ref.bucket, hash));
      } catch (error) {
        throw objectError(ref, error);
      }
    },
    ...(lean === undefined
      ? {}
      : {
          access: (bucket) => (canBeRead(bucket) ? accesses.of(bucket) : Promise.resolve(undefined)),
        }),
    holds: async () => true,
    versions: async (ref) => {
      checkBucket(ref.bucket);
      return listVersions(clients, session.maxAttempts, ref);
    },
    listVersions: (request) => {
      checkBucket(request.bucket);
      return listVersionPages(clients, session.maxAttempts, request);
    },
    versionFolders: async (bucket, prefix, most) => {
      checkBucket(bucket);
      return listVersionFolders(clients, session.maxAttempts, { bucket, prefix }, most);
    },
    retention: async (bucket) => {
      checkBucket(bucket);
      return readRetention(clients, bucket);
    },
    clockSkew: () => meter.skew(),
  };
}

async function* listObjects(ways: ListingWays, request: ListRequest): ReturnType<Source['list']> {
  checkBucket(request.bucket);
  for await (const { objects } of listPages(ways, request)) {
    if (objects.length > 0) yield objects;
  }
}

function getCommand({ bucket, key, versionId }: ObjectRef): GetObjectCommand {
  return new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    VersionId: versionId,
  });
}

/** Hashes an answer's body as it arrives. How long all of it may take is bounded by its pace alone. */
async function hashAnswer(
  ref: ObjectRef,
  answer: GetObjectCommandOutput,
  idleMs: number,
): Promise<StoredHash> {
  const { ContentLength, VersionId: versionId } = answer;
  const body = bodyOf(answer);
  try {
    checkVersionId(versionId);
    const size = bodyLength(ref, ContentLength, Number.POSITIVE_INFINITY);
    const hash = createHash('sha256');
    await takeBody(body, { length: size, idleMs, mostMs: Number.POSITIVE_INFINITY }, (chunk) =>
      hash.update(chunk),
    );
    return { sha256: hash.digest('hex'), size, versionId };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

function bodyOf({ Body: body }: GetObjectCommandOutput): Readable {
  if (body === undefined || !('on' in body) || !('destroy' in body))
    throw new IncompleteBodyError('there was no body');
  return body;
}

async function readAnswer(
  ref: ObjectRef,
  answer: GetObjectCommandOutput,
  options: OpenOptions,
  idleMs: number,
): Promise<StoredObject> {
  const { ContentLength: length, LastModified, VersionId, ETag, StorageClass } = answer;
  const body = bodyOf(answer);
  let bytes: Uint8Array;
  try {
    checkVersionId(VersionId);
    const checked = bodyLength(ref, length, options.maxBytes);
    // While the reader waits to be let in the connection may break, and nobody else listens.
    body.on('error', () => {});
    await options.admit?.(checked);
    if (body.destroyed) throw new IncompleteBodyError(`the connection closed after 0 of ${checked} bytes`);
    bytes = await readBody(body, checked, idleMs);
  } catch (error) {
    body.destroy();
    throw error;
  }
  const metadata = Object.entries(answer.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    bytes,
    metadata: Object.fromEntries(metadata),
    lastModified: LastModified?.getTime(),
    versionId: VersionId,
    etag: ETag,
    storageClass: StorageClass,
  };
}

/** True for what S3 takes for a bucket: its name, and an access point. */
function canBeRead(bucket: string): boolean {
  return isBucketName(bucket) || isAccessPoint(bucket);
}

function checkBucket(bucket: string): void {
  if (canBeRead(bucket)) return;
  throw new TrailVerifyError('TARGET_NOT_FOUND', `there can be no bucket named "${bucket}"`, {
    hint: 'bucket names have 3 to 63 lower-case letters, digits, dots and hyphens',
  });
}

function impossible(ref: ObjectRef): TrailVerifyError {
  return new TrailVerifyError('OBJECT_NOT_FOUND', `there can be no object ${objectUri(ref)}`, {
    hint: 'the name of its bucket or its key is not one that S3 allows',
  });
}
