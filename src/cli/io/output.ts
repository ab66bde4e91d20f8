import { renameSync } from 'node:fs';
import { lstat, open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import { HANDLES_HINT, isDiskFull, isOutOfHandles, unwritable } from '../../copy/disk-full.ts';
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
import { inPlace } from '../../source/claimed-folder.ts';
import { giveNewName, renameOver } from '../../source/file-moves.ts';
import { noteNamed, withUnfinished } from '../../source/unfinished.ts';
import type { VerifySettings } from '../commands/verify-options.ts';
import { type Terminal, wantsColour } from './terminal.ts';

/** The files of a run's output, which appear whole or not at all, and what is printed of it. */

/** The hint where the disk of an output is full. */
export const FULL_HINT = 'free some space or give another folder with --output, and run again';

/** Writes a file of the output whole or not at all, over one of that name, and returns its path. Throws INTERNAL. */
export async function writeWhole(target: string, pieces: Iterable<string>): Promise<string> {
  try {
    await withUnfinished(target, async (partial) => {
      await writePieces(partial, pieces);
      // At once: no signal comes between the name and its note.
      renameSync(partial, target);
      noteNamed(target);
    });
  } catch (error) {
    const detail = messageOf(error);
    throw new TrailVerifyError('INTERNAL', `report ${inPlace(target)} could not be written: ${detail}`, {
      hint: outputHint(error),
      cause: error,
    });
  }
  return target;
}

/** The hint where a file of the output could not be written. */
export function outputHint(cause: unknown): string {
  return isOutOfHandles(cause) ? HANDLES_HINT : FULL_HINT;
}

/** What is said of a folder for a report in the target: it spoils no later run, but its reader must not take it for one that nobody else could write. */
export function reportInTarget(folder: string): string {
  return `${folder === '' ? 'this folder' : folder} is in the folder that is verified, whose writer can change the report; --output names another`;
}

/** The path as one would type it here, where that is shorter. */
export function shortPath(file: string): string {
  const fromHere = path.relative('', file);
  return fromHere.startsWith('..') ? file : fromHere;
}

/** Who may read a file that is written: its owner alone, or whom the umask allows. */
type Readers = 'owner' | 'everyone';

/**
 * Writes a file that must not exist yet, whole or not at all, and to the disk before it has its name. Throws
 * OUTPUT_NOT_USABLE, or OUTPUT_NOT_WRITTEN where the disk is full.
 */
export async function writeNewFile(
  file: string,
  pieces: Pieces,
  readers: Readers = 'everyone',
): Promise<void> {
  try {
    await withUnfinished(file, async (partial) => {
      await writePieces(partial, pieces, readers === 'owner' ? 0o600 : 0o666);
      await giveNewName(partial, file);
      noteNamed(file);
    });
  } catch (cause) {
    throw notWritten(file, cause);
  }
}

/** Removes half-made files. One that cannot be removed was never made, or the error that is on its way already says so. */
export async function removeQuietly(file: string): Promise<void> {
  await rm(file, { force: true }).catch(() => undefined);
}

function notWritten(written: string, cause: unknown): TrailVerifyError {
  const file = inPlace(written);
  const system = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (system === 'EEXIST') {
    const hint = 'give another name with --output, or remove it';
    return new TrailVerifyError('OUTPUT_NOT_USABLE', `file ${file} exists already`, { hint, cause });
  }
  const noFolder = system === 'ENOENT' || system === 'ENOTDIR';
  const why = noFolder ? `is in no folder: ${path.dirname(file)}` : `cannot be written: ${messageOf(cause)}`;
  return unwritable(`file ${file} ${why}`, cause, {
    full: 'free some space, or give another place with --output',
    else: 'give another place with --output',
  });
}

/** Text is handed to the file in portions of this many characters. */
const PORTION = 1 << 20;

/** The content of a file to write: texts or bytes, one after the other. */
type Pieces = Iterable<string | Uint8Array>;

/**
 * Writes a file that is not there yet, and to the disk before it returns. `mode` is that of a new file, less the umask.
 * Rejects with the error of the file system.
 */
async function writePieces(file: string, pieces: Pieces, mode: number = 0o666): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    let portion = '';
    for (const piece of pieces) {
      if (typeof piece === 'string') {
        portion += piece;
        if (portion.length < PORTION) continue;
      }
      await handle.writeFile(portion);
      portion = '';
      if (typeof piece !== 'string') await handle.writeFile(piece);
    }
    await handle.writeFile(portion);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The files that were written next to the output; lines for people are not escaped. */
interface Written {
  /** Undefined for a run that writes nothing. */
  readonly reportPath: string | undefined;
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
  const layout = {
    columns: out.columns,
    paint,
    verbose: settings.verbose,
    isUnwritten: written.reportPath === undefined,
    ...written,
  };
  switch (settings.format) {
    case 'text':
      // Cron mails whatever is printed: a good night is no mail.
      if (!settings.quiet) out.write(renderText(report, layout));
      else if (report.verdict !== 'VALID' || !written.stateKept) out.write(renderVerdict(report, layout));
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
    default: {
      const { renderPieces } = await import('../../render/rendering.ts');
      for (const piece of renderPieces(settings.format, report, reportSha256(report))) out.write(piece);
    }
  }
}

/** Throws OUTPUT_NOT_USABLE where metrics cannot be written to `file`, before a run is begun for them. */
export async function requireMetricsFolder(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const folder = path.dirname(path.resolve(file));
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) throw metricsNotUsable(file, `is in no folder: ${folder}`);
  // The new file takes the place of the old one, and of a link, wherever that leads: a device or a pipe would be gone.
  const there = await lstat(file).catch(() => undefined);
  if (there !== undefined && !there.isFile() && !there.isSymbolicLink())
    throw metricsNotUsable(file, there.isDirectory() ? 'is a folder' : 'is not a regular file');
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
  try {
    await withUnfinished(file, async (partial) => {
      // The collector is another user than the one who runs this.
      await writePieces(partial, [renderMetrics(report)], 0o644);
      await renameOver(partial, file);
    });
    return undefined;
  } catch (cause) {
    return metricsNotUsable(file, `cannot be written: ${messageOf(cause)}`, cause);
  }
}

function metricsNotUsable(file: string, why: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('OUTPUT_NOT_USABLE', `metrics file ${file} ${why}`, {
    hint: isDiskFull(cause)
      ? 'free some space or give a file on another disk with --metrics, and run again'
      : 'give a file in a folder that you may write to, such as /var/lib/node_exporter/trail-verify.prom',
    cause,
  });
}
