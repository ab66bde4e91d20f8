/** Named ways to damage what a test trail delivered. Each changes the store in place, as one who can write to the bucket would. */
import type { ObjectRef } from '../../src/source/source.ts';
import { ObjectStore, type ObjectVersion } from './object-store.ts';
import type { DeliveredDigest, DigestFields } from './test-digest.ts';
import { digestMetadata, signDigest } from './test-digest.ts';
import { gzip, inflate } from './test-gzip.ts';
import type { TestKey } from './test-keys.ts';

/** Deletes an object; throws where there is none, so that no test damages nothing. */
export function deleteObject(store: ObjectStore, ref: ObjectRef): void {
  objectAt(store, ref);
  store.delete(ref.bucket, ref.key);
}

/** Deletes every object whose key begins with `prefix`; throws where there is none. */
export function deleteFolder(store: ObjectStore, bucket: string, prefix: string): void {
  const keys = store.keys(bucket).filter((key) => key.startsWith(prefix));
  if (keys.length === 0) throw new Error(`nothing below ${bucket}/${prefix}`);
  for (const key of keys) store.delete(bucket, key);
}

/** Replaces the stored bytes and leaves metadata and date as they were. */
export function replaceBytes(store: ObjectStore, ref: ObjectRef, bytes: Uint8Array): void {
  const { metadata, lastModified } = objectAt(store, ref);
  store.put(ref.bucket, ref.key, bytes, { metadata, lastModified });
}

/** Changes the uncompressed text and compresses it again, soundly. */
export function editContent(store: ObjectStore, ref: ObjectRef, edit: (text: string) => string): void {
  const text = inflate(objectAt(store, ref).bytes).toString();
  const edited = edit(text);
  if (edited === text) throw new Error(`the edit leaves ${ref.key} as it was`);
  replaceBytes(store, ref, gzip(edited));
}

/** Flips one bit of the uncompressed content (the middle byte's lowest, by default) and compresses it again, soundly. */
export function flipContentBit(store: ObjectStore, ref: ObjectRef, at?: number): void {
  const content = inflate(objectAt(store, ref).bytes);
  const index = at ?? Math.floor(content.length / 2);
  content[index] = (content[index] ?? 0) ^ 1;
  replaceBytes(store, ref, gzip(content));
}

/** Flips one bit of the object as stored. */
export function flipStoredBit(store: ObjectStore, ref: ObjectRef, at: number): void {
  const bytes = Buffer.from(objectAt(store, ref).bytes);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  replaceBytes(store, ref, bytes);
}

/** Appends bytes behind the gzip member: by default one more member, which zcat and others read on into. */
export function appendBytes(
  store: ObjectStore,
  ref: ObjectRef,
  bytes: Uint8Array = gzip('{"Records":[]}'),
): void {
  replaceBytes(store, ref, Buffer.concat([objectAt(store, ref).bytes, bytes]));
}

/** Appends zero bytes, which node:zlib passes over in silence. */
export function appendZeros(store: ObjectStore, ref: ObjectRef, count = 16): void {
  appendBytes(store, ref, Buffer.alloc(count));
}

/** Cuts bytes off the end: 8 are the gzip trailer (check sum and length), 4 the length alone. */
export function truncateTrailer(store: ObjectStore, ref: ObjectRef, count: 4 | 8 = 8): void {
  replaceBytes(store, ref, objectAt(store, ref).bytes.subarray(0, -count));
}

/** Makes the gzip check sum wrong; the data stays sound. */
export function breakChecksum(store: ObjectStore, ref: ObjectRef): void {
  flipStoredBit(store, ref, objectAt(store, ref).bytes.length - 8);
}

/** Leaves an object of no bytes. */
export function emptyObject(store: ObjectStore, ref: ObjectRef): void {
  replaceBytes(store, ref, new Uint8Array());
}

