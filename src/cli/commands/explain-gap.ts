import { matchesWildcard } from '../../findings/wildcard.ts';
import { renderGaps } from '../../render/text/explain-gaps.ts';
import { coloured, plain } from '../../render/text/terminal.ts';
import { MOST_REPORT_BYTES, readReport } from '../../report/report-schema.ts';
import { wantsColour } from '../io/colour.ts';
import { EXIT } from '../io/exit-code.ts';
import { readWholeFile } from '../io/files.ts';
import type { Terminal } from '../io/terminal.ts';

/** The options of `explain-gap` as commander hands them over. */
export interface RawExplainGapOptions {
  /** Patterns of chain ids, in which `*` stands for anything. */
  readonly chain?: readonly string[];
  readonly color: boolean;
  readonly verbose?: boolean;
}

/**
 * Prints what happened around the gaps of a report: coverage and control events on one axis. Says nothing of the verdict by
 * its exit code, nor of the report's signature. Throws TARGET_NOT_FOUND, REPORT_INVALID.
 */
export async function explainGapCommand(
  file: string,
  { chain: patterns = [], color, verbose = false }: RawExplainGapOptions,
  terminal: Terminal,
): Promise<number> {
  const { report } = readReport(await readWholeFile(file, MOST_REPORT_BYTES, 'report'), file);
  const paint = wantsColour(color, terminal) ? coloured : plain;
  const isWanted = (chain: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => matchesWildcard(pattern, chain));
  terminal.out.write(renderGaps(report, { columns: terminal.out.columns, paint, verbose }, isWanted));
  return EXIT.valid;
}
