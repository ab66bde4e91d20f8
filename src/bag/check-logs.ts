import { mapParallel } from '../base/flow.ts';
import { checkLog, MAX_LOG_FILE } from '../logs/check-log.ts';
import type { Report } from '../report/report.ts';
import type { DigestsCheck } from './check-contents.ts';
import { type BagFolderReader, type BagProblem, refusal } from './problem.ts';
import { LOG_ROWS, type LogRow, parseLogRows } from './rows.ts';

/** What the log files of a bag came to, each counted for every digest that names it. */
export interface LogCounts {
  readonly checked: number;
  readonly agreeing: number;
  readonly contradicting: number;
}

/** What is wrong with the log files of a bag; no counts where it holds none. */
export interface LogsCheck {
  readonly problems: readonly BagProblem[];
  readonly counts: LogCounts | undefined;
}

const LOGS_AT_ONCE = 8;
const MOST_ROWS_BYTES = 500 * 1024 * 1024;
const FOLDER = 'data/logs/';

/** Checks every log file of a bag against the digest that names it, which must be proven. */
export async function checkBagLogs(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  digests: Pick<DigestsCheck, 'byFile' | 'isRead'>,
  report: Report | undefined,
): Promise<LogsCheck> {
  const inFolder = [...files].filter((file) => file.startsWith(FOLDER));
  if (!files.has(LOG_ROWS)) {
    const problems = inFolder.length === 0 ? [] : [refusal(`there is no ${LOG_ROWS}`)];
    return { problems, counts: undefined };
  }
  const table = await folder.read(LOG_ROWS, MOST_ROWS_BYTES);
  const rows = table === undefined ? undefined : parseLogRows(Buffer.from(table).toString('utf8'));
  if (rows === undefined) return { problems: [refusal(`${LOG_ROWS} cannot be read`)], counts: undefined };
  const problems: BagProblem[] = [];
  const counts = { checked: rows.length, agreeing: 0, contradicting: 0 };
  await mapParallel(rows, LOGS_AT_ONCE, async (row) => {
    const bytes = files.has(row.file) ? await folder.read(row.file, MAX_LOG_FILE) : undefined;
    if (bytes === undefined) {
      problems.push(refusal(`missing: ${row.file}`));
      return;
    }
    if (digests.isRead && !isListed(row, digests))
      problems.push(refusal(`no proven digest names it as ${LOG_ROWS} says: ${row.file}`));
    if ((await checkLog(bytes, row.sha256)).result === 'agrees') counts.agreeing += 1;
    else if (row.outcome !== 'valid') counts.contradicting += 1;
    else
      problems.push(refusal(`not what its digest recorded, though the report calls it valid: ${row.file}`));
  });
  const named = new Set(rows.map(({ file }) => file));
  for (const file of inFolder)
    if (!named.has(file)) problems.push(refusal(`a file that ${LOG_ROWS} does not name: ${file}`));
  const valid = rows.filter(({ counted, outcome }) => counted && outcome === 'valid').length;
  if (report !== undefined && report.totals.logs.valid !== valid) {
    const text = `the report counts ${report.totals.logs.valid} valid logs, and the bag holds ${valid}`;
    problems.push(refusal(text));
  }
  return { problems, counts };
}

function isListed(row: LogRow, { byFile }: Pick<DigestsCheck, 'byFile'>): boolean {
  const checked = byFile.get(row.digestFile);
  if (checked?.isProven !== true) return false;
  const { bucket, key, sha256 } = row;
  return (
    checked.digest?.logFiles.some(
      (log) => log.bucket === bucket && log.key === key && log.sha256 === sha256,
    ) === true
  );
}
