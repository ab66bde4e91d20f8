import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/findings/catalogue.ts';
import { verdictOf } from '../../src/findings/finding.ts';

test('the verdict is the heaviest weight', () => {
  expect(verdictOf([])).toBe('VALID');
  expect(verdictOf(['note', 'note'])).toBe('VALID');
  expect(verdictOf(['note', 'unproven', 'note'])).toBe('INCONCLUSIVE');
  expect(verdictOf(['unproven', 'violation', 'unproven'])).toBe('INVALID');
});

test('the verdict asks for no more weights once it cannot change', () => {
  const weights = (function* () {
    yield 'violation' as const;
    throw new Error('asked for more');
  })();
  expect(verdictOf(weights)).toBe('INVALID');
});

test.each(Object.entries(CATALOGUE))('%s is told in whole sentences', (code, entry) => {
  expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)+$/);
  expect(entry.title).toMatch(/^[a-z]/);
  expect(entry.title).not.toMatch(/\.$/);
  for (const text of [entry.meaning, entry.advice]) expect(text).toMatch(/^[A-Z].*\.$/s);
  // What is a violation already cannot become a heavier one, nor a note a lighter one.
  if (entry.weight === 'violation') expect(entry.heavier).toBeUndefined();
  if (entry.weight === 'note') expect(entry.lighter).toBeUndefined();
});
