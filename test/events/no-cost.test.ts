/** Who asks for no events pays nothing for them: DuckDB is not loaded, and no bytes are handed on. */
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { auditTrail, ringOf, scenarioOf } from '../../fixtures/scenario.ts';
import { writeFolder } from '../../fixtures/write-folder.ts';
import { fixedClock } from '../../src/base/clock.ts';
import { HandingOn } from '../../src/checking/handing-on.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import { verifyTrail } from '../../src/verify-trail.ts';
import { threadsAtOnce } from '../support/check-paths.ts';
import { runCommand, stubAwsEnvironment } from '../support/command.ts';
import { copyOf } from '../support/realistic-trail.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const duckdb = vi.hoisted(() => ({ loaded: 0 }));
vi.mock('@duckdb/node-api', () => {
  duckdb.loaded += 1;
  throw new Error('it is not wanted here');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('no bytes are handed on by threads', async () => {
  const wanted = vi.spyOn(HandingOn.prototype, 'isWanted', 'get');
  const begun = vi.spyOn(HandingOn.prototype, 'begin');
  const { store, trail } = auditTrail(3);
  const scenario = scenarioOf(store, trail);
  const folder = temporaryFolder();
  writeFolder(store, folder, { metadata: true });
  const checker = threadsAtOnce({ threads: 1 });
  const run = (onLog?: () => Promise<void>) =>
    openFolder(folder).then((source) =>
      verifyTrail({
        source,
        targets: scenario.targets,
        keyRing: ringOf(scenario),
        clock: fixedClock(scenario.now),
        checker,
        onLog,
      }),
    );
  expect((await run()).verdict).toBe('VALID');
  expect(new Set(wanted.mock.results.map(({ value }) => value))).toEqual(new Set([false]));
  expect(begun).not.toHaveBeenCalled();
  // The same is seen where they are wanted, or the test would see nothing.
  await run(async () => {});
  expect(begun).toHaveBeenCalled();
  await checker.close();
});

test('DuckDB is not loaded by what needs none of it', async () => {
  stubAwsEnvironment();
  const { store, trail } = auditTrail(2);
  const folder = temporaryFolder();
  const { args } = copyOf(scenarioOf(store, trail), folder);
  for (const command of [
    ['--help'],
    ['verify', ...args, '--output', path.join(folder, 'run'), '--bag'],
    ['query', '--help'],
    ['query', '--list'],
    ['events', '--help'],
    ['events', 'export', '--help'],
  ])
    expect(await runCommand(command)).toMatchObject({ exitCode: 0, error: '' });
  expect(duckdb.loaded).toBe(0);
  const asked = await runCommand(['verify', ...args, '--events', path.join(folder, 'events')]);
  expect(asked).toMatchObject({ exitCode: 2, error: expect.stringContaining('events need DuckDB') });
  expect(duckdb.loaded).toBe(1);
});
