/**
 * What Containerfile makes, without an engine for containers: the files that it copies, in a folder that nobody may write to, run by
 * a user whom the system does not know and who has no home folder.
 */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtPackage, useBuiltCommand } from './support/built-command.ts';
import { CLOCK_VARIABLES } from './support/faked-clock.ts';
import { ROOT } from './support/yaml-scripts.ts';

/** No user of any system. */
const NOBODY = 54_321;
const REFUSAL = process.getuid?.() === 0 ? undefined : 'only root can start a process as another user';
if (REFUSAL !== undefined) console.log(`tests of a container's user are skipped: ${REFUSAL}`);

useBuiltCommand();

describe.skipIf(REFUSAL !== undefined)('the image, read-only and without a home folder', () => {
  let base: string;
  let image: string;
  let reports: string;
  let work: string;

  beforeAll(() => {
    base = mkdtempSync(path.join(tmpdir(), 'trail-verify-image-'));
    chmodSync(base, 0o755);
    [image = '', reports = '', work = ''] = ['image', 'reports', 'work'].map((name) => path.join(base, name));
    for (const name of [image, reports, work]) mkdirSync(name);
    const copied = readFileSync(`${ROOT}Containerfile`, 'utf8').matchAll(/^COPY --from=build (.+) (\S+)$/gm);
    for (const [, from = '', to = ''] of copied)
      for (const source of from.split(' ')) {
        const name = source.replace('/build/', '');
        const place = to.replace('/opt/trail-verify', image);
        const isFolder = to.endsWith('/');
        const built = name === 'dist/command' ? path.join(builtPackage(), name) : `${ROOT}${name}`;
        cpSync(built, isFolder ? path.join(place, path.basename(name)) : place, { recursive: true });
      }
    cpSync(`${ROOT}fixtures/tampered/copy`, path.join(work, 'copy'), { recursive: true });
    cpSync(`${ROOT}fixtures/keys/public-keys.jsonl`, path.join(work, 'keys.jsonl'));
    for (const folder of [image, work]) spawnSync('chmod', ['-R', 'a+rX,a-w', folder]);
    chmodSync(reports, 0o777);
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  function run(...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [path.join(image, 'bin/trail-verify.js'), ...args],
      {
        cwd: work,
        uid: NOBODY,
        gid: NOBODY,
        env: { ...CLOCK_VARIABLES, PATH: process.env.PATH },
        encoding: 'utf8',
      },
    );
    return { code: status, out: stdout, error: stderr };
  }

  const VERIFY = ['verify', 'copy', '--keys', 'keys.jsonl', '--now', '2026-10-05T20:00:00Z'];

  test('has its version and its help', () => {
    expect(run('version')).toMatchObject({ code: 0, error: '' });
    expect(run('--help')).toMatchObject({ code: 0, error: '' });
  });

  test('verifies into a folder that is mounted, unsigned, and says so in one line', () => {
    const output = path.join(reports, 'run');
    const { code, out, error } = run(...VERIFY, '--output', output, '--also', 'html');
    expect(code).toBe(1);
    expect(error).toMatch(/^warning: [^\n]*not signed[^\n]*\n$/);
    expect(out).toMatch(/^INVALID: /);
    expect(readdirSync(output).sort()).toEqual(['inventory.jsonl.gz', 'report.html', 'report.json']);
  });

  test('says which folder it may not write to, before any work', () => {
    const { code, out, error } = run(...VERIFY);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(
      /^warning: [^\n]*\ntrail-verify: output folder [^\n]*work[^\n]* cannot be made\nhint: [^\n]*--output\n$/,
    );
  });

  test('verifies without writing anything', () => {
    expect(run(...VERIFY, '--no-report')).toMatchObject({ code: 1, error: '' });
    expect(existsSync(path.join(work, 'copy'))).toBe(true);
    expect(readdirSync(work).sort()).toEqual(['copy', 'keys.jsonl']);
  });
});
