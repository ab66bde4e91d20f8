import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkExport } from '../src/events/check-export.ts';
import { EVENTS_FILE, type EventsDocument, readEvents } from '../src/events/events-document.ts';
import { openVerifiedEvents } from '../src/query/apart/ask-apart.ts';
import { NOW } from './data/trail-shape.ts';
import { type ProcessSample, runNode } from './measured-process.ts';
import { mustBe } from './row.ts';
import { outputFolder } from './scratch.ts';
import {
  awsEnvironment,
  COMMAND,
  EXIT_CODES,
  type Expected,
  runVerify,
  type VerifyRun,
} from './verify-run.ts';

/** What a run with an export must come to. */
interface ExpectedEvents extends Expected {
  readonly events: number;
}

/** One run of `verify --events`; the export stays where it is. */
export interface ExportRun extends VerifyRun {
  readonly expected: ExpectedEvents;
}

/** A run that exported events, and what the export's files came to. */
export interface ExportSample extends ProcessSample {
  readonly parquetBytes: number;
  readonly parquetFiles: number;
}

/** Verifies and exports to `folder`, which is new, and holds the count of events against what must come of it. */
export async function runExport(run: ExportRun, folder: string): Promise<ExportSample> {
  const sample = await runVerify({ ...run, options: [...(run.options ?? []), '--events', folder] });
  const { events, logFiles, files } = readExport(folder);
  mustBe('the count of exported events', events, run.expected.events);
  mustBe('the count of exported log files', logFiles, run.expected.logs);
  return {
    ...sample,
    parquetBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    parquetFiles: files.length,
  };
}

/** As `runExport`, into a folder that is removed. */
export async function runExportOnly(run: ExportRun): Promise<ExportSample> {
  const folder = outputFolder();
  try {
    return await runExport(run, folder.path);
  } finally {
    folder.remove();
  }
}

/** A question that every event counts in. */
export const CALLS_BY_NAME =
  'SELECT eventsource, eventname, count(*) AS calls FROM cloudtrail_logs GROUP BY eventsource, eventname ORDER BY calls DESC';

/** Asks that question by the command, of `--events DIR` or of a target with its options; returns with it how many calls it counted. */
export async function runQuery(
  of: readonly string[],
  verdict: NonNullable<Expected['verdict']> = 'VALID',
): Promise<ProcessSample & { readonly calls: number }> {
  const now = ['--now', new Date(NOW).toISOString()];
  const sample = await runNode(
    [COMMAND, 'query', CALLS_BY_NAME, ...of, '--format', 'csv', ...now],
    awsEnvironment(),
  );
  if (sample.exitCode !== EXIT_CODES[verdict])
    throw new Error(`query ended with ${sample.exitCode}: ${sample.error}`);
  const [, ...rows] = sample.out.trim().split('\n');
  return { ...sample, calls: sumOf(rows, ',') };
}

/** The sum of the last column of rows. */
export function sumOf(rows: readonly string[], separator: string): number {
  return rows.reduce((sum, row) => sum + Number(row.trim().split(separator).at(-1)), 0);
}

/** How long the statement takes alone, in seconds: the files were checked and the views made before. */
export async function timeStatement(folder: string, events: number): Promise<number> {
  const { marks } = await checkExport({ folder, trust: [], now: NOW });
  const opened = await openVerifiedEvents({ folder, document: readExport(folder), marks, now: NOW });
  try {
    const began = performance.now();
    const { batches } = await opened.ask(CALLS_BY_NAME);
    let calls = 0;
    for await (const rows of batches) for (const row of rows) calls += Number(row.at(-1));
    const seconds = (performance.now() - began) / 1000;
    mustBe('the count of calls', calls, events);
    return seconds;
  } finally {
    await opened.close();
  }
}

function readExport(folder: string): EventsDocument {
  return readEvents(readFileSync(join(folder, EVENTS_FILE)), EVENTS_FILE);
}
