import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ReadPace } from '../../../src/source/folder/object-file.ts';
import { WholeFiles } from '../../../src/source/folder/read.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function fileOf(folder: string, name: string, size: number): { readonly path: string; readonly key: string } {
  const path = join(folder, name);
  writeFileSync(path, Buffer.alloc(size, 'x'));
  return { path, key: name };
}

/** What became of each file that was asked for, in the order in which that came about. */
function reading(files: WholeFiles): {
  readonly folder: string;
  readonly told: string[];
  read(name: string, size: number): void;
} {
  const folder = temporaryFolder();
  const told: string[] = [];
  return {
    folder,
    told,
    read: (name, size) =>
      files.read(fileOf(folder, name, size), (found) =>
        told.push(`${name} ${found?.file instanceof Uint8Array ? found.file.length : 'nothing'}`),
      ),
  };
}

test('files are read as there is room for them, and a larger one alone', () => {
  const files = new WholeFiles({ maxBytes: 1000, bytes: 100 });
  const { told, read } = reading(files);
  for (const [name, size] of [
    ['a', 60],
    ['b', 60],
    ['c', 300],
    ['d', 20],
  ] as const)
    read(name, size);
  expect(told).toEqual(['a 60']);
  files.release(60);
  expect(told).toEqual(['a 60', 'b 60']);
  files.release(60);
  expect(told).toEqual(['a 60', 'b 60', 'c 300']);
  files.release(300);
  expect(told).toEqual(['a 60', 'b 60', 'c 300', 'd 20']);
});

test('what waits is given up at once, and takes no room later', () => {
  const files = new WholeFiles({ maxBytes: 1000, bytes: 100 });
  const { told, read } = reading(files);
  read('a', 60);
  read('b', 90);
  files.stop();
  expect(told).toEqual(['a 60', 'b nothing']);
  files.release(60);
  read('c', 100);
  expect(told.at(-1)).toBe('c 100');
});

test('what is too large, gone, or changed while it waited is left to whoever asked', () => {
  const files = new WholeFiles({ maxBytes: 200, bytes: 100 });
  const { folder, told, read } = reading(files);
  read('large', 201);
  files.read({ path: join(folder, 'absent'), key: 'absent' }, () => told.push('absent'));
  read('first', 100);
  read('growing', 10);
  appendFileSync(join(folder, 'growing'), 'more');
  files.release(100);
  read('last', 100);
  expect(told).toEqual(['large nothing', 'absent', 'first 100', 'growing nothing', 'last 100']);
});

test('where files come slowly a thread that has other work reads none', () => {
  const pace = new ReadPace();
  for (let count = 0; count < 64; count += 1) pace.took(1_000_000);
  const { told, read } = reading(new WholeFiles({ maxBytes: 200, bytes: 100, pace }));
  read('a', 1);
  expect(told).toEqual(['a nothing']);
});
