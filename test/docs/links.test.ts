import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, ROOT, textOf, withoutCode } from './pages.ts';

/** The anchors that GitHub makes of a page's headings. */
function anchorsOf(page: string): readonly string[] {
  const headings = withoutCode(textOf(page)).matchAll(/^#{1,6} (.+)$/gm);
  const seen = new Map<string, number>();
  return [...headings].map(([, heading = '']) => {
    const words = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .trim()
      .toLowerCase();
    const anchor = words.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
}

/** The links of a page that lead to this repository, without those in code. */
function linksOf(page: string): readonly string[] {
  const prose = withoutCode(textOf(page)).replaceAll(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

test('there are pages, and links in them', () => {
  expect(PAGES).toContain('README.md');
  expect(PAGES).toContain('docs/decisions/README.md');
  expect(linksOf('README.md').length).toBeGreaterThan(10);
});

test.each(PAGES)('every link of %s leads to a file and a heading that are there', (page) => {
  const broken = linksOf(page).filter((link) => {
    const [file = '', anchor] = link.split('#');
    const to = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
    if (!existsSync(path.join(ROOT, to))) return true;
    return anchor !== undefined && !(PAGES.includes(to) && anchorsOf(to).includes(anchor));
  });
  expect(broken).toEqual([]);
});

test.each(['docs', 'docs/decisions'])('the index of %s names each of its pages', (folder) => {
  const linked = linksOf(`${folder}/README.md`);
  const pages = PAGES.filter((page) => path.posix.dirname(page) === folder).map((page) =>
    path.posix.basename(page),
  );
  expect(pages.filter((page) => page !== 'README.md' && !linked.includes(page))).toEqual([]);
});

test('the package has every page that the README leads to in docs', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  expect(linksOf('README.md').some((link) => link.startsWith('docs/'))).toBe(true);
  expect(manifest.files).toContain('docs');
});
