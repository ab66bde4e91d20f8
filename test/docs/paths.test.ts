import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ROOMS } from '../law/rooms.ts';
import { PAGES, ROOT, textOf, withoutCode } from './pages.ts';

const GUIDES = PAGES.filter((page) => page === 'ARCHITECTURE.md' || page.startsWith('docs/decisions/'));
/** Names in backticks that are files or folders: with a slash behind them, or with the ending of a file of this repository. */
const PLACE = /^(?:[\w@.*-]+\/)*[\w@.*-]+(?:\/|\.(?:ts|mjs|js|md|c|h|sh|json|yml))$/;
/** What is made by a build or a run. */
const MADE = /^(?:dist\/|\.scratch\/|node_modules\/|report\.json$|packages\.json$|VERIFY\.md$)/;

function placesOf(page: string): readonly string[] {
  const names = [...withoutCode(textOf(page)).matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
  return names.filter((name) => PLACE.test(name) && !MADE.test(name));
}

/** Whether a place is there, from the root or from `src`; a star stands for some file at least. */
function isThere(place: string): boolean {
  return ['', 'src'].some((from) => {
    const whole = path.join(ROOT, from, place);
    if (!place.includes('*')) return existsSync(whole);
    const [before = '', after = ''] = path.basename(whole).split('*');
    const folder = path.dirname(whole);
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names.some((name) => name.startsWith(before) && name.endsWith(after));
  });
}

test.each(GUIDES)('every file and folder that %s names is there', (page) => {
  expect(placesOf(page).filter((place) => !isThere(place))).toEqual([]);
});

test.each(PAGES.filter((page) => !GUIDES.includes(page)))(
  'every path from the root in %s is there',
  (page) => {
    const roots = /^(?:src|test|bench|build|native|fixtures|examples|docs|keys)\//;
    const places = placesOf(page).filter((place) => roots.test(place));
    expect(places.filter((place) => !existsSync(path.join(ROOT, place)))).toEqual([]);
  },
);

test('the guide has every room in its table, in the order of the import law', () => {
  const rows = [...textOf('ARCHITECTURE.md').matchAll(/^\| `(\w+)\/`/gm)].map(([, name = '']) => name);
  const folders = new Set(readdirSync(path.join(ROOT, 'src')).filter((name) => !name.includes('.')));
  const rooms = ROOMS.filter(({ name, files }) => files === undefined && !name.includes('/'));
  expect(rows).toEqual(rooms.map(({ name }) => name).filter((name) => folders.has(name)));
});

test('the route of one log file has at most ten files, each of which imports another or is imported by it', () => {
  const [, route = ''] =
    /^## The route of one log file\n([\s\S]*?)^## /m.exec(textOf('ARCHITECTURE.md')) ?? [];
  const files = [...route.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(5);
  expect(files.length).toBeLessThanOrEqual(10);
  const imports = (from: string, to: string): boolean => {
    const name = path.posix.relative(path.posix.dirname(from), to);
    const text = readFileSync(path.join(ROOT, 'src', from), 'utf8');
    return text.includes(`'${name.startsWith('.') ? name : `./${name}`}'`);
  };
  const loose = files.filter((file) => !files.some((other) => imports(other, file) || imports(file, other)));
  expect(loose).toEqual([]);
});
