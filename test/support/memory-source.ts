import { createHash } from 'node:crypto';
import { type ErrorCode, TrailVerifyError } from '../../src/base/errors.ts';
import {
  type BucketRetention,
  type KeyVersion,
  type Level,
  type ListedObject,
  type ListedVersion,
  type ListRequest,
  MOST_LEVEL_OBJECTS,
  type ObjectRef,
  type OpenOptions,
  objectUri,
  type Source,
  type StoredObject,
} from '../../src/source/source.ts';
import type { ObjectStore } from './object-store.ts';
import { compareUtf8, lowerBound } from './utf8-order.ts';

/** What S3 returns at most in one page of a listing. */
const PAGE_SIZE = 1000;

/** How a memory source behaves; `metadata: false` is a bare folder, which knows the buckets it holds and no metadata. */
export interface MemorySourceOptions {
  readonly metadata?: boolean;
  /** Whether it tells of the versions of objects. */
  readonly versions?: boolean;
}

/** A source over an in-memory store: like S3, or like a bare folder copy. */
export function memorySource(store: ObjectStore, options: MemorySourceOptions = {}): Source {
  const keepsMetadata = options.metadata ?? true;
  return {
    description: keepsMetadata ? 's3://(memory)' : '(memory folder)',
    kind: keepsMetadata ? 's3' : 'folder',
    list: (request) => listPages(store, request),
    folders: async (bucket, prefix) => listFolders(store, bucket, prefix),
    level: async (bucket, prefix) => listLevel(store, bucket, prefix),
    open: async (ref, bounds) => openObject(store, ref, bounds, keepsMetadata),
    holds: async (bucket) => keepsMetadata || store.hasBucket(bucket),
    ...(options.versions === true ? { versions: async (ref) => listedVersions(store, ref) } : {}),
    ...(options.versions === true
      ? {
          listVersions: (request: ListRequest) => versionPages(store, request),
          versionFolders: async (bucket: string, prefix: string) =>
            foldersOf(
              store.allKeys(bucket).filter((key) => key.startsWith(prefix)),
              prefix,
            ),
        }
      : {}),
    ...(keepsMetadata ? { retention: async (bucket) => retentionOf(store, bucket) } : {}),
  };
}

function listedVersions(store: ObjectStore, { bucket, key }: ObjectRef): readonly ListedVersion[] {
  return store.versions(bucket, key).map(({ versionId, bytes, lastModified, deleteMarker }) => ({
    versionId,
    size: bytes.length,
    lastModified,
    deleteMarker: deleteMarker === true,
  }));
}

async function* versionPages(
  store: ObjectStore,
  { bucket, prefix, startAfter = '' }: ListRequest,
): AsyncGenerator<readonly KeyVersion[]> {
  const keys = store.allKeys(bucket).filter((key) => key.startsWith(prefix) && key > startAfter);
  for (const key of keys)
    yield listedVersions(store, { bucket, key }).map((version, at) => ({
      ...version,
      key,
      isLatest: at === 0,
    }));
}

function retentionOf(store: ObjectStore, bucket: string): BucketRetention {
  if (!store.hasBucket(bucket)) return { versioning: 'Off', mfaDelete: false, expiry: [] };
  const { lifecycle = [], objectLock, mfaDelete = false } = store.settingsOf(bucket);
  const state = store.versioningOf(bucket);
  const versioning = state === 'Unversioned' ? 'Off' : state;
  return { versioning, mfaDelete, expiry: lifecycle, ...(objectLock === undefined ? {} : { objectLock }) };
}

async function* listPages(store: ObjectStore, request: ListRequest): AsyncGenerator<readonly ListedObject[]> {
  const { bucket, prefix, startAfter = '' } = request;
  let page: ListedObject[] = [];
  for (const key of keysBelow(store, bucket, prefix, startAfter)) {
    page.push(...rowOf(store, bucket, key));
    if (page.length === PAGE_SIZE) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

function listFolders(store: ObjectStore, bucket: string, prefix: string): readonly string[] {
  return foldersOf(keysBelow(store, bucket, prefix), prefix);
}

function foldersOf(keys: Iterable<string>, prefix: string): readonly string[] {
  const folders = new Set<string>();
  for (const key of keys) {
    const end = key.indexOf('/', prefix.length);
    if (end >= 0) folders.add(key.slice(0, end + 1));
  }
  return [...folders];
}

function listLevel(store: ObjectStore, bucket: string, prefix: string): Level {
  const keys = [...keysBelow(store, bucket, prefix)].filter((key) => !key.includes('/', prefix.length));
  const objects = keys.slice(0, MOST_LEVEL_OBJECTS).flatMap((key) => rowOf(store, bucket, key));
  const further = Math.max(0, keys.length - MOST_LEVEL_OBJECTS);
  return { folders: listFolders(store, bucket, prefix), objects, further };
}

function rowOf(store: ObjectStore, bucket: string, key: string): readonly ListedObject[] {
  const version = store.get(bucket, key);
  if (version === undefined) return [];
  const etag = `"${createHash('md5').update(version.bytes).digest('hex')}"`;
  return [{ key, size: version.bytes.length, lastModified: version.lastModified, etag }];
}

function* keysBelow(store: ObjectStore, bucket: string, prefix: string, startAfter = ''): Generator<string> {
  if (!store.hasBucket(bucket)) {
    throw new TrailVerifyError('TARGET_NOT_FOUND', `no bucket named ${bucket}`, {
      hint: 'check the name of the bucket',
    });
  }
  const keys = store.keys(bucket);
  for (let at = lowerBound(keys, laterOf(prefix, startAfter)); at < keys.length; at += 1) {
    const key = keys[at];
    if (key === undefined || !key.startsWith(prefix)) return;
    if (key !== startAfter) yield key;
  }
}

function laterOf(left: string, right: string): string {
  return compareUtf8(left, right) < 0 ? right : left;
}

function openObject(
  store: ObjectStore,
  ref: ObjectRef,
  { maxBytes }: OpenOptions,
  keepsMetadata: boolean,
): StoredObject {
  const held = store.hasBucket(ref.bucket);
  const failure = held ? store.failureOf(ref.bucket, ref.key) : undefined;
  if (failure !== undefined) throw refusal(errorCodeOf(failure.code), ref, failure.code);
  const version = held ? store.get(ref.bucket, ref.key, ref.versionId) : undefined;
  if (version === undefined || version.deleteMarker === true) throw refusal('OBJECT_NOT_FOUND', ref);
  if (version.bytes.length > maxBytes)
    throw refusal('OBJECT_TOO_LARGE', ref, `${version.bytes.length} bytes`);
  return {
    bytes: version.bytes,
    metadata: keepsMetadata ? { ...version.metadata } : undefined,
    lastModified: version.lastModified,
    ...(ref.versionId === undefined ? {} : { versionId: ref.versionId }),
  };
}

function errorCodeOf(s3Code: string): ErrorCode {
  if (s3Code === 'NoSuchKey') return 'OBJECT_NOT_FOUND';
  if (s3Code === 'AccessDenied') return 'OBJECT_DENIED';
  if (s3Code === 'InvalidObjectState') return 'OBJECT_ARCHIVED';
  if (s3Code.startsWith('KMS.')) return 'OBJECT_UNDECRYPTABLE';
  return 'OBJECT_UNREACHABLE';
}

function refusal(code: ErrorCode, ref: ObjectRef, detail?: string): TrailVerifyError {
  const reason = detail === undefined ? '' : ` (${detail})`;
  return new TrailVerifyError(code, `cannot read ${objectUri(ref)}${reason}`, {
    hint: 'this object stands in a test store',
  });
}
