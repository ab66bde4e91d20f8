import { TrailVerifyError } from '../../../base/errors.ts';
import { suggestionHint } from '../../../base/suggest.ts';
import { FINDING_CODES, isFindingCode } from '../../../findings/catalogue.ts';
import { matchesWildcard } from '../../../findings/event.ts';
import { renderCatalogue, renderExplanation, renderGaps } from '../../../render/text/explain.ts';
import { coloured, plain } from '../../../render/text/terminal.ts';
import type { Report } from '../../../report/report.ts';
import { MOST_REPORT_BYTES, readReport } from '../../../report/report-schema.ts';
import { EXIT } from '../../io/exit.ts';
import { readWholeFile } from '../../io/files.ts';
import { type Terminal, wantsColour } from '../../io/terminal.ts';
import { orRefused, recoveredInFolder } from '../../io/witness/corroboration-folder.ts';
import type { ExplainGapSettings, ExplainSettings } from './explain-options.ts';

/** Prints one finding code's words, or the list of all codes. Throws USAGE for a code there is none of. */
export async function explainCommand({ code, color }: ExplainSettings, terminal: Terminal): Promise<number> {
  if (code === undefined) {
    terminal.out.write(renderCatalogue());
    return EXIT.valid;
  }
  const name = code.toUpperCase().replaceAll('-', '_');
  if (!isFindingCode(name)) {
    const hint = suggestionHint(name, FINDING_CODES, 'trail-verify explain lists every code');
    throw new TrailVerifyError('USAGE', `there is no finding code ${JSON.stringify(code)}`, { hint });
  }
  const paint = wantsColour(color, terminal) ? coloured : plain;
  terminal.out.write(renderExplanation(name, Math.min(terminal.out.columns, 100), paint));
  return EXIT.valid;
}

/**
 * Prints what happened around the gaps of a report: coverage and control events on one axis, and what a witness recovered. Says
 * nothing of the verdict by its exit code, nor of the report's signature; a corroboration that is not as it was written, or signed, is exit code 5. Throws
 * TARGET_NOT_FOUND, REPORT_INVALID, and CONFIGURATION for a corroboration of another report.
 */
export function explainGapCommand(settings: ExplainGapSettings, terminal: Terminal): Promise<number> {
  return orRefused(() => explainGap(settings, terminal), terminal, settings.verbose);
}

async function explainGap(
  { file, chains: patterns, corroboration, color, verbose }: ExplainGapSettings,
  terminal: Terminal,
): Promise<number> {
  const read = readReport(await readWholeFile(file, MOST_REPORT_BYTES, 'report'), file);
  const { report } = read;
  requireChains(report, patterns);
  const recovered = corroboration === undefined ? undefined : await recoveredInFolder(corroboration, read);
  const paint = wantsColour(color, terminal) ? coloured : plain;
  const isWanted = (chain: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => matchesWildcard(pattern, chain));
  const layout = { columns: terminal.out.columns, paint, verbose };
  terminal.out.write(renderGaps(report, layout, isWanted, recovered));
  return EXIT.valid;
}

/** Chains that an error names. */
const MOST_NAMED = 5;

/** Throws USAGE where a pattern fits no chain of the report: nothing would be shown of it, as if nothing had happened. */
function requireChains({ chains, findings, window }: Report, patterns: readonly string[]): void {
  const known = new Set(chains.map(({ id }) => id));
  for (const { chain } of [...findings, ...window.uncovered]) if (chain !== undefined) known.add(chain);
  const all = [...known];
  const unmatched = patterns.find((pattern) => !all.some((chain) => matchesWildcard(pattern, chain)));
  if (unmatched === undefined) return;
  const named = all.slice(0, MOST_NAMED).join(', ');
  throw new TrailVerifyError('USAGE', `the report has no chain ${JSON.stringify(unmatched)}`, {
    hint:
      all.length === 0
        ? 'it has no chain at all'
        : `it has ${named}${all.length > MOST_NAMED ? ' and others' : ''}`,
  });
}
