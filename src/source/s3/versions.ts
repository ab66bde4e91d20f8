import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { failureName } from '../../aws/failure.ts';
import { append } from '../../base/lists.ts';
import {
  type BucketRetention,
  compareKeys,
  type ExpiryRule,
  type KeyVersion,
  type ListedVersion,
  type ListRequest,
  type ObjectRef,
} from '../source.ts';
import { checkName, checkPrefix, notUnderstood, PageProgress } from './answer-check.ts';
import type { S3Clients } from './clients.ts';
import { decodeKey } from './list.ts';
import { listingError, readRules, withRetries } from './retry.ts';

/**
 * Versions of one object that are kept in memory, and asked for in one page. CloudTrail writes one; a writer of thousands must
 * not fill the memory.
 */
const MOST_VERSIONS = 1000;

/** Where a page of a listing of versions begins: behind that version of the key, or behind the key. */
interface PageStart {
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
}

/** A page as it was understood, and where the one after it begins. */
interface UnderstoodPage {
  readonly rows: readonly KeyVersion[];
  readonly folders: readonly string[];
  readonly next: PageStart | undefined;
}

/** The versions of one object, newest first. Throws as `Source.list` does. */
export async function listVersions(
  clients: S3Clients,
  maxAttempts: number,
  { bucket, key }: ObjectRef,
): Promise<readonly ListedVersion[]> {
  // One page: the key itself is the first of all keys that begin with it.
  const request = { bucket, prefix: key };
  const { rows } = await readPage(clients, maxAttempts, request, {}, new VersionsCheck(request));
  return rows
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
  const check = new VersionsCheck(request);
  let start: PageStart | undefined = { key: request.startAfter };
  while (start !== undefined) {
    const page: UnderstoodPage = await readPage(clients, maxAttempts, request, start, check);
    yield page.rows;
    start = page.next;
  }
}

/**
 * The folders directly below a prefix in which any object has a version, a deleted one too, in key order, as far as the first
 * page with which there are more than `most`. Throws as `Source.list` does.
 */
export async function listVersionFolders(
  clients: S3Clients,
  maxAttempts: number,
  { bucket, prefix }: ListRequest,
  most: number,
): Promise<readonly string[]> {
  const request = { bucket, prefix };
  const check = new VersionsCheck(request, '/');
  const folders: string[] = [];
  let start: PageStart | undefined = {};
  while (start !== undefined && folders.length <= most) {
    const page: UnderstoodPage = await readPage(clients, maxAttempts, request, start, check);
    append(folders, page.folders);
    start = page.next;
  }
  return folders;
}

async function readPage(
  clients: S3Clients,
  maxAttempts: number,
  { bucket, prefix }: ListRequest,
  start: PageStart,
  check: VersionsCheck,
): Promise<UnderstoodPage> {
  const { key, versionId } = start;
  const command = new ListObjectVersionsCommand({
    Bucket: bucket,
    Prefix: prefix,
    MaxKeys: MOST_VERSIONS,
    EncodingType: 'url',
    Delimiter: check.delimiter,
    KeyMarker: key,
    VersionIdMarker: versionId,
  });
  const begun = performance.now();
  try {
    return await withRetries(readRules(maxAttempts, 'sdk'), () =>
      clients.run(bucket, async (client) =>
        check.take(await client.send(command), start, performance.now() - begun),
      ),
    );
  } catch (error) {
    throw listingError(bucket, prefix, error);
  }
}

/** Checks the pages of one listing of versions against the request, as `ListingCheck` does for those of objects. */
class VersionsCheck {
  /** The end of every folder's name; undefined for a listing without folders. */
  readonly delimiter: string | undefined;
  readonly #request: ListRequest;
  readonly #progress = new PageProgress();
  /** The versions on the page before, because a page may end amid those of a key. */
  #before: ReadonlySet<string> = new Set();

  constructor(request: ListRequest, delimiter?: string) {
    this.#request = request;
    this.delimiter = delimiter;
  }

