/** Every finding's entry, family by family: what it is called, what it means, what to do next. */
import { CHAIN_FINDINGS } from './chain-findings.ts';
import { DIGEST_FINDINGS } from './digest-findings.ts';
import type { Entry } from './family.ts';
import type { FindingCode } from './finding.ts';
import { LOG_FINDINGS } from './log-findings.ts';
import { RUN_FINDINGS } from './run-findings.ts';
import { STATE_FINDINGS } from './state-findings.ts';
import { STORAGE_FINDINGS } from './storage-findings.ts';

/** All entries, in the order in which readers are shown them. A code without an entry does not compile. */
export const CATALOGUE: Readonly<Record<FindingCode, Entry>> = {
  ...DIGEST_FINDINGS,
  ...CHAIN_FINDINGS,
  ...LOG_FINDINGS,
  ...STORAGE_FINDINGS,
  ...STATE_FINDINGS,
  ...RUN_FINDINGS,
};

/** True for the name of a finding. */
export function isFindingCode(text: string): text is FindingCode {
  return Object.hasOwn(CATALOGUE, text);
}

/** Every finding code, in the catalogue's order. */
export const FINDING_CODES: readonly FindingCode[] = Object.keys(CATALOGUE).filter(isFindingCode);
