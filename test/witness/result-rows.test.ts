/** Result files of CloudTrail Lake: CSV in pieces, and what is none. */
import { describe, expect, test } from 'vitest';
import { resultRows } from '../../src/witness/result-rows.ts';

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(file: string | Uint8Array, size = 1 << 20): Promise<readonly (readonly string[])[]> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  const rows: string[][] = [];
  for await (const row of resultRows(piecesOf(bytes, size), 'result_1.csv.gz')) rows.push([...row.values()]);
  return rows;
}

const FILE = 'eventID,"eventJson"\r\na,"{""x"":""y,\nz""}"\n\n"b",\n"",ä€😀\r\n"c",""';
const ROWS = [
  ['a', '{"x":"y,\nz"}'],
  ['b', ''],
  ['', 'ä€😀'],
  ['c', ''],
];

describe('rows', () => {
  test.each([1, 2, 3, 5, 7, 1000])('are the same in pieces of %i bytes', async (size) => {
    expect(await read(FILE, size)).toEqual(ROWS);
  });

  test('have the names of the columns in lower case', async () => {
    for await (const row of resultRows(piecesOf(Buffer.from(FILE), 4), 'x')) {
      expect([...row.keys()]).toEqual(['eventid', 'eventjson']);
    }
  });

  test('a file of nothing, or of names alone, has none', async () => {
    expect(await read('')).toEqual([]);
    expect(await read('a,b\n')).toEqual([]);
  });

  test.each([
    ['a,b\n1\n', 'has a row of 1 fields below 2 names'],
    ['a\n"x', 'ends within a quoted field'],
    ['a\n"x"y\n', 'has text behind a quoted field'],
    ['a\nx"y\n', 'has a quotation mark within a field'],
    [`${'a,'.repeat(1001)}\n`, 'has more than 1000 columns'],
    [Buffer.from([0x61, 0x0a, 0xff, 0x0a]), 'is no UTF-8'],
    [Buffer.from([0x61, 0x0a, 0xc3]), 'is no UTF-8'],
    [`a\n"${'x'.repeat((4 << 20) + 1)}"\n`, 'has a field of more than 4194304 characters'],
  ])('%.20j is refused', async (file, words) => {
    await expect(read(file)).rejects.toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: `result_1.csv.gz ${words}`,
    });
  });
});
