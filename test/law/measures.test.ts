import { expect, test } from 'vitest';
import { BASE, codeLines, countSource, measuresOf } from './measures.ts';
import { SRC } from './read-imports.ts';

/** The measures that are reached, by name: none of them may be lost again. */
const HELD = ['files in the largest folder', 'import circles', 'public names of the door'];

test('what was reached once is held', () => {
  const measures = measuresOf(countSource(SRC));
  const lost = measures.filter(({ name, isReached }) => HELD.includes(name) && isReached !== true);
  expect(lost).toEqual([]);
  const names = measures.map(({ name }) => name);
  expect(HELD.filter((name) => !names.includes(name))).toEqual([]);
});

test('a measure is reached at its bound and not beyond', () => {
  const counts = { ...BASE.counts, files: 220, names: 71, lines: 34_487 };
  const reached = measuresOf(counts).map(({ name, isReached }) => [name, isReached]);
  expect(Object.fromEntries(reached)).toEqual({
    'source files': true,
    'files in the largest folder': false,
    'import circles': false,
    'public names of the door': false,
    'internal import statements': false,
    'lines without comments and blank lines': true,
    'median lines a file': undefined,
  });
});

test('a line counts where it holds more than blanks and comments', () => {
  const text = `/** One line. */
/*
 * A block,
 */

// Alone.
const one = 1; // behind
/* before */ const two = 2;
  * three;
`;
  expect(codeLines(text)).toBe(3);
});
