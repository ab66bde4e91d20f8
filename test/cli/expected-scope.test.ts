import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCommand } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const START = process.cwd();
const KEYS = fileURLToPath(new URL('../../fixtures/keys/public-keys.jsonl', import.meta.url));
const COPY = fileURLToPath(new URL('../../fixtures/intact/copy', import.meta.url));

beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(START));

test('what must be there and is outside the scope is a limit of the report', async () => {
  writeFileSync('expected.json', JSON.stringify({ accounts: ['111122223333', '999999999999'] }));
  const args = [
    'verify',
    COPY,
    '--keys',
    KEYS,
    '--now',
    '2026-10-02T21:50:00Z',
    '--no-sign',
    '--format',
    'json',
  ];
  const all = await runCommand([...args, '--expect', 'expected.json', '--output', 'all']);
  expect(all.exitCode).toBe(3);
  expect(all.out).not.toContain('EXPECTED_OUTSIDE_SCOPE');
  const one = ['--account', '111122223333', '--expect', 'expected.json', '--output', 'one'];
  const narrow = await runCommand([...args, ...one]);
  expect(narrow.exitCode).toBe(0);
  expect(JSON.parse(narrow.out).limits).toContainEqual({
    code: 'EXPECTED_OUTSIDE_SCOPE',
    text: 'Of the expected accounts, Regions and trails 1 is outside the scope of this run, and was not looked for.',
  });
});
