import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openOutputFolder } from '../../../src/cli/io/output.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const NOW = Date.UTC(2026, 10, 21, 3);
const START = process.cwd();

afterEach(() => process.chdir(START));

describe('openOutputFolder', () => {
  test('makes a folder of the time where none is given, and another where that is taken', async () => {
    process.chdir(temporaryFolder());
    const first = await openOutputFolder(undefined, NOW);
    const second = await openOutputFolder(undefined, NOW);
    expect(path.basename(first.path)).toBe('trail-verify-20261121T030000Z');
    expect(path.basename(second.path)).toBe('trail-verify-20261121T030000Z-2');
  });

  test('writes a file whole, and leaves nothing else', async () => {
    const wanted = path.join(temporaryFolder(), 'a', 'b');
    const output = await openOutputFolder(wanted, NOW);
    const pieces = Array.from({ length: 5 }, (_, index) => String(index).repeat(300_000));
    const file = await output.write('report.json', pieces);
    expect(readFileSync(file, 'utf8')).toBe(pieces.join(''));
    expect(readdirSync(wanted)).toEqual(['report.json']);
  });

  test('a report that breaks off leaves nothing', async () => {
    const wanted = temporaryFolder();
    const output = await openOutputFolder(wanted, NOW);
    function* broken(): Generator<string> {
      yield 'x'.repeat(2_000_000);
      throw new Error('out of words');
    }
    await expect(output.write('report.json', broken())).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('out of words'),
    });
    expect(readdirSync(wanted)).toEqual([]);
  });

  test('discarding takes away what was made, and only that', async () => {
    const root = temporaryFolder();
    mkdirSync(path.join(root, 'given'));
    await (await openOutputFolder(path.join(root, 'given'), NOW)).discard();
    await (await openOutputFolder(path.join(root, 'x', 'y'), NOW)).discard();
    expect(readdirSync(root)).toEqual(['given']);
    const kept = await openOutputFolder(path.join(root, 'p', 'q'), NOW);
    writeFileSync(path.join(root, 'p', 'note'), 'mine');
    await kept.discard();
    expect(readdirSync(path.join(root, 'p'))).toEqual(['note']);
  });

  test('a folder with something in it is refused and left alone', async () => {
    const root = temporaryFolder();
    writeFileSync(path.join(root, 'report.json'), 'old');
    await expect(openOutputFolder(root, NOW)).rejects.toMatchObject({
      code: 'OUTPUT_NOT_USABLE',
      message: `output folder ${root} is not empty`,
    });
    expect(readFileSync(path.join(root, 'report.json'), 'utf8')).toBe('old');
  });

  test('a file in the place of the folder, or above it, is refused', async () => {
    const root = temporaryFolder();
    writeFileSync(path.join(root, 'file'), '');
    for (const wanted of [path.join(root, 'file'), path.join(root, 'file', 'deeper')]) {
      await expect(openOutputFolder(wanted, NOW)).rejects.toMatchObject({
        code: 'OUTPUT_NOT_USABLE',
        message: `output folder ${wanted} is not a folder`,
      });
    }
  });

  test('a folder that may not be written to is refused before any work', async () => {
    // The proc file system refuses root as well, whom permissions do not stop.
    const wanted = process.getuid?.() === 0 ? '/proc/trail-verify' : path.join(temporaryFolder(), 'locked');
    if (!wanted.startsWith('/proc')) {
      mkdirSync(wanted);
      chmodSync(wanted, 0o500);
    }
    await expect(openOutputFolder(wanted, NOW)).rejects.toMatchObject({ code: 'OUTPUT_NOT_USABLE' });
    expect(existsSync(path.join(wanted, 'report.json'))).toBe(false);
  });
});
