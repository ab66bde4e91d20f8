import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BIN = fileURLToPath(new URL('../../bin', import.meta.url));

/** Starts `bin/trail-verify.js` with this program in place of the command. */
function start(program: string): { readonly status: number | null; readonly stderr: string } {
  const folder = temporaryFolder();
  cpSync(BIN, join(folder, 'bin'), { recursive: true });
  mkdirSync(join(folder, 'dist/command'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  writeFileSync(join(folder, 'dist/command/main.js'), program);
  return spawnSync(process.execPath, [join(folder, 'bin/trail-verify.js')], { encoding: 'utf8' });
}

test('a run that waits for something that never comes has failed, though nothing keeps the process', () => {
  const { status, stderr } = start('export const main = () => new Promise(() => {});');
  expect(status).toBe(4);
  expect(stderr).toBe('trail-verify: it ended before it was done, which is a fault of this program\n');
});

test.each([0, 1, 3])('a run that comes to its end ends with its own code: %d', (code) => {
  const { status, stderr } = start(`export const main = async () => process.exit(${code});`);
  expect({ status, stderr }).toEqual({ status: code, stderr: '' });
});
