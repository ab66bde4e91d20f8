import { TrailVerifyError } from '../../base/errors.ts';
import { FINDING_CODES, isFindingCode } from '../../findings/catalogue.ts';
import { renderCatalogue, renderExplanation } from '../../render/text/explain.ts';
import { coloured, plain } from '../../render/text/terminal.ts';
import { wantsColour } from '../io/colour.ts';
import { EXIT } from '../io/exit-code.ts';
import type { Terminal } from '../io/terminal.ts';

/** Prints one finding code's words, or the list of all codes. Throws USAGE for a code there is none of. */
export function explainCommand(code: string | undefined, color: boolean, terminal: Terminal): number {
  if (code === undefined) {
    terminal.out.write(renderCatalogue());
    return EXIT.valid;
  }
  const name = code.toUpperCase().replaceAll('-', '_');
  if (!isFindingCode(name)) {
    const alike = FINDING_CODES.filter((known) => known.split('_').some((part) => name.includes(part)));
    const hint =
      alike.length === 0 ? 'trail-verify explain lists every code' : `did you mean ${alike.join(', ')}?`;
    throw new TrailVerifyError('USAGE', `there is no finding code ${JSON.stringify(code)}`, { hint });
  }
  const paint = wantsColour(color, terminal) ? coloured : plain;
  terminal.out.write(renderExplanation(name, Math.min(terminal.out.columns, 100), paint));
  return EXIT.valid;
}
