import type { ExpiryRule } from '../../src/source/source.ts';
import { compareUtf8, SortedKeys } from './utf8-order.ts';

/** One version of an object. `lastModified` is in milliseconds since the epoch; a delete marker has no bytes. */
export interface ObjectVersion {
  versionId: string;
  bytes: Uint8Array;
  /** User metadata by lower-case name without `x-amz-meta-`. */
  metadata: Record<string, string>;
  lastModified: number;
  storageClass?: string;
  deleteMarker?: boolean;
  /** Response headers kept with the object, such as content-type and content-encoding, by lower-case name. */
  headers?: Record<string, string>;
}

/** What may be said about an object when it is put. */
export interface PutInit {
  metadata?: Record<string, string>;
  lastModified?: number;
  storageClass?: string;
  headers?: Record<string, string>;
}

/** The S3 error one object answers every read with, for example 403 AccessDenied or 403 InvalidObjectState. */
export interface ObjectFailure {
  status: number;
  code: string;
  message?: string;
}

/** Where a bucket stands: never versioned, versioned, or versioned once and now suspended. */
export type VersioningState = 'Unversioned' | 'Enabled' | 'Suspended';

interface Bucket {
  region: string;
  versioning: VersioningState;
  /** Versions of each key, newest first. */
  objects: Map<string, ObjectVersion[]>;
  /** Every key that has a version, and those whose newest version is no delete marker. */
  all: SortedKeys;
  current: SortedKeys;
  failures: Map<string, ObjectFailure>;
  settings: BucketSettings;
}

/** What is configured of a bucket, in the API's own shapes: bodies of XML or JSON as S3 answers them. */
export interface BucketSettings {
  readonly lifecycle?: readonly ExpiryRule[];
  readonly objectLock?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number };
  readonly mfaDelete?: boolean;
  readonly policy?: string;
  readonly policyIsPublic?: boolean;
  readonly aclIsPublic?: boolean;
  readonly publicAccessBlocked?: boolean;
  readonly accessLogBucket?: string;
  readonly encryption?: { readonly algorithm: string; readonly kmsKeyId?: string };
}

/** A gzip member of JSON, as CloudTrail stores digests and logs: what GetObject answers for them. */
const CLOUDTRAIL_HEADERS = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

/** Many buckets of objects in memory, with versions, listed in S3's order. Methods throw on a bucket that does not exist. */
export class ObjectStore {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;
  #lastVersion = 0;

