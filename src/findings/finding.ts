/** What a finding is and how it is made: a union over the codes of all families, by their rules. Facts only; the words are in the catalogue. */
import type { ObjectRef } from '../source/source.ts';
import { CHAIN_RULES } from './chain-findings.ts';
import type { ControlEvent } from './control-event.ts';
import { DIGEST_RULES } from './digest-findings.ts';
import type { EvidenceOfEach, Shape, Span, Weight } from './family.ts';
import { LAKE_RULES } from './lake-findings.ts';
import { LOG_RULES } from './log-findings.ts';
import { RUN_RULES, STORAGE_RULES } from './run-findings.ts';
import { STATE_RULES } from './state-findings.ts';

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
  extends EvidenceOfEach<typeof DIGEST_RULES>,
    EvidenceOfEach<typeof CHAIN_RULES>,
    EvidenceOfEach<typeof LOG_RULES>,
    EvidenceOfEach<typeof LAKE_RULES>,
    EvidenceOfEach<typeof STORAGE_RULES>,
    EvidenceOfEach<typeof STATE_RULES>,
    EvidenceOfEach<typeof RUN_RULES> {}

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

type Rules = typeof DIGEST_RULES &
  typeof CHAIN_RULES &
  typeof LOG_RULES &
  typeof LAKE_RULES &
  typeof STORAGE_RULES &
  typeof STATE_RULES &
  typeof RUN_RULES;

/** The rule of every code: how much its findings weigh, and what they rest on. */
export const RULES: {
  readonly [Code in FindingCode]: {
    readonly weight: Rules[Code]['weight'];
    readonly evidence: Shape;
    readonly weigh?: ((evidence: Evidence[Code]) => Weight) | undefined;
  };
} = {
  ...DIGEST_RULES,
  ...CHAIN_RULES,
  ...LOG_RULES,
  ...LAKE_RULES,
  ...STORAGE_RULES,
  ...STATE_RULES,
  ...RUN_RULES,
};

/** What the maker of a finding may say of its weight: one that its code may have, where neither that is settled nor the evidence decides. */
type SaidWeight<Code extends FindingCode> = Rules[Code] extends { readonly weigh: unknown }
  ? never
  : Extract<Rules[Code]['weight'], readonly Weight[]>[number];

/** The weight that a finding of this code usually has. */
export function usualWeight(code: FindingCode): Weight {
  const { weight } = RULES[code];
  return typeof weight === 'string' ? weight : weight[0];
}

/** Makes a finding about an object. Its weight is what the evidence makes it, else `weight`, else the usual one of its code. */
export function makeFinding<Code extends FindingCode>(
  code: Code,
  { object, chain, time }: Pick<Finding, 'object' | 'chain' | 'time'>,
  evidence: Evidence[Code],
  weight?: SaidWeight<Code>,
): FindingOf<Code> {
  const weighs = RULES[code].weigh?.(evidence) ?? weight ?? usualWeight(code);
  return { code, weight: weighs, object, chain, time, evidence };
}

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
