/** The outputs of a verification next to its report: standard output, and the file of metrics. */
import { randomUUID } from 'node:crypto';
import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { isDiskFull } from '../../copy/disk-full.ts';
import { reportSha256 } from '../../render/facts/report.ts';
import { jsonPieces, renderVerdictLine } from '../../render/formats/json.ts';
import { renderMetrics } from '../../render/formats/metrics.ts';
import {
  coloured,
  plain,
  renderSignedLine,
  renderWrittenSection,
  type WrittenSignature,
} from '../../render/text/terminal.ts';
import { renderText, renderVerdict } from '../../render/text/text.ts';
import type { Report } from '../../report/report.ts';
import { removeQuietly, writePieces } from '../io/output.ts';
import { type Terminal, wantsColour } from '../io/terminal.ts';
import type { VerifySettings } from './verify-options.ts';

/** The files that were written next to the output; lines for people are not escaped. */
export interface Written {
  readonly reportPath: string;
  readonly signedBy: readonly string[];
  readonly signature: WrittenSignature | undefined;
  /** False where the run leaves no new checkpoint although it was to. */
  readonly stateKept: boolean;
}

/** Prints the report as --format says, and after it the files that were written next to it. */
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

/** Throws OUTPUT_NOT_USABLE where metrics cannot be written to `file`, before a run is begun for them. */
export async function requireMetricsFolder(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const folder = path.dirname(path.resolve(file));
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  const isTaken = (await stat(file).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder || isTaken) throw notUsable(file, isTaken ? 'is a folder' : `is in no folder: ${folder}`);
}

/**
 * Writes a report's metrics in place of those of the run before, whole or not at all: the collector never sees half a file, and
 * it reads `.prom` files only. Returns the error that kept it from being written, because the verdict holds all the same.
 */
export async function writeMetricsFile(
  file: string | undefined,
  report: Report,
): Promise<TrailVerifyError | undefined> {
  if (file === undefined) return undefined;
  const partial = path.join(path.dirname(path.resolve(file)), `.${randomUUID()}.tmp`);
  try {
    // The collector is another user than the one who runs this.
    await writePieces(partial, [renderMetrics(report)], 0o644);
    await rename(partial, file);
    return undefined;
  } catch (cause) {
    await removeQuietly(partial);
    return notUsable(file, `cannot be written: ${cause instanceof Error ? cause.message : cause}`, cause);
  }
}

function notUsable(file: string, why: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('OUTPUT_NOT_USABLE', `metrics file ${file} ${why}`, {
    hint: isDiskFull(cause)
      ? 'free some space or give a file on another disk with --metrics, and run again'
      : 'give a file in a folder that you may write to, such as /var/lib/node_exporter/trail-verify.prom',
    cause,
  });
}
