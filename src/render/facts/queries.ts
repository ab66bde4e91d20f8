/** The query results of CloudTrail Lake of a report in words, for every rendering. None of it is escaped yet. */
import type { QueryResults } from '../../findings/event.ts';
import type { Report } from '../../report/report.ts';
import { countOf } from '../words.ts';

/** Whether query results alone were asked for: then nothing is said of a trail. */
export function isOfQueriesOnly({ limits }: Pick<Report, 'limits'>): boolean {
  return limits.some(({ code }) => code === 'QUERY_RESULTS_ONLY');
}

/** So many sets of query results. */
export function countOfSets(count: number): string {
  return `${countOf(count, 'set')} of query results`;
}

/** Sets and files by outcome; undefined where there are none. */
export function queriesText({ lake }: Pick<Report, 'lake'>): string | undefined {
  if (lake === undefined) return undefined;
  const { sets, files } = lake.totals;
  const { listed, unlisted, ...outcomes } = files;
  const further = unlisted === 0 ? '' : `, and ${countOf(unlisted, 'file')} in no list`;
  return `${countOfSets(lake.sets.length)}: ${outcomeWords({ ...sets })}; ${countOf(listed, 'file')}: ${outcomeWords(outcomes)}${further}`;
}

function outcomeWords(outcomes: Readonly<Record<string, number>>): string {
  const words = Object.entries(outcomes).flatMap(([name, count]) =>
    count === 0 ? [] : [`${count} ${name}`],
  );
  return words.length === 0 ? 'none' : words.join(', ');
}

/** One set for a table of them. */
export interface QueryRow {
  readonly uri: string;
  readonly outcome: QueryResults['outcome'];
  readonly completed: string;
  readonly region: string;
  /** How many of its files are as they were listed: `1 of 2`. */
  readonly files: string;
  readonly fingerprint: string;
}

/** Every set, those of which something is wrong first. */
export function queryRows({ lake }: Pick<Report, 'lake'>): readonly QueryRow[] {
  const rank = ({ outcome }: QueryResults): number => ['invalid', 'unproven', 'valid'].indexOf(outcome);
  const sets = [...(lake?.sets ?? [])].sort((a, b) => rank(a) - rank(b) || (a.uri < b.uri ? -1 : 1));
  return sets.map(({ uri, outcome, completed, region, files, fingerprint }) => ({
    uri,
    outcome,
    completed: completed ?? 'not known',
    region: region ?? 'not known',
    files: `${files.filter((file) => file.outcome === 'valid').length} of ${files.length}`,
    fingerprint: fingerprint ?? 'none',
  }));
}
