/** A folder that one process alone writes an answer into. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { claimFolder, inPlace, PARTIAL_FOLDER } from '../../src/source/claimed-folder.ts';
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
/** The name of the folder that everything is written to, in the one that was claimed. */
const nameOf = (claim: { readonly path: string }): string => path.relative(folder, claim.path);
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
  put(`${nameOf(second)}/deep/file`, 'half');
  await second.release();
  expect(readdirSync(folder)).toEqual([]);
  claimFolder(folder).publish();
});

test('everything is moved up when it is whole, and nothing is noted any more', () => {
  const claim = claimFolder(folder);
  put(`${nameOf(claim)}/report.json`, 'report');
  put(`${nameOf(claim)}/data/digests/one`, 'one');
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
    put(`${nameOf(claim)}/witness/second`, 'second');
    put(`${nameOf(claim)}/manifest`, 'new');
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
    put(`${nameOf(claim)}/${made}`, 'new');
    put(`${nameOf(claim)}/other`, 'other');
    expect(() => claim.publish()).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(contents()).toEqual({
      ...before,
      [`${nameOf(claim)}/${made}`]: 'new',
      [`${nameOf(claim)}/other`]: 'other',
    });
  });
});

describe('a folder that was taken away', () => {
  test('and claimed by another process is left to that', async () => {
    const first = claimFolder(folder);
    rmSync(path.join(folder, PARTIAL_FOLDER), { recursive: true });
    const second = claimFolder(folder);
    put(`${nameOf(second)}/report.json`, 'of the second');
    expect(() => writeFileSync(path.join(first.path, 'report.json'), 'of the first')).toThrow('ENOENT');
    expect(() => first.publish()).toThrow('ENOENT');
    await first.release();
    second.publish();
    expect(contents()).toEqual({ 'report.json': 'of the second' });
    expect(readdirSync(folder)).toEqual(['report.json']);
  });
});

test('a path is named as it will be', () => {
  const { path: own } = claimFolder(folder);
  expect(inPlace(path.join(own, 'data/one'))).toBe(path.join(folder, 'data/one'));
  const id = path.basename(own);
  expect(inPlace(path.join(folder, id))).toBe(path.join(folder, id));
});
