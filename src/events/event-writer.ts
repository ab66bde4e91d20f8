/**
 * Writes the records of log files to Parquet, in batches. DuckDB takes the records' texts, makes columns of them and writes a file for
 * each account, Region and day of a batch, while the next batch is taken:
 *
 *     events/account=111122223333/region=us-east-1/day=2026-11-20/part-000001.parquet
 *     manifest/part-000001.parquet        a row for each log file
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBAppender } from '@duckdb/node-api';
import { limiter, mapParallel } from '../base/flow.ts';
import { makeFolderBelow } from '../source/claimed-folder.ts';
import { noteUnfinished, removeTemporaryFolder } from '../source/unfinished.ts';
import { MANIFEST, PARTITIONS, RECORD, recordColumns, sqlText } from './columns.ts';
import { type Database, openDatabase, wellFormedJson } from './database.ts';

/** A log file whose records are rows of the export. Sizes are in bytes as stored, hashes SHA-256 in lower-case hex. */
export interface ExportedLog {
  readonly uri: string;
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
  /** Of its uncompressed content, as the digest names it; and of what is stored. */
  readonly sha256: string;
  readonly storedSha256: string;
  readonly size: number;
  readonly chain: string;
  readonly digestUri: string;
  /** Of its own folders. */
  readonly account: string;
  readonly region: string;
  readonly day: string;
  /** The texts of its records; undefined in a manifest alone. */
  readonly records: readonly string[] | undefined;
}

/** One Parquet file; its path has slashes and is below the export's folder. */
export interface WrittenFile {
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  readonly sha256: string;
}

/** Memory of DuckDB: the batch that is taken, and the one that is written. */
const MEMORY = 640 * 1024 * 1024;
/** One batch, in characters of JSON: some 50,000 events, so that files are of a good size and two batches fit into memory. */
const BATCH = 64 * 1024 * 1024;
/** Log files of one batch: each has a row of its own. */
const BATCH_LOGS = 50_000;

/**
 * DuckDB reads JSON in vectors of so many rows, one on each of two threads. For a vector it allots this many times its length, and uses
 * a third of that.
 */
const VECTOR = 2048;
const MEMORY_A_CHARACTER = 2 * 24;
/** A batch with longer records than this is smaller, because whole vectors of them may come together. */
const LONG = 8 * 1024;
const BATCH_OF_LONG = 8 * 1024 * 1024;

interface Batch {
  readonly name: string;
  readonly events: DuckDBAppender;
  readonly logs: DuckDBAppender;
  characters: number;
  longest: number;
  count: number;
  /** The files of events that it becomes, by their folders. */
  readonly parts: Map<string, Part>;
}

/** One file of events: its folder below the export's, and its rows. */
interface Part {
  readonly number: number;
  readonly folder: string;
  rows: number;
}

/** Files written at once: DuckDB prepares one while it writes another. */
const AT_ONCE = 2;

/** Opens a writer into a folder that is there. Throws CONFIGURATION where DuckDB is not installed. */
export async function openEventWriter(folder: string, spill: string): Promise<EventWriter> {
  let database: Database | undefined;
  try {
    database = await openDatabase({ memory: MEMORY, spill });
    mkdirSync(spill, { mode: 0o700 });
    noteUnfinished(spill, 'tree');
    // The order of rows is that of threads in any case.
    await database.run('SET preserve_insertion_order = false');
    return new EventWriter(database, folder, spill);
  } catch (error) {
    database?.close();
    await removeTemporaryFolder(spill);
    throw error;
  }
}

/** Takes log files one after the other. After an error it is of no use, and must be discarded. */
export class EventWriter {
  readonly #database: Database;
  readonly #folder: string;
  readonly #spill: string;
  /** One at a time: a batch is changed by one caller only. */
  readonly #inTurn = limiter(1);
  #batch: Batch | undefined;
  #writing: Promise<void> = Promise.resolve();
  #parts = 0;
  readonly #files: WrittenFile[] = [];

  constructor(database: Database, folder: string, spill: string) {
    this.#database = database;
    this.#folder = folder;
    this.#spill = spill;
  }

