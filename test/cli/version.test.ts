/** `version`: which program this is. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { commitOf } from '../../build/commit.ts';
import { VERSION } from '../../src/base/version.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { builtPackage, startBuilt, useBuiltCommand } from '../support/built-command.ts';
import { runCommand } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

useBuiltCommand();

const MACHINE = {
  name: 'trail-verify',
  version: VERSION,
  node: process.versions.node,
  openssl: process.versions.openssl,
  platform: `${process.platform}-${process.arch}`,
};

test('of modules', async () => {
  const { exitCode, out } = await runCommand(['version', '--format', 'json']);
  expect(exitCode).toBe(0);
  const own = { origin: 'modules', commit: null, buildDigest: null, files: [] };
  expect(JSON.parse(out)).toMatchObject({ ...MACHINE, ...own });
  const text = (await runCommand(['version'])).out;
  expect(text).toMatch(
    new RegExp(`^trail-verify ${VERSION}\n {2}commit {5}unknown\n {2}node {7}${process.versions.node}\n`),
  );
});

test('of the bundle: its files with their SHA-256, and the one of them all', async () => {
  const { ended } = await startBuilt(['version', '--format', 'json'], temporaryFolder(), {
    TRAIL_VERIFY_NATIVE: '0',
  });
  const { code, out, error } = await ended;
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const folder = path.join(builtPackage(), 'dist/command');
  const files = readdirSync(folder)
    .sort()
    .map((name) => ({ name, sha256: sha256(readFileSync(path.join(folder, name))) }));
  const list = files.map(({ name, sha256: digest }) => `${digest}  ./${name}\n`).join('');
  const { commit } = JSON.parse(readFileSync(path.join(folder, 'packages.json'), 'utf8'));
  const own = { origin: 'bundle', native: false, commit, files, buildDigest: sha256(Buffer.from(list)) };
  expect(JSON.parse(out)).toEqual({ ...MACHINE, ...own });
});

test('a build names its commit, but for changed sources, and nothing outside git', () => {
  const folder = temporaryFolder();
  const git = (...args: readonly string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-C', folder, ...args],
      {
        encoding: 'utf8',
      },
    ).trim();
  mkdirSync(path.join(folder, 'src'));
  writeFileSync(path.join(folder, 'src/a.ts'), '1');
  expect(commitOf(folder)).toBeNull();
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  expect(commitOf(folder)).toBe(git('rev-parse', 'HEAD'));
  // A packed file that was unpacked in it is none of its commits.
  expect(commitOf(path.join(folder, 'src'))).toBeNull();
  writeFileSync(path.join(folder, 'notes.txt'), '1');
  expect(commitOf(folder)).toBe(git('rev-parse', 'HEAD'));
  writeFileSync(path.join(folder, 'src/a.ts'), '2');
  expect(commitOf(folder)).toBeNull();
});
