/**
 * The table of events that a witness recovered, made of the very lines that were checked: the file is not opened again. It is a table of
 * its own, so that no question of verified events ever gets one of its rows.
 *
 *     witness_events   witness, account, region, eventid, eventtime, …, belongsto and event as JSON texts
 *
 * Half a character, which anybody may put into a name, is U+FFFD in the table, as in that of verified events. The list has it as it came.
 */
import { type Database, wellFormedJson } from '../events/database.ts';
import { WITNESS_TABLE } from './tables.ts';

/** Hands out the lines of recovered events, one after the other, each checked. */
export type GiveLines = (take: (line: string) => void) => Promise<void>;

/** Where the lines are until the table is made of them. */
const LINES = 'witness_lines';
/** Characters that are handed to DuckDB at once: a line may have millions. */
const AT_ONCE = 16 << 20;

const text = (path: string): string => `line ->> '$.${path}'`;

/** The columns in their order, each with its expression. */
const COLUMNS: Readonly<Record<string, string>> = {
  witness: text('witness'),
  account: text('account'),
  region: text('region'),
  eventid: text('eventId'),
  eventtime: text('time'),
  eventname: text('eventName'),
  eventsource: text('eventSource'),
  // What is no text is no ARN.
  useridentity_arn: `CASE WHEN json_type(line, '$.event.userIdentity.arn') = 'VARCHAR' THEN ${text('event.userIdentity.arn')} END`,
  belongsto: `CAST(json_extract(line, '$.belongsTo') AS VARCHAR)`,
  event: `CAST(json_extract(line, '$.event') AS VARCHAR)`,
};

/** Events of a time: from the first on, and before the second, in milliseconds since the epoch. */
interface Window {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Makes the table. Rejects with what `give` throws, and with DuckDB's own error. */
export async function makeWitnessTable(database: Database, give: GiveLines, window: Window): Promise<void> {
  await database.run(`CREATE TABLE ${LINES} (line VARCHAR)`);
  const appender = await database.appender(LINES);
  let held = 0;
  try {
    await give((line) => {
      appender.appendVarchar(wellFormedJson(line));
      appender.endRow();
      held += line.length;
      if (held < AT_ONCE) return;
      appender.flushSync();
      held = 0;
    });
  } finally {
    appender.closeSync();
  }
  const columns = Object.entries(COLUMNS).map(([name, expression]) => `${expression} AS ${name}`);
  await database.run(
    `CREATE TABLE ${WITNESS_TABLE} AS SELECT ${columns.join(', ')} FROM ${LINES}${within(window)}`,
  );
  await database.run(`DROP TABLE ${LINES}`);
}

function within({ from, to }: Window): string {
  const time = `epoch_ms(CAST(${text('time')} AS TIMESTAMP))`;
  const conditions = [
    ...(from === undefined ? [] : [`${time} >= ${from}`]),
    ...(to === undefined ? [] : [`${time} < ${to}`]),
  ];
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}
