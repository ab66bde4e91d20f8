/** DuckDB, where it is installed: an optional package, and so loaded late and by this file alone. */
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export type { DuckDBResult, DuckDBType } from '@duckdb/node-api';

import { messageOf, TrailVerifyError } from '../base/errors.ts';

/** Bounds of one database. */
export interface DatabaseLimits {
  /** Memory of DuckDB, in bytes, without that of this process. */
  readonly memory: number;
  readonly threads?: number | undefined;
  /** A folder for what does not fit into memory; undefined for none. */
  readonly spill?: string | undefined;
  /** The file of the database; undefined for one in memory. */
  readonly file?: string | undefined;
}

/** An open database with its one connection. */
export interface Database {
  readonly connection: DuckDBConnection;
  /** Runs statements that give no rows. Rejects with DuckDB's own error. */
  run(sql: string): Promise<void>;
  /** The same on a connection of its own, side by side with others. */
  apart(sql: string): Promise<void>;
  /** The rows of a statement as DuckDB's JSON has them: numbers of 64 bits and times as texts. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  appender(table: string): Promise<DuckDBAppender>;
  close(): void;
}

/** Opens a database. Throws CONFIGURATION where DuckDB is not installed. */
export async function openDatabase(limits: DatabaseLimits): Promise<Database> {
  const { DuckDBInstance } = await loadDuckdb();
  const instance = await DuckDBInstance.create(limits.file ?? ':memory:', {
    memory_limit: `${Math.floor(limits.memory / 1024 ** 2)}MiB`,
    temp_directory: limits.spill ?? '',
    // Nothing is fetched from anywhere, whatever a statement names.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...(limits.threads === undefined ? {} : { threads: `${limits.threads}` }),
  });
  return new OpenDatabase(instance, await instance.connect());
}

class OpenDatabase implements Database {
  readonly #instance: DuckDBInstance;
  readonly #spare: DuckDBConnection[] = [];
  readonly connection: DuckDBConnection;

  constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.connection = connection;
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  async apart(sql: string): Promise<void> {
    const connection = this.#spare.pop() ?? (await this.#instance.connect());
    try {
      await connection.run(sql);
    } finally {
      this.#spare.push(connection);
    }
  }

  async rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowObjectsJson();
  }

  appender(table: string): Promise<DuckDBAppender> {
    return this.connection.createAppender(table);
  }

  close(): void {
    for (const connection of this.#spare) connection.closeSync();
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

const FULL = /no space left|not enough space|disk quota|file too large|max_temp_directory_size/i;

/** Whether an error of DuckDB's says that a disk is full. */
export function isFullDisk(cause: unknown): boolean {
  return FULL.test(messageOf(cause));
}

/** The first line of an error: DuckDB's others propose and quote. */
export function problemLine(cause: unknown): string {
  return messageOf(cause).replace(/\n.*$/s, '');
}

async function loadDuckdb(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw withoutDuckdb(error);
  }
}

/** The error where DuckDB cannot be loaded. */
export function withoutDuckdb(cause: unknown): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', 'events need DuckDB, and it is not installed', {
    hint: 'add it where npm installed trail-verify: npm install @duckdb/node-api; the single executable cannot load it',
    cause,
  });
}

const SURROGATE = /\\ud[89a-f]/i;
const ESCAPE = /\\(?:ud[89ab][\da-f]{2}(\\ud[c-f][\da-f]{2})?|ud[c-f][\da-f]{2}|.)/gis;

/**
 * A text of JSON as DuckDB reads it: half of a character outside the first 65,536, which JSON may have and UTF-8 cannot, becomes the
 * replacement character U+FFFD. DuckDB refuses a whole statement for one.
 */
export function wellFormedJson(text: string): string {
  if (!SURROGATE.test(text)) return text;
  return text.replace(ESCAPE, (written, low?: string) =>
    low === undefined && SURROGATE.test(written) ? '\\ufffd' : written,
  );
}
