import { randomUUID } from 'node:crypto';
import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { isDiskFull } from '../../copy/disk-full.ts';
import { renderMetrics } from '../../render/formats/metrics.ts';
import type { Report } from '../../report/report.ts';
import { removeQuietly } from '../io/new-file.ts';
import { writePieces } from '../io/write-pieces.ts';

/** Throws OUTPUT_NOT_USABLE where metrics cannot be written to `file`, before a run is begun for them. */
export async function requireMetricsFolder(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  const folder = path.dirname(path.resolve(file));
  const isFolder = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  const isTaken = (await stat(file).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder || isTaken) throw notUsable(file, isTaken ? 'is a folder' : `lies in no folder: ${folder}`);
}

/**
 * Writes a report's metrics in place of those of the run before, whole or not at all: the collector never sees half a
 * file, and it reads `.prom` files only. Returns the error that kept it from being written, for the verdict stands all the same.
 */
export async function writeMetricsFile(
  file: string | undefined,
  report: Report,
): Promise<TrailVerifyError | undefined> {
  if (file === undefined) return undefined;
  const partial = path.join(path.dirname(path.resolve(file)), `.${randomUUID()}.tmp`);
  try {
    // The collector is another user than whoever runs this.
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
