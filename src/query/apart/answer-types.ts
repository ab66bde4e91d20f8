/**
 * What can be given of an answer, by the types of its columns. Some values would come changed and without a word: fields that have no
 * name of their own become one, and Parquet has no type for some numbers and times. That is known before the first row.
 */
import { TrailVerifyError } from '../../base/errors.ts';
import type { DuckDBType } from '../../events/database.ts';

/** A column of a prepared answer. */
export interface AnswerColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

/** DuckDB's numbers of types (its `DuckDBTypeId`). */
const HUGEINT = 16;
const UHUGEINT = 32;
const TIME_TZ = 30;
const UNION = 28;
const VARIANT = 41;
/** Numbers of 128 bits: Parquet would have the nearest of 64 bits with a point. */
const HUGE: ReadonlySet<number> = new Set([HUGEINT, UHUGEINT]);
/** What Parquet keeps of them is another value: a time without its offset, a structure with a number of the member. */
const NOT_IN_PARQUET: ReadonlySet<number> = new Set([TIME_TZ, UNION]);

/** Throws CONFIGURATION for a column whose values cannot be given by their names. */
export function requireNames(columns: readonly AnswerColumn[]): void {
  for (const { name, type } of columns) {
    for (const part of partsOf(type)) {
      if (part.typeId === VARIANT)
        throw cannotGive(
          name,
          'it is a VARIANT, whose fields are not known',
          'make it JSON: CAST(… AS JSON)',
        );
      const names = namesIn(part);
      const odd = names.some((field) => field === '' || field === '__proto__');
      if (odd || new Set(names).size < names.length) {
        throw cannotGive(
          name,
          `fields in it have no names of their own: ${type}`,
          'name them: CAST(row(1, 2) AS ROW(a INTEGER, b INTEGER))',
        );
      }
    }
  }
}

/** The SELECT of the columns of `sql` as Parquet keeps their values. Throws CONFIGURATION for those of which it has no like. */
export function inParquet(sql: string, columns: readonly AnswerColumn[]): string {
  requireNames(columns);
  for (const { name, type } of columns) {
    const parts = partsOf(type);
    const within = parts.slice(1).some(({ typeId }) => HUGE.has(typeId));
    if (within || parts.some(({ typeId }) => NOT_IN_PARQUET.has(typeId)))
      throw cannotGive(name, `Parquet has nothing like ${type}`, 'make it text: CAST(… AS VARCHAR)');
  }
  if (!columns.some(({ type }) => HUGE.has(type.typeId))) return sql;
  // By their places: two columns may have one name.
  const exact = columns.map(({ name, type }, at) => {
    const column = HUGE.has(type.typeId) ? `CAST(#${at + 1} AS DECIMAL(38, 0))` : `#${at + 1}`;
    return `${column} AS "${name.replaceAll('"', '""')}"`;
  });
  return `SELECT ${exact.join(', ')} FROM (${sql}\n)`;
}

/** A type and all within it. */
function partsOf(type: DuckDBType): readonly DuckDBType[] {
  const within: DuckDBType[] = [];
  if ('valueType' in type) within.push(type.valueType);
  if ('keyType' in type) within.push(type.keyType);
  if ('entryTypes' in type) within.push(...type.entryTypes);
  if ('memberTypes' in type) within.push(...type.memberTypes);
  return [type, ...within.flatMap(partsOf)];
}

function namesIn(type: DuckDBType): readonly string[] {
  if ('entryNames' in type) return type.entryNames;
  return 'memberTags' in type ? type.memberTags : [];
}

function cannotGive(name: string, why: string, hint: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `column ${name} cannot be given as it is: ${why}`, { hint });
}
