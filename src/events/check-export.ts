/**
 * Checks an export of events: that its document is as it was signed, that the folder holds the Parquet files that it names and no
 * others, and that the report in the folder, or a given one, is the report that it names.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { TrailVerifyError } from '../base/errors.ts';
import { mapParallel } from '../base/flow.ts';
import { sha256 } from '../crypto/hash.ts';
import { attempt, type Check, checkLine, conclude } from '../report/check.ts';
import { verdictHeadline } from '../report/findings-beyond.ts';
import type { Report } from '../report/report.ts';
import { MOST_REPORT_BYTES } from '../report/report-schema.ts';
import { checkReport } from '../signed/check-report.ts';
import { checkSignature, type SignatureFiles, type SignedBy, signedBy } from '../signed/check-signature.ts';
import { type NoteReportProblem, type ReportProblem, unproven, violation } from '../signed/problems.ts';
import { type BagFolder, bagFolder } from '../source/bag/index.ts';
import { openForReading } from '../source/folder/object-file.ts';
import {
  EVENTS_FILE,
  type EventsDocument,
  MOST_EVENTS_BYTES,
  readEvents,
  rowsIn,
} from './events-document.ts';
import { type FileMarks, flushedStatus, markOf } from './file-marks.ts';

/** What is checked, and against whom. */
export interface ExportCheckOptions extends Omit<SignatureFiles, 'signature' | 'timestamp'> {
  readonly folder: string;
  /** The bytes of the report that it must be of; undefined for the one in its folder. */
  readonly report?: Uint8Array | undefined;
}

/** What a check of an export read. */
interface CheckedExport extends SignedBy {
  readonly document: EventsDocument | undefined;
  /** SHA-256 of the document's file. */
  readonly sha256: string;
  readonly report: Report | undefined;
  /** Of its Parquet files that are as they were exported, as each was before it was hashed. */
  readonly marks: FileMarks;
}

/** What a check of an export came to. `verdict` is about the export, `report.verdict` about the trail. */
export type ExportCheck = Check<CheckedExport, ReportProblem>;

/** Signatures and timestamps are some kilobytes. */
const MOST_SIGNATURE = 1024 * 1024;
/** Files hashed at once. */
const AT_ONCE = 4;
/** Bytes of a file that are read at once. */
const PIECE = 1024 * 1024;

/** Checks an export; whatever is wrong with its files is a problem. Throws TARGET_NOT_FOUND where the folder holds none. */
export async function checkExport(options: ExportCheckOptions): Promise<ExportCheck> {
  const folder = bagFolder(options.folder);
  const content = await folder.read(EVENTS_FILE, MOST_EVENTS_BYTES);
  if (content === undefined) {
    throw new TrailVerifyError(
      'TARGET_NOT_FOUND',
      `folder ${options.folder} holds no export: it has no ${EVENTS_FILE}`,
      {
        hint: 'give a folder that trail-verify verify --events wrote; one without that file is incomplete',
      },
    );
  }
  const problems: ReportProblem[] = [];
  const texts = new Set<string>();
  const note: NoteReportProblem = (found) => {
    // The signer of the export has signed the report too: one fault of his is one problem.
    if (found === undefined || texts.has(found.text)) return;
    texts.add(found.text);
    problems.push(found);
  };
  const signature = await folder.read(`${EVENTS_FILE}.p7s`, MOST_SIGNATURE);
  const timestamp = await folder.read(`${EVENTS_FILE}.p7s.tsr`, MOST_SIGNATURE);
  const signed = checkSignature({ ...options, content, signature, timestamp, what: 'the export' }, note);
  const document = attempt(
    () => readEvents(content, EVENTS_FILE),
    ({ message }) => note(violation('REPORT_MALFORMED', message)),
  );
  let report: Report | undefined;
  let marks: FileMarks = new Map();
  if (document !== undefined) {
    report = await checkItsReport(folder, document, options, note);
    if (report !== undefined) note(contradiction(document, report));
    note(miscount(document));
    marks = await checkFiles(folder, options.folder, document, note);
  }
  return conclude<CheckedExport, ReportProblem>(problems, {
    ...signed,
    document,
    report,
    marks,
    sha256: sha256(content),
  });
}

