import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeNewFile } from '../../../src/cli/io/output.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('texts and bytes are written in their order, however long they are', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'new');
  const long = 'ä'.repeat(1 << 20);
  await writeNewFile(file, ['a', long, 'b', Uint8Array.of(0, 255), 'c']);
  const expected = Buffer.concat([Buffer.from(`a${long}b`), Buffer.from([0, 255]), Buffer.from('c')]);
  expect(readFileSync(file).equals(expected)).toBe(true);
  expect(readdirSync(folder)).toEqual(['new']);
});

test('a file for its owner alone is readable by nobody else', async () => {
  const file = path.join(temporaryFolder(), 'key');
  await writeNewFile(file, ['secret'], 'owner');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('what is there is never replaced, and what fails leaves nothing behind', async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'old');
  writeFileSync(file, 'old');
  await expect(writeNewFile(file, ['new'])).rejects.toMatchObject({
    code: 'OUTPUT_NOT_USABLE',
    message: `file ${file} exists already`,
    hint: expect.stringContaining('another name'),
  });
  expect(readFileSync(file, 'utf8')).toBe('old');
  const failing = (function* () {
    yield 'half';
    throw new Error('no more');
  })();
  await expect(writeNewFile(path.join(folder, 'half'), failing)).rejects.toMatchObject({
    message: expect.stringMatching(/cannot be written: no more$/),
  });
  mkdirSync(path.join(folder, 'sub'));
  await expect(writeNewFile(path.join(folder, 'sub', 'x', 'y'), ['a'])).rejects.toMatchObject({
    code: 'OUTPUT_NOT_USABLE',
  });
  expect(readdirSync(folder).sort()).toEqual(['old', 'sub']);
});
