import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { withRetries } from './retry.ts';
import type { S3Clients } from './s3-clients.ts';
import { listingError } from './s3-errors.ts';
import { decodeKey } from './s3-listing.ts';
import { gaveUpEarly } from './s3-retries.ts';
import type { KeyVersion, ListedVersion, ListRequest, ObjectRef } from './source.ts';

const ROUNDS = 4;
/** Versions kept in mind of one object, and asked for in one page: CloudTrail writes one, and whoever writes thousands must not fill the memory. */
const MOST_VERSIONS = 1000;

/** Where a page of a listing of versions begins. */
interface PageStart {
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
}

/** The versions of one object, newest first. Throws as `Source.list` does. */
export async function listVersions(
  clients: S3Clients,
  maxAttempts: number,
  { bucket, key }: ObjectRef,
): Promise<readonly ListedVersion[]> {
  // One page: the key itself is the first of all keys that begin with it.
  const page = await readPage(clients, maxAttempts, { bucket, prefix: key }, {});
  return rowsOf(page)
    .filter((row) => row.key === key)
    .sort(newestFirst)
    .map(({ key: _key, isLatest: _isLatest, ...version }) => version);
}

/** The versions of all objects below a prefix, page by page. Throws as `Source.list` does. */
export async function* listVersionPages(
  clients: S3Clients,
  maxAttempts: number,
  request: ListRequest,
): AsyncGenerator<readonly KeyVersion[]> {
  let start: PageStart | undefined = { key: request.startAfter };
  while (start !== undefined) {
    const page: ListObjectVersionsCommandOutput = await readPage(clients, maxAttempts, request, start);
    yield rowsOf(page);
    const next: PageStart = {
      key: page.NextKeyMarker === undefined ? undefined : decoder(page)(page.NextKeyMarker),
      versionId: page.NextVersionIdMarker,
    };
    // A page that does not move on would be asked for until the end of time.
    const isSame: boolean = next.key === start.key && next.versionId === start.versionId;
    start = page.IsTruncated === true && next.key !== undefined && !isSame ? next : undefined;
  }
}

async function readPage(
  clients: S3Clients,
  maxAttempts: number,
  { bucket, prefix }: ListRequest,
  { key, versionId }: PageStart,
): Promise<ListObjectVersionsCommandOutput> {
  const command = new ListObjectVersionsCommand({
    Bucket: bucket,
    Prefix: prefix,
    MaxKeys: MOST_VERSIONS,
    EncodingType: 'url',
    ...(key === undefined ? {} : { KeyMarker: key }),
    ...(versionId === undefined ? {} : { VersionIdMarker: versionId }),
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

function decoder(page: ListObjectVersionsCommandOutput): (key: string) => string {
  return page.EncodingType === 'url' ? decodeKey : (key) => key;
}

function rowsOf(page: ListObjectVersionsCommandOutput): KeyVersion[] {
  const decode = decoder(page);
  const rows: KeyVersion[] = [];
  const add = (one: RowFields, deleteMarker: boolean, size: number): void => {
    if (one.Key === undefined || one.VersionId === undefined) return;
    const lastModified = one.LastModified?.getTime();
    rows.push({
      key: decode(one.Key),
      versionId: one.VersionId,
      deleteMarker,
      size,
      isLatest: one.IsLatest === true,
      ...(lastModified === undefined ? {} : { lastModified }),
    });
  };
  for (const one of page.DeleteMarkers ?? []) add(one, true, 0);
  for (const one of page.Versions ?? []) add(one, false, one.Size ?? 0);
  return rows;
}

interface RowFields {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
}

/** The order of one object's versions: the SDK keeps markers and versions apart, so all that is left are their times (whole seconds). */
export function newestFirst(left: KeyVersion, right: KeyVersion): number {
  if (left.isLatest !== right.isLatest) return left.isLatest ? -1 : 1;
  return (right.lastModified ?? 0) - (left.lastModified ?? 0);
}
