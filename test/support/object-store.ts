import { compareUtf8, lowerBound } from './utf8-order.ts';

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
  /** Every key that has a version, in UTF-8 order, but for those in `unsorted`. */
  sorted: string[];
  unsorted: string[];
  /** The keys whose newest version is no delete marker; undefined after a change. */
  current: readonly string[] | undefined;
  failures: Map<string, ObjectFailure>;
}

/** A gzip member of JSON, as CloudTrail stores digests and logs: what GetObject answers for them. */
const CLOUDTRAIL_HEADERS = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

/** Above this many new keys one full sort is cheaper than inserting each. */
const INSERT_LIMIT = 32;

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
      sorted: [],
      unsorted: [],
      current: [],
      failures: new Map(),
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

  /** The keys of all objects that are there now, in the order of their UTF-8 bytes. Valid until the next change. */
  keys(bucket: string): readonly string[] {
    const held = this.#bucket(bucket);
    held.current ??= this.allKeys(bucket).filter((key) => held.objects.get(key)?.[0]?.deleteMarker !== true);
    return held.current;
  }

  /** As `keys`, with the keys whose newest version is a delete marker. */
  allKeys(bucket: string): readonly string[] {
    const held = this.#bucket(bucket);
    if (held.unsorted.length > INSERT_LIMIT) {
      held.sorted = held.sorted.concat(held.unsorted.splice(0));
      held.sorted.sort(compareUtf8);
    }
    for (const key of held.unsorted.splice(0)) held.sorted.splice(lowerBound(held.sorted, key), 0, key);
    return held.sorted;
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
        sorted: [...held.sorted],
        unsorted: [...held.unsorted],
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
    const former = held.objects.get(key);
    if (former === undefined) held.unsorted.push(key);
    // A change of bytes alone leaves the listing's keys as they are.
    if (former === undefined || former[0]?.deleteMarker !== version.deleteMarker) held.current = undefined;
    const versionId = held.versioning === 'Enabled' ? this.#nextVersionId() : 'null';
    const kept = (former ?? []).filter((one) => one.versionId !== versionId);
    held.objects.set(key, [{ ...version, versionId }, ...kept]);
    return versionId;
  }

  #dropVersion(held: Bucket, key: string, versionId: string): void {
    const former = held.objects.get(key);
    if (former === undefined) return;
    const kept = former.filter((one) => one.versionId !== versionId);
    held.current = undefined;
    if (kept.length > 0) {
      held.objects.set(key, kept);
      return;
    }
    held.objects.delete(key);
    held.unsorted = held.unsorted.filter((one) => one !== key);
    const at = lowerBound(held.sorted, key);
    if (held.sorted[at] === key) held.sorted.splice(at, 1);
  }

  #nextVersionId(): string {
    this.#lastVersion += 1;
    return `version${String(this.#lastVersion).padStart(12, '0')}`;
  }
}
