/** Keys that lie in a copy prove nothing, whichever part of the copy is named as the target. */
import { copyFileSync, cpSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const KEYS = `${FIXTURES}keys/public-keys.jsonl`;
const BUCKET = 'ev/example-trail-logs';

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
  cpSync(`${FIXTURES}intact/copy`, 'ev', { recursive: true });
});
afterEach(() => {
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

test.each([
  [BUCKET, `${BUCKET}/keys.jsonl`],
  [`${BUCKET}/AWSLogs`, `${BUCKET}/keys.jsonl`],
  [`${BUCKET}/AWSLogs/111122223333`, `${BUCKET}/keys.jsonl`],
  [`${BUCKET}/AWSLogs/111122223333`, `${BUCKET}/AWSLogs/keys.jsonl`],
])('of %s: %s', async (target, keys) => {
  copyFileSync(KEYS, keys);
  const args = ['verify', target, '--now', '2026-10-02T21:00:00Z', '--no-sign', '--keys'];
  expect((await runCommand([...args, keys, '--output', 'planted'])).exitCode).toBe(3);
  const report = JSON.parse(readFileSync('planted/report.json', 'utf8'));
  expect(report.totals.digests.valid).toBe(0);
  expect((await runCommand([...args, KEYS, '--output', 'own'])).exitCode).not.toBe(2);
  expect(JSON.parse(readFileSync('own/report.json', 'utf8')).totals.digests.valid).toBeGreaterThan(0);
});

test.each([
  ['ev', 'ev/out', 'ev/out'],
  ['ev', undefined, 'ev/trail-verify-'],
  [
    `${BUCKET}/AWSLogs/111122223333`,
    `${BUCKET}/AWSLogs/111122223333/out`,
    `${BUCKET}/AWSLogs/111122223333/out`,
  ],
])('a report of %s that is written into it is told in one line: %s', async (target, output, named) => {
  const { out } = await runCommand(['verify', target, '--keys', KEYS, '--no-report']);
  const verdict = out.split('\n')[0];
  const args = ['--keys', KEYS, '--no-sign', ...(output === undefined ? [] : ['--output', output])];
  if (output === undefined) process.chdir('ev');
  const written = await runCommand(['verify', output === undefined ? '.' : target, ...args]);
  expect(written.error).toMatch(
    /^warning: .* is in the folder that is verified, .*--output names another\n$/,
  );
  expect(written.error).toContain(named.replace(output === undefined ? 'ev/' : '', ''));
  expect(written.out.split('\n')[0]).toBe(verdict);
  if (output === undefined) process.chdir('..');
  const after = await runCommand(['verify', target, '--keys', KEYS, '--no-sign', '--output', 'elsewhere']);
  expect([after.error, after.out.split('\n')[0]]).toEqual(['', verdict]);
});
