/**
 * The verified events of an export, open to questions: a database in memory with the views of both dialects, that can read the files
 * of the export and nothing else, and write nothing.
 */
import path from 'node:path';
import { isoTime } from '../../base/clock.ts';
import { TrailVerifyError } from '../../base/errors.ts';
import { sqlText } from '../../events/columns.ts';
import {
  type Database,
  type DuckDBResult,
  isFullDisk,
  openDatabase,
  problemLine,
} from '../../events/database.ts';
import { filesIn } from '../../events/events-document.ts';
import { requireAllowed } from '../allowed.ts';
import {
  type OpenedEvents,
  type OpenOptions,
  questionInterrupted,
  type Rows,
  type Value,
} from '../opened-events.ts';
import { baseRows, eventFiles, exactPattern, parquetFiles } from '../parquet-files.ts';
import { dialectStatements } from '../views.ts';
import { makeWitnessTable } from '../witness-table.ts';
import { type AnswerColumn, inParquet, requireNames } from './answer-types.ts';
import { type HeldFiles, holdFiles } from './held-files.ts';
import { tooLong } from './row-texts.ts';

/** Memory of a question, in bytes; what it does not hold goes to the disk. */
const MEMORY = 1024 ** 3;
/** Files on the disk for a question at most. */
const SPILL = '64GiB';
/** DuckDB's number of a SELECT among kinds of statements, VALUES and WITH among them. */
const SELECT = 1;
/** Its number of a result that has rows, among kinds of results. */
const OF_ROWS = 3;

/** Events that this process asks by itself. */
export interface EventsHere extends OpenedEvents {
  /** As `ask`, or as `write` where it will be Parquet, without an answer. */
  prepare(sql: string, asParquet: boolean): Promise<void>;
}

/**
 * Opens the events of an export; `spill` is a folder for what does not fit into memory, which the caller removes. `place` is the folder
 * itself, if it has another path by now. Throws CONFIGURATION where DuckDB is not installed, EVIDENCE_INVALID where DuckDB cannot read
 * them and for files that are not those that were checked, and what the lines of a witness throw.
 */
export async function openHere(
  options: OpenOptions,
  spill: string,
  place: string = options.folder,
): Promise<EventsHere> {
  const { folder, document, marks, target } = options;
  const held = await holdFiles({
    place,
    folder,
    files: filesIn(document, 'events').map((file) => file.path),
    marks,
  });
  const database = await openDatabase({ memory: MEMORY, spill });
  try {
    await prepare(database, eventFiles(document, place), options);
    return new OpenEvents(database, held, target);
  } catch (error) {
    database.close();
    throw error;
  }
}

async function prepare(
  database: Database,
  files: readonly string[],
  { folder, now, target, witness, from, to }: OpenOptions,
): Promise<void> {
  const window = { from, to };
  const read = [...files, ...(target === undefined ? [] : [target])];
  const patterns = read.map(exactPattern);
  try {
    await database.run(`CREATE VIEW all_events AS ${baseRows(files)}`);
    await database.run(`CREATE VIEW verified_events AS SELECT * FROM all_events${within(window)}`);
    for (const statement of dialectStatements('verified_events', now)) await database.run(statement);
  } catch (cause) {
    throw new TrailVerifyError(
      'EVIDENCE_INVALID',
      `the events in ${folder} cannot be read: ${problemLine(cause)}`,
      { cause },
    );
  }
  try {
    if (witness !== undefined) await makeWitnessTable(database, witness, window);
  } catch (error) {
    throw refusal(error);
  }
  const written = target === undefined ? [] : [partOf(target)];
  const allowed = [...new Set([...read, ...patterns, ...written])].map(sqlText);
  await database.run(`SET max_temp_directory_size = '${SPILL}'`);
  await database.run(`SET allowed_paths = [${allowed.join(', ')}]`);
  await database.run('SET enable_external_access = false');
  await database.run('SET lock_configuration = true');
}

/** DuckDB writes a file under another name first. */
function partOf(target: string): string {
  return path.join(path.dirname(target), `tmp_${path.basename(target)}`);
}

