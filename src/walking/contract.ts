/**
 * What is asked of a thread that walks chains, and what comes back. All of it is plain data:
 *
 *     access   how a bucket in S3 is read, before a walk of it; again where credentials changed
 *     walk     number 3 · chain, keys and times of its listing, window, moves · how the copy is read · in runs or digest by digest
 *     batch    number 3 · runs of sound digests, packed, and between them steps as they are       acknowledged by `taken`
 *     ask      number 3 · an object that is not plainly there, a key, another folder              answered by `answer`
 *
 * A thread judges with the very `ChainWalk` and `checkDigest` of every walk, but knows nothing by itself: keys, listings and whatever is
 * odd of an object come from the thread that asked, whose source tells why.
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
import type { BucketShare, ToldAccess } from './read-digests.ts';

/** What parts texts that are sent as one. Nothing that holds it is put into one. */
export const BETWEEN = '\0';

/** Batches of one walk that nobody has taken yet; it waits beyond. */
export const MOST_UNTAKEN = 3;

/** A chain to walk. Times in milliseconds since the epoch. */
export interface WalkRequest {
  readonly walk: number;
  readonly plan: Omit<ChainPlan, 'follow' | 'listed'>;
  readonly listed: PackedListing;
  readonly window: Window;
  /** What the clock of the run shows at the beginning of the walk. */
  readonly now: number;
  readonly relocations: readonly Relocation[];
  readonly ahead: number;
  /** Names the key ring: what one has found counts for no other. */
  readonly ring: number;
  /** Names the source: of the buckets in S3 those of this one are meant. */
  readonly source: number;
  /** The copy that the digests lie in; undefined for buckets in S3, whose accesses are told by themselves. */
  readonly copy: FolderAccess | undefined;
  readonly inRuns: boolean;
}

/** Digests of a listing as few texts: a chain may have a million. */
export interface PackedListing {
  readonly buckets: readonly { readonly bucket: string; readonly keys: string }[];
  /** The end of each, in the order of the keys. */
  readonly ends: Float64Array;
}

/** A listing as it is sent; undefined where that cannot be told in texts. */
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

/** Sound digests in a row: proven, as recorded, linked onwards, with nothing to tell of them (see `digests` in findings/event.ts). */
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
  /** Where the log files of all of them lie, as they are signed. */
  readonly logBucket: string;
  /** In runs the keys of the log files; digest by digest all that `DigestTexts` are made of. */
  readonly texts: string;
}

/** A step that is sent as it is: its digest without the brand, which no thread can give. */
export interface PlainStep extends Omit<WalkStep, 'digest' | 'named'> {
  readonly digest?:
    | Pick<VerifiedDigest, 'ref' | 'digest' | 'sha256' | 'signature' | 'provenBy' | 'asRecorded'>
    | undefined;
  readonly events: readonly TrailEvent[];
}

/** A part of a walk, in its order. */
export interface StepBatch {
  readonly walk: number;
  /** How many steps of the walk came before it: where that is not what was taken, something is lost. */
  readonly before: number;
  /** How many steps it stands for. */
  readonly steps: number;
  readonly parts: readonly (PackedRun | PlainStep)[];
  /** There for the last one: the end that the walk told of, if it did. */
  readonly end?: { readonly recent: RecentEnd | undefined } | undefined;
}

/** What a thread asks the one that started it, in the words of whoever knows. */
export type Question =
  | { readonly open: ObjectRef; readonly maxBytes: number }
  | { readonly holds: string }
  | { readonly find: KeyQuery }
  | { readonly follow: ObjectRef };

/** What may come of a question. */
export type Answer = StoredObject | boolean | KeyLookup | readonly ListedDigest[];

/** An error that goes from thread to thread; `code` is there for a `TrailVerifyError`. */
export interface PlainError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly claim?: string | undefined;
}

/** What is sent to a thread. */
export type ToWalker =
  | ToldAccess
  | { readonly request: WalkRequest }
  | { readonly taken: number }
  | { readonly stop: number }
  | { readonly answer: number; readonly value: Answer }
  | { readonly answer: number; readonly error: PlainError };

/** What a thread sends. `failed`: the walk cannot be finished there. */
export type FromWalker =
  | { readonly batch: StepBatch }
  | { readonly walk: number; readonly ask: number; readonly question: Question }
  | { readonly failed: number };

/** What a thread is started with: with its share of what all of them may have in flight. */
export interface WalkerSettings extends BucketShare {
  readonly native: boolean;
}
