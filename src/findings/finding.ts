/** What a finding is: a union over the codes of all families, made of their tables. Facts only; the words are in the catalogue. */
import type { ObjectRef } from '../source/source.ts';
import type { CHAIN_EVIDENCE } from './chain-findings.ts';
import type { ControlEvent } from './control-event.ts';
import type { DIGEST_EVIDENCE } from './digest-findings.ts';
import type { EvidenceOfEach, Span, Weight } from './family.ts';
import type { LOG_EVIDENCE } from './log-findings.ts';
import type { RUN_EVIDENCE } from './run-findings.ts';
import type { STATE_EVIDENCE } from './state-findings.ts';
import type { STORAGE_EVIDENCE } from './storage-findings.ts';

export type { Span, Weight };

/** What happened to one object: proven, contradicted by evidence, named by evidence but absent, or not provable. */
export type Outcome = 'valid' | 'invalid' | 'missing' | 'unproven';

/** Where one object is, as reports have it. `signedAs` is set where a declared relocation moved it. */
export interface FindingObject extends ObjectRef {
  readonly uri: string;
  readonly signedAs?: string | undefined;
}

/**
 * What the versions of an object in a versioned bucket say became of it. `act` is `unknown` where no version shows it: the
 * bucket keeps none, or only the one that was read. Times are ISO 8601 UTC.
 */
export interface ObjectHistory {
  readonly act: 'deleted' | 'overwritten' | 'unknown';
  /** When, and the delete marker or version that did it. */
  readonly time?: string | undefined;
  readonly versionId?: string | undefined;
  /** Versions and delete markers that the bucket keeps of it. */
  readonly versions: number;
  /** Older versions that were read and compared with the signed hash, and those that could not be. */
  readonly compared: number;
  readonly unread: number;
  /** The newest older version whose content has the signed hash. */
  readonly intact?: { readonly versionId: string; readonly time?: string | undefined } | undefined;
}

/** The evidence of every code. */
export interface Evidence
  extends EvidenceOfEach<typeof DIGEST_EVIDENCE>,
    EvidenceOfEach<typeof CHAIN_EVIDENCE>,
    EvidenceOfEach<typeof LOG_EVIDENCE>,
    EvidenceOfEach<typeof STORAGE_EVIDENCE>,
    EvidenceOfEach<typeof STATE_EVIDENCE>,
    EvidenceOfEach<typeof RUN_EVIDENCE> {}

/** Every finding's stable name. */
export type FindingCode = keyof Evidence;

/** Why bytes could not be had: a code that stays the same between runs, and the storage's own words. */
export type ReadFailure = Evidence['DIGEST_UNREADABLE'];

/** What a trail's status, the caller's list or the folders themselves said must be there. */
export type ExpectationBasis = Evidence['CHAIN_ABSENT']['basis'];

/** What ended a run early. */
export type Interruption = Evidence['RUN_INTERRUPTED'];

interface Body<Code extends FindingCode> {
  readonly code: Code;
  readonly weight: Weight;
  readonly object: FindingObject;
  /** The chain it belongs to (see `chainId`), where it belongs to one. */
  readonly chain?: string | undefined;
  /** The time it is about, for sorting and for the reader: ISO 8601 UTC. */
  readonly time?: string | undefined;
  /** The name of the acceptance that accepts it: it stays what it is, and has no part in the verdict. */
  readonly accepted?: string | undefined;
  /**
   * What verified log files record around it that can have caused it, the likeliest first. It shows who did what and when; it
   * proves no cause, changes no weight and covers no time.
   */
  readonly explanation?: readonly ControlEvent[] | undefined;
  readonly evidence: Evidence[Code];
  /** What the object's versions say became of it, where they were looked up. */
  readonly history?: ObjectHistory | undefined;
}

/** The finding with a given code, or with one of several. */
export type FindingOf<Code extends FindingCode> = { readonly [One in Code]: Body<One> }[Code];

/**
 * One fact a reader must know: a stable `code`, one subject object and its evidence. `expected` is what was recorded, `actual` is
 * what was computed; of a digest's content they are SHA-256. Hashes, signatures and fingerprints are lower-case hex.
 */
export type Finding = FindingOf<FindingCode>;

/** What a run proved: everything, that something is wrong, or neither. */
export type Verdict = 'VALID' | 'INVALID' | 'INCONCLUSIVE';

/** The verdict is the heaviest weight among the findings. */
export function verdictOf(weights: Iterable<Weight>): Verdict {
  let verdict: Verdict = 'VALID';
  for (const weight of weights) {
    if (weight === 'violation') return 'INVALID';
    if (weight === 'unproven') verdict = 'INCONCLUSIVE';
  }
  return verdict;
}