const SECOND = 1000;
/** The time of an event as CloudTrail writes it. */
const TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z`;

/**
 * The condition for events of a time. Their times are texts of one form, to the second, and sort as times do; others are of no
 * time. A second is before a time within it, and not after it.
 */
function within({ from, to }: Pick<OpenOptions, 'from' | 'to'>): string {
  if (from === undefined && to === undefined) return '';
  const second = (time: number): string => sqlText(isoTime(Math.ceil(time / SECOND) * SECOND));
  const conditions = [
    ...(from === undefined ? [] : [`eventtime >= ${second(from)}`]),
    ...(to === undefined ? [] : [`eventtime < ${second(to)}`]),
    `regexp_full_match(eventtime, ${sqlText(TIME)})`,
  ];
  return ` WHERE ${conditions.join(' AND ')}`;
}

class OpenEvents implements EventsHere {
  readonly #database: Database;
  readonly #held: HeldFiles;
  readonly #target: string | undefined;
  #isInterrupted = false;

  constructor(database: Database, held: HeldFiles, target: string | undefined) {
    this.#database = database;
    this.#held = held;
    this.#target = target;
  }

  ask(sql: string): Promise<Rows> {
    return this.#ask(this.#named(sql), sql);
  }

  async #ask(selected: ReturnType<Database['connection']['prepare']>, sql: string): Promise<Rows> {
    this.#isInterrupted = false;
    try {
      const result = await (await selected).stream();
      const types = result.columnTypes();
      const columns = result.columnNames().map((name, at) => ({ name, type: String(types[at]) }));
      return { columns, batches: this.#whole(result, sql) };
    } catch (error) {
      throw refusal(error);
    }
  }

  /**
   * All rows of a result, or an error. DuckDB ends rows that fail later on as it ends those that do not, and says neither why nor that it
   * did: but a result that failed is of no kind any more.
   */
  async *#whole(result: DuckDBResult, sql: string): AsyncGenerator<readonly (readonly Value[])[]> {
    try {
      // DuckDB's JSON is made of such values alone.
      yield* result.yieldRowsJson() as AsyncIterable<readonly (readonly Value[])[]>;
    } catch (error) {
      throw refusal(error);
    }
    if (result.returnType !== OF_ROWS) throw await this.#failureOf(sql);
  }

  /** Why a statement failed after some of its rows: it is run once more, for its error alone. */
  async #failureOf(sql: string): Promise<unknown> {
    if (this.#isInterrupted) return questionInterrupted();
    const { connection } = this.#database;
    const again = await connection
      .prepare(`SELECT count(*) FROM (${sql}\n) AS asked WHERE system.main.hash(asked) = 0`)
      .catch(() => undefined);
    const why = await again?.run().then(
      () => undefined,
      (error: unknown) => refusal(error),
    );
    return why ?? new TrailVerifyError('CONFIGURATION', 'the question failed after some of its rows');
  }

  async prepare(sql: string, asParquet: boolean): Promise<void> {
    try {
      if (asParquet) inParquet(sql, columnsOf(await this.#select(sql)));
      else await this.#named(sql);
    } catch (error) {
      throw refusal(error);
    }
  }

  async write(sql: string, limit?: number): Promise<boolean> {
    try {
      const exact = inParquet(sql, columnsOf(await this.#select(sql)));
      const rows = limit === undefined ? exact : `SELECT * FROM (${exact}\n) LIMIT ${limit}`;
      await this.#database.run(
        `COPY (${rows}\n) TO ${sqlText(this.#written)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      if (limit === undefined) return false;
      const more = `SELECT count(*) > ${limit} AS more FROM (SELECT 1 FROM (${sql}\n) LIMIT ${limit + 1})`;
      const [row] = await this.#database.rows(more);
      return row?.more === true;
    } catch (error) {
      throw refusal(error);
    }
  }

  written(): Promise<Rows> {
    const sql = `SELECT * FROM ${parquetFiles([this.#written])}`;
    return this.#ask(this.#database.connection.prepare(sql), sql);
  }

  async undated(): Promise<number> {
    const [row] = await this.#database.rows(
      // A time of the form that is none, as of a 60th second or a 30th of February, comes back as another or as nothing.
      `SELECT count(*)::INTEGER AS undated FROM all_events WHERE eventtime IS NULL OR strftime(TRY_CAST(eventtime AS TIMESTAMP), '%Y-%m-%dT%H:%M:%SZ') IS DISTINCT FROM eventtime`,
    );
    return Number(row?.undated ?? 0);
  }

  check(): Promise<void> {
    return this.#held.check();
  }

  interrupt(): void {
    this.#isInterrupted = true;
    this.#database.connection.interrupt();
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  get #written(): string {
    if (this.#target === undefined) throw new TrailVerifyError('INTERNAL', 'there is no file for the answer');
    return this.#target;
  }

  /** The same, if its values can be given by their names. */
  async #named(sql: string): ReturnType<Database['connection']['prepare']> {
    const statement = await this.#select(sql);
    requireNames(columnsOf(statement));
    return statement;
  }

  /** The statement, if it is one and a SELECT: DuckDB's own view of it, whatever the text looks like. */
  async #select(sql: string): ReturnType<Database['connection']['prepare']> {
    const statements = await this.#database.connection.extractStatements(sql);
    if (statements.count !== 1) throw notOneSelect();
    // Before it is prepared: some functions act when they are.
    await requireAllowed(this.#database, sql);
    const statement = await statements.prepare(0);
    if (statement.statementType !== SELECT) throw notOneSelect();
    return statement;
  }
}

function columnsOf(
  statement: Awaited<ReturnType<Database['connection']['prepare']>>,
): readonly AnswerColumn[] {
  return Array.from({ length: statement.columnCount }, (_, at) => ({
    name: statement.columnName(at),
    type: statement.columnType(at),
  }));
}

function notOneSelect(): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', 'a question is one SELECT, and this is none', {
    hint: 'nothing can be written, set or loaded: ask with SELECT, or WITH … SELECT',
  });
}

/** DuckDB's error in one line: what is wrong with the statement is the asker's to mend. */
function refusal(cause: unknown): unknown {
  if (cause instanceof TrailVerifyError) return cause;
  const why = problemLine(cause);
  if (cause instanceof RangeError || /string longer than|Invalid string length/.test(why))
    return tooLong('value', cause);
  if (/^INTERRUPT/.test(why)) return questionInterrupted(cause);
  if (isFullDisk(cause)) {
    return new TrailVerifyError('OUTPUT_NOT_WRITTEN', `the answer cannot be written: ${why}`, {
      hint: 'free some space, and ask again',
      cause,
    });
  }
  if (/^Permission Error/.test(why)) {
    return new TrailVerifyError(
      'CONFIGURATION',
      `a question reads verified events and nothing else: ${why}`,
      { cause },
    );
  }
  return new TrailVerifyError('CONFIGURATION', `the question cannot be answered: ${why}`, {
    hint: hintOf(cause),
    cause,
  });
}

/** DuckDB's own proposal, where it has one. */
function hintOf(cause: unknown): string | undefined {
  const message = cause instanceof Error ? cause.message : '';
  const proposal = message.split('\n').find((line) => /^(?:Did you mean|Candidate bindings)/.test(line));
  return proposal === undefined ? undefined : proposal.trim();
}
