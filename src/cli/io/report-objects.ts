/** The objects of a report that is given as a file: its inventory, and where they are read from. */
import path from 'node:path';
import { malformed, TrailVerifyError } from '../../base/errors.ts';
import { sha256 } from '../../crypto/hash.ts';
import type { InventoryLine } from '../../report/inventory.ts';
import type { Report } from '../../report/report.ts';
import { MOST_REPORT_BYTES, type ReadReport, readReport } from '../../report/report-schema.ts';
import { refOf, scanInventory } from '../../report/scan-inventory.ts';
import { checkReport } from '../../signed/check-report.ts';
import { type FolderOptions, openFolder } from '../../source/folder/folder-source.ts';
import { openGivenFile } from '../../source/given-file.ts';
import type { Source } from '../../source/source.ts';
import type { AccessSettings } from '../options/access.ts';
import { type LayoutSettings, parseS3Place } from '../options/place.ts';
import { readGivenIfThere, readWholeFile } from './files.ts';
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
  /** How that folder is to be read, where it is said; else it is read as the report read it. */
  readonly layout: LayoutSettings;
  readonly access: AccessSettings;
}

/** Signatures are some kilobytes. */
const MOST_SIGNATURE = 1 << 20;

/**
 * The report in a file. It need not be signed: who signed it is asked by `report verify`. Throws TARGET_NOT_FOUND, REPORT_INVALID, and
 * EVIDENCE_INVALID where it contradicts itself, or a signature next to it is not of its bytes; `now` in milliseconds since the epoch.
 */
export async function readSoundReport(file: string, now: number): Promise<ReadReport> {
  const bytes = await readWholeFile(file, MOST_REPORT_BYTES, 'report');
  const { signatureFileOf, timestampFileOf } = await import('./signing/sign-report.ts');
  const signatureFile = signatureFileOf(file);
  const [signature, timestamp] = await Promise.all(
    [signatureFile, timestampFileOf(signatureFile)].map((name) =>
      readGivenIfThere(name, {
        what: 'signature of the report',
        most: MOST_SIGNATURE,
        code: 'EVIDENCE_INVALID',
      }),
    ),
  );
  const { report, problems } = await checkReport({ report: bytes, signature, timestamp, trust: [], now });
  if (report === undefined) return readReport(bytes, file);
  const wrong = problems.find(({ weight }) => weight === 'violation');
  if (wrong !== undefined) throw malformed(`${file}:`, wrong.text);
  return { report, sha256: sha256(bytes) };
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
  places: ReportPlaces,
  report: Report,
  terminal: Terminal,
): Promise<Source> {
  const { source, layout, access } = places;
  const folder = folderOfObjects(places, report);
  if (folder === undefined) {
    const { openS3 } = await import('../../source/s3/s3-source.ts');
    return openS3(openSession(askingAt(terminal, access), undefined));
  }
  // Every object is held against the report, however it is found.
  const isSaid = layout.layout !== undefined || layout.bucket !== undefined || layout.copyOf !== undefined;
  const asRead = source !== undefined || isSaid ? undefined : await readingOf(places, report, folder);
  return openLocal(folder, { ...layout, ...asRead }, undefined);
}

/** How the folder of a report was read; undefined where neither the report nor its objects say so. */
async function readingOf(
  places: ReportPlaces,
  report: Report,
  folder: string,
): Promise<Partial<LayoutSettings> | undefined> {
  const { kind, readAs = [] } = report.source;
  if (kind === 'bag') return { layout: 'bag' };
  const [part = '', ...others] = readAs;
  if (part !== '' && others.length === 0) return { copyOf: parseS3Place(part, 'the report') };
  return readAs.length > 0 ? undefined : readingByObjects(folder, await sampleOf(places, report));
}

/** Objects of each sort by which the reading of a folder is known. */
const SAMPLE = 100;

/** Objects that the report counts, those that are not valid above all: there two readings of a folder differ. */
async function sampleOf(places: ReportPlaces, report: Report): Promise<readonly InventoryLine[]> {
  const [valid, others]: [InventoryLine[], InventoryLine[]] = [[], []];
  if (report.objects === undefined) return [];
  await scanInventory(await openInventoryOf(places, report), report.objects, ({ line }) => {
    const list = line.status === 'valid' ? valid : others;
    if (line.stored !== null && list.length < SAMPLE) list.push(line);
  });
  return [...others, ...valid];
}

/** The reading of a folder in which more of these objects are where they must be; undefined where neither is better. */
async function readingByObjects(
  folder: string,
  lines: readonly InventoryLine[],
): Promise<Partial<LayoutSettings> | undefined> {
  const [bucket, ...others] = new Set(lines.map((line) => line.bucket));
  if (bucket === undefined) return undefined;
  const asOne = others.length > 0 ? 0 : await objectsIn(folder, { layout: 'sync', bucket }, lines);
  const asMany = await objectsIn(folder, { layout: 'collect' }, lines);
  if (asOne === asMany) return undefined;
  return asOne > asMany ? { layout: 'sync', bucket } : { layout: 'collect' };
}

/** How many objects are in a folder, read so. */
async function objectsIn(
  folder: string,
  reading: FolderOptions,
  lines: readonly InventoryLine[],
): Promise<number> {
  const source = await openFolder(folder, reading).catch(() => undefined);
  const found = lines.map(async (line) => {
    const hash = await source?.hashed?.(refOf(line)).catch(() => undefined);
    return hash?.sha256 === line.stored;
  });
  return (await Promise.all(found)).filter((isThere) => isThere).length;
}
