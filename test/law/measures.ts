/**
 * The measures of the source: how large it is, and how much of it somebody has to know who changes one part.
 * `npm run measures` prints them, and a test holds those that are reached.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { circlesOf, modulesOf, namesOfDoor, readImports } from './read-imports.ts';

/** What is counted in one folder of source. */
export interface Counts {
  readonly files: number;
  /** The folder that holds the most modules itself, and how many. */
  readonly hall: { readonly name: string; readonly files: number };
  readonly circles: number;
  /** Names that the library's door gives. */
  readonly names: number;
  /** Import statements that lead from one module to another. */
  readonly imports: number;
  /** Lines that hold more than blanks and comments. */
  readonly lines: number;
  /** Of all lines in a file, with comments and blank lines. */
  readonly medianLines: number;
}

/** Where the work on the rooms began, counted by this program in a checkout of that commit. */
export const BASE: { readonly commit: string; readonly counts: Counts } = {
  commit: 'cf019c40284c00f74460e6713452f61d4b818449',
  counts: {
    files: 495,
    hall: { name: 'source', files: 93 },
    circles: 7,
    names: 342,
    imports: 2450,
    lines: 37486,
    medianLines: 71,
  },
};

/** Lines of a text that hold more than blanks and comments, as the formatter lays them out. */
export function codeLines(text: string): number {
  let isComment = false;
  let count = 0;
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (isComment) {
      isComment = !line.includes('*/');
    } else if (line.startsWith('/*')) {
      const end = line.indexOf('*/');
      isComment = end === -1;
      if (!isComment && line.length > end + '*/'.length) count++;
    } else if (line !== '' && !line.startsWith('//')) count++;
  }
  return count;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [above = 0, below = above] = [sorted[middle], sorted[middle - 1]];
  return sorted.length % 2 === 1 ? above : (above + below) / 2;
}

/** Counts what a folder of source holds. */
export function countSource(folder: string): Counts {
  const files = modulesOf(folder);
  const texts = files.map((file) => readFileSync(path.join(folder, file), 'utf8'));
  const halls = new Map<string, number>();
  for (const file of files) {
    const name = path.posix.dirname(file);
    halls.set(name, (halls.get(name) ?? 0) + 1);
  }
  const [hall = ['', 0] as const] = [...halls].sort(
    ([a, one], [b, other]) => other - one || (a < b ? -1 : 1),
  );
  const imports = readImports(folder);
  const door = path.join(folder, 'index.ts');
  return {
    files: files.length,
    hall: { name: hall[0], files: hall[1] },
    circles: circlesOf(imports).length,
    names: existsSync(door) ? namesOfDoor(door).length : 0,
    imports: [...imports.values()].flat().filter((to) => imports.has(to)).length,
    lines: texts.reduce((sum, text) => sum + codeLines(text), 0),
    medianLines: median(texts.map((text) => text.trimEnd().split('\n').length)),
  };
}

/** One measure beside what it should be. */
export interface Measure {
  readonly name: string;
  readonly target: string;
  readonly actual: string;
  /** Undefined where the measure is only shown. */
  readonly isReached?: boolean | undefined;
}

const MOST_FILES = 220;
const MOST_IN_HALL = 20;
const MOST_NAMES = 70;
const MOST_IMPORTS = 1_100;
/** By how much of itself the source should be shorter than it was. */
const SHORTER = 0.08;

/** The measures of a source with these counts. */
export function measuresOf(counts: Counts): readonly Measure[] {
  const base = BASE.counts.lines;
  const most = Math.floor(base * (1 - SHORTER));
  const change = ((counts.lines - base) / base) * 100;
  const atMost = (name: string, actual: number, bound: number, more = ''): Measure => ({
    name,
    target: bound === 0 ? 'none' : `at most ${bound}`,
    actual: `${actual}${more}`,
    isReached: actual <= bound,
  });
  return [
    atMost('source files', counts.files, MOST_FILES),
    atMost('files in the largest folder', counts.hall.files, MOST_IN_HALL, ` (${counts.hall.name})`),
    atMost('import circles', counts.circles, 0),
    atMost('public names of the door', counts.names, MOST_NAMES),
    atMost('internal import statements', counts.imports, MOST_IMPORTS),
    atMost(
      'lines without comments and blank lines',
      counts.lines,
      most,
      ` (${change < 0 ? '' : '+'}${change.toFixed(1)} % against ${BASE.commit.slice(0, 7)}: ${base})`,
    ),
    { name: 'median lines a file', target: '-', actual: String(counts.medianLines) },
  ];
}
