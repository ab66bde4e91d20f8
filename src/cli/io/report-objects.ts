/** The objects of a report that is given as a file: its inventory, and where they are read from. */
import path from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import type { Report } from '../../report/report.ts';
import { openGivenFile } from '../../source/given-file.ts';
import type { Source } from '../../source/source.ts';
import type { AccessSettings } from '../options/access.ts';
import type { LayoutSettings } from '../options/place.ts';
import { openLocal, openSession } from './open-target.ts';
import { askingAt } from './signing/secrets.ts';
import type { Terminal } from './terminal.ts';

/** Where a report is, and what it counts. */
export interface ReportPlaces {
  readonly reportFile: string;
  /** Undefined for the one next to the report. */
  readonly inventoryFile: string | undefined;
  /** The copy or bag that the objects are read from; undefined for where the report found them. */
  readonly source: string | undefined;
  /** How that folder is to be read. */
  readonly layout: LayoutSettings;
  readonly access: AccessSettings;
}

/** Opens the inventory of a report. Throws TARGET_NOT_FOUND where there is none. */
export async function openInventoryOf(
  { reportFile, inventoryFile }: Pick<ReportPlaces, 'reportFile' | 'inventoryFile'>,
  report: Report,
): Promise<AsyncIterable<Uint8Array>> {
  // A report must not lead to another folder.
  const name = path.basename(report.objects?.inventory.path ?? '');
  const file = inventoryFile ?? path.join(path.dirname(reportFile), name);
  const handle = await openGivenFile(file).catch(() => undefined);
  if (handle === undefined) {
    throw new TrailVerifyError('TARGET_NOT_FOUND', `there is no inventory ${file}`, {
      hint: 'keep inventory.jsonl.gz next to its report, or name it with --inventory',
    });
  }
  return handle.createReadStream();
}

/** The copy or bag that a report's objects are read from; undefined where that is S3. */
export function folderOfObjects(
  { source }: Pick<ReportPlaces, 'source'>,
  report: Report,
): string | undefined {
  const { kind, target } = report.source;
  return source ?? (kind === 's3' ? undefined : target);
}

/** Opens the source of a report's objects. Throws what opening a copy, a bag or a session throws. */
export async function openSourceOf(
  { source, layout, access }: ReportPlaces,
  report: Report,
  terminal: Terminal,
): Promise<Source> {
  const { kind } = report.source;
  const folder = folderOfObjects({ source }, report);
  if (folder === undefined) {
    const { openS3 } = await import('../../source/s3/s3-source.ts');
    return openS3(openSession(askingAt(terminal, access), undefined));
  }
  // The report says how it read its own target; every object is held against the report, however it is found.
  const isBag = source === undefined && kind === 'bag' && layout.layout === undefined;
  return openLocal(folder, isBag ? { ...layout, layout: 'bag' } : layout, undefined);
}
