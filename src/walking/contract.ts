/**
 * The questions to a thread that walks chains, and its answers. All of it is plain data:
 *
 *     access   how a bucket in S3 is read, before a walk of it; again where credentials changed
 *     walk     number 3 · chain, keys and times of its listing, window, moves · how the copy is read · in runs or digest by digest
 *     batch    number 3 · runs of sound digests, packed, and between them steps as they are       acknowledged by `taken`
 *     ask      number 3 · an object that is not plainly there, a key, another folder              answered by `answer`
 *
 * A thread judges with the very `ChainWalk` and `checkDigest` of every walk, but knows nothing by itself: keys, listings and
 * odd objects come from the thread that asked, whose source finds the reason.
 */

import type { ErrorCode } from '../base/errors.ts';
import type { VerifiedDigest } from '../chain/check-digest.ts';
import type { ListedDigest } from '../chain/digest-queue.ts';
import type { ChainPlan, RecentEnd, WalkStep, Window } from '../chain/list-digests.ts';
import type { KeyLookup, KeyQuery } from '../crypto/public-key.ts';
import type { Relocation } from '../digest/digest-key.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { FolderAccess } from '../source/access.ts';
import type { ObjectRef, StoredObject } from '../source/source.ts';
import type { BucketAccess, BucketShare } from './read-digests.ts';

/** The character between texts that are sent as one. Nothing that holds it is put into one. */
export const BETWEEN = '\0';

/** Batches of one walk that nobody has taken yet; it waits beyond. */
export const MOST_UNTAKEN = 3;

/** A chain to walk. Times in milliseconds since the epoch. */
export interface WalkRequest {
  readonly walk: number;
  readonly plan: Omit<ChainPlan, 'follow' | 'listed'>;
  readonly listed: PackedListing;
  readonly window: Window;
  /** The time of the run's clock at the beginning of the walk. */
  readonly now: number;
  readonly relocations: readonly Relocation[];
  readonly ahead: number;
  /** Names the key ring: the keys found in one count for no other. */
  readonly ring: number;
  /** Names the source: of the buckets in S3 those of this one are meant. */
  readonly source: number;
  /** The copy that holds the digests; undefined for buckets in S3, whose accesses are sent on their own. */
  readonly copy: FolderAccess | undefined;
  readonly inRuns: boolean;
}

/** Digests of a listing as few texts: a chain may have a million. */
export interface PackedListing {
  readonly buckets: readonly { readonly bucket: string; readonly keys: string }[];
  /** The end of each, in the order of the keys. */
  readonly ends: Float64Array;
}

/** A listing as it is sent; undefined where texts cannot express it. */
export function packListing(listed: readonly ListedDigest[]): PackedListing | undefined {
  const buckets: { bucket: string; keys: string[] }[] = [];
  for (const { ref } of listed) {
    if (ref.key.includes(BETWEEN) || ref.versionId !== undefined) return undefined;
    const last = buckets.at(-1);
    if (last?.bucket === ref.bucket) last.keys.push(ref.key);
    else buckets.push({ bucket: ref.bucket, keys: [ref.key] });
  }
  const ends = Float64Array.from(listed, ({ endTime }) => endTime);
  return { buckets: buckets.map(({ bucket, keys }) => ({ bucket, keys: keys.join(BETWEEN) })), ends };
}

/** The listing that was packed. */
export function unpackListing({ buckets, ends }: PackedListing): readonly ListedDigest[] {
  const refs = buckets.flatMap(({ bucket, keys }) =>
    keys.split(BETWEEN).map((key): ObjectRef => ({ bucket, key })),
  );
  return refs.map((ref, at) => ({ ref, endTime: ends[at] ?? 0 }));
}

/** Sound digests in a row: proven, as recorded, linked onwards, without any finding (see `digests` in findings/event.ts). */
export interface PackedRun {
  readonly count: number;
  readonly newest: ObjectRef;
  readonly provenBy: 'own-signature' | 'successor';
  readonly fingerprint: string;
  /** Sizes, inventory lines and leaf hashes, by `PackedWriter`. */
  readonly packed: Uint8Array;
  /** Of each, the beginning of its window, the end, and how many log files it names. */
  readonly windows: Float64Array;
  /** How far down in time the walk was with each. */
  readonly at: Float64Array;
  /** The place of the log files of all of them, as it is signed. */
  readonly logBucket: string;
  /** In runs the keys of the log files; digest by digest all that `DigestTexts` are made of. */
  readonly texts: string;
}

/** A step that is sent as it is: its digest without the brand, which no thread can give. */
export interface PlainStep extends Omit<WalkStep, 'digest' | 'named' | 'examined'> {
  readonly digest?:
    | Pick<VerifiedDigest, 'ref' | 'digest' | 'sha256' | 'signature' | 'provenBy' | 'asRecorded'>
    | undefined;
  readonly events: readonly TrailEvent[];
}

/** A part of a walk, in its order. */
export interface StepBatch {
  readonly walk: number;
  /** The number of steps of the walk before it: where more or fewer were taken, something is lost. */
  readonly before: number;
  /** The number of its steps. */
  readonly steps: number;
  readonly parts: readonly (PackedRun | PlainStep)[];
  /** Set for the last one: the end that the walk reported, if it did. */
  readonly end?: { readonly recent: RecentEnd | undefined } | undefined;
}

/** A thread's question to the thread that started it, answered by the owner of the answer. */
export type Question =
  | { readonly open: ObjectRef; readonly maxBytes: number }
  | { readonly holds: string }
  | { readonly find: KeyQuery }
  | { readonly follow: ObjectRef };

/** The possible answers to a question. */
export type Answer = StoredObject | boolean | KeyLookup | readonly ListedDigest[];

/** An error that goes from thread to thread; `code` is there for a `TrailVerifyError`. */
export interface PlainError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly claim?: string | undefined;
}

/** A message to a thread. */
export type ToWalker =
  | BucketAccess
  | { readonly request: WalkRequest }
  | { readonly taken: number }
  | { readonly stop: number }
  | { readonly answer: number; readonly value: Answer }
  | { readonly answer: number; readonly error: PlainError };

/** A message of a thread. `failed`: the walk cannot be finished there. */
export type FromWalker =
  | { readonly batch: StepBatch }
  | { readonly walk: number; readonly ask: number; readonly question: Question }
  | { readonly failed: number };

/** The start data of a thread: its share of the requests and bytes that all of them may have in flight. */
export interface WalkerSettings extends BucketShare {
  readonly native: boolean;
}
