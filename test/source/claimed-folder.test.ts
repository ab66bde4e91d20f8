/** A folder that one process alone writes an answer into. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimFolder, PARTIAL_FOLDER } from '../../src/source/claimed-folder.ts';
import { isUnfinished } from '../../src/source/unfinished.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const put = (name: string, content: string): void => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
};
const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file), readFileSync(file, 'utf8')]),
  );

test('only one process has it, until it publishes or releases', async () => {
  const first = claimFolder(folder);
  expect(() => claimFolder(folder)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  first.publish();
  const second = claimFolder(folder);
  put(`${PARTIAL_FOLDER}/deep/file`, 'half');
  await second.release();
  expect(readdirSync(folder)).toEqual([]);
  claimFolder(folder).publish();
});

test('everything is moved up when it is whole, and nothing is noted any more', () => {
  const claim = claimFolder(folder);
  put(`${PARTIAL_FOLDER}/report.json`, 'report');
  put(`${PARTIAL_FOLDER}/data/digests/one`, 'one');
  expect(isUnfinished(claim.path)).toBe(true);
  claim.publish();
  expect(contents()).toEqual({ 'report.json': 'report', 'data/digests/one': 'one' });
  expect(isUnfinished(claim.path)).toBe(false);
});

describe('what is there', () => {
  beforeEach(() => {
    put('manifest', 'old');
    put('witness/first', 'first');
  });

  test('stays, and takes what is new in its folders; only what is named is replaced', () => {
    const claim = claimFolder(folder);
    put(`${PARTIAL_FOLDER}/witness/second`, 'second');
    put(`${PARTIAL_FOLDER}/manifest`, 'new');
    claim.publish(['manifest']);
    expect(contents()).toEqual({ manifest: 'new', 'witness/first': 'first', 'witness/second': 'second' });
    expect(existsSync(claim.path)).toBe(false);
  });

  test.each([
    ['a file', 'manifest'],
    ['a file in a folder', 'witness/first'],
    ['a file with the name of a folder', 'witness'],
    ['a folder with the name of a file', 'manifest/file'],
  ])('is not replaced by %s, and everything is where it was', (_name, made) => {
    const before = contents();
    const claim = claimFolder(folder);
    put(`${PARTIAL_FOLDER}/${made}`, 'new');
    put(`${PARTIAL_FOLDER}/other`, 'other');
    expect(() => claim.publish()).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(contents()).toEqual({
      ...before,
      [`${PARTIAL_FOLDER}/${made}`]: 'new',
      [`${PARTIAL_FOLDER}/other`]: 'other',
    });
  });
});
