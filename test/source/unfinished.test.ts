import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PATIENCE = 1000;

type Module = typeof import('../../src/source/unfinished.ts');
let module: Module;

// A process ends once.
beforeEach(async () => {
  vi.resetModules();
  module = await import('../../src/source/unfinished.ts');
});

function file(...parts: readonly string[]): string {
  const made = path.join(...parts);
  mkdirSync(path.dirname(made), { recursive: true });
  writeFileSync(made, 'x');
  return made;
}

test('an answer that is not whole goes, with the folders made for it; what is whole or of somebody else stays', () => {
  const root = temporaryFolder();
  const folder = path.join(root, 'above/out');
  mkdirSync(folder, { recursive: true });
  module.noteFolder(folder, path.join(root, 'above'));
  module.noteNamed(file(folder, 'report.json'));
  module.noteUnfinished(file(folder, '.1.tmp'));
  module.noteNamed(file(root, 'elsewhere.json'));
  const whole = file(root, 'whole.json');
  module.noteUnfinished(whole);
  module.settle(whole);
  expect(module.removeUnfinished(PATIENCE)).toEqual([]);
  expect(readdirSync(root).toSorted()).toEqual(['elsewhere.json', 'whole.json']);
});

test('a folder that was there, or that somebody put something into, stays', () => {
  const root = temporaryFolder();
  const [there, shared] = [path.join(root, 'there'), path.join(root, 'shared')];
  mkdirSync(there);
  module.noteFolder(there, undefined);
  module.noteNamed(file(there, 'report.json'));
  file(shared, 'theirs');
  module.noteFolder(shared, shared);
  module.removeUnfinished(PATIENCE);
  expect(module.isUnfinishedThere()).toBe(true);
  rmSync(path.join(shared, 'theirs'));
  module.removeUnfinished(PATIENCE);
  expect(module.isUnfinishedThere()).toBe(false);
  file(shared, 'theirs');
  expect(readdirSync(root, { recursive: true }).toSorted()).toEqual(['shared', 'shared/theirs', 'there']);
});

test('what is settled is so with all that belongs to it', () => {
  const root = temporaryFolder();
  const out = path.join(root, 'out');
  const archive = file(root, 'bag.tar.gz');
  file(out, 'data/one');
  for (const name of ['report.json', 'data']) file(out, name === 'data' ? 'data/two' : name);
  const noted = module.noteFolder(out, out);
  module.noteNamed(path.join(out, 'report.json'));
  module.noteUnfinished(path.join(out, 'data'), 'tree');
  module.noteUnfinished(archive, 'file', out);
  for (const one of noted) module.settle(one);
  expect(module.isUnfinished(out)).toBe(false);
  module.removeUnfinished(PATIENCE);
  expect(readdirSync(root)).toEqual(['bag.tar.gz', 'out']);
  expect(readdirSync(out)).toEqual(['data', 'report.json']);
});

test('a process that ends takes no more, and what was under way goes with the next call', () => {
  const root = temporaryFolder();
  const late = path.join(root, 'late');
  module.removeUnfinished(PATIENCE);
  expect(() => module.noteUnfinished(late)).toThrow('this process is ending');
  expect(() => module.makeTemporaryFolder(path.join(root, 'more-'))).toThrow('this process is ending');
  file(late);
  module.settle(late);
  module.removeUnfinished(PATIENCE);
  expect(readdirSync(root)).toEqual([]);
});

test('without time a tree stays, and is named', () => {
  const root = temporaryFolder();
  const tree = path.join(root, 'tree');
  file(tree, 'a/b');
  module.noteUnfinished(tree, 'tree');
  expect(module.removeUnfinished(-1)).toEqual([tree]);
  expect(existsSync(path.join(tree, 'a/b'))).toBe(true);
  expect(module.removeUnfinished(PATIENCE)).toEqual([]);
});

test('a temporary folder goes with all that is in it', async () => {
  const root = temporaryFolder();
  const [one, two] = ['one-', 'two-'].map((name) => module.makeTemporaryFolder(path.join(root, name)));
  for (const folder of [one, two]) file(folder ?? '', 'a/b');
  await module.removeTemporaryFolder(one ?? '');
  expect(readdirSync(root).length).toBe(1);
  module.removeUnfinished(PATIENCE);
  expect(readdirSync(root)).toEqual([]);
});
