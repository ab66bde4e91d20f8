/**
 * The tables that a question may ask and the functions that it may call, by DuckDB's own reading of the statement. A SELECT can also be
 * a call that sets something, as in `FROM enable_logging()`, or a way round the views, as in `FROM query('…')` and `TABLE all_events`. So
 * only some functions and our own tables are let in.
 */
import { TrailVerifyError } from '../base/errors.ts';
import type { Database } from '../events/database.ts';
import { TABLES_WITH_WITNESS } from './tables.ts';

/** Functions that make rows of their arguments. */
const IN_FROM: ReadonlySet<string> = new Set([
  'generate_series',
  'generate_subscripts',
  'json_each',
  'json_tree',
  'range',
  'unnest',
]);
/** Functions elsewhere that do more than compute, or give away what the machine is like: a proxy's password is a setting. */
const NOWHERE: ReadonlySet<string> = new Set([
  'write_log',
  'sleep_ms',
  'nextval',
  'currval',
  'setseed',
  'current_setting',
  // It plans another statement, with the paths and settings in it.
  'json_serialize_plan',
]);
/** Of the database's own views, those that say no more than what can be asked: others have the paths of files, and settings. */
const OF_SCHEMA: ReadonlySet<string> = new Set(['columns', 'tables', 'schemata']);
/** A constant that JSON has no number for, such as 1e400. Within a text the quotation marks would have a backslash before them. */
const NO_NUMBER = /"value":(?:-?Infinity|NaN)(?=[,}\]])/g;
const OURS: ReadonlySet<string> = new Set(TABLES_WITH_WITNESS);

/**
 * Checks every table and every call of a statement. Throws CONFIGURATION for one that a question may not ask or make, and for what is
 * no SELECT.
 */
export async function requireAllowed(database: Database, sql: string): Promise<void> {
  const statement = await database.connection.prepare('SELECT json_serialize_sql(CAST($1 AS VARCHAR))');
  statement.bindVarchar(1, sql);
  const [[text] = []] = (await statement.runAndReadAll()).getRowsJson();
  statement.destroySync();
  const tree: unknown = JSON.parse(String(text).replace(NO_NUMBER, '"value":null'));
  if (typeof tree !== 'object' || tree === null || !('error' in tree) || tree.error !== false)
    throw new TrailVerifyError(
      'CONFIGURATION',
      `a question is one SELECT, and this is none: ${problemOf(tree)}`,
      {
        hint: 'nothing can be written, set or loaded: ask with SELECT, or WITH … SELECT',
      },
    );
  const tables: Table[] = [];
  const defined = new Set<string>();
  // A list and no recursion: a statement may be as deep as it is long.
  const left: unknown[] = [tree];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if ('type' in node && node.type === 'TABLE_FUNCTION' && 'function' in node)
      requireOneOf(nameOf(node.function), (name) => IN_FROM.has(name), 'in FROM');
    if ('class' in node && node.class === 'FUNCTION')
      requireOneOf(nameOf(node), (name) => !NOWHERE.has(name), 'here');
    if ('type' in node && (node.type === 'BASE_TABLE' || node.type === 'SHOW_REF'))
      tables.push(tableOf(node));
    for (const name of definedBy(node)) defined.add(name);
    left.push(...Object.values(node));
  }
  if (tables.every(isOurs)) return;
  const own = new Set<string>();
  // A name of the database's own means it wherever WITH does not reach, and how far that reaches is not looked at here.
  for (const { name } of await database.rows(RELATIONS)) own.add(String(name));
  const foreign = tables.find((table) => !isOurs(table) && !isDefined(table, defined, own));
  if (foreign === undefined) return;
  throw new TrailVerifyError('CONFIGURATION', `a question cannot ask the table ${nameOfTable(foreign)}`, {
    hint: `the tables are ${TABLES_WITH_WITNESS.filter((table) => own.has(table)).join(', ')}`,
  });
}

/** A table as a statement names it; schema and name in lower case. */
interface Table {
  readonly catalog: string;
  readonly schema: string;
  readonly name: string;
}

const RELATIONS =
  'SELECT lower(view_name) AS name FROM duckdb_views() UNION SELECT lower(table_name) FROM duckdb_tables()';

function tableOf(node: object): Table {
  const text = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');
  const fields: Readonly<Record<string, unknown>> = { ...node };
  return {
    catalog: text(fields.catalog_name),
    schema: text(fields.schema_name),
    name: text(fields.table_name),
  };
}

/** Whether a table is one that can be asked, or a list of them. A DESCRIBE of a SELECT has no name: its tables are looked at. */
function isOurs({ catalog, schema, name }: Table): boolean {
  if (schema === 'information_schema') return OF_SCHEMA.has(name);
  return ['', 'memory'].includes(catalog) && ['', 'main'].includes(schema) && (name === '' || OURS.has(name));
}

function isDefined(
  { catalog, schema, name }: Table,
  defined: ReadonlySet<string>,
  own: ReadonlySet<string>,
): boolean {
  return catalog === '' && schema === '' && defined.has(name) && !own.has(name);
}

/** The names that a part of a statement defines with WITH, in lower case. */
function definedBy(node: object): readonly string[] {
  const fields: Readonly<Record<string, unknown>> = { ...node };
  const names = typeof fields.cte_name === 'string' ? [fields.cte_name] : [];
  const { cte_map: map } = fields;
  if (typeof map === 'object' && map !== null && 'map' in map && Array.isArray(map.map)) {
    for (const entry of map.map as readonly unknown[]) {
      if (typeof entry === 'object' && entry !== null && 'key' in entry) names.push(String(entry.key));
    }
  }
  return names.map((name) => name.toLowerCase());
}

function nameOfTable({ catalog, schema, name }: Table): string {
  return [catalog, schema, name].filter((part) => part !== '').join('.');
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
