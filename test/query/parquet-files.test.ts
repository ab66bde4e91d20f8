import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sqlText } from '../../src/events/columns.ts';
import { type Database, openDatabase } from '../../src/events/database.ts';
import { exactPattern, exportRows } from '../../src/query/parquet-files.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let database: Database;
beforeEach(async () => {
  database = await openDatabase({ memory: 256 * 1024 ** 2 });
});
afterEach(() => database.close());

/** A file of one row in the folders of an account. */
async function fileOf(account: string): Promise<string> {
  const folder = path.join(temporaryFolder(), `account=${account}/region=eu-west-1/day=2026-11-20`);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'part-000001.parquet');
  await database.run(`COPY (SELECT 'x' AS eventname) TO ${sqlText(file)} (FORMAT parquet)`);
  return file;
}

test('a condition on a folder opens no file that it leaves out', async () => {
  const files = [await fileOf('111122223333'), await fileOf('444455556666')];
  await database.run(`CREATE VIEW events AS ${exportRows(['eventname'], files)}`);
  const planOf = async (account: string): Promise<string> =>
    JSON.stringify(await database.rows(`EXPLAIN SELECT * FROM events WHERE account = '${account}'`));
  expect(await planOf('444455556666')).toContain('Scanning Files: 1/2');
  expect(await planOf('999999999999')).toContain('Scanning Files: 0/2');
  expect(await database.rows('SELECT account, region, day::VARCHAR AS day FROM events ORDER BY 1')).toEqual([
    { account: '111122223333', region: 'eu-west-1', day: '2026-11-20' },
    { account: '444455556666', region: 'eu-west-1', day: '2026-11-20' },
  ]);
});

test.each([
  ['/plain/a=b/x.parquet', '/plain/a=b/x.parquet'],
  ['/run[12]/x.parquet', '/run[[]12]/x.parquet'],
  ['/*/?/x.parquet', '/[*]/[?]/x.parquet'],
  ['C:\\plain\\x.parquet', 'C:\\plain\\x.parquet'],
])('the pattern of %s is %s', (file, pattern) => {
  expect(exactPattern(file)).toBe(pattern);
});
