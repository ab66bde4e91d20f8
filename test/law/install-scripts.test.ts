/** What npm runs as it installs this package: nothing, and nothing that fetches more than the registry gives. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/yaml-scripts.ts';

interface Locked {
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly resolved?: string;
}

const { packages }: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8'),
);
const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(path.join(ROOT, 'package.json'), 'utf8'),
);

test('no package that users get has a script that runs as it is installed', () => {
  const withScript = Object.entries(packages).filter(([, locked]) => locked.hasInstallScript === true);
  expect(withScript.filter(([, { dev }]) => dev !== true).map(([name]) => name)).toEqual([]);
  // The script of one checks the program that came with it, and that of the other looks for a part that it can do without. Neither
  // is needed: prepare installs without scripts.
  expect(withScript.map(([name]) => name)).toEqual(['node_modules/esbuild', 'node_modules/msgpackr-extract']);
});

test('ours has none but prepare, which npm runs for a git URL alone and which runs no script of others', () => {
  const own = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];
  expect(own.filter((name) => name in scripts)).toEqual(['prepare']);
  expect(scripts.prepare).toBe('node build/prepare.mjs');
  const prepare = readFileSync(path.join(ROOT, 'build/prepare.mjs'), 'utf8');
  // All that it starts.
  const started = [...prepare.matchAll(/\brun\('([^']*)'\)/g)].map(([, line = '']) => line);
  expect(started).toEqual([expect.stringMatching(/^npm ci --ignore-scripts /), 'npm run build']);
  expect(prepare.match(/spawn|exec|fork|fetch\(|node:https?|import\(/g)).toEqual(['spawn', 'spawn']);
});

test('every package comes from the registry, and none from a place of its own', () => {
  const others = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
  expect(others).toEqual([]);
  expect(Object.keys(packages).length).toBeGreaterThan(100);
});
