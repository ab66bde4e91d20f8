import type { ObjectRef } from '../source/source.ts';
import type { ControlEvent } from './control-event.ts';

/** How much a finding says: it contradicts AWS's signatures, it leaves something unproven, or it is worth knowing. */
export type Weight = 'violation' | 'unproven' | 'note';

/** What happened to one object: proven, contradicted by evidence, named by evidence but absent, or not provable. */
export type Outcome = 'valid' | 'invalid' | 'missing' | 'unproven';

/** Where one object is, as it stands in reports. `signedAs` is set where a declared relocation moved it. */
export interface FindingObject extends ObjectRef {
  readonly uri: string;
  readonly signedAs?: string;
}

/** A span of time in ISO 8601 UTC. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

/** Why bytes could not be had: a code that stays the same between runs, and the storage's own words. */
export interface ReadFailure {
  readonly reason: 'denied' | 'archived' | 'undecryptable' | 'unreachable' | 'vanished' | 'not-in-copy';
  readonly detail: string;
}

/** What a trail's status, the caller's list or the folders themselves said must be there. */
export type ExpectationBasis =
  | 'scope'
  | 'expect-file'
  | 'trail-description'
  | 'trail-status'
  | 'organization'
  | 'log-files'
  | 'digest-folder'
  | 'backfill-digests';

/** What ended a run early: whoever started it, or an error after which no object could be read any more. */
export type Interruption =
  | { readonly reason: 'stopped' }
  | { readonly reason: 'failed'; readonly error: string; readonly detail: string; readonly hint?: string };

/** What AWS signs of a digest, as this run computed it, and the signature that it was compared with (hex), where there is one. */
interface SigningFacts {
  readonly signingString?: string;
  readonly signature?: string;
}

/**
 * What the versions of an object in a versioned bucket say became of it. `act` is `unknown` where no version tells: the
 * bucket keeps none, or only the one that was read. Times are ISO 8601 UTC.
 */
export interface ObjectHistory {
  readonly act: 'deleted' | 'overwritten' | 'unknown';
  /** When, and the delete marker or version that did it. */
  readonly time?: string;
  readonly versionId?: string;
  /** Versions and delete markers that the bucket keeps of it. */
  readonly versions: number;
  /** Older versions that were read and compared with the signed hash, and those that could not be. */
  readonly compared: number;
  readonly unread: number;
  /** The newest older version whose content has the signed hash. */
  readonly intact?: { readonly versionId: string; readonly time?: string };
}

/**
 * An object that no digest names. `reason`: CloudTrail writes no such `name` in that folder, or nothing at that `place`; or
 * it is `undecided` whether a digest outside the window names it. `further` objects beside it are not told one by one.
 */
interface UnlistedFacts {
  readonly written?: string;
  readonly size: number;
  readonly reason?: 'name' | 'place' | 'undecided';
  readonly further?: number;
}

interface Body<Code extends string, Evidence = unknown> {
  readonly code: Code;
  readonly weight: Weight;
  readonly object: FindingObject;
  /** The chain it belongs to (see `chainId`), where it belongs to one. */
  readonly chain?: string;
  /** The time it is about, for sorting and for the reader: ISO 8601 UTC. */
  readonly time?: string;
  /** The name of the acceptance that bears it: it stays what it is, and has no part in the verdict. */
  readonly accepted?: string;
  /**
   * What verified log files record around it that can have caused it, the likeliest first. It shows who did what and when; it
   * proves no cause, changes no weight and covers no time.
   */
  readonly explanation?: readonly ControlEvent[];
  readonly evidence: Evidence;
  /** What the object's versions say became of it, where they were looked up. */
  readonly history?: ObjectHistory;
}

/**
 * One fact a reader must know: a stable `code`, one subject object and its evidence. Facts only; the words
 * are in the catalogue. `expected` is what was recorded, `actual` is what was computed; of a digest's content they are
 * SHA-256. Hashes, signatures and fingerprints are lower-case hex.
 */
