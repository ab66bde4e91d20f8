import { expect, test } from 'vitest';
import { CATALOGUE, FINDING_CODES, wasInterrupted } from '../../src/findings/catalogue.ts';
import { makeFinding, RULES, verdictOf } from '../../src/findings/finding.ts';

const object = { bucket: 'b', key: 'k', uri: 's3://b/k' };
const removed = (evidence: { expected?: string; mayHaveExpiredBy?: string }) =>
  makeFinding('DIGEST_REMOVED', { object }, evidence).weight;

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
});

const ORDER = ['note', 'unproven', 'violation'];

test.each(FINDING_CODES)('%s has words for each weight that it may have besides the usual one', (code) => {
  const { weight } = RULES[code];
  const [usual, ...others] = typeof weight === 'string' ? [weight] : weight;
  const { heavier, lighter } = CATALOGUE[code];
  expect(CATALOGUE[code].weight).toBe(usual);
  const than = (other: string) => ORDER.indexOf(other) - ORDER.indexOf(usual);
  expect(heavier !== undefined).toBe(others.some((other) => than(other) > 0));
  expect(lighter !== undefined).toBe(others.some((other) => than(other) < 0));
});

test('a finding has the usual weight of its code, and its fields in the order of a report', () => {
  const about = { text: '', time: '2026-11-20T01:01:31Z', chain: 'c', object, weight: 'note' };
  const made = makeFinding('OBJECT_TWICE', about, { other: 'k2' });
  expect(JSON.stringify(made)).toBe(
    JSON.stringify({
      code: 'OBJECT_TWICE',
      weight: 'unproven',
      object,
      chain: 'c',
      time: about.time,
      evidence: { other: 'k2' },
    }),
  );
});

test('where nobody but its maker knows the weight of a finding, the maker says it', () => {
  const evidence = { basis: 'scope' } as const;
  expect(makeFinding('CHAIN_ABSENT', { object }, evidence).weight).toBe('unproven');
  expect(makeFinding('CHAIN_ABSENT', { object }, evidence, 'violation').weight).toBe('violation');
  // @ts-expect-error: it is never a note.
  makeFinding('CHAIN_ABSENT', { object }, evidence, 'note');
  // @ts-expect-error: its weight is settled.
  makeFinding('OBJECT_TWICE', { object }, { other: 'k2' }, 'unproven');
  // @ts-expect-error: its evidence decides.
  makeFinding('DIGEST_REMOVED', { object }, {}, 'unproven');
});

test('evidence that is enough to weigh a finding decides its weight', () => {
  const key = { fingerprint: 'aa', region: 'eu-west-1' };
  const unknown = (ringComplete: boolean) =>
    makeFinding('DIGEST_KEY_UNKNOWN', { object }, { ...key, ringComplete }).weight;
  expect([unknown(true), unknown(false)]).toEqual(['violation', 'unproven']);
  expect(removed({})).toBe('unproven');
  expect(removed({ expected: 'aa' })).toBe('violation');
  expect(removed({ expected: 'aa', mayHaveExpiredBy: '' })).toBe('unproven');
  const counts = { digestsBefore: 2, logsBefore: 2, logsNow: 1, day: '2026-11-20', checkpoint: 'aa' };
  const shrunk = (digestsNow: number) =>
    makeFinding('LISTING_SHRUNK', { object }, { ...counts, digestsNow }).weight;
  expect([shrunk(1), shrunk(2)]).toEqual(['violation', 'unproven']);
});

test('a finding says that the run ended early, or none does', () => {
  expect(wasInterrupted([{ code: 'NOTHING_VERIFIED' }, { code: 'RUN_INTERRUPTED' }])).toBe(true);
  expect(wasInterrupted([{ code: 'NOTHING_VERIFIED' }])).toBe(false);
});
