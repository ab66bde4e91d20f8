import { reportSha256 } from '../../render/facts/report.ts';
import { jsonPieces, renderVerdictLine } from '../../render/formats/json.ts';
import {
  coloured,
  plain,
  renderSignedLine,
  renderWrittenSection,
  type WrittenSignature,
} from '../../render/text/terminal.ts';
import { renderText, renderVerdict } from '../../render/text/text.ts';
import type { Report } from '../../report/report.ts';
import { wantsColour } from '../io/colour.ts';
import type { Terminal } from '../io/terminal.ts';
import type { VerifySettings } from './verify-options.ts';

/** What was written beside the output; lines for people are not escaped. */
export interface Written {
  readonly reportPath: string;
  readonly signedBy: readonly string[];
  readonly signature: WrittenSignature | undefined;
  /** False where the run leaves no new checkpoint although it was to. */
  readonly stateKept: boolean;
}

/** Prints the report as --format says, and after it what was written beside it. */
export async function printReport(
  report: Report,
  { signature, ...written }: Written,
  settings: VerifySettings,
  terminal: Terminal,
): Promise<void> {
  const { out } = terminal;
  const paint = wantsColour(settings.color, terminal) ? coloured : plain;
  const layout = { columns: out.columns, paint, verbose: settings.verbose, ...written };
  switch (settings.format) {
    case 'text':
      out.write(settings.quiet ? renderVerdict(report, layout) : renderText(report, layout));
      break;
    case 'json':
      for (const piece of jsonPieces(report)) out.write(piece);
      break;
    case 'ndjson':
      if (signature !== undefined) out.write(renderSignedLine(signature));
      out.write(renderVerdictLine(report, written.reportPath));
      break;
    case 'markdown': {
      const { renderMarkdown } = await import('../../render/formats/markdown.ts');
      out.write(renderMarkdown(report, reportSha256(report)) + renderWrittenSection(written.signedBy));
      break;
    }
    case 'none':
      break;
  }
}
