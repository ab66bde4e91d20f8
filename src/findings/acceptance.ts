import { CATALOGUE } from './catalogue.ts';
import type { FindingCode } from './finding.ts';

/**
 * An auditor's word that findings which leave something unproven are known and borne. At least one of `object`, `chain`
 * and `window` says which are meant; several must all agree. Times are ISO 8601 in UTC, to the second.
 */
export interface Acceptance {
  /** What the report calls it; no two of a run are called the same. */
  readonly name: string;
  readonly code: FindingCode;
  /** The object's URI, in which `*` stands for anything. */
  readonly object?: string;
  /** The chain's id, in which `*` stands for anything. */
  readonly chain?: string;
  /** The finding's whole time, and the uncovered time with it, lies in this. */
  readonly window?: { readonly from?: string; readonly to?: string };
  readonly reason: string;
  /** Who accepts it; nobody checks the name. */
  readonly acceptedBy: string;
  /** From this time on it accepts nothing. */
  readonly expires: string;
}

/**
 * Findings that nobody can bear: that a run itself came to nothing (a pass on nothing is never a pass), or that its keys are not
 * known to be CloudTrail's, without which nothing else is proven.
 */
const NEVER_BORNE: ReadonlySet<FindingCode> = new Set([
  'NOTHING_VERIFIED',
  'RUN_INTERRUPTED',
  'KEYS_UNTRUSTED',
]);
/** Findings that only an acceptance bears which names the very object: whoever signs with a key of his own makes any number. */
const EXACT_ONLY: ReadonlySet<FindingCode> = new Set(['DIGEST_KEY_UNKNOWN']);

/** Whether findings of that code can be accepted: those that leave something of the trail unproven. */
export function isAcceptable(code: FindingCode): boolean {
  return CATALOGUE[code].weight === 'unproven' && !NEVER_BORNE.has(code);
}

/** Whether an acceptance says as closely what it bears as its code asks for. */
export function isCloseEnough({
  code,
  object,
}: {
  readonly code: FindingCode;
  readonly object?: string | undefined;
}): boolean {
  return !EXACT_ONLY.has(code) || (object !== undefined && !object.includes('*'));
}
