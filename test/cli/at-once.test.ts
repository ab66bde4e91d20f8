/** Commands that write into the same folder at once: one of them has it, and the others say so and spoil nothing. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type CommandResult, runCommand, stubAwsEnvironment } from '../support/command.ts';
import { recoveredLine, writeCorroboration } from '../support/corroboration-files.ts';
import { AUDITOR, certificateFile } from '../support/evidence-bag.ts';
import { signFile } from '../support/sign-file.ts';
import { type SilencedTrail, silencedTrail } from '../support/silenced-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HOME = process.cwd();
const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));
const COPY = [
  `${FIXTURES}tampered/copy`,
  '--keys',
  `${FIXTURES}keys/public-keys.jsonl`,
  '--now',
  '2026-10-05T21:00:00Z',
];
let work: string;

beforeAll(() => stubAwsEnvironment());
afterAll(() => vi.unstubAllEnvs());
beforeEach(() => {
  stubAwsEnvironment();
  work = temporaryFolder();
  process.chdir(work);
});
afterEach(() => {
  process.chdir(HOME);
  vi.unstubAllEnvs();
});

const run = (...args: readonly string[]) => runCommand(args);
const verify = (...more: readonly string[]) => run('verify', ...COPY, ...more);

/** Runs them at once; returns the only one that was not refused. */
async function onlyOne(runs: readonly Promise<CommandResult>[]): Promise<CommandResult> {
  const results = await Promise.all(runs);
  const refused = results.filter(({ exitCode }) => exitCode === 2);
  expect(refused).toHaveLength(runs.length - 1);
  for (const { error } of refused)
    expect(error).toMatch(
      / is being written to by another (?:run|command), or holds the \.partial of one|is not empty/,
    );
  const [done] = results.filter(({ exitCode }) => exitCode !== 2);
  if (done === undefined) throw new Error('every command was refused');
  return done;
}

test.each([
  ['verify', ['--bag']],
  ['verify with a report', []],
])('%s: the report and its signature are of one run', async (_name, more) => {
  const runs = [[], ['--account', '111122223333'], ['--no-logs']];
  const done = await onlyOne(runs.map((scope) => verify('--output', 'out', ...more, ...scope)));
  expect(done.exitCode).not.toBe(4);
  expect(await run('report', 'verify', 'out/report.json')).toMatchObject({ exitCode: 3, error: '' });
  expect(readdirSync('out')).not.toContain('.partial');
  if (more.length > 0) expect((await run('evidence', 'verify', 'out')).exitCode).not.toBe(5);
});

test('verify with --force: one of them takes the place of the other', async () => {
  expect((await verify('--output', 'out')).exitCode).toBe(1);
  const results = await Promise.all(['1', '2', '3'].map(() => verify('--output', 'out', '--force')));
  expect(results.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1]);
  expect((await run('report', 'verify', 'out/report.json')).exitCode).toBe(3);
});

test('a run whose folder was replaced says so, and writes nothing into the other', async () => {
  const first = verify('--output', 'out', '--bag');
  while (!existsSync('out/.partial')) await new Promise((settle) => setTimeout(settle, 1));
  rmSync('out', { recursive: true });
  mkdirSync('out');
  writeFileSync('out/report.json', 'of another run');
  const { exitCode, error } = await first;
  expect([1, 2, 4]).toContain(exitCode);
  expect(error).toContain('/out');
  expect(readdirSync('out')).toEqual(['report.json']);
  expect(readFileSync('out/report.json', 'utf8')).toBe('of another run');
});

test('verify --events, events export and query', async () => {
  const exports = ['1', '2'].map(() => verify('--output', 'out', '--events', 'events'));
  await onlyOne(exports);
  expect(await run('events', 'check', 'events')).toMatchObject({ exitCode: 3, error: '' });
  const ask = () => run('query', 'SELECT count(*) FROM events', '--events', 'events', '--output', 'answer');
  const { out } = await onlyOne([ask(), ask(), ask()]);
  expect(out).toContain('Answer: answer/result.csv\n');
  expect(readdirSync('answer').sort()).toEqual(['answer.json', 'answer.json.p7s', 'result.csv']);
});

test('evidence add: the bag has one corroboration whole, and is accepted', async () => {
  const trust = certificateFile(work, AUDITOR);
  expect((await verify('--output', 'bag', '--bag', '--no-sign')).exitCode).toBe(1);
  const report = readFileSync('bag/report.json');
  for (const [name, minute] of [
    ['one', '10'],
    ['two', '20'],
  ])
    writeCorroboration(name ?? '', report, [
      recoveredLine('111122223333/us-east-1/audit@us-east-1', `2026-10-05T10:${minute}:00Z`),
    ]);
  await signFile('one/corroboration.json', AUDITOR);
  const add = (from: string) => run('evidence', 'add', 'bag', '--corroboration', from);
  const results = await Promise.all([add('one'), add('two'), add('one')]);
  const done = results.filter(({ exitCode }) => exitCode === 0);
  expect(done.length).toBeGreaterThan(0);
  for (const { exitCode, error } of results)
    if (exitCode !== 0)
      expect({ exitCode, error }).toEqual({
        exitCode: 2,
        error: expect.stringMatching(/another command, or holds the \.partial|holds another witness\//),
      });
  const { exitCode, out } = await run('evidence', 'verify', 'bag', '--trust', trust);
  expect({ exitCode, out }).toEqual({
    exitCode: expect.not.closeTo(5),
    out: expect.not.stringContaining('FAIL'),
  });
  expect(out).toContain('1 recovered event');
});

test('a bag that holds what a killed command left is refused, with the way out', async () => {
  expect((await verify('--output', 'bag', '--bag', '--no-sign')).exitCode).toBe(1);
  writeCorroboration('one', readFileSync('bag/report.json'), []);
  cpSync('one', 'bag/.partial/witness', { recursive: true });
  expect(await run('evidence', 'add', 'bag', '--corroboration', 'one')).toMatchObject({
    exitCode: 2,
    error: expect.stringMatching(/\nhint: .*remove the folder \.partial from the bag/),
  });
  expect((await run('evidence', 'verify', 'bag')).exitCode).toBe(5);
  rmSync('bag/.partial', { recursive: true });
  expect((await run('evidence', 'add', 'bag', '--corroboration', 'one')).exitCode).toBe(0);
  expect((await run('evidence', 'verify', 'bag')).exitCode).toBe(3);
});

test('corroborate: the record and its events are of one run', async () => {
  const trail: SilencedTrail = await silencedTrail(['RunInstances', 'StopLogging']);
  try {
    expect(await trail.verify()).toBe(3);
    const codes = await Promise.all([trail.corroborate(), trail.corroborate(), trail.corroborate()]);
    expect(codes.toSorted()).toEqual([2, 2, 3]);
    expect(readdirSync('witness').sort()).toEqual(['corroboration.json', 'recovered.jsonl']);
    expect((await run('explain-gap', 'out/report.json', '--corroboration', 'witness')).error).toBe('');
  } finally {
    await trail.server.close();
  }
});
