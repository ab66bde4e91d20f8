/** Exports of two runs for tests of `events check`: before each test one of them is in the folder `events`, to be damaged. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import { auditTrail, scenarioOf } from '../../fixtures/scenario.ts';
import { type CommandResult, runCommand, stubAwsEnvironment } from './command.ts';
import { exportOf } from './realistic-trail.ts';
import { identityFolder } from './signing-identity.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The exports, and the check of the one that a test damages. */
export interface Exports {
  /** A file of the run `one`, whose export is in `events`, or of the `other`. */
  file(run: 'one' | 'other', name: string): string;
  /** The certificate of whom they are signed by. */
  trust(): string;
  check(...options: readonly string[]): Promise<CommandResult>;
}

/** Makes the exports for the tests of a file, each of which runs in a folder of its own. */
export function useExports(): Exports {
  const start = process.cwd();
  const made = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
  let trust = '';
  beforeAll(async () => {
    stubAwsEnvironment();
    trust = path.join(await identityFolder(), 'trail-verify/certificate.pem');
    for (const [name, hours] of [
      ['one', 3],
      ['other', 4],
    ] as const) {
      mkdirSync(path.join(made, name));
      const { store, trail } = auditTrail(hours);
      await exportOf(scenarioOf(store, trail), path.join(made, name));
    }
    vi.unstubAllEnvs();
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  beforeEach(() => {
    stubAwsEnvironment();
    process.chdir(temporaryFolder());
    cpSync(path.join(made, 'one/events'), 'events', { recursive: true });
  });
  afterEach(() => {
    process.chdir(start);
    vi.unstubAllEnvs();
  });
  return {
    file: (run, name) => path.join(made, run, name),
    trust: () => trust,
    check: (...options) => runCommand(['events', 'check', 'events', '--trust', trust, ...options]),
  };
}

/** One line with `words`, and the exit code. */
export function expectLine(
  { exitCode, out, error }: CommandResult,
  code: number,
  words: string | RegExp,
): void {
  const word = { 0: 'GENUINE', 1: 'GENUINE', 3: 'UNPROVEN', 5: 'REFUSED' }[code];
  expect({ exitCode, error }).toEqual({ exitCode: code, error: '' });
  expect(out).toMatch(/^[^\n]*\n$/);
  expect(out.startsWith(`${word}: `)).toBe(true);
  expect(out).toMatch(typeof words === 'string' ? new RegExp(words.replace(/[.()/]/g, '\\$&')) : words);
}

/** Turns one bit of a file over. */
export function flip(file: string, offset: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** Puts a link in the place of a file or folder, which keeps its content elsewhere. */
export function asLink(name: string): void {
  const elsewhere = path.resolve('elsewhere');
  renameSync(name, elsewhere);
  symlinkSync(elsewhere, name);
}