export type Finding =
  | Body<'DIGEST_MISSING', { namedBy: string; inferred: boolean; expectedWindow: Span; expected?: string }>
  | Body<'DIGEST_MALFORMED', { problems: readonly string[]; expected?: string; actual?: string }>
  | Body<'DIGEST_MOVED', { expected: string; actual: string } & SigningFacts>
  | Body<
      'DIGEST_SIGNATURE_INVALID',
      {
        fingerprint: string;
        signatureFrom: 'metadata' | 'successor';
        signingString: string;
        signature?: string;
        expected?: string;
        actual?: string;
      }
    >
  | Body<'DIGEST_SIGNATURE_MISSING', { absent: readonly string[]; provenBy?: string }>
  | Body<'DIGEST_KEY_UNKNOWN', { fingerprint: string; region: string; ringComplete: boolean } & SigningFacts>
  | Body<
      'KEYS_UNTRUSTED',
      {
        fingerprint: string;
        region: string;
        origin: string;
        reason: 'endpoint-not-aws' | 'inside-target';
        detail: string;
      } & SigningFacts
    >
  | Body<
      'DIGEST_KEY_EXPIRED',
      { fingerprint: string; region: string; validTo: string; digestEnd: string } & SigningFacts
    >
  | Body<'DIGEST_UNREADABLE', ReadFailure>
  | Body<'DIGEST_UNLINKED', { window: Span; insteadOf?: string }>
  | Body<'DIGEST_REMOVED', { expected?: string; mayHaveExpiredBy?: string }>
  | Body<'LINK_HASH_MISMATCH', { expected: string; actual: string; recordedBy: string }>
  | Body<'LINK_SIGNATURE_MISMATCH', { expected: string; actual: string; recordedBy: string }>
  | Body<'LINK_ASTRAY', { leadsTo: string; reason: 'not-back' | 'other-chain' }>
  | Body<'CHAIN_RESTARTED', { uncovered: Span; lastBefore: string }>
  | Body<'CHAIN_ENDS_EARLY', { uncovered: Span; newest?: string; lastDelivered?: string }>
  | Body<'CHAIN_STARTS_LATE', { uncovered: Span; oldest?: string }>
  | Body<
      'CHAIN_ABSENT',
      {
        basis: ExpectationBasis;
        account?: string;
        region?: string;
        trail?: string;
        lastDelivered?: string;
        memberStatus?: string;
      }
    >
  | Body<'TRAIL_CHANGED', { setting: 'multi-region' | 'organization'; organization?: string }>
  | Body<'WINDOW_HOLE', { uncovered: Span; newer: string; older: string }>
  | Body<'WINDOW_OVERLAP', { overlap: Span; newer: string; older: string }>
  | Body<'LOG_MISSING', { expected: string; digest: string; claim?: string }>
  | Body<'LOG_MODIFIED', { expected: string; actual: string; digest: string }>
  | Body<'LOG_MALFORMED', { problem: string; expected: string; digest: string }>
  | Body<'LOG_TRAILING_DATA', { trailingBytes: number; expected: string; actual: string; digest: string }>
  | Body<'LOG_UNREADABLE', ReadFailure & { digest: string }>
  | Body<'LOG_UNLISTED', UnlistedFacts>
  | Body<'LOG_LISTED_TWICE', { digest: string }>
  | Body<'OBJECT_UNRECOGNIZED', { size: number }>
  | Body<'DIGEST_STORED_INFLATED', { sha256: string }>
  | Body<'LOG_STORED_INFLATED', { sha256: string; digest: string }>
  | Body<'OUTSIDE_TARGET', { kind: 'tree' | 'file' | 'unread'; path: string; reason?: string }>
  | Body<'OBJECT_TWICE', { other: string }>
  | Body<'DISCOVERY_INCOMPLETE', { foldersListed: number }>
  | Body<
      'EVIDENCE_MAY_EXPIRE',
      {
        rule: string;
        prefix: string;
        days?: number;
        date?: string;
        noncurrentDays?: number;
        versioning: string;
        objectLock: boolean;
        lockDays?: number;
      }
    >
  | Body<'RUN_INTERRUPTED', Interruption>
  | Body<'CHAIN_ROLLED_BACK', { expected: string; provenThrough: string; checkpoint: string; newest: string }>
  | Body<
      'CHAIN_REWRITTEN',
      {
        expected: string;
        actual?: string;
        expectedSignature: string;
        actualSignature?: string;
        checkpoint: string;
      }
    >
  | Body<
      'CHAIN_VANISHED',
      {
        gone: 'account' | 'region' | 'trail';
        account: string;
        region: string;
        trail: string;
        provenThrough: string;
        checkpoint: string;
      }
    >
  | Body<
      'LOG_CHANGED_SINCE_CHECKPOINT',
      { expected: string; actual?: string; digest: string; checkpoint: string; checkpointTime: string }
    >
  | Body<
      'LOG_VANISHED_SINCE_CHECKPOINT',
      { expected: string; digest: string; checkpoint: string; checkpointTime: string }
    >
  | Body<
      'LISTING_SHRUNK',
      {
        day: string;
        digestsBefore: number;
        digestsNow: number;
        logsBefore: number;
        logsNow: number;
        checkpoint: string;
      }
    >
  | Body<'STATE_BEHIND', { required: string; actual?: string; written?: string }>
  | Body<'NOTHING_VERIFIED'>;

/** Every finding's stable name. */
export type FindingCode = Finding['code'];

/** The finding with a given code. */
export type FindingOf<Code extends FindingCode> = Extract<Finding, { code: Code }>;
