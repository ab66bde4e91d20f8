/** Each function as Trino's documentation has it ("Functions and operators"), with the results that it prints. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MACROS } from '../../src/query/macros.ts';
import { type EventDatabase, eventDatabase } from '../support/event-database.ts';

let events: EventDatabase;
const asked = new Set<string>();

beforeAll(async () => {
  events = await eventDatabase([], Date.parse('2026-11-20T14:02:11Z'));
});
afterAll(() => events.close());

async function answer(expression: string): Promise<unknown> {
  for (const [, name = ''] of expression.toLowerCase().matchAll(/([a-z_0-9]+)\(/g)) asked.add(name);
  const rows = await events.ask(`SELECT ${expression} AS answer`);
  return rows[0]?.answer;
}

const map = (entries: Readonly<Record<string, unknown>>): unknown =>
  Object.entries(entries).map(([key, value]) => ({ key, value }));

describe('functions of Trino', () => {
  test.each<[string, unknown]>([
    // Maps
    ["element_at(MAP(ARRAY['a', 'b'], ARRAY[1, 2]), 'b')", 2],
    ["element_at(MAP(ARRAY['a'], ARRAY[1]), 'c')", null],
    ["element_at(CAST(NULL AS MAP(VARCHAR, VARCHAR)), 'c')", null],
    ["cardinality(MAP(ARRAY['a'], ARRAY[1]))", '1'],
    ["map_keys(MAP(ARRAY['a'], ARRAY[1]))", ['a']],
    // Lists
    ['element_at(ARRAY[1, 2, 3], 2)', 2],
    ['element_at(ARRAY[1, 2, 3], -1)', 3],
    ['element_at(ARRAY[1], 5)', null],
    ['cardinality(ARRAY[1, 2])', '2'],
    ["array_join(ARRAY[1, NULL, 3], ',')", '1,3'],
    ["array_join(ARRAY[1, NULL, 3], ',', '?')", '1,?,3'],
    ['array_distinct(ARRAY[3, 1, 3])', [3, 1]],
    ['array_union(ARRAY[1, 2], ARRAY[2, 3])', [1, 2, 3]],
    ['array_except(ARRAY[1, 2, 1], ARRAY[2])', [1]],
    ['array_intersect(ARRAY[1, 2, 2], ARRAY[2, 3])', [2]],
    ['array_remove(ARRAY[1, 2, 1], 1)', [2]],
    ['array_max(ARRAY[1, 3])', 3],
    ['array_min(ARRAY[1, 3])', 1],
    ['array_sum(ARRAY[1, 3])', '4'],
    ['array_average(ARRAY[1, 2])', 1.5],
    ['arrays_overlap(ARRAY[1, 2], ARRAY[2])', true],
    ['slice(ARRAY[1, 2, 3, 4], 2, 2)', [2, 3]],
    ['slice(ARRAY[1, 2, 3, 4], -2, 2)', [3, 4]],
    ['slice(ARRAY[1, 2, 3, 4], -3, 2)', [2, 3]],
    ['sequence(1, 3)', ['1', '2', '3']],
    ['sequence(3, 1)', ['3', '2', '1']],
    ['sequence(0, 10, 5)', ['0', '5', '10']],
    ['transform(ARRAY[5, 6], x -> x + 1)', [6, 7]],
    ['filter(ARRAY[5, -6, NULL, 7], x -> x > 0)', [5, 7]],
    ['any_match(ARRAY[1, 2], x -> x > 1)', true],
    ['any_match(CAST(ARRAY[] AS ARRAY(INTEGER)), x -> x > 1)', false],
    ['all_match(ARRAY[1, 2], x -> x > 1)', false],
    ['none_match(ARRAY[1, 2], x -> x > 5)', true],
    ["contains(ARRAY['a'], 'a')", true],
    // JSON
    [`json_extract_scalar('{"a": {"b": "c"}}', '$.a.b')`, 'c'],
    [`json_extract_scalar('{"a": 5}', '$.a')`, '5'],
    [`json_extract_scalar('{"a": {"b": "c"}}', '$.a')`, null],
    [`json_extract_scalar('{"a": null}', '$.a')`, null],
    [`json_extract_scalar('{"a b": [7]}', '$["a b"][0]')`, '7'],
    ["json_extract_scalar('no json', '$.a')", null],
    [`json_extract('{"a": ["b"]}', '$.a')`, '["b"]'],
    ["json_extract('no json', '$.a')", null],
    [`CAST(json_extract('{"a": "b"}', '$.a') AS VARCHAR)`, 'b'],
    [`CAST(json_extract('{"a": ["b"]}', '$.a') AS ARRAY(VARCHAR))`, ['b']],
    [`CAST(json_extract('{"a": ["b"]}', '$.a') AS array<varchar>)`, ['b']],
    [`CAST(json_extract('{"a": ["b"]}', '$') AS MAP(VARCHAR, ARRAY(VARCHAR)))`, map({ a: ['b'] })],
    ["json_array_length('[1, 2, 3]')", '3'],
    ["json_array_length('{}')", null],
    ["json_array_length('no json')", null],
    ["json_array_contains('[1, 2, 3]', 2)", true],
    [`json_array_contains('["a"]', 'b')`, false],
    [`json_array_contains('["1"]', 1)`, false],
    [`json_array_get('["a", [3, 9], "c"]', 1)`, '[3,9]'],
    [`json_array_get('["c", [3, 9], "a"]', -1)`, '"a"'],
    [`json_size('{"x": {"a": 1, "b": 2}}', '$.x')`, '2'],
    [`json_size('{"x": [1, 2, 3]}', '$.x')`, '3'],
    [`json_size('{"x": {"a": 1, "b": 2}}', '$.x.a')`, '0'],
    [`json_format(json_parse('{"a": 1}'))`, '{"a":1}'],
    ["is_json_scalar('1')", true],
    ["is_json_scalar('[1, 2, 3]')", false],
    // Times
    ["date_add('second', 86, TIMESTAMP '2020-03-01 00:00:00')", '2020-03-01 00:01:26'],
    ["date_add('hour', 9, TIMESTAMP '2020-03-01 00:00:00')", '2020-03-01 09:00:00'],
    ["date_add('day', -1, TIMESTAMP '2020-03-01 00:00:00 UTC')", '2020-02-29 00:00:00+00'],
    ["date_add('month', 1, TIMESTAMP '2020-01-31 00:00:00')", '2020-02-29 00:00:00'],
    ["date_add('day', -1, now())", '2026-11-19 14:02:11+00'],
    ["date_diff('second', TIMESTAMP '2020-03-01 00:00:00', TIMESTAMP '2020-03-02 00:00:00')", '86400'],
    ["date_diff('day', DATE '2020-03-01', DATE '2020-03-02')", '1'],
    ["date_diff('day', TIMESTAMP '2020-03-01 23:00:00', TIMESTAMP '2020-03-02 01:00:00')", '0'],
    ["date_diff('hour', TIMESTAMP '2020-03-02 00:00:00', TIMESTAMP '2020-03-01 00:00:00')", '-24'],
    ["date_format(TIMESTAMP '2022-10-20 05:10:00', '%m-%d-%Y %H')", '10-20-2022 05'],
    [
      "date_format(TIMESTAMP '2022-10-02 15:04:05', '%M %W %c %e %i %s %T %l %k %%i')",
      'October Sunday 10 2 04 05 15:04:05 3 15 %i',
    ],
    ["date_parse('2022/10/20/05', '%Y/%m/%d/%H')", '2022-10-20 05:00:00'],
    ["date_parse('2022-10-20 05:10:07', '%Y-%m-%d %H:%i:%s')", '2022-10-20 05:10:07'],
    [
      "format_datetime(TIMESTAMP '2022-10-02 15:04:05.678', 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z''')",
      '2022-10-02T15:04:05.678Z',
    ],
    ["format_datetime(TIMESTAMP '2022-10-02 15:04:05', 'EEE, d MMM yyyy h:mm a')", 'Sun, 2 Oct 2022 3:04 PM'],
    ["parse_datetime('1960/01/22 3:04', 'yyyy/MM/dd H:mm')", '1960-01-22 03:04:00+00'],
    ["from_iso8601_timestamp('2020-05-11T11:15:05')", '2020-05-11 11:15:05+00'],
    ["to_unixtime(from_iso8601_timestamp('2020-05-11T11:15:05.055+01:00'))", 1589192105.055],
    ["from_iso8601_date('2020-05-11')", '2020-05-11'],
    ["to_iso8601(from_iso8601_timestamp('2020-05-11T11:15:05Z'))", '2020-05-11T11:15:05.000Z'],
    ["to_iso8601(DATE '2020-05-11')", '2020-05-11'],
    ['from_unixtime(1589195705)', '2020-05-11 11:15:05+00'],
    ["from_unixtime(1589195705, 'UTC')", '2020-05-11 11:15:05+00'],
    ["to_unixtime(TIMESTAMP '2020-05-11 11:15:05')", 1589195705],
    ["at_timezone(TIMESTAMP '2020-05-11 11:15:05 UTC', 'UTC')", '2020-05-11 11:15:05+00'],
    ["with_timezone(TIMESTAMP '2020-05-11 11:15:05', 'UTC')", '2020-05-11 11:15:05+00'],
    ["last_day_of_month(DATE '2023-02-20')", '2023-02-28'],
    ["date_trunc('day', TIMESTAMP '2020-05-11 11:15:05')", '2020-05-11 00:00:00'],
    ["day_of_week(DATE '2026-11-29')", '7'],
    ["dow(DATE '2026-11-30')", '1'],
    ["day_of_month(DATE '2026-11-29')", '29'],
    ["day_of_year(DATE '2026-02-01')", '32'],
    ["doy(DATE '2026-02-01')", '32'],
    ["week_of_year(DATE '2026-01-01')", '1'],
    ["year_of_week(DATE '2027-01-01')", '2026'],
    ["yow(DATE '2027-01-01')", '2026'],
    ["millisecond(TIMESTAMP '2020-05-11 11:15:05.055')", '55'],
    ["extract(YEAR FROM TIMESTAMP '2022-10-20 05:10:00')", '2022'],
    ["EXTRACT(DOW FROM DATE '2026-11-29')", '7'],
    ["extract(day_of_week FROM DATE '2026-11-29')", '7'],
    ['current_timestamp', '2026-11-20 14:02:11+00'],
    ['current_date', '2026-11-20'],
    ['localtimestamp', '2026-11-20 14:02:11'],
    ["current_date - interval '1' day", '2026-11-19 00:00:00'],
    // Texts
    ["concat('a', 'b', 'c')", 'abc'],
    ["concat('a', NULL)", null],
    ['concat(ARRAY[1], ARRAY[2])', [1, 2]],
    ["replace('aba', 'a')", 'b'],
    ["replace('aba', 'a', 'c')", 'cbc'],
    ["split_part('a/b', '/', 2)", 'b'],
    ["split_part('a/b', '/', 9)", null],
    ["split('a.b.c', '.')", ['a', 'b', 'c']],
    ["strpos('abc', 'c')", '3'],
    ["regexp_like('1a 2b 14m', '\\d+b')", true],
    ["regexp_extract('1a 2b 14m', '\\d+')", '1'],
    ["regexp_extract('1a 2b 14m', '(\\d+)([a-z]+)', 2)", 'a'],
    ["regexp_extract('1a', 'x')", null],
    ["regexp_extract_all('1a 2b 14m', '\\d+')", ['1', '2', '14']],
    ["regexp_replace('1a 2b 14m', '\\d+[ab] ')", '14m'],
    ["regexp_replace('1a 2b 14m', '(\\d+)([ab]) ', '3c$2 ')", '3ca 3cb 14m'],
    ["regexp_replace('aXbX', 'x', '', 'i')", 'abX'],
    ["regexp_split('1a 2b 14m', '\\s*[a-z]+\\s*')", ['1', '2', '14', '']],
    ["regexp_count('1a 2b 14m', '\\s*[a-z]+\\s*')", '3'],
    ["levenshtein_distance('apple', 'epplea')", '2'],
    ["hamming_distance('00', '01')", '1'],
    ["codepoint('a')", 97],
    ["normalize('a')", 'a'],
    ["to_hex(to_utf8('a'))", '61'],
    ["from_utf8(from_hex('61'))", 'a'],
    ["to_hex(md5(to_utf8('a')))", '0CC175B9C0F1B6A831C399E269772661'],
    ["to_hex(sha1(to_utf8('a')))", '86F7E437FAA5A7FCE15D1DDCB9EAEAEA377667B8'],
    ["to_hex(sha256(to_utf8('a')))", 'CA978112CA1BBDCAFAC231B39A23DC4DA786EFF8147C4E72B9807785AFEE48BB'],
    ['bitwise_and(6, 3)', 2],
    ['bitwise_or(6, 3)', 7],
    ['rand() < 1', true],
    ["if(1 > 2, 'a')", null],
    ["if(1 < 2, 'a', 'b')", 'a'],
    ["try(CAST('x' AS INTEGER))", null],
    ["try_cast('x' AS INTEGER)", null],
    // URLs
    ["url_extract_protocol('https://u@a.example:8080/c/d?x=1&y=a%20b#f')", 'https'],
    ["url_extract_host('https://u@a.example:8080/c/d?x=1')", 'a.example'],
    ["url_extract_host('/no/host')", ''],
    ["url_extract_port('https://a.example:8080/c')", '8080'],
    ["url_extract_port('https://a.example/c')", null],
    ["url_extract_path('https://a.example/c/d?x=1#f')", '/c/d'],
    ["url_extract_path('https://a.example')", ''],
    ["url_extract_query('https://a.example/c?x=1&y=2#f')", 'x=1&y=2'],
    ["url_extract_fragment('https://a.example/c#f')", 'f'],
    ["url_extract_parameter('https://a.example/?x=1&y=a%20b', 'y')", 'a b'],
    ["url_extract_parameter('https://a.example/?x=1', 'y')", null],
  ])('%s', async (expression, expected) => {
    expect(await answer(expression)).toEqual(expected);
  });

  test('aggregates', async () => {
    const from = "FROM (VALUES (1, 'b'), (2, 'a'), (2, 'a')) AS t (x, y)";
    const aggregates = {
      'approx_distinct(x)': '2',
      'approx_distinct(x, 0.01)': '2',
      'approx_distinct(x) FILTER (WHERE x > 1)': '1',
      'approx_percentile(x, 0.5)': 2,
      'cardinality(set_agg(x))': '2',
      'every(x > 0)': true,
      "LISTAGG(y, ',') WITHIN GROUP (ORDER BY y)": 'a,a,b',
      'arbitrary(x) > 0': true,
      'count_if(x > 1)': '2',
      'max_by(y, x)': 'a',
    };
    for (const [expression, expected] of Object.entries(aggregates)) {
      const rows = await events.ask(`SELECT ${expression} AS answer ${from}`);
      expect(rows, expression).toEqual([{ answer: expected }]);
      for (const [, name = ''] of expression.toLowerCase().matchAll(/([a-z_0-9]+)\(/g)) asked.add(name);
    }
    const rows = await events.ask(
      "SELECT map_agg(x, y) AS answer FROM (VALUES (1, 'b'), (2, 'a')) AS t (x, y)",
    );
    expect(rows).toEqual([
      {
        answer: [
          { key: 1, value: 'b' },
          { key: 2, value: 'a' },
        ],
      },
    ]);
    asked.add('map_agg');
  });

  test('an unknown unit is an error that names it', async () => {
    await expect(answer("date_add('fortnight', 1, now())")).rejects.toThrow('fortnight');
  });

  test('what DuckDB writes with arrows still means JSON', async () => {
    expect(await answer(`'{"a": {"b": 1}}'::JSON -> 'a' ->> '$.b'`)).toBe('1');
  });

  test('each macro was asked, here or in the test of what Trino answers otherwise', () => {
    const other = readFileSync(new URL('trino.test.ts', import.meta.url), 'utf8').toLowerCase();
    for (const [, name = ''] of other.matchAll(/([a-z_0-9]+)\(/g)) asked.add(name);
    asked.add('json_extract_or_null');
    const ours = MACROS.map(({ name }) => name).filter((name) => !name.startsWith('trino_'));
    expect(ours.filter((name) => !asked.has(name))).toEqual([]);
  });
});
