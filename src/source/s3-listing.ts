import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { TrailVerifyError } from '../errors.ts';
import { classifyFailure, failureAttempts } from './aws-failure.ts';
import { withRetries } from './retry.ts';
import type { S3Clients } from './s3-clients.ts';
import { listingError } from './s3-errors.ts';
import type { ListedObject, ListRequest } from './source.ts';

/** Rounds of the SDK's own tries, for its retry quota is soon spent where S3 slows many requests down at once. */
const ROUNDS = 4;
/** Folders directly below one prefix; a CloudTrail layout has at most one per account of an organization. */
const MAX_FOLDERS = 200_000;

/** The pages of ListObjectsV2 in key order. Keys come URL-encoded, for XML cannot carry every character. */
export async function* listPages(
  clients: S3Clients,
  maxAttempts: number,
  request: ListRequest,
  delimiter?: string,
): AsyncGenerator<{ readonly objects: readonly ListedObject[]; readonly folders: readonly string[] }> {
  const { bucket, prefix, startAfter } = request;
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await nextPage(clients, maxAttempts, request, token, delimiter);
    const decode = page.EncodingType === 'url' ? decodeKey : asIs;
    const objects: ListedObject[] = [];
    for (const { Key, Size, LastModified, ETag } of page.Contents ?? []) {
      if (Key === undefined) continue;
      const key = decode(Key);
      // A server that disregards a bound must not lead the caller out of it.
      if (!key.startsWith(prefix) || key === startAfter) continue;
      const lastModified = LastModified?.getTime();
      objects.push({
        key,
        size: Size ?? 0,
        ...(lastModified === undefined ? {} : { lastModified }),
        ...(ETag === undefined ? {} : { etag: ETag }),
      });
    }
    const folders = (page.CommonPrefixes ?? []).flatMap(({ Prefix }) =>
      Prefix === undefined ? [] : [decode(Prefix)],
    );
    yield { objects, folders };
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    if (page.IsTruncated === true && (next === undefined || next === token)) {
      throw new TrailVerifyError('UNREACHABLE', `the listing of s3://${bucket}/${prefix} does not proceed`, {
        hint: 'the server says there is more and does not say where: look at the endpoint',
      });
    }
    token = next;
  } while (token !== undefined);
}

/** The folders directly below `prefix`, in key order; throws as `Source.folders` does. */
export async function listFolders(
  clients: S3Clients,
  maxAttempts: number,
  bucket: string,
  prefix: string,
): Promise<readonly string[]> {
  const folders: string[] = [];
  for await (const page of listPages(clients, maxAttempts, { bucket, prefix }, '/')) {
    for (const folder of page.folders) {
      if (folder.startsWith(prefix) && folder.length > prefix.length) folders.push(folder);
    }
    if (folders.length > MAX_FOLDERS) {
      throw new TrailVerifyError(
        'TARGET_WITHOUT_TRAIL',
        `s3://${bucket}/${prefix} holds too many folders for a trail`,
        {
          hint: "name the trail's own prefix, for example s3://bucket/prefix",
        },
      );
    }
  }
  return folders;
}

async function nextPage(
  clients: S3Clients,
  maxAttempts: number,
  { bucket, prefix, startAfter }: ListRequest,
  token: string | undefined,
  delimiter: string | undefined,
): Promise<ListObjectsV2CommandOutput> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    EncodingType: 'url',
    ...(startAfter === undefined || startAfter === '' ? {} : { StartAfter: startAfter }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
  });
  const mayPass = (error: unknown): boolean => gaveUpEarly(error, maxAttempts);
  try {
    return await withRetries({ tries: ROUNDS, mayPass }, () =>
      clients.run(bucket, (client) => client.send(command)),
    );
  } catch (error) {
    throw listingError(bucket, prefix, error);
  }
}

/** True for a failure that may pass and that the SDK left off retrying before its tries were used up. */
export function gaveUpEarly(error: unknown, maxAttempts: number): boolean {
  const failure = classifyFailure(error);
  return (failure === 'passing' || failure === 'network') && failureAttempts(error) < maxAttempts;
}

/** S3 encodes as HTML forms do: a space as `+`, everything else but `/` and plain letters as `%XX`. */
export function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw new TrailVerifyError(
      'UNREACHABLE',
      `a listing holds a key that cannot be decoded: ${encoded.slice(0, 200)}`,
      {
        hint: 'the server does not answer as S3 does: look at the endpoint',
      },
    );
  }
}

function asIs(key: string): string {
  return key;
}