  /** Resolves when there is room for more. Rejects with DuckDB's errors, those of an earlier batch among them. */
  take(log: ExportedLog): Promise<void> {
    return this.#inTurn(async () => {
      this.#batch ??= await this.#openBatch();
      append(this.#batch, log);
      if (isFull(this.#batch)) await this.#write();
    });
  }

  /** Writes what is left, and returns all files by their paths. */
  async close(): Promise<readonly WrittenFile[]> {
    await this.#inTurn(() => this.#write());
    await this.#writing;
    await this.discard();
    return this.#files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Ends the database and removes what it has spilled; the files that were written stay. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => undefined);
    this.#database.close();
    await removeTemporaryFolder(this.#spill);
  }

  async #openBatch(): Promise<Batch> {
    this.#parts += 1;
    const name = String(this.#parts).padStart(6, '0');
    await this.#database.run(`CREATE TABLE logs_${name} (${columnsOf(LOG_COLUMNS)})`);
    await this.#database.run(`CREATE TABLE events_${name} (${columnsOf(EVENT_COLUMNS)})`);
    return {
      name,
      events: await this.#database.appender(`events_${name}`),
      logs: await this.#database.appender(`logs_${name}`),
      characters: 0,
      longest: 0,
      count: 0,
      parts: new Map(),
    };
  }

  /** Hands the batch on to be written, when the one before it is. */
  async #write(): Promise<void> {
    const batch = this.#batch;
    this.#batch = undefined;
    if (batch === undefined) return;
    batch.events.closeSync();
    batch.logs.closeSync();
    await this.#writing;
    this.#writing = this.#copy(batch);
    // The call that takes the next batch, or closes, gets its error.
    this.#writing.catch(() => undefined);
  }

  async #copy({ name, characters, longest, parts, count }: Batch): Promise<void> {
    const memory = MEMORY + MEMORY_A_CHARACTER * Math.min(characters, VECTOR * longest);
    await this.#database.run(`SET memory_limit = '${Math.ceil(memory / 1024 ** 2)}MiB'`);
    const file = `part-${name}.parquet`;
    // DuckDB's own PARTITION_BY holds all files of a statement in memory, and a quiet organization has thousands.
    await mapParallel([...parts.values()], AT_ONCE, async ({ number, folder, rows }) => {
      await makeFolderBelow(this.#folder, path.join(this.#folder, folder));
      await this.#writeFile(`${folder}/${file}`, eventRows(name, number), rows);
    });
    await makeFolderBelow(this.#folder, path.join(this.#folder, 'manifest'));
    await this.#writeFile(`manifest/${file}`, `SELECT * EXCLUDE (id) FROM logs_${name} ORDER BY uri`, count);
    await this.#database.run(`DROP TABLE events_${name}`);
    await this.#database.run(`DROP TABLE logs_${name}`);
  }

  async #writeFile(below: string, select: string, rows: number): Promise<void> {
    const file = path.join(this.#folder, ...below.split('/'));
    await this.#database.apart(`COPY (${select}) TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd)`);
    this.#files.push({ path: below, rows, ...(await hashWritten(file)) });
  }
}

const LOG_COLUMNS = { id: 'INTEGER', ...MANIFEST } as const;

const EVENT_COLUMNS = {
  part: 'INTEGER',
  log: 'INTEGER',
  record: 'INTEGER',
  event_json: 'VARCHAR',
} as const;

function columnsOf(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, type]) => `"${name}" ${type}`)
    .join(', ');
}

function isFull({ characters, longest, count }: Batch): boolean {
  return characters >= (longest > LONG ? BATCH_OF_LONG : BATCH) || count >= BATCH_LOGS;
}

function append(batch: Batch, log: ExportedLog): void {
  const { logs, events } = batch;
  const id = batch.count;
  logs.appendInteger(id);
  logs.appendVarchar(log.uri);
  for (const text of [log.versionId, log.etag]) {
    if (text === undefined) logs.appendNull();
    else logs.appendVarchar(text);
  }
  logs.appendVarchar(log.sha256);
  logs.appendVarchar(log.storedSha256);
  logs.appendBigInt(BigInt(log.size));
  if (log.records === undefined) logs.appendNull();
  else logs.appendInteger(log.records.length);
  for (const text of [log.chain, log.digestUri, log.account, log.region, log.day]) logs.appendVarchar(text);
  logs.endRow();
  const part = partOf(batch, log);
  for (const [record, written] of (log.records ?? []).entries()) {
    const text = wellFormedJson(written);
    events.appendInteger(part.number);
    events.appendInteger(id);
    events.appendInteger(record);
    events.appendVarchar(text);
    events.endRow();
    batch.characters += text.length;
    batch.longest = Math.max(batch.longest, text.length);
  }
  part.rows += log.records?.length ?? 0;
  if (part.rows > 0) batch.parts.set(part.folder, part);
  batch.count += 1;
}

/** The file of events that a log file's records go to, in a batch. */
function partOf({ parts }: Batch, log: ExportedLog): Part {
  const folder = ['events', ...PARTITIONS.map((name) => `${name}=${log[name]}`)].join('/');
  return parts.get(folder) ?? { number: parts.size, folder, rows: 0 };
}

/** The rows of one file of a batch, with all columns of an export in their order; its folders have the others. */
function eventRows(name: string, part: number): string {
  const columns = Object.keys(RECORD).map((field) => field.toLowerCase());
  const provenance =
    'logs.uri AS log_uri, logs.sha256 AS log_sha256, logs.digest_uri, record, logs.chain, event_json';
  const read = `SELECT ${recordColumns('event_json')}, * FROM events_${name} WHERE part = ${part}`;
  return `SELECT ${columns.map((column) => `e."${column}"`).join(', ')}, ${provenance} FROM (${read}) e JOIN logs_${name} logs ON e.log = logs.id`;
}

/** The size and hash of a file that DuckDB wrote, once it is on the disk. */
async function hashWritten(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const handle = await open(file, 'r+');
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const piece of handle.createReadStream({ autoClose: false })) {
      const chunk: Uint8Array = piece;
      hash.update(chunk);
      bytes += chunk.length;
    }
    await handle.sync();
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}
