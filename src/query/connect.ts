/** A small database over an export, which any client of DuckDB opens: the views and macros of both dialects, and no rows of its own. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { TrailVerifyError } from '../base/errors.ts';
import { sqlText } from '../events/columns.ts';
import { isFullDisk, openDatabase, problemLine } from '../events/database.ts';
import { type EventsDocument, requireEvents } from '../events/events-document.ts';
import { baseRows, eventFiles } from './parquet-files.ts';
import { dialectStatements } from './views.ts';

/** Memory for statements that make views, in bytes. */
const MEMORY = 256 * 1024 ** 2;

/**
 * Writes the database to `file`, which must not exist yet. Its views name the files of the export by their full paths. Throws
 * CONFIGURATION where DuckDB is not installed and for a manifest alone, OUTPUT_NOT_WRITTEN where the disk is full, OUTPUT_NOT_USABLE
 * where else the file cannot be written.
 */
export async function connectEvents(file: string, folder: string, document: EventsDocument): Promise<void> {
  requireEvents(document, folder);
  const { report, logFiles, events } = document;
  const database = await openDatabase({ memory: MEMORY, file }).catch(async (error: unknown) => {
    if (error instanceof TrailVerifyError) throw error;
    await removeFiles(file);
    throw notWritten(file, error);
  });
  let failure: unknown;
  try {
    const files = eventFiles(document, path.resolve(folder));
    await database.run(`CREATE VIEW verified_events AS ${baseRows(files)}`);
    for (const statement of dialectStatements('verified_events')) await database.run(statement);
    const about = [report.sha256, report.verdict, report.run, report.finished].map(sqlText).join(', ');
    await database.run(
      `CREATE TABLE about AS SELECT * FROM (VALUES (${about}, ${logFiles}, ${events})) AS v(report_sha256, verdict, run, finished, log_files, events)`,
    );
    await database.run('CHECKPOINT');
  } catch (error) {
    failure = error;
  } finally {
    database.close();
  }
  if (failure === undefined) return;
  await removeFiles(file);
  throw notWritten(file, failure);
}

async function removeFiles(file: string): Promise<void> {
  for (const one of [file, `${file}.wal`]) await rm(one, { force: true });
}

function notWritten(file: string, cause: unknown): TrailVerifyError {
  return new TrailVerifyError(
    isFullDisk(cause) ? 'OUTPUT_NOT_WRITTEN' : 'OUTPUT_NOT_USABLE',
    `database ${file} cannot be written: ${problemLine(cause)}`,
    {
      hint: isFullDisk(cause)
        ? 'free some space or give another file with --output'
        : 'give another file with --output',
      cause,
    },
  );
}
