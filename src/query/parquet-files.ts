/**
 * Parquet files by their exact paths. DuckDB takes a path for a pattern, and each folder `name=value` of it for a column that
 * hides the file's own, wherever that folder is: `run[12]/` is `run1/`, and below `eventname=x/` every event has the name x.
 * So folders above an export would decide what it says. Here they decide nothing.
 *
 *     events/account=111122223333/region=eu-west-1/day=2026-11-20/part-000001.parquet
 */
import path from 'node:path';
import { TrailVerifyError } from '../base/errors.ts';
import { PARTITIONS, sqlText } from '../events/columns.ts';
import { type EventsDocument, filesIn } from '../events/events-document.ts';
import { baseColumns } from './views.ts';

/** What DuckDB reads as part of a pattern (its own Glob: `*`, `?` and sets in brackets). */
const IN_A_PATTERN = /[*?[]/g;

/**
 * The pattern that fits the file of this path alone. Throws CONFIGURATION for the paths that have none: in a pattern a backslash
 * is an escape, which DuckDB applies in other places than this one.
 */
export function exactPattern(file: string): string {
  if (file.search(IN_A_PATTERN) < 0) return file;
  if (!file.includes('\\')) return file.replace(IN_A_PATTERN, '[$&]');
  throw new TrailVerifyError('CONFIGURATION', `DuckDB cannot be given the path ${file}`, {
    hint: 'move the files to a folder without \\, *, ? and [ in its path',
  });
}

/** The table of the rows of these files, as FROM has it. No folder is a column. */
export function parquetFiles(files: readonly string[], options = ''): string {
  const patterns = files.map((file) => sqlText(exactPattern(file)));
  return `read_parquet([${patterns.join(', ')}], hive_partitioning = false${options})`;
}

const FOLDERS = PARTITIONS.map((name) => String.raw`${name}=([^/\\]*)[/\\]`).join('');

/**
 * The SELECT of columns of the files of an export, and of the folders that they lie in. The path is a constant for each file, so
 * that DuckDB opens no file that a condition on a folder leaves out.
 */
export function exportRows(columns: readonly string[], files: readonly string[]): string {
  const pattern = sqlText(String.raw`[/\\]${FOLDERS}[^/\\]*$`);
  const folders = PARTITIONS.map((name, at) => `regexp_extract(filename, ${pattern}, ${at + 1}) AS ${name}`);
  return `SELECT ${[...columns, ...folders].join(', ')} FROM ${parquetFiles(files, ', filename = true')}`;
}

/** The paths of an export's files of events, from its folder or, where one is given, from there. */
export function eventFiles(document: Pick<EventsDocument, 'files'>, folder = ''): readonly string[] {
  return filesIn(document, 'events').map((file) => path.join(folder, file.path));
}

/** The SELECT of the rows of an export's files. They are named one by one, because a pattern would take in what somebody has added. */
export function baseRows(files: readonly string[]): string {
  const columns = Object.entries(baseColumns());
  if (files.length === 0) {
    const none = columns.map(([name, type]) => `CAST(NULL AS ${type}) AS "${name}"`).join(', ');
    return `SELECT ${none} WHERE false`;
  }
  const folders: readonly string[] = PARTITIONS;
  const own = columns.filter(([name]) => !folders.includes(name)).map(([name]) => `"${name}"`);
  return exportRows(own, files);
}
