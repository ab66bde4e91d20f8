/** What a named query is. The lists of them are text and data; `fill.ts` makes a statement of one. */

/** What a parameter takes. A time is one as `readGivenTime` reads it, such as ISO 8601 or an age; a date is a day in UTC. */
export type ParameterType = 'text' | 'time' | 'date' | 'choice';

/** A parameter. One without a default that is not required leaves out the condition that it is part of. */
export interface QueryParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string;
  readonly required: boolean;
  readonly default?: string | undefined;
  /** For a choice: its words, and the condition in SQL that each means. */
  readonly choices?: Readonly<Record<string, string>> | undefined;
}

/** A page that a query comes from. */
export interface QuerySource {
  readonly title: string;
  readonly url: string;
}

/**
 * A question that many ask. Its SQL has parameters as `$name`; a line that begins with AND and has a parameter without a value is
 * left out.
 */
export interface NamedQuery {
  /** In kebab-case. */
  readonly name: string;
  readonly title: string;
  /** What it answers: one sentence or two. */
  readonly answers: string;
  readonly source: QuerySource;
  readonly dialect: 'athena' | 'lake';
  readonly parameters: readonly QueryParameter[];
  readonly sql: string;
  /** For counts: the columns that name a bar, and the one that is its length. */
  readonly chart?: { readonly labels: readonly string[]; readonly value: string } | undefined;
}

/** The window that every query may be limited to. */
export const WINDOW: readonly QueryParameter[] = [
  { name: 'from', type: 'time', required: false, description: 'events at or after this time' },
  { name: 'to', type: 'time', required: false, description: 'events before this time' },
];

/** The lines of a query that hold the window. */
export const IN_WINDOW = `  AND eventtime >= $from
  AND eventtime < $to`;

/** A parameter that takes any text. */
export function text(name: string, description: string, preset?: string): QueryParameter {
  return { name, type: 'text', required: preset === undefined, description, default: preset };
}

/** A parameter that takes one of some words; the first is the default. */
export function choice(
  name: string,
  description: string,
  choices: Readonly<Record<string, string>>,
): QueryParameter {
  return { name, type: 'choice', required: false, description, default: Object.keys(choices)[0], choices };
}