  /** `now` (milliseconds since the epoch) dates the objects that are put without a `lastModified`. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Makes an empty bucket (region us-east-1, not versioned, unless said); throws where it exists. */
  createBucket(name: string, init: { region?: string; versioned?: boolean } = {}): void {
    if (this.#buckets.has(name)) throw new Error(`bucket ${name} exists already`);
    this.#buckets.set(name, {
      region: init.region ?? 'us-east-1',
      versioning: init.versioned === true ? 'Enabled' : 'Unversioned',
      objects: new Map(),
      all: new SortedKeys(),
      current: new SortedKeys(),
      failures: new Map(),
      settings: {},
    });
  }

  /** Removes a bucket with all it holds; nothing happens where there is none. */
  removeBucket(name: string): void {
    this.#buckets.delete(name);
  }

  /** The names of all buckets, sorted. */
  bucketNames(): string[] {
    return [...this.#buckets.keys()].sort(compareUtf8);
  }

  hasBucket(name: string): boolean {
    return this.#buckets.has(name);
  }

  regionOf(bucket: string): string {
    return this.#bucket(bucket).region;
  }

  versioningOf(bucket: string): VersioningState {
    return this.#bucket(bucket).versioning;
  }

  /** What is configured of a bucket. */
  settingsOf(bucket: string): BucketSettings {
    return this.#bucket(bucket).settings;
  }

  /** Configures a bucket, beside what is configured already. */
  configure(bucket: string, settings: BucketSettings): void {
    const held = this.#bucket(bucket);
    held.settings = { ...held.settings, ...settings };
  }

  setVersioning(bucket: string, state: VersioningState): void {
    this.#bucket(bucket).versioning = state;
  }

  /** Stores an object: a new version in a versioned bucket, else in place of the former one. Returns its version id. */
  put(bucket: string, key: string, bytes: Uint8Array, init: PutInit = {}): string {
    const headers = init.headers ?? (key.endsWith('.json.gz') ? { ...CLOUDTRAIL_HEADERS } : {});
    return this.#add(bucket, key, {
      versionId: '',
      bytes,
      metadata: { ...init.metadata },
      lastModified: init.lastModified ?? this.#now(),
      headers,
      ...(init.storageClass === undefined ? {} : { storageClass: init.storageClass }),
    });
  }

  /**
   * Deletes an object, as S3 does: a versioned bucket keeps all versions beneath a delete marker. With a
   * `versionId` that one version (or marker) goes for good. Nothing happens where there is no such object.
   */
  delete(bucket: string, key: string, versionId?: string): void {
    const held = this.#bucket(bucket);
    if (versionId !== undefined) {
      this.#dropVersion(held, key, versionId);
    } else if (held.versioning === 'Unversioned') {
      this.#dropVersion(held, key, 'null');
    } else {
      const marker = { versionId: '', bytes: new Uint8Array(), metadata: {}, lastModified: this.#now() };
      this.#add(bucket, key, { ...marker, deleteMarker: true });
    }
  }

  /** The newest version, or the one asked for (a delete marker too); undefined where it is absent or deleted. */
  get(bucket: string, key: string, versionId?: string): ObjectVersion | undefined {
    const versions = this.versions(bucket, key);
    if (versionId !== undefined) return versions.find((version) => version.versionId === versionId);
    const newest = versions[0];
    return newest?.deleteMarker === true ? undefined : newest;
  }

  /** The keys of all objects that are there now, in the order of their UTF-8 bytes; later changes do not reach the list. */
  keys(bucket: string): readonly string[] {
    return this.#bucket(bucket).current.list();
  }

  /** As `keys`, with the keys whose newest version is a delete marker. */
  allKeys(bucket: string): readonly string[] {
    return this.#bucket(bucket).all.list();
  }

  /** All versions of one key, delete markers among them, newest first; empty where the key never existed. */
  versions(bucket: string, key: string): readonly ObjectVersion[] {
    return this.#bucket(bucket).objects.get(key) ?? [];
  }

  /** Makes every read of this key answer an S3 error, whether or not the object exists; listings still show it. */
  failWith(bucket: string, key: string, failure: ObjectFailure): void {
    this.#bucket(bucket).failures.set(key, failure);
  }

  /** The error set by `failWith`, if any. */
  failureOf(bucket: string, key: string): ObjectFailure | undefined {
    return this.#bucket(bucket).failures.get(key);
  }

  /** Takes back `failWith`. */
  mend(bucket: string, key: string): void {
    this.#bucket(bucket).failures.delete(key);
  }

  /** An independent copy: changes to the one are not seen in the other. Bytes are shared, for they are never written to. */
  clone(): ObjectStore {
    const copy = new ObjectStore(this.#now);
    copy.#lastVersion = this.#lastVersion;
    for (const [name, held] of this.#buckets) {
      copy.#buckets.set(name, {
        ...held,
        objects: new Map(
          [...held.objects].map(([key, versions]) => [key, versions.map((one) => ({ ...one }))]),
        ),
        all: new SortedKeys(held.all.list()),
        current: new SortedKeys(held.current.list()),
        failures: new Map(held.failures),
      });
    }
    return copy;
  }

  #bucket(name: string): Bucket {
    const held = this.#buckets.get(name);
    if (held === undefined) throw new Error(`no bucket ${name} in the store`);
    return held;
  }

  #add(bucket: string, key: string, version: ObjectVersion): string {
    const held = this.#bucket(bucket);
    const versionId = held.versioning === 'Enabled' ? this.#nextVersionId() : 'null';
    const kept = (held.objects.get(key) ?? []).filter((one) => one.versionId !== versionId);
    this.#replace(held, key, [{ ...version, versionId }, ...kept]);
    return versionId;
  }

  #dropVersion(held: Bucket, key: string, versionId: string): void {
    const kept = (held.objects.get(key) ?? []).filter((one) => one.versionId !== versionId);
    this.#replace(held, key, kept);
  }

  #replace(held: Bucket, key: string, versions: ObjectVersion[]): void {
    const [newest] = versions;
    const [former] = held.objects.get(key) ?? [];
    if (newest === undefined) held.objects.delete(key);
    else held.objects.set(key, versions);
    if (former === undefined && newest !== undefined) held.all.add(key);
    if (former !== undefined && newest === undefined) held.all.remove(key);
    const wasThere = former !== undefined && former.deleteMarker !== true;
    const isThere = newest !== undefined && newest.deleteMarker !== true;
    if (isThere && !wasThere) held.current.add(key);
    if (wasThere && !isThere) held.current.remove(key);
  }

  #nextVersionId(): string {
    this.#lastVersion += 1;
    return `version${String(this.#lastVersion).padStart(12, '0')}`;
  }
}
