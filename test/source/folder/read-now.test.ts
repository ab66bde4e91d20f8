import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ReadPace, readNow } from '../../../src/source/folder/object-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('a pace', () => {
  test('is quick until reads are slow on average, and looks again now and then', () => {
    const pace = new ReadPace();
    expect(pace.isQuick).toBe(true);
    pace.took(1_000_000);
    expect(pace.isQuick, 'one late answer says little').toBe(true);
    for (let read = 0; read < 100; read += 1) pace.took(5_000);
    const asked = Array.from({ length: 128 }, () => pace.isQuick);
    expect(asked.filter((isQuick) => isQuick)).toHaveLength(2);
    for (let read = 0; read < 100; read += 1) pace.took(10);
    expect(pace.isQuick).toBe(true);
  });
});

describe('reading at once', () => {
  test('gives a small regular file, and nothing else', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    writeFileSync(file, 'content');
    writeFileSync(join(folder, 'empty'), '');
    writeFileSync(join(folder, 'large'), Buffer.alloc(256 * 1024 + 1));
    mkdirSync(join(folder, 'folder'));
    symlinkSync(file, join(folder, 'link'));
    const read = (name: string): string | undefined =>
      readNow(join(folder, name), new ReadPace())?.bytes.toString('utf8');
    expect(read('file')).toBe('content');
    expect(read('empty')).toBe('');
    for (const name of ['large', 'folder', 'link', 'absent']) expect(read(name), name).toBeUndefined();
  });

  test('leaves a file to the thread pool where reads are slow', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'content');
    const pace = new ReadPace();
    for (let read = 0; read < 100; read += 1) pace.took(5_000);
    expect(readNow(join(folder, 'file'), pace)).toBeUndefined();
  });
});
