import { renderPieces } from '../../render/rendering.ts';
import { coloured, plain } from '../../render/text/terminal.ts';
import { renderText } from '../../render/text/text.ts';
import { MOST_REPORT_BYTES, type ReadReport, readReport } from '../../report/report-schema.ts';
import { wantsColour } from '../io/colour.ts';
import { EXIT } from '../io/exit-code.ts';
import { readWholeFile } from '../io/files.ts';
import { writeNewFile } from '../io/new-file.ts';
import type { Terminal } from '../io/terminal.ts';
import type { ReportRenderSettings } from './report-render-options.ts';

/**
 * Renders a report.json to standard output or a new file. Says nothing of its verdict by the exit code, and nothing
 * of its signature: that is what `report verify` is for. Throws TARGET_NOT_FOUND, REPORT_INVALID, OUTPUT_NOT_USABLE.
 */
export async function reportRenderCommand(
  settings: ReportRenderSettings,
  terminal: Terminal,
): Promise<number> {
  const bytes = await readWholeFile(
    settings.file,
    MOST_REPORT_BYTES,
    'report',
    'give the report.json that trail-verify verify wrote',
  );
  const read = readReport(bytes, settings.file);
  const pieces = piecesOf(settings, read, bytes, terminal);
  if (settings.output !== undefined) await writeNewFile(settings.output, pieces);
  else for (const piece of pieces) terminal.out.write(piece);
  return EXIT.valid;
}

function piecesOf(
  settings: ReportRenderSettings,
  { report, sha256 }: ReadReport,
  bytes: Uint8Array,
  terminal: Terminal,
): Iterable<string> {
  switch (settings.format) {
    case 'json':
      // The very bytes, for they are what was signed.
      return [new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)];
    case 'text': {
      const toTerminal = settings.output === undefined;
      const paint = toTerminal && wantsColour(settings.color, terminal) ? coloured : plain;
      return [
        renderText(report, { columns: terminal.out.columns, paint, verbose: true, reportSha256: sha256 }),
      ];
    }
    default:
      return renderPieces(settings.format, report, sha256);
  }
}