  /** The page that begins at `start` and took `milliseconds`. Throws AnswerNotUnderstoodError. */
  take(page: ListObjectVersionsCommandOutput, start: PageStart, milliseconds: number): UnderstoodPage {
    const { bucket, prefix } = this.#request;
    const isEncoded = page.EncodingType === 'url';
    const decode = isEncoded ? decodeKey : (key: string): string => key;
    checkName(page.Name, bucket);
    checkPrefix(page.Prefix, prefix, isEncoded);
    if (page.IsTruncated === undefined) throw notUnderstood('does not say whether there is more');
    if (page.KeyMarker && page.KeyMarker !== start.key && decode(page.KeyMarker) !== start.key)
      throw notUnderstood('is another page than was asked');
    const markers = rowsOf(page.DeleteMarkers ?? [], true, decode);
    const versions = rowsOf(page.Versions ?? [], false, decode);
    const folders = (page.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix ?? ''));
    const ends = [markers, versions].map((rows) => this.#checkRows(rows, start));
    const last = [...ends, this.#checkFolders(folders, start)].sort(compareKeys)[2] ?? '';
    const rows = [...markers, ...versions];
    const seen = new Set(rows.map(idOf));
    if (seen.size !== rows.length || rows.some((row) => this.#before.has(idOf(row))))
      throw notUnderstood('has versions twice');
    const names = rows.length + folders.length;
    const next = page.IsTruncated ? this.#next(page, decode, start, names, milliseconds) : undefined;
    if (next?.key !== undefined && compareKeys(next.key, last) < 0)
      throw notUnderstood('goes back from page to page');
    this.#before = seen;
    return { rows, folders, next };
  }

  /** The last key of rows that are in order, below the prefix and behind the page's beginning. */
  #checkRows(rows: readonly KeyVersion[], { key: from = '', versionId }: PageStart): string {
    let before = from;
    for (const { key } of rows) {
      if (!key.startsWith(this.#request.prefix)) throw notUnderstood('has keys outside its prefix');
      if (this.delimiter !== undefined && key.includes(this.delimiter, this.#request.prefix.length))
        throw notUnderstood('has keys that are in folders');
      // Only a page that begins amid a key's versions has that key again.
      const isBack = compareKeys(key, before) < 0 || (key === from && from !== '' && versionId === undefined);
      if (isBack) throw notUnderstood('has keys out of order');
      before = key;
    }
    return before;
  }

  /** The last of folders that are in order, directly below the prefix and behind the page's beginning. */
  #checkFolders(folders: readonly string[], { key: from = '' }: PageStart): string {
    const { prefix } = this.#request;
    let before = from;
    for (const folder of folders) {
      const isBelow = folder.startsWith(prefix) && folder.length > prefix.length;
      if (!isBelow || folder.indexOf(this.delimiter ?? '', prefix.length) !== folder.length - 1)
        throw notUnderstood('has folders that are none below its prefix');
      if (before !== '' && compareKeys(folder, before) <= 0)
        throw notUnderstood('has names twice or out of order');
      before = folder;
    }
    return before;
  }

  #next(
    page: ListObjectVersionsCommandOutput,
    decode: (key: string) => string,
    start: PageStart,
    rows: number,
    milliseconds: number,
  ): PageStart {
    const key = page.NextKeyMarker === undefined ? undefined : decode(page.NextKeyMarker);
    const next = { key, versionId: page.NextVersionIdMarker || undefined };
    this.#progress.pass(key === undefined ? undefined : nameOf(next), nameOf(start), rows, milliseconds);
    return next;
  }
}

function nameOf({ key = '', versionId = '' }: PageStart): string {
  return `${versionId} ${key}`;
}

function idOf({ key, versionId }: KeyVersion): string {
  return nameOf({ key, versionId });
}

function rowsOf(
  listed: readonly RowFields[],
  deleteMarker: boolean,
  decode: (key: string) => string,
): KeyVersion[] {
  return listed.map(({ Key, VersionId, IsLatest, LastModified, Size }) => {
    if (!Key || !VersionId) throw notUnderstood('has versions without key or id');
    const lastModified = LastModified?.getTime();
    return {
      key: decode(Key),
      versionId: VersionId,
      deleteMarker,
      size: Size ?? 0,
      isLatest: IsLatest === true,
      lastModified,
    };
  });
}

interface RowFields {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
  readonly Size?: number | undefined;
}

/** The order of one object's versions: the SDK keeps markers and versions apart, so all that is left are their times (whole seconds). */
function newestFirst(left: KeyVersion, right: KeyVersion): number {
  if (left.isLatest !== right.isLatest) return left.isLatest ? -1 : 1;
  return (right.lastModified ?? 0) - (left.lastModified ?? 0);
}

/** S3's answer where a bucket has no such configuration at all. */
const NOT_CONFIGURED: ReadonlySet<string> = new Set([
  'NoSuchLifecycleConfiguration',
  'ObjectLockConfigurationNotFoundError',
]);

/** The rules of a bucket that keep its objects, or delete them. Throws as `Source.list` does. */
export async function readRetention(clients: S3Clients, bucket: string): Promise<BucketRetention> {
  const Bucket = bucket;
  const ask = async <Result>(send: (client: S3Client) => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await clients.run(bucket, send);
    } catch (error) {
      if (NOT_CONFIGURED.has(failureName(error))) return undefined;
      throw listingError(bucket, '', error);
    }
  };
  const versioning = await ask((client) => client.send(new GetBucketVersioningCommand({ Bucket })));
  const lock = await ask((client) => client.send(new GetObjectLockConfigurationCommand({ Bucket })));
  const lifecycle = await ask((client) =>
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
  );
  const retention = lock?.ObjectLockConfiguration?.Rule?.DefaultRetention;
  const years = retention?.Years === undefined ? undefined : retention.Years * 365;
  const days = retention?.Days ?? years;
  return {
    versioning: versioning?.Status ?? 'Off',
    mfaDelete: versioning?.MFADelete === 'Enabled',
    ...(lock?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
      ? {
          objectLock: {
            mode: retention?.Mode,
            days,
          },
        }
      : {}),
    expiry: (lifecycle?.Rules ?? []).flatMap(expiryOf),
  };
}

function expiryOf(rule: LifecycleRule): readonly ExpiryRule[] {
  const { Expiration, NoncurrentVersionExpiration, Filter, ID } = rule;
  const days = Expiration?.Days;
  const date = Expiration?.Date?.getTime();
  const noncurrentDays = NoncurrentVersionExpiration?.NoncurrentDays;
  if (rule.Status !== 'Enabled' || (days ?? date ?? noncurrentDays) === undefined) return [];
  return [
    {
      id: ID ?? '',
      prefix: Filter?.Prefix ?? Filter?.And?.Prefix ?? rule.Prefix ?? '',
      days,
      date,
      noncurrentDays,
    },
  ];
}
