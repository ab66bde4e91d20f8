import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import type { ReportSigner } from '../../pki/sign.ts';
import type { Stamp } from '../../pki/timestamp.ts';
import { MOST_REPORT_BYTES, readReport } from '../../report/report-schema.ts';
import { formatBundle, signBundle, stampBundle } from '../../signed/bundle.ts';
import { readWholeFile } from './files.ts';
import { writeNewFile } from './new-file.ts';

/** A report's Sigstore bundle: its file, or why there is none; and why it has no timestamp although one was asked for. */
export interface WrittenBundle {
  readonly file: string | undefined;
  readonly failure: TrailVerifyError | undefined;
  readonly timestampFailure: TrailVerifyError | undefined;
}

/** The name of a report's Sigstore bundle: `report.sigstore.json` for `report.json`. */
export function bundleFileOf(reportFile: string): string {
  const { dir, name } = path.parse(reportFile);
  return path.join(dir, `${name}.sigstore.json`);
}

/**
 * Signs the statement about a report as it lies on the disk, has the signature timestamped where `stamp` is given, and writes
 * both beside the report. What goes wrong is told, not thrown: the report's own signature stands without it.
 */
export async function writeBundle(
  reportFile: string,
  signer: ReportSigner,
  stamp: Stamp | undefined,
): Promise<WrittenBundle> {
  let timestampFailure: TrailVerifyError | undefined;
  try {
    const report = readReport(await readWholeFile(reportFile, MOST_REPORT_BYTES, 'report'), reportFile);
    let bundle = await signBundle(report, signer);
    try {
      if (stamp !== undefined) bundle = await stampBundle(bundle, stamp);
    } catch (error) {
      timestampFailure = ownError(error);
    }
    const file = bundleFileOf(reportFile);
    await writeNewFile(file, [formatBundle(bundle)]);
    return { file, failure: undefined, timestampFailure };
  } catch (error) {
    return { file: undefined, failure: ownError(error), timestampFailure };
  }
}

function ownError(error: unknown): TrailVerifyError {
  if (error instanceof TrailVerifyError) return error;
  throw error;
}