async function checkItsReport(
  folder: BagFolder,
  { report: named }: EventsDocument,
  options: ExportCheckOptions,
  note: NoteReportProblem,
): Promise<Report | undefined> {
  const bytes = options.report ?? (await folder.read('report.json', MOST_REPORT_BYTES));
  if (bytes === undefined) {
    note(unproven('BESIDE_MISSING', 'report.json is not in its folder: give the report with --report'));
    return undefined;
  }
  const hash = sha256(bytes);
  if (hash !== named.sha256) {
    note(violation('BESIDE_CHANGED', `it is of another report: SHA-256 ${named.sha256}, and not ${hash}`));
    return undefined;
  }
  // A report that was given alone may lack its signature here: its hash is in the signed document.
  const isGiven = options.report !== undefined;
  const inFolder = (name: string) => (isGiven ? undefined : folder.read(name, MOST_SIGNATURE));
  const check = await checkReport({
    ...options,
    report: bytes,
    signature: await inFolder('report.json.p7s'),
    timestamp: await inFolder('report.json.p7s.tsr'),
    bundle: await inFolder('report.sigstore.json'),
  });
  for (const problem of check.problems) if (!isGiven || problem.weight === 'violation') note(problem);
  return check.report;
}

/** What the document says of its report, and the report does not: a reader of the one must learn the same as of the other. */
function contradiction({ report: said }: EventsDocument, report: Report): ReportProblem | undefined {
  const { run, verdict, window } = report;
  const facts = [run.id, verdict, run.started, run.finished, window.requested.from, window.requested.to];
  const claims = [said.run, said.verdict, said.started, said.finished, said.window.from, said.window.to];
  return facts.every((fact, at) => fact === claims[at])
    ? undefined
    : violation('REPORT_INCONSISTENT', `${EVENTS_FILE} says of its report what that does not say`);
}

/** A count of rows that its own files contradict. */
function miscount(document: EventsDocument): ReportProblem | undefined {
  const { events, logFiles } = document;
  return rowsIn(document, 'events') === events && rowsIn(document, 'manifest') === logFiles
    ? undefined
    : violation('REPORT_INCONSISTENT', `${EVENTS_FILE} counts other events or log files than its files have`);
}

/** Programs that read Parquet take every file of a folder: one too many is as bad as a changed one. Returns the marks of those that are named. */
async function checkFiles(
  folder: BagFolder,
  root: string,
  { files }: EventsDocument,
  note: NoteReportProblem,
): Promise<FileMarks> {
  const named = new Map(files.map((file) => [file.path, file]));
  if (named.size !== files.length) note(violation('REPORT_MALFORMED', `${EVENTS_FILE} names a file twice`));
  for (const { path: place, kind } of await folder.list()) {
    // Programs that search for tables take any folder, and names in any letters.
    const isPart = /^(?:events|manifest)(?:\/|$)|\.parquet$/i.test(place);
    if (!isPart) continue;
    if (kind === 'other') note(violation('BESIDE_CHANGED', `${place} is no regular file`));
    else if (!named.has(place))
      note(violation('BESIDE_CHANGED', `${place} is in the folder and not in ${EVENTS_FILE}`));
  }
  const hashed = await mapParallel([...named.values()], AT_ONCE, async (file) => ({
    file,
    found: await hashOf(path.join(root, file.path), file.bytes),
  }));
  const marks = new Map<string, string>();
  for (const { file, found } of hashed) {
    if (found === undefined) note(violation('BESIDE_MISSING', `${file.path} is missing`));
    else if (found.sha256 !== file.sha256)
      note(violation('BESIDE_CHANGED', `${file.path} is not as it was exported`));
    else marks.set(file.path, found.mark);
  }
  return marks;
}

/**
 * SHA-256 of a file, and the mark that this very file had before. One that is too long is read no further than that shows: a planted one
 * may have no end. Undefined where there is no file that can be read.
 */
async function hashOf(
  file: string,
  bytes: number,
): Promise<{ readonly sha256: string; readonly mark: string } | undefined> {
  const handle = await openForReading(file).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const status = await flushedStatus(handle);
    if (!status.isFile()) return undefined;
    const hash = createHash('sha256');
    // One byte more than there should be shows that there are more.
    for await (const piece of handle.createReadStream({ end: bytes, highWaterMark: PIECE, autoClose: false }))
      hash.update(piece);
    return { sha256: hash.digest('hex'), mark: markOf(status) };
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

/** One line without its end on a check of an export. Not escaped. */
export function renderExportCheck(check: ExportCheck, name: string): string {
  const { document, report } = check;
  const says = report === undefined ? '' : `; its report says ${verdictHeadline(report)}`;
  const left = document?.unreadable.length ?? 0;
  const lacks =
    left === 0 ? '' : `; it has no events of ${left} intact log files without records that can be read`;
  return checkLine(check, name, () => {
    const what =
      document?.contents === 'manifest'
        ? `names ${document.logFiles} log files`
        : `holds ${document?.events} events of ${document?.logFiles} log files`;
    return `${name} ${what} as ${signedBy(check)}${says}${lacks}`;
  });
}
