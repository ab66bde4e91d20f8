import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { TrailVerifyError } from '../errors.ts';
import { withRetries } from './retry.ts';
import type { S3Clients } from './s3-clients.ts';
import { listingError } from './s3-errors.ts';
import type { LeanReads } from './s3-lean.ts';
import { type ListPage, sdkListPage } from './s3-list-page.ts';
import { readRules } from './s3-retries.ts';
import type { ListedObject, ListRequest } from './source.ts';

/** Folders directly below one prefix; a CloudTrail layout has at most one per account of an organization. */
const MAX_FOLDERS = 200_000;

/** How S3 is asked for listings: by the lean path where there is one, behind it by the SDK's client. */
export interface ListingWays {
  readonly clients: S3Clients;
  readonly lean: LeanReads | undefined;
  readonly maxAttempts: number;
}

/** The pages of ListObjectsV2 in key order. Keys come URL-encoded, for XML cannot carry every character. */
export async function* listPages(
  ways: ListingWays,
  request: ListRequest,
  delimiter?: string,
): AsyncGenerator<{ readonly objects: readonly ListedObject[]; readonly folders: readonly string[] }> {
  const { bucket, prefix, startAfter } = request;
  let token: string | undefined;
  do {
    const page: ListPage = await nextPage(ways, request, token, delimiter);
    const decode = page.isEncoded ? decodeKey : asIs;
    const objects: ListedObject[] = [];
    for (const { key: sent, size, lastModified, etag } of page.objects) {
      const key = decode(sent);
      // A server that disregards a bound must not lead the caller out of it.
      if (!key.startsWith(prefix) || key === startAfter) continue;
      objects.push({
        key,
        size,
        ...(lastModified === undefined ? {} : { lastModified }),
        ...(etag === undefined ? {} : { etag }),
      });
    }
    const folders = page.prefixes.map(decode);
    yield { objects, folders };
    const next = page.isTruncated ? page.nextToken : undefined;
    if (page.isTruncated && (next === undefined || next === token)) {
      throw new TrailVerifyError('UNREACHABLE', `the listing of s3://${bucket}/${prefix} does not proceed`, {
        hint: 'the server says there is more and does not say where: look at the endpoint',
      });
    }
    token = next;
  } while (token !== undefined);
}

/** The folders directly below `prefix`, in key order; throws as `Source.folders` does. */
export async function listFolders(
  ways: ListingWays,
  bucket: string,
  prefix: string,
): Promise<readonly string[]> {
  const folders: string[] = [];
  for await (const page of listPages(ways, { bucket, prefix }, '/')) {
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
  { clients, lean, maxAttempts }: ListingWays,
  { bucket, prefix, startAfter = '' }: ListRequest,
  token: string | undefined,
  delimiter: string | undefined,
): Promise<ListPage> {
  const parameters = {
    'encoding-type': 'url',
    prefix,
    ...(startAfter === '' ? {} : { 'start-after': startAfter }),
    ...(token === undefined ? {} : { 'continuation-token': token }),
    ...(delimiter === undefined ? {} : { delimiter }),
  };
  const read = async (client: S3Client): Promise<ListPage> =>
    (await lean?.list(client, { bucket, parameters })) ??
    sdkListPage(await client.send(listCommand(bucket, parameters)));
  try {
    return await withRetries(readRules(maxAttempts, lean === undefined ? 'sdk' : 'lean'), () =>
      clients.run(bucket, read),
    );
  } catch (error) {
    throw listingError(bucket, prefix, error);
  }
}

function listCommand(
  bucket: string,
  parameters: Readonly<Record<string, string | undefined>>,
): ListObjectsV2Command {
  return new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: parameters.prefix,
    EncodingType: 'url',
    StartAfter: parameters['start-after'],
    ContinuationToken: parameters['continuation-token'],
    Delimiter: parameters.delimiter,
  });
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
