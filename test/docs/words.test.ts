import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, proseOf, ROOT, textOf } from './pages.ts';

/** Every page but the history of changes, which says what was so. */
const PLAIN = PAGES.filter((page) => page !== 'CHANGELOG.md');
/** Words that readers of English as a second language stumble over, or that mean several things here. */
const AVOIDED = /\b(?:bears?|borne|vouche[sd]|vouch|told|whoever|anew|beside|strange|strays?|hearsay)\b/gi;
const MOST_WORDS = 20;
/** Rooms of `src` whose comments, messages and names avoid these words and some more; the list grows to all rooms. */
const PLAIN_ROOMS = [
  'activity',
  'aws',
  'bag',
  'base',
  'checking',
  'cli',
  'copy',
  'crypto',
  'digest',
  'doctor',
  'door',
  'events',
  'findings',
  'hashing',
  'pki',
  'proof',
  'query',
  'render',
  'report',
  'scale',
  'signed',
  'source',
  'walking',
];
/** Words of the source that stood for "is", "say" or "report". */
const AVOIDED_IN_SOURCE = /\b(?:tells?|stands|lies|vouching)\b/gi;

/** The sentences of a page, by paragraph, item and cell; what a colon or semicolon parts counts as two. */
function sentencesOf(page: string): readonly string[] {
  const blocks = proseOf(page).split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) |[|#])/);
  const texts = blocks.flatMap((block) => (block.startsWith('|') ? block.split('|') : [block]));
  return texts.flatMap((text) =>
    text
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/`[^`]*`/g, 'X')
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .split(/(?<=[.!?:;])\**\s+/),
  );
}

function wordCount(sentence: string): number {
  return sentence.split(' ').filter((word) => /\w/.test(word)).length;
}

test.each(PLAIN)('%s is in plain words', (page) => {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, '');
  expect(prose.match(AVOIDED) ?? []).toEqual([]);
});

test.each(PLAIN_ROOMS)('src/%s is in plain words', (room) => {
  const files = readdirSync(path.join(ROOT, 'src', room), { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts'),
  );
  expect(files).not.toEqual([]);
  const found = files.flatMap((file) => {
    const text = textOf(path.join('src', room, file));
    return [...text.matchAll(AVOIDED), ...text.matchAll(AVOIDED_IN_SOURCE)].map(
      ([word]) => `${file}: ${word}`,
    );
  });
  expect(found).toEqual([]);
});

test.each(PLAIN)('%s has short sentences', (page) => {
  expect(sentencesOf(page).filter((sentence) => wordCount(sentence) > MOST_WORDS)).toEqual([]);
});

test('a long sentence is seen', () => {
  expect(wordCount('One two `three`, four - five.')).toBe(5);
  expect(Math.max(...sentencesOf('README.md').map(wordCount))).toBeGreaterThan(15);
});

test('the README fits on a few screens, and the guide to the source too', () => {
  expect(textOf('README.md').split('\n').length - 1).toBeLessThanOrEqual(150);
  expect(textOf('ARCHITECTURE.md').split('\n').length - 1).toBeLessThanOrEqual(90);
});
