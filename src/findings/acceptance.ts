import { CATALOGUE } from './catalogue.ts';
import type { FindingCode } from './finding.ts';

/**
 * An auditor's statement that unproven findings are known and accepted. At least one of `object`, `chain`
 * and `window` says which are meant; several must all agree. Times are ISO 8601 in UTC, to the second.
 */
export interface Acceptance {
  /** Its name in the report; no two acceptances of a run have the same name. */
  readonly name: string;
  readonly code: FindingCode;
  /** The object's URI, in which `*` matches anything. */
  readonly object?: string | undefined;
  /** The chain's id, in which `*` matches anything. */
  readonly chain?: string | undefined;
  /** The finding's whole time, and the uncovered time with it, is within this. */
  readonly window?: { readonly from?: string | undefined; readonly to?: string | undefined } | undefined;
  readonly reason: string;
  /** Who accepts it; nobody checks the name. */
  readonly acceptedBy: string;
  /** From this time on it accepts nothing. */
  readonly expires: string;
}

/** Whether findings of that code can be accepted: those that leave something of the trail unproven. */
export function isAcceptable(code: FindingCode): boolean {
  const { weight, acceptance } = CATALOGUE[code];
  return weight === 'unproven' && acceptance !== 'never';
}

/** Whether an acceptance names its object as exactly as its code asks for. */
export function isCloseEnough({
  code,
  object,
}: {
  readonly code: FindingCode;
  readonly object?: string | undefined;
}): boolean {
  return CATALOGUE[code].acceptance !== 'by-object' || (object !== undefined && !object.includes('*'));
}

/**
 * Whether `text` matches `pattern`, in which each `*` matches any characters, or none, and everything
 * else for itself. Takes no more steps than the product of both lengths, whatever the pattern.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let inPattern = 0;
  let inText = 0;
  /** Where to go on after a mismatch: behind the last `*`, which then matches one character more. */
  let retry: { readonly pattern: number; text: number } | undefined;
  while (inText < text.length) {
    if (pattern[inPattern] === '*') {
      inPattern += 1;
      retry = { pattern: inPattern, text: inText };
    } else if (inPattern < pattern.length && pattern[inPattern] === text[inText]) {
      inPattern += 1;
      inText += 1;
    } else {
      if (retry === undefined) return false;
      retry.text += 1;
      inPattern = retry.pattern;
      inText = retry.text;
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1;
  return inPattern === pattern.length;
}
