import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { TrailVerifyError } from '../../base/errors.ts';
import { type Level, type ListedObject, type ListRequest, MOST_LEVEL_OBJECTS } from '../source.ts';
import { ListingCheck, notUnderstood } from './answer-check.ts';
import type { S3Clients } from './clients.ts';
import type { LeanReads } from './lean/reads.ts';
import { type ListPage, sdkListPage } from './lean/xml.ts';
import { listingError, readRules, withRetries } from './retry.ts';

/** Folders directly below one prefix; a CloudTrail layout has at most one per account of an organization. */
const MAX_FOLDERS = 200_000;

/** How S3 is asked for listings: by the lean path where there is one, behind it by the SDK's client. */
export interface ListingWays {
  readonly clients: S3Clients;
  readonly lean: LeanReads | undefined;
  readonly maxAttempts: number;
}

/** One page as it was understood, and the token of the one after it. */
interface UnderstoodPage {
  readonly objects: readonly ListedObject[];
  readonly folders: readonly string[];
  readonly next: string | undefined;
}

/**
 * The pages of ListObjectsV2 in key order, each understood whole. Keys come URL-encoded, because XML cannot carry every
 * character. Throws as `Source.list` does.
 */
export async function* listPages(
  ways: ListingWays,
  request: ListRequest,
  delimiter?: string,
): AsyncGenerator<Pick<UnderstoodPage, 'objects' | 'folders'>> {
  const { bucket, prefix, startAfter = '' } = request;
  const check = new ListingCheck({ bucket, prefix, startAfter, delimiter });
  let token: string | undefined;
  do {
    const asked = token;
    const begun = performance.now();
    const page: UnderstoodPage = await nextPage(ways, request, token, delimiter, (answer) =>
      readPage(answer, check, asked, performance.now() - begun),
    );
    token = page.next;
    yield page;
  } while (token !== undefined);
}

function readPage(
  page: ListPage,
  check: ListingCheck,
  token: string | undefined,
  milliseconds: number,
): UnderstoodPage {
  const decode = page.isEncoded ? decodeKey : asIs;
  const objects = page.objects.map(({ key, size, lastModified, etag }) => ({
    key: decode(key),
    size,
    lastModified,
    etag,
  }));
  const folders = page.prefixes.map(decode);
  const names = { keys: objects.map(({ key }) => key), folders };
  return { objects, folders, next: check.take(page, names, token, milliseconds) };
}

/** The level directly below `prefix`, as far as the first page with which there are more than `most` folders; throws as `Source.level` does. */
export async function listLevel(
  ways: ListingWays,
  bucket: string,
  prefix: string,
  most: number = Number.POSITIVE_INFINITY,
): Promise<Level> {
  const folders: string[] = [];
  const objects: ListedObject[] = [];
  let further = 0;
  for await (const page of listPages(ways, { bucket, prefix }, '/')) {
    for (const object of page.objects) {
      if (objects.length < MOST_LEVEL_OBJECTS) objects.push(object);
      else further += 1;
    }
    folders.push(...page.folders);
    if (folders.length > most) break;
    if (folders.length > MAX_FOLDERS) {
      throw new TrailVerifyError(
        'TARGET_WITHOUT_TRAIL',
        `the search for trails ended at s3://${bucket}/${prefix}, which holds more than ${MAX_FOLDERS} folders`,
        {
          hint: "name the trail's own prefix, for example s3://bucket/prefix",
        },
      );
    }
  }
  return { folders, objects, further };
}

async function nextPage(
  { clients, lean, maxAttempts }: ListingWays,
  { bucket, prefix, startAfter = '' }: ListRequest,
  token: string | undefined,
  delimiter: string | undefined,
  understand: (page: ListPage) => UnderstoodPage,
): Promise<UnderstoodPage> {
  const parameters = {
    'encoding-type': 'url',
    prefix,
    ...(startAfter === '' ? {} : { 'start-after': startAfter }),
    ...(token === undefined ? {} : { 'continuation-token': token }),
    ...(delimiter === undefined ? {} : { delimiter }),
  };
  const read = async (client: S3Client): Promise<UnderstoodPage> =>
    understand(
      (await lean?.list(client, { bucket, parameters })) ??
        sdkListPage(await client.send(listCommand(bucket, parameters))),
    );
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

/**
 * S3 encodes as HTML forms do: a space as `+`, everything else but `/` and plain letters as `%XX`. Throws
 * AnswerNotUnderstoodError.
 */
export function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw notUnderstood(`holds a key that cannot be decoded: ${encoded.slice(0, 200)}`);
  }
}

function asIs(key: string): string {
  return key;
}
