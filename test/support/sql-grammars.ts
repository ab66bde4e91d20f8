/** The grammars of Hive and Trino, so that statements for them are read as those would read them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { HiveSQL, TrinoSQL } from 'dt-sql-parser';
import { build } from 'esbuild';

/** One statement or several; what the grammar refuses, none where all is well. */
export interface Grammar {
  readonly errors: (sql: string) => readonly string[];
  readonly statements: (sql: string) => readonly string[];
}

interface Grammars {
  readonly hive: Grammar;
  readonly trino: Grammar;
}

/** Loads both. Their package has modules that Node.js cannot load as they are, and so they are bundled first. */
export async function sqlGrammars(): Promise<Grammars> {
  const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
  try {
    const file = path.join(folder, 'grammars.mjs');
    await build({
      stdin: {
        contents: "export { HiveSQL, TrinoSQL } from 'dt-sql-parser';",
        resolveDir: path.dirname(fileURLToPath(import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: file,
      logLevel: 'error',
    });
    const parsers: Parsers = await import(pathToFileURL(file).href);
    return { hive: grammarOf(new parsers.HiveSQL()), trino: grammarOf(new parsers.TrinoSQL()) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Parsers {
  readonly HiveSQL: new () => HiveSQL;
  readonly TrinoSQL: new () => TrinoSQL;
}

function grammarOf(parser: HiveSQL | TrinoSQL): Grammar {
  return {
    errors: (sql) => parser.validate(sql).map(({ startLine, message }) => `line ${startLine}: ${message}`),
    statements: (sql) => (parser.splitSQLByStatement(sql) ?? []).map(({ text }) => text),
  };
}
