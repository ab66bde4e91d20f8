import type { AcceptanceReport } from '../../report/report.ts';
import { escapeTerminal } from '../escape.ts';
import { acceptanceOutcome, acceptanceReason, acceptanceSubject, isQuiet } from '../facts/acceptances.ts';
import { wrapText } from '../words.ts';
import { proseColumns, type TextOptions } from './options.ts';

const MARGIN = '  ';

/** The lines of the section of acceptances: each with what it is about, who bears it and why, and what became of it. */
export function acceptancesSection(
  acceptances: readonly AcceptanceReport[],
  options: TextOptions,
): readonly string[] {
  return acceptances.flatMap((acceptance) => {
    const prose = (text: string): string =>
      wrapText(escapeTerminal(text), proseColumns(options), `${MARGIN}    `);
    const quiet = isQuiet(acceptance);
    const mark = options.paint(quiet ? 'good' : 'doubtful', quiet ? 'ok' : '!!');
    return [
      `${MARGIN}${mark}  ${escapeTerminal(acceptance.name)}`,
      prose(acceptanceSubject(acceptance)),
      prose(acceptanceReason(acceptance)),
      prose(acceptanceOutcome(acceptance)),
    ];
  });
}
