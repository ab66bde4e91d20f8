import { lstat } from 'node:fs/promises';
import { TrailVerifyError } from '../../../base/errors.ts';
import { checkExport, renderExportCheck } from '../../../events/check-export.ts';
import { athenaDdl, foldersOf, manifestDdl, trinoDdl } from '../../../events/ddl.ts';
import type { EventsDocument } from '../../../events/events-document.ts';
import { connectEvents } from '../../../query/connect.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import { countOf } from '../../../render/words.ts';
import { MOST_REPORT_BYTES } from '../../../report/report-schema.ts';
import { EXIT, exitCodeOfCheck } from '../../io/exit.ts';
import { liesInside, readWholeFile } from '../../io/files.ts';
import { readAllCertificates } from '../../io/signing/signer.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { RunRecord } from '../../options/added.ts';
import { verifyCommand } from '../verify.ts';
import { RUN_FOR_EVENTS } from '../verify-options.ts';
import type {
  EventsCheckSettings,
  EventsConnectSettings,
  EventsDdlSettings,
  EventsExportSettings,
} from './events-options.ts';

/** Verifies a target and exports its events into the folder of its report; returns the exit code of the verification. */
export function eventsExportCommand(
  { folder, ...settings }: EventsExportSettings,
  terminal: Terminal,
  record: RunRecord,
): Promise<number> {
  return verifyCommand(
    {
      ...RUN_FOR_EVENTS,
      ...settings,
      output: folder,
      events: folder,
      format: 'text',
    },
    terminal,
    record,
  );
}

/** Checks an export, prints one line, and returns the exit code. Throws TARGET_NOT_FOUND where there is none. */
export async function eventsCheckCommand(
  { folder, reportFile, trustFiles, authorityFiles, now }: EventsCheckSettings,
  terminal: Terminal,
): Promise<number> {
  const trust = await readAllCertificates(trustFiles);
  const authorities = await readAllCertificates(authorityFiles);
  const report =
    reportFile === undefined ? undefined : await readWholeFile(reportFile, MOST_REPORT_BYTES, 'report');
  const timestampTrust = authorityFiles.length === 0 ? undefined : authorities;
  const check = await checkExport({ folder, report, trust, timestampTrust, now });
  terminal.out.write(`${escapeTerminal(renderExportCheck(check, folder))}\n`);
  return exitCodeOfCheck(check.verdict, check.report?.verdict);
}

/** Prints the statements for an export that was copied to S3; returns 5 for one that is not as it was made. */
export async function eventsDdlCommand(settings: EventsDdlSettings, terminal: Terminal): Promise<number> {
  const { folder, engine, logsTable, ...place } = settings;
  const document = await soundExport(folder, Date.now(), terminal);
  if (document === undefined) return EXIT.refused;
  const common = { ...place, reportSha256: document.report.sha256 };
  const { accounts, regions, days, undated } = foldersOf(document);
  if (document.contents === 'events' && accounts.length > 0) {
    terminal.out.write(
      engine === 'athena' ? athenaDdl({ ...common, accounts, regions, days }) : trinoDdl(common),
    );
  } else if (logsTable === undefined) {
    throw new TrailVerifyError('USAGE', `export ${folder} has no events, and so no table of them`, {
      hint: 'name the table of all log files with --logs-table, to have a view of those that were verified',
    });
  }
  if (undated > 0) {
    terminal.error.write(
      `warning: ${countOf(undated, 'file')} with day=1970-01-01 are of log files whose place names no day; the table leaves them out\n`,
    );
  }
  if (logsTable !== undefined) {
    const writtenBefore = document.report.started;
    terminal.out.write(manifestDdl({ ...common, engine, logs: logsTable, writtenBefore }));
  }
  return EXIT.valid;
}

/** Writes a database over an export; returns 5 likewise. Throws OUTPUT_NOT_USABLE for a file that is there. */
export async function eventsConnectCommand(
  { folder, output, now }: EventsConnectSettings,
  terminal: Terminal,
): Promise<number> {
  // A link that leads nowhere is there as well: the database would be written through it.
  if ((await lstat(output).catch(() => undefined)) !== undefined) {
    throw new TrailVerifyError('OUTPUT_NOT_USABLE', `file ${output} exists already`, {
      hint: 'give another name with --output, or remove it',
    });
  }
  if (await liesInside(output, folder)) {
    throw new TrailVerifyError('OUTPUT_NOT_USABLE', `file ${output} would be in the export that it opens`, {
      hint: 'give a name elsewhere with --output',
    });
  }
  const document = await soundExport(folder, now, terminal);
  if (document === undefined) return EXIT.refused;
  await connectEvents(output, folder, document);
  const what = `${countOf(document.events, 'event')} of ${countOf(document.logFiles, 'log file')}`;
  terminal.out.write(
    escapeTerminal(`${output} opens ${what} in any client of DuckDB, as cloudtrail_logs and as lake_events`),
  );
  terminal.out.write('\n');
  return EXIT.valid;
}

/** The document of an export that nothing contradicts; who signed it is not asked. Undefined after its faults were printed. */
async function soundExport(
  folder: string,
  now: number,
  terminal: Terminal,
): Promise<EventsDocument | undefined> {
  const check = await checkExport({ folder, trust: [], now });
  if (check.verdict !== 'INVALID' && check.document !== undefined) {
    if (check.signed === undefined)
      terminal.error.write('warning: the export is not signed: nothing shows that it is as it was made\n');
    return check.document;
  }
  terminal.error.write(`trail-verify: ${escapeTerminal(renderExportCheck(check, folder))}\n`);
  terminal.error.write('hint: export the events again; what this folder holds is not what was verified\n');
  return undefined;
}
