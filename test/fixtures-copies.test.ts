import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadCopyScenarios } from '../fixtures/copy-scenario.ts';
import { isoTime } from '../src/base/clock.ts';
import type { Report } from '../src/report/report.ts';
import { runCommand, stubAwsEnvironment } from './support/command.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const KEYS = fileURLToPath(new URL('../fixtures/keys/public-keys.jsonl', import.meta.url));
const START = process.cwd();

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(START);
  vi.unstubAllEnvs();
});
afterAll(() => process.chdir(START));

function countsOf(report: Report): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of report.findings) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

describe('a copy that somebody hands over gives exactly what it must', async () => {
  const exits = { VALID: 0, INVALID: 1, INCONCLUSIVE: 3 } as const;
  test.each(await loadCopyScenarios())('$name', async ({ build, outcome }) => {
    const folder = join(temporaryFolder(), 'copy');
    const { now, options } = build(folder);
    const args = ['verify', folder, '--keys', KEYS, '--now', isoTime(now), '--output', 'out', '--no-sign'];
    const { exitCode, error } = await runCommand([...args, ...options]);
    if ('refused' in outcome) {
      expect(exitCode).toBe(2);
      for (const text of outcome.refused) expect(error).toContain(text);
      return;
    }
    expect(error).toBe('');
    const report: Report = JSON.parse(readFileSync('out/report.json', 'utf8'));
    expect({ verdict: report.verdict, codes: countsOf(report) }).toEqual({
      verdict: outcome.verdict,
      codes: outcome.codes,
    });
    expect(exitCode).toBe(exits[outcome.verdict]);
  });
});
