import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';

/** One package of which the bundle has a part. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its package.json names it (SPDX). */
  readonly licence: string;
  /** Its licence, and its notices if it has any; empty for a package that brings neither. */
  readonly text: string;
}

const PACKAGE = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//;
const TEXTS = /^(?:licen[sc]e|copying|notice|copyrightnotice)(?:\.(?:md|txt))?$/i;

/** The name of the package that a file of the bundle comes from; undefined for one of this package. */
export function packageOf(file: string): string | undefined {
  return PACKAGE.exec(file)?.[2];
}

/** The packages of which files are in the bundle, by name; `root` is where its metafile's names begin. */
export function bundledPackages(metafiles: readonly Metafile[], root: string): readonly BundledPackage[] {
  const folders = new Set<string>();
  for (const { outputs } of metafiles) {
    for (const { inputs } of Object.values(outputs)) {
      for (const file of Object.keys(inputs)) {
        const [, folder] = PACKAGE.exec(file) ?? [];
        if (folder !== undefined) folders.add(path.join(root, folder));
      }
    }
  }
  const packages = [...folders].map(readPackage);
  return packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

function readPackage(folder: string): BundledPackage {
  // Of an installed package, and each field is checked.
  const { name, version, license }: Readonly<Record<string, unknown>> = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  );
  if (typeof name !== 'string' || typeof version !== 'string' || typeof license !== 'string')
    throw new Error(`${folder} does not say what it is and under which licence`);
  const files = readdirSync(folder).filter((file) => TEXTS.test(file));
  const texts = files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  return { name, version, licence: license, text: texts.join('\n\n') };
}

/** The licences of the packages, each text once. Throws where one has neither a text nor the licence of one that has. */
export function licenceTexts(packages: readonly BundledPackage[]): string {
  const groups = new Map<string, BundledPackage[]>();
  for (const one of packages) {
    const like = packages.find(({ licence, text }) => licence === one.licence && text !== '');
    const text = one.text === '' ? like?.text : one.text;
    if (text === undefined) throw new Error(`${one.name} brings no licence`);
    groups.set(text, [...(groups.get(text) ?? []), one]);
  }
  const sections = [...groups].map(([text, members]) => {
    const names = members.map(({ name, version, licence }) => `${name} ${version} (${licence})`);
    return `${'='.repeat(78)}\n${names.join('\n')}\n${'-'.repeat(78)}\n\n${text}\n`;
  });
  return `The files in this folder hold parts of these packages, under the licences that follow.\n\n${sections.join('\n')}`;
}
