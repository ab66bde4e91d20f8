/** --force of exports and answers: what a former run made is replaced whole, and nothing else is. */
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const COPY = [`${FIXTURES}intact/copy`, '--keys', `${FIXTURES}keys/public-keys.jsonl`];
const NOW = ['--now', '2026-10-02T21:00:00Z'];

beforeEach(() => {
  stubAwsEnvironment();
  process.chdir(temporaryFolder());
});
afterEach(() => {
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

const exporting = (...more: readonly string[]) =>
  runCommand(['events', 'export', COPY[0] ?? '', 'made', ...COPY.slice(1), ...NOW, ...more]);
const verifying = (...more: readonly string[]) =>
  runCommand(['verify', ...COPY, ...NOW, '--output', 'made', '--events', 'made', ...more]);
const apart = (...more: readonly string[]) =>
  runCommand(['verify', ...COPY, ...NOW, '--no-sign', '--output', 'run', '--events', 'made', ...more]);

/** Asks an export that lies elsewhere. */
async function asking(...more: readonly string[]) {
  const sql = more.includes('--force') ? 'SELECT 2 AS two' : 'SELECT 1 AS one';
  return runCommand(['query', sql, '--events', '../export', '--output', 'made', ...NOW, ...more]);
}

async function exportElsewhere(): Promise<void> {
  const [, ...keys] = COPY;
  expect((await runCommand(['events', 'export', COPY[0] ?? '', 'export', ...keys, ...NOW])).exitCode).toBe(0);
  mkdirSync('here');
  process.chdir('here');
}

const MAKERS = [
  ['events export', exporting, 'events.json', async () => {}],
  ['verify --events into the folder of the report', verifying, 'events.json', async () => {}],
  ['verify --events into a folder of its own', apart, 'events.json', async () => {}],
  ['query --output', asking, 'answer.json', exportElsewhere],
] as const;

describe.each(MAKERS)('%s', (_, make, document, prepare) => {
  beforeEach(prepare);

  const entries = () => readdirSync('made', { recursive: true }).map(String).sort();

  test('replaces what it made before, and is refused without --force', async () => {
    expect(await make()).toMatchObject({ exitCode: 0, error: '' });
    const first = readFileSync(`made/${document}`, 'utf8');
    const refused = await make();
    expect(refused).toMatchObject({ exitCode: 2, out: '' });
    expect(refused.error).toMatch(/ is not empty\nhint: .*--force\n$/);
    expect(readFileSync(`made/${document}`, 'utf8')).toBe(first);
    expect(await make('--force')).toMatchObject({ exitCode: 0, error: '' });
    expect(readFileSync(`made/${document}`, 'utf8')).not.toBe(first);
    expect(readdirSync('.').filter((name) => name !== 'run')).toEqual(['made']);
    // What was replaced is as good as new.
    if (document === 'events.json')
      expect((await runCommand(['events', 'check', 'made'])).out).toMatch(/^(?:GENUINE|UNPROVEN): /);
  });

  test.each<readonly [string, () => void]>([
    ['a file', () => writeFileSync('made/mine.txt', '')],
    ['a folder', () => mkdirSync('made/mine')],
    ['a link', () => symlinkSync('/dev/null', 'made/more.json')],
    ['no document', () => rmSync(`made/${document}`)],
    ['another document', () => writeFileSync(`made/${document}`, '{"schema":"mine/v1"}')],
  ])('with %s in its folder leaves all as it is', async (_name, change) => {
    await make();
    change();
    const before = entries();
    const { exitCode, error } = await make('--force');
    expect({ exitCode, error }).toEqual({ exitCode: 2, error: expect.stringContaining('is not replaced: ') });
    expect(entries()).toEqual(before);
  });
});

test('a question that fails leaves the former answer whole', async () => {
  await exportElsewhere();
  expect((await asking()).exitCode).toBe(0);
  const before = readFileSync('made/answer.json');
  const failed = await runCommand([
    ...['query', 'SELECT nothing FROM cloudtrail_logs', '--events', '../export'],
    ...['--output', 'made', '--force'],
  ]);
  expect(failed.exitCode).toBe(2);
  expect(readFileSync('made/answer.json')).toEqual(before);
  expect(readdirSync('.')).toEqual(['made']);
});

test('an export whose run fails leaves the former one whole', async () => {
  expect((await exporting()).exitCode).toBe(0);
  const before = readFileSync('made/events.json');
  const failed = await runCommand(['events', 'export', 'absent', 'made', '--force', '--no-sign']);
  expect(failed.exitCode).toBe(2);
  expect(readFileSync('made/events.json')).toEqual(before);
  expect(readdirSync('.')).toEqual(['made']);
});
