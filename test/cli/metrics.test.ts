import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const KEYS = ['--keys', fixture('keys/public-keys.jsonl'), '--no-sign'];
const TAMPERED = ['verify', fixture('tampered/copy'), '--now', '2026-10-05T19:42:37Z', ...KEYS];

beforeEach(() => {
  stubAwsEnvironment('without credentials');
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

test('metrics take the place of those before, and nothing else is left beside them', async () => {
  mkdirSync('collector');
  writeFileSync('collector/trail.prom', 'old\n');
  const args = [...TAMPERED, '--output', 'out', '--metrics', 'collector/trail.prom'];
  expect((await runCommand(args)).exitCode).toBe(1);
  const text = readFileSync('collector/trail.prom', 'utf8');
  expect(text).toMatch(/^trail_verify_verdict\{.*verdict="INVALID"\} 1$/m);
  expect(text).toMatch(/^trail_verify_findings\{.*code="LOG_MODIFIED".*\} [1-9]/m);
  expect(text).not.toContain('old');
  expect(readdirSync('collector')).toEqual(['trail.prom']);
});

test.each([
  ['a folder that is not there', 'nowhere/trail.prom', 'is in no folder'],
  ['a folder in its place', 'collector', 'is a folder'],
])('%s is refused before the run', async (_name, file, why) => {
  mkdirSync('collector');
  const { exitCode, error } = await runCommand([...TAMPERED, '--output', 'out', '--metrics', file]);
  expect(exitCode).toBe(2);
  expect(error).toContain(why);
  expect(readdirSync('.')).toEqual(['collector']);
});
