import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const FOLDER = new URL('../golden/', import.meta.url);

/**
 * Compares `actual` with test/golden/`name`; with UPDATE_GOLDEN=1 in the environment the file is written anew
 * instead. A file that is not there fails.
 */
export function expectGolden(name: string, actual: string): void {
  const file = new URL(name, FOLDER);
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, actual);
  }
  const expected = existsSync(file)
    ? readFileSync(file, 'utf8')
    : `no file test/golden/${name}: run with UPDATE_GOLDEN=1`;
  expect(actual).toBe(expected);
}