/** Sets metadata of an object; undefined takes an entry away. */
export function setMetadata(
  store: ObjectStore,
  ref: ObjectRef,
  changes: Readonly<Record<string, string | undefined>>,
): void {
  const { bytes, metadata, lastModified } = objectAt(store, ref);
  const changed = Object.entries({ ...metadata, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  store.put(ref.bucket, ref.key, bytes, { metadata: Object.fromEntries(changed), lastModified });
}

/** Takes all metadata away, as a plain copy of the bytes would. */
export function stripMetadata(store: ObjectStore, ref: ObjectRef): void {
  const { bytes, lastModified } = objectAt(store, ref);
  store.put(ref.bucket, ref.key, bytes, { lastModified });
}

/** Changes one digit of the signature in the metadata. */
export function alterSignature(store: ObjectStore, ref: ObjectRef): void {
  const signature = objectAt(store, ref).metadata.signature ?? '';
  setMetadata(store, ref, { signature: `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}` });
}

/** Copies one object over another's place, metadata and all. */
export function copyOver(store: ObjectStore, from: ObjectRef, to: ObjectRef): void {
  const { bytes, metadata, lastModified } = objectAt(store, from);
  store.put(to.bucket, to.key, bytes, { metadata, lastModified });
}

/** Exchanges two objects, metadata and all. */
export function swapObjects(store: ObjectStore, left: ObjectRef, right: ObjectRef): void {
  const { bytes, metadata, lastModified } = objectAt(store, left);
  copyOver(store, right, left);
  store.put(right.bucket, right.key, bytes, { metadata, lastModified });
}

/** Replaces a digest by an edited one, soundly signed for the same place by `signer` (by default the key it names). */
export function resignDigest(
  store: ObjectStore,
  digest: DeliveredDigest,
  edit: (fields: DigestFields) => DigestFields,
  signer: TestKey = digest.signer,
): void {
  const fields = edit(JSON.parse(Buffer.from(digest.content).toString()) as DigestFields);
  const content = Buffer.from(JSON.stringify(fields));
  const { previousDigestSignature } = fields;
  const previousSignature = typeof previousDigestSignature === 'string' ? previousDigestSignature : undefined;
  const signature = signDigest(content, { ...digest, previousSignature }, signer);
  const { lastModified } = objectAt(store, digest);
  store.put(digest.bucket, digest.key, gzip(content), { metadata: digestMetadata(signature), lastModified });
}

/** Repeats the first key of a JSON object with another value: readers differ on which of the two counts. */
export function repeatFirstJsonKey(text: string): string {
  return text.replace(/^\{"(\w+)":"([^"]*)"/, '{"$1":"$2","$1":"$2"');
}

/** Changes one digit of the first log file's hash in the text of a digest. */
export function changeRecordedHash(text: string): string {
  return text.replace(
    /("hashValue":")(\w)/,
    (_, head: string, digit: string) => head + (digit === '0' ? '1' : '0'),
  );
}

/** A store that holds nothing but a copy of one bucket under another name, as replication makes. */
export function replicaOf(store: ObjectStore, from: string, to: string): ObjectStore {
  const replica = new ObjectStore(() => 0);
  replica.createBucket(to);
  for (const key of store.keys(from)) {
    const { bytes, metadata, lastModified } = objectAt(store, { bucket: from, key });
    replica.put(to, key, bytes, { metadata, lastModified });
  }
  return replica;
}

/** Puts an object that CloudTrail did not deliver; `lastModified` is in milliseconds since the epoch. */
export function plantObject(
  store: ObjectStore,
  ref: ObjectRef,
  bytes: Uint8Array,
  lastModified: number,
): void {
  store.put(ref.bucket, ref.key, bytes, { lastModified });
}

/** Makes every read answer 403 AccessDenied. */
export function denyObject(store: ObjectStore, ref: ObjectRef): void {
  store.failWith(ref.bucket, ref.key, { status: 403, code: 'AccessDenied' });
}

/** Makes every read answer as for an object in S3 Glacier that was not restored. */
export function archiveObject(store: ObjectStore, ref: ObjectRef): void {
  store.failWith(ref.bucket, ref.key, { status: 403, code: 'InvalidObjectState' });
}

/** Makes every read answer as for an object whose KMS key is disabled. */
export function disableKmsKey(store: ObjectStore, ref: ObjectRef): void {
  store.failWith(ref.bucket, ref.key, { status: 400, code: 'KMS.DisabledException' });
}

function objectAt(store: ObjectStore, ref: ObjectRef): ObjectVersion {
  const found = store.get(ref.bucket, ref.key);
  if (found === undefined) throw new Error(`no object ${ref.bucket}/${ref.key} to damage`);
  return found;
}
