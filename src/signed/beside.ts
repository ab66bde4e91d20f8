import { TrailVerifyError } from '../base/errors.ts';
import type { OpenBeside } from './check-report.ts';
import type { ReportProblem } from './problems.ts';

/** A file beside a report: its name there, and what it is called in words. */
export interface BesideFile {
  readonly path: string;
  readonly what: string;
}

/**
 * Checks one file beside a report. `scan` gives back in words what of it contradicts the report, or throws EVIDENCE_INVALID;
 * other errors are thrown on.
 */
export async function checkBesideFile(
  { path, what }: BesideFile,
  open: OpenBeside,
  scan: (stored: AsyncIterable<Uint8Array>) => Promise<readonly string[]>,
): Promise<readonly ReportProblem[]> {
  const stored = await open(path);
  if (stored === undefined)
    return [{ code: 'BESIDE_MISSING', weight: 'unproven', text: `the ${what} is not beside it` }];
  const texts = await scan(stored).catch((error: unknown) => {
    if (!(error instanceof TrailVerifyError) || error.code !== 'EVIDENCE_INVALID') throw error;
    return [error.message];
  });
  return texts.map((text) => ({ code: 'BESIDE_CHANGED', weight: 'violation', text }));
}
