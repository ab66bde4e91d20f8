/** A database in memory with records as an export has them, and the views that questions are asked of. */

import { PARTITIONS, PROVENANCE, recordColumns, sqlText } from '../../src/events/columns.ts';
import { type Database, openDatabase } from '../../src/events/database.ts';
import { readStatement } from '../../src/query/statement.ts';
import { BASE } from '../../src/query/tables.ts';
import { dialectStatements } from '../../src/query/views.ts';
import { type RealisticLog, realisticLogs } from './realistic-events.ts';

/** Memory of the database in bytes. */
const MEMORY = 512 * 1024 ** 2;

/** One row of an answer. */
export type Row = Readonly<Record<string, unknown>>;

/** A database that answers statements of Athena and of CloudTrail Lake. */
export interface EventDatabase {
  readonly database: Database;
  ask(sql: string): Promise<readonly Row[]>;
  close(): void;
}

/** Opens one with the records of log files, by default the realistic ones; `now` is the present time of its questions. */
export async function eventDatabase(
  logs: readonly RealisticLog[] = realisticLogs(),
  now?: number,
): Promise<EventDatabase> {
  const database = await openDatabase({ memory: MEMORY });
  const names = [...Object.keys(PROVENANCE), ...PARTITIONS];
  const types = Object.entries(PROVENANCE).map(([name, type]) => `${name} ${type}`);
  const partitions = PARTITIONS.map((name) => `${name} VARCHAR`);
  await database.run(`CREATE TABLE delivered (${[...types, ...partitions].join(', ')})`);
  const rows = logs.flatMap((log) => log.records.map((record, index) => rowOf(log, record, index)));
  if (rows.length > 0) await database.run(`INSERT INTO delivered VALUES ${rows.join(', ')}`);
  await database.run(
    `CREATE TABLE ${BASE} AS SELECT ${recordColumns('event_json')}, ${names.join(', ')} FROM delivered`,
  );
  for (const statement of dialectStatements(BASE, now)) await database.run(statement);
  return {
    database,
    ask: (sql) => database.rows(readStatement(sql).asRun),
    close: () => database.close(),
  };
}

function rowOf(log: RealisticLog, record: object, index: number): string {
  const uri = `s3://example/AWSLogs/${log.account}/CloudTrail/${log.region}/${log.day}.json.gz`;
  const texts = [uri, '0'.repeat(64), `${uri}.digest`].map(sqlText);
  const rest = ['chain', JSON.stringify(record), log.account, log.region, log.day].map(sqlText);
  return `(${[...texts, `${index}`, ...rest].join(', ')})`;
}
