/** The Markdown pages of the repository, for the tests that hold them to what they say. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support/yaml-scripts.ts';

export { ROOT };

/** Folders that hold no page of the project: installed, built, measured, or what a command must print. */
const PASSED_OVER = /^(?:node_modules|dist|coverage|golden|copy|\..*)$/;

function pagesBelow(folder: string): readonly string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return PASSED_OVER.test(entry.name) ? [] : pagesBelow(name);
    return entry.name.endsWith('.md') ? [name] : [];
  });
}

/** Every page by its path in the repository. */
export const PAGES: readonly string[] = [...pagesBelow('.')].sort();

/** The text of a page. */
export function textOf(page: string): string {
  return readFileSync(path.join(ROOT, page), 'utf8');
}

/** A page without its blocks of code. */
export function withoutCode(text: string): string {
  return text.replaceAll(/^```[^\n]*\n[\s\S]*?^```$/gm, '');
}

/** A page without its blocks of code and without what is generated from elsewhere. */
export function proseOf(page: string): string {
  return withoutCode(textOf(page)).replaceAll(/<!-- (\w+):begin[\s\S]*?<!-- \1:end -->/g, '');
}

/** The command lines in the blocks for a shell, one a line, in their order. */
export function commandsOf(page: string): readonly string[] {
  return [...textOf(page).matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** The words of a command line as a shell would cut them; the pages use double quotes and nothing else of its grammar. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
