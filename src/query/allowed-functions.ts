/**
 * The functions that a question may call, by DuckDB's own reading of the statement. A SELECT can also be a call that sets something, as
 * in `FROM enable_logging()`, or a way round the views, as in `FROM query('…')`. So of functions in FROM only some are let in.
 */
import { TrailVerifyError } from '../base/errors.ts';
import type { Database } from '../events/database.ts';

/** Functions that make rows of their arguments. */
const IN_FROM: ReadonlySet<string> = new Set([
  'generate_series',
  'generate_subscripts',
  'json_each',
  'json_tree',
  'range',
  'unnest',
]);
/** Functions elsewhere that do more than compute. */
const NOWHERE: ReadonlySet<string> = new Set(['write_log', 'sleep_ms', 'nextval', 'currval', 'setseed']);

/** Checks every call of a statement. Throws CONFIGURATION for one that a question may not make, and for what is no SELECT. */
export async function requireAllowedFunctions(database: Database, sql: string): Promise<void> {
  const statement = await database.connection.prepare('SELECT json_serialize_sql(CAST($1 AS VARCHAR))');
  statement.bindVarchar(1, sql);
  const [[text] = []] = (await statement.runAndReadAll()).getRowsJson();
  statement.destroySync();
  const tree: unknown = JSON.parse(String(text));
  if (typeof tree !== 'object' || tree === null || !('error' in tree) || tree.error !== false)
    throw new TrailVerifyError(
      'CONFIGURATION',
      `a question is one SELECT, and this is none: ${problemOf(tree)}`,
      {
        hint: 'nothing can be written, set or loaded: ask with SELECT, or WITH … SELECT',
      },
    );
  // A list and no recursion: a statement may be as deep as it is long.
  const left: unknown[] = [tree];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if ('type' in node && node.type === 'TABLE_FUNCTION' && 'function' in node)
      requireOneOf(nameOf(node.function), (name) => IN_FROM.has(name), 'in FROM');
    if ('class' in node && node.class === 'FUNCTION')
      requireOneOf(nameOf(node), (name) => !NOWHERE.has(name), 'here');
    left.push(...Object.values(node));
  }
}

function requireOneOf(name: string, isAllowed: (name: string) => boolean, where: string): void {
  if (isAllowed(name.toLowerCase())) return;
  throw new TrailVerifyError('CONFIGURATION', `a question cannot call ${name} ${where}`, {
    hint: 'a question reads verified events and nothing else',
  });
}

function nameOf(node: unknown): string {
  return typeof node === 'object' && node !== null && 'function_name' in node
    ? String(node.function_name)
    : '';
}

function problemOf(tree: unknown): string {
  return typeof tree === 'object' && tree !== null && 'error_message' in tree
    ? (String(tree.error_message).split('\n', 1)[0] ?? '')
    : 'it cannot be read';
}
