import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { withRetries } from './retry.ts';
import type { S3Clients } from './s3-clients.ts';
import { listingError } from './s3-errors.ts';
import { decodeKey } from './s3-listing.ts';
import { gaveUpEarly } from './s3-retries.ts';
import type { ListedVersion, ObjectRef } from './source.ts';

const ROUNDS = 4;
/** Versions kept in mind of one object: CloudTrail writes one, and whoever writes thousands must not fill the memory. */
const MOST_VERSIONS = 1000;

interface Row extends ListedVersion {
  readonly isLatest: boolean;
}

/** The versions of one object, newest first. Throws as `Source.list` does. */
export async function listVersions(
  clients: S3Clients,
  maxAttempts: number,
  { bucket, key }: ObjectRef,
): Promise<readonly ListedVersion[]> {
  const command = new ListObjectVersionsCommand({
    Bucket: bucket,
    Prefix: key,
    MaxKeys: MOST_VERSIONS,
    EncodingType: 'url',
  });
  const mayPass = (error: unknown): boolean => gaveUpEarly(error, maxAttempts);
  try {
    // One page: the key itself is the first of all keys that begin with it.
    const page = await withRetries({ tries: ROUNDS, mayPass }, () =>
      clients.run(bucket, (client) => client.send(command)),
    );
    const decode = page.EncodingType === 'url' ? decodeKey : (text: string): string => text;
    const rows: Row[] = [];
    const add = (one: Omit<RowFields, 'Size'>, deleteMarker: boolean, size: number): void => {
      if (one.Key === undefined || one.VersionId === undefined || decode(one.Key) !== key) return;
      const lastModified = one.LastModified?.getTime();
      rows.push({
        versionId: one.VersionId,
        deleteMarker,
        size,
        isLatest: one.IsLatest === true,
        ...(lastModified === undefined ? {} : { lastModified }),
      });
    };
    for (const one of page.DeleteMarkers ?? []) add(one, true, 0);
    for (const one of page.Versions ?? []) add(one, false, one.Size ?? 0);
    // The SDK keeps markers and versions apart, so their common order is only in their times (whole seconds).
    return rows.sort(newestFirst).map(({ isLatest: _isLatest, ...version }) => version);
  } catch (error) {
    throw listingError(bucket, key, error);
  }
}

interface RowFields {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
  readonly Size?: number | undefined;
}

function newestFirst(left: Row, right: Row): number {
  if (left.isLatest !== right.isLatest) return left.isLatest ? -1 : 1;
  return (right.lastModified ?? 0) - (left.lastModified ?? 0);
}
