/** Every finding's entry, family by family: what it is called, what it means, what to do next. */
import { HOUR, isoTime } from '../base/clock.ts';
import { CHAIN_FINDINGS } from './chain-findings.ts';
import { DIGEST_FINDINGS } from './digest-findings.ts';
import type { Entry, Span, Words } from './family.ts';
import { type Evidence, type Finding, type FindingCode, type FindingOf, usualWeight } from './finding.ts';
import { LAKE_FINDINGS } from './lake-findings.ts';
import { LOG_FINDINGS } from './log-findings.ts';
import { RUN_FINDINGS, STORAGE_FINDINGS } from './run-findings.ts';
import { STATE_FINDINGS } from './state-findings.ts';

/** All words, in the order in which readers are shown them. A code without words does not compile. */
const WORDS: { readonly [Code in FindingCode]: Words<Evidence[Code]> } = {
  ...DIGEST_FINDINGS,
  ...CHAIN_FINDINGS,
  ...LOG_FINDINGS,
  ...LAKE_FINDINGS,
  ...STORAGE_FINDINGS,
  ...STATE_FINDINGS,
  ...RUN_FINDINGS,
};

type Catalogue = { readonly [Code in FindingCode]: Entry<Evidence[Code]> };

/** True for the name of a finding. */
export function isFindingCode(text: string): text is FindingCode {
  return Object.hasOwn(WORDS, text);
}

/** Every finding code, in the catalogue's order. */
export const FINDING_CODES: readonly FindingCode[] = Object.keys(WORDS).filter(isFindingCode);

/** The entry of every code. */
export const CATALOGUE: Catalogue = Object.fromEntries(
  FINDING_CODES.map((code) => [code, { weight: usualWeight(code), ...WORDS[code] }]),
  // Each code has the words of that very code.
) as Catalogue;

/** Whether findings say that a run ended before everything in scope was checked. */
export function wasInterrupted(findings: readonly Pick<Finding, 'code'>[]): boolean {
  return findings.some(({ code }) => WORDS[code].endsRun === true);
}

/** Whether findings say that a signal ended the run: nobody waits for what was to follow it. */
export function wasStopped(findings: readonly Finding[]): boolean {
  return findings.some(({ code, evidence }) => code === 'RUN_INTERRUPTED' && evidence.reason === 'stopped');
}

/** The stretch of time that a finding's evidence names; undefined for one that is about an object only. */
export function evidenceSpan<Code extends FindingCode>(finding: FindingOf<Code>): Span | undefined {
  return CATALOGUE[finding.code].span?.(finding.evidence);
}

/** The time that a finding is about: the time that its evidence names, or the hour that its digest covers; undefined where neither is known. */
export function findingSpan(finding: Finding): Span | undefined {
  const named = evidenceSpan(finding);
  if (named !== undefined || finding.time === undefined) return named;
  const end = Date.parse(finding.time);
  // A digest covers the hour before its end, and so do the log files in it.
  return Number.isNaN(end) ? undefined : { from: isoTime(end - HOUR), to: isoTime(end) };
}
