/** Pages of a service that may be anybody's: what leads on, and what ends. */
import { describe, expect, test } from 'vitest';
import { NOT_UNDERSTOOD, type Page, type PageRefusal, readPages } from '../../src/aws/network/pages.ts';

const BOUNDS = { mostEmpty: 5, mostRepeats: 2 };

/** Reads these pages; behind the last one it is the last again. */
async function read(given: readonly (Page<number> | PageRefusal)[], bounds = BOUNDS) {
  const asked: (string | undefined)[] = [];
  const rows: number[] = [];
  const refused = await readPages<number>(
    async (token) => {
      asked.push(token);
      return given[Math.min(asked.length, given.length) - 1] ?? { refusal: 'no page' };
    },
    async (page) => {
      rows.push(...page);
    },
    bounds,
  );
  return { asked, rows, refused };
}

const page = (rows: readonly number[], token?: unknown, isEmpty = rows.length === 0): Page<number> => ({
  rows,
  token,
  isEmpty,
});

test('pages are asked for by the token of the one before', async () => {
  const { asked, rows, refused } = await read([page([1], 'a'), page([], 'b'), page([2, 3], null)]);
  expect(asked).toEqual([undefined, 'a', 'b']);
  expect(rows).toEqual([1, 2, 3]);
  expect(refused).toBeUndefined();
});

test('a refusal ends it, as it is', async () => {
  const refusal = { refusal: 'no', hint: 'ask better' };
  const { rows, refused } = await read([page([1], 'a'), refusal]);
  expect([rows, refused]).toEqual([[1], refusal]);
});

test('what onPage throws is thrown', async () => {
  const asked = readPages(
    async () => page([1]),
    async () => {
      throw new Error('enough');
    },
    BOUNDS,
  );
  await expect(asked).rejects.toThrow('enough');
});

test.each([[5], [''], [{}], [[]], [true], [false], [0]])('a token %j is none', async (token) => {
  const { asked, rows, refused } = await read([page([1], token)]);
  expect([asked.length, rows, refused]).toEqual([1, [1], { refusal: NOT_UNDERSTOOD }]);
});

test('a token has 64 KiB at most, so that no server fills the memory with them', async () => {
  const long = 'a'.repeat(64 * 1024);
  const { rows, refused } = await read([page([1], long), page([2], `${long}b`)]);
  expect(rows).toEqual([1, 2]);
  expect(refused).toEqual({ refusal: `${NOT_UNDERSTOOD}: its token for the next page has 65537 characters` });
});

test('the tokens of a hundred thousand pages take little memory', { timeout: 60_000 }, async () => {
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  let count = 0;
  await readPages<number>(
    async () => {
      count += 1;
      return page([count], count < 100_000 ? `${count} ${'a'.repeat(4000)}` : undefined);
    },
    async () => {
      if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
    },
    BOUNDS,
  );
  expect(count).toBe(100_000);
  // The tokens themselves are 400 MB.
  expect(most).toBeLessThan(200 * 1024 * 1024);
});

describe('a token that comes again', () => {
  const again = { refusal: 'it gave the same page again' };

  test('is asked with again while the page is empty', async () => {
    const { asked, rows, refused } = await read([page([], 'a'), page([], 'a'), page([], 'a'), page([1])]);
    expect(asked).toEqual([undefined, 'a', 'a', 'a']);
    expect([rows, refused]).toEqual([[1], undefined]);
  });

  test('is refused after so many times', async () => {
    const { asked, refused } = await read([page([], 'a')]);
    expect(asked).toEqual([undefined, 'a', 'a', 'a']);
    expect(refused).toEqual(again);
  });

  test('is refused where it may not', async () => {
    const { asked, refused } = await read([page([], 'a')], { ...BOUNDS, mostRepeats: 0 });
    expect([asked, refused]).toEqual([[undefined, 'a'], again]);
  });

  test.each([
    ['with rows', [page([1], 'a'), page([2], 'a')]],
    ['with rows that were not asked for', [page([], 'a'), page([], 'a', false)]],
    ['after another', [page([], 'a'), page([], 'b'), page([], 'a')]],
  ])('is refused %s', async (_, given) => {
    const { asked, refused } = await read(given);
    expect([asked.length, refused]).toEqual([given.length, again]);
  });
});

test('empty pages end, however new their tokens are', async () => {
  let count = 0;
  const refused = await readPages<number>(
    async () => {
      count += 1;
      return page([], String(count));
    },
    async () => {},
    BOUNDS,
  );
  expect([count, refused]).toEqual([5, { refusal: 'it gave empty pages without an end' }]);
});
