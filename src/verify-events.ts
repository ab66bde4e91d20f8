/** The library's acts on events: a verification that exports them, and a question that is asked of an export. */
import { TrailVerifyError } from './base/errors.ts';
import { checkExport, type ExportCheckOptions, renderExportCheck } from './events/check-export.ts';
import type { EventsDocument } from './events/events-document.ts';
import { openEventsExport, writeDocuments } from './events/export-events.ts';
import type { TrailEvent } from './findings/event.ts';
import { type Coverage, coverageOf } from './query/answer-context.ts';
import { requireAnswerable } from './query/apart/ask-apart.ts';
import { questionInterrupted, type Rows } from './query/opened-events.ts';
import { readStatement } from './query/statement.ts';
import { reportSha256 } from './render/facts/report.ts';
import { jsonPieces } from './render/formats/json.ts';
import type { Report } from './report/report.ts';
import type { VerifyOptions } from './verify-options.ts';
import { verifyTrail } from './verify-trail.ts';

/** What an export is made of: the report of the run, and the document that names the files. */
export interface ExportedEvents {
  readonly report: Report;
  readonly document: EventsDocument;
}

/**
 * Verifies as `verifyTrail`, and writes the events of the log files that agree, with `report.json` and `events.json`, into `folder`,
 * which is there and empty. The documents are not signed: `signContent` of `trail-verify/report` does that. Throws as
 * `verifyTrail`, CONFIGURATION where DuckDB is not installed or not every log file would be read, OUTPUT_NOT_WRITTEN and
 * OUTPUT_NOT_USABLE where the export cannot be written; then nothing of it is left.
 */
export async function exportEvents(
  options: VerifyOptions,
  folder: string,
  onEvent?: (event: TrailEvent) => void,
): Promise<ExportedEvents> {
  if (options.logs === false || options.state !== undefined) {
    throw new TrailVerifyError('CONFIGURATION', 'an export needs every log file to be read', {
      hint: 'leave `logs: false` and `state` out',
    });
  }
  const events = await openEventsExport(folder);
  try {
    const onLog: VerifyOptions['onLog'] = async (object) => {
      await options.onLog?.(object);
      await events.take(object);
    };
    const report = await verifyTrail({ ...options, onLog }, onEvent);
    const document = await events.finish(report, reportSha256(report));
    await writeDocuments(folder, jsonPieces(report), document);
    return { report, document };
  } catch (error) {
    await events.discard();
    throw error;
  }
}

/** A question, and the export that it is asked of. Times are milliseconds since the epoch. */
export interface QueryEventsOptions extends Omit<ExportCheckOptions, 'report'> {
  /** One SELECT, in Athena's or CloudTrail Lake's dialect. */
  readonly sql: string;
  /** Only events of this time are asked, by eventTime. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** Ends the question, once the export is checked: INTERRUPTED is thrown then, by the rows as well. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer, and what it rests on. */
export interface QueriedEvents extends Rows, Coverage {
  readonly document: EventsDocument;
  readonly report: Report;
  /** Ends the question. Rows that were not taken are gone. */
  close(): Promise<void>;
}

/**
 * Asks an export that was checked, every file of it. Throws EVIDENCE_INVALID for one that is not as it was made, CONFIGURATION for a
 * question that is no single SELECT or that DuckDB refuses, and where DuckDB is not installed, INTERRUPTED by its signal.
 */
export async function queryEvents(options: QueryEventsOptions): Promise<QueriedEvents> {
  const { sql, from, to, folder, now, signal } = options;
  const { asRun } = readStatement(sql);
  const question = await requireAnswerable(asRun, now);
  const ended = new AbortController();
  const close = (): Promise<void> => {
    ended.abort();
    return question.close();
  };
  try {
    const check = await checkExport(options);
    const { document, report } = check;
    if (check.verdict === 'INVALID' || document === undefined || report === undefined)
      throw new TrailVerifyError('EVIDENCE_INVALID', renderExportCheck(check, folder));
    const events = await question.open({ folder, document, marks: check.marks, from, to, now });
    signal?.addEventListener('abort', () => events.interrupt(), { once: true, signal: ended.signal });
    if (signal?.aborted === true) throw questionInterrupted();
    const rows = await events.ask(asRun);
    return { ...rows, ...coverageOf(report, { from, to }), document, report, close };
  } catch (error) {
    await close();
    throw error;
  }
}
