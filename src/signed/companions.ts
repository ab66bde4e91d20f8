import { createHash } from 'node:crypto';
import { malformed, TrailVerifyError } from '../base/errors.ts';
import { asciiJson } from '../base/json.ts';
import type { Finding, Outcome } from '../findings/finding.ts';
import { FindingTally, LONGEST_FINDING } from '../report/findings-beyond.ts';
import { linesOf } from '../report/lines.ts';
import type { OverflowFindings, Report } from '../report/report.ts';
import { inflate, scanInventory } from '../report/scan-inventory.ts';
import type { CompanionCheck, OpenCompanion } from './check-report.ts';
import type { ReportProblem } from './problems.ts';

/** A companion file of a report: its file name, and its name in words. */
export interface CompanionFile {
  readonly path: string;
  readonly what: string;
}

/**
 * Checks one companion file of a report. `scan` returns in words what in it contradicts the report, or throws EVIDENCE_INVALID;
 * other errors are thrown on.
 */
async function checkCompanion(
  { path, what }: CompanionFile,
  open: OpenCompanion,
  scan: (stored: AsyncIterable<Uint8Array>) => Promise<readonly string[]>,
): Promise<readonly ReportProblem[]> {
  const stored = await open(path);
  if (stored === undefined)
    return [{ code: 'BESIDE_MISSING', weight: 'unproven', text: `the ${what} is not next to it` }];
  const texts = await scan(stored).catch((error: unknown) => {
    if (!(error instanceof TrailVerifyError) || error.code !== 'EVIDENCE_INVALID') throw error;
    return [error.message];
  });
  return texts.map((text) => ({ code: 'BESIDE_CHANGED', weight: 'violation', text }));
}

/** Every check of what a report says about its companion files, in the order in which they are made. */
export const COMPANION_CHECKS: readonly CompanionCheck[] = [checkInventory, checkOverflowFindings];

/** Checks that the companion file of further findings holds those that the report counts. A report that counts none has none to check. */
export async function checkOverflowFindings(
  { overflowFindings }: Report,
  open: OpenCompanion,
): Promise<readonly ReportProblem[]> {
  if (overflowFindings === undefined) return [];
  const { path } = overflowFindings;
  const what = `file ${path} of further findings that the report counts`;
  return checkCompanion({ path, what }, open, async (stored) => {
    await scanOverflowFindings(stored, overflowFindings);
    return [];
  });
}

/** Throws EVIDENCE_INVALID where the file is damaged, not the one that the report names, or other than it counts. */
async function scanOverflowFindings(
  stored: AsyncIterable<Uint8Array>,
  { path, sha256, lines: most, counts }: OverflowFindings,
): Promise<void> {
  const tally = new FindingTally();
  const content = createHash('sha256');
  let count = 0;
  for await (const { bytes, lines } of linesOf(inflate(stored, path), LONGEST_FINDING)) {
    content.update(bytes);
    for (const line of lines) {
      count += 1;
      if (count > most) throw malformed(path, `has more than ${most} lines`);
      tally.add(readFinding(line, `line ${count} of ${path}`));
    }
  }
  if (count !== most) throw malformed(path, `has ${count} lines, and the report counts ${most}`);
  if (content.digest('hex') !== sha256) throw malformed(path, 'has another SHA-256 than the report names');
  if (asciiJson(tally.counts()) !== asciiJson(counts))
    throw malformed(path, 'has other findings than the report counts');
}

/** A line as a finding, as far as it is counted. */
function readFinding(line: Uint8Array, what: string): Finding {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(line).toString('latin1'));
  } catch {
    throw malformed(what, 'is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw malformed(what, 'is no finding');
  return value as Finding;
}

const OUTCOMES: readonly Outcome[] = ['valid', 'invalid', 'missing', 'unproven'];

/**
 * Checks that the inventory next to a report is the one that it binds, and has the report's counts. A report that names
 * none has none to check.
 */
export async function checkInventory(
  { objects, totals }: Report,
  open: OpenCompanion,
): Promise<readonly ReportProblem[]> {
  if (objects === undefined) return [];
  const { path } = objects.inventory;
  const what = `inventory ${path} that the report names`;
  return checkCompanion({ path, what }, open, async (stored) => {
    const counts = {
      digest: { valid: 0, invalid: 0, missing: 0, unproven: 0 },
      log: { valid: 0, invalid: 0, missing: 0, unproven: 0 },
    };
    await scanInventory(stored, objects, ({ line }) => {
      counts[line.kind][line.status] += 1;
    });
    const pairs = [
      ['digest files', counts.digest, totals.digests],
      ['log files', counts.log, totals.logs],
    ] as const;
    return pairs.flatMap(([kind, listed, counted]) =>
      OUTCOMES.filter((outcome) => listed[outcome] !== counted[outcome]).map(
        (outcome) =>
          `the inventory lists ${listed[outcome]} ${outcome} ${kind}, and the report counts ${counted[outcome]}`,
      ),
    );
  });
}
