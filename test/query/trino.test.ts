/** Where DuckDB and Trino answer otherwise: Trino's answer ("Functions and operators"), or an error in place of another one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EventDatabase, eventDatabase } from '../support/event-database.ts';
import { realisticLogs } from '../support/realistic-events.ts';

let events: EventDatabase;

beforeAll(async () => {
  const [log] = realisticLogs();
  if (log === undefined) throw new Error('there is no log file');
  const records = ['09:32:37', '10:40:00', '14:32:37'].map((clock, index) => ({
    eventID: `${index}`,
    eventName: 'DeleteItem',
    eventTime: `2026-10-05T${clock}Z`,
    requestParameters: { tableName: 'orders' },
  }));
  events = await eventDatabase([{ ...log, records }], Date.parse('2026-10-05T16:42:37Z'));
});
afterAll(() => events.close());

async function answer(question: string): Promise<unknown> {
  const rows = await events.ask(`SELECT ${question.replace(/( FROM |$)/, ' AS answer$1')}`);
  return rows[0]?.answer;
}

const VALUES = "FROM (VALUES (NULL, 3), ('AccessDenied', 1), ('Throttling', 2)) AS v (c, t)";

describe('Trino’s answer', () => {
  test.each<[string, unknown]>([
    // Aggregates
    [`max_by(c, t) ${VALUES}`, null],
    [`max_by(c, t) FILTER (WHERE t < 3) ${VALUES}`, 'Throttling'],
    ["min_by(c, t) FROM (VALUES (NULL, 0), ('a', 1)) AS v (c, t)", null],
    [`arbitrary(c) IS NULL ${VALUES}`, false],
    ["LISTAGG(x) WITHIN GROUP (ORDER BY x) FROM (VALUES ('a'), ('b')) AS t (x)", 'ab'],
    ['round(entropy(c), 3) FROM (VALUES (1), (2), (3)) AS t (c)', 1.459],
    // Casts
    [
      "count(*) FROM (SELECT json_extract(requestparameters, '$.tableName') AS j FROM cloudtrail_logs) WHERE CAST(j AS varchar) = 'orders'",
      '3',
    ],
    [`CAST(json_parse('"x"') AS varchar)`, 'x'],
    [`json_extract_scalar(CAST('{"a":1}' AS json), '$.a')`, null],
    [`json_format(CAST('a' AS json))`, '"a"'],
    ['CAST(2.5E0 AS integer)', 3],
    ['CAST(-2.5E0 AS bigint)', '-3'],
    ['TRY_CAST(2.5E0 AS smallint)', 3],
    ["TRY_CAST('2.5' AS integer)", null],
    ['CAST(9007199254740993 AS bigint)', '9007199254740993'],
    ["CAST('abc' AS varchar(2))", 'ab'],
    ['CAST(min(eventTime) AS varchar) FROM lake_events', '2026-10-05 09:32:37.000'],
    ['CAST(now() AS varchar)', '2026-10-05 16:42:37.000 UTC'],
    ["CAST(TIMESTAMP '2026-10-05 09:32:37' AS varchar)", '2026-10-05 09:32:37'],
    ["TRY_CAST('2026-10-05 12:30:00+02:00' AS timestamp)", null],
    // JSON
    ["json_exists(requestparameters, 'lax $.tableName') FROM cloudtrail_logs", true],
    ["json_exists(requestparameters, 'lax $.other') FROM cloudtrail_logs", false],
    [`json_exists('{"a":[{"b":null}]}', 'strict $.a[0].b')`, true],
    [`json_exists('{"a":[{"b":null}]}', 'strict $.a.b')`, false],
    [`json_extract_scalar('{"a":["x","y"]}', '$.a[-1]')`, null],
    // Times with a zone
    ["count(*) FROM lake_events WHERE eventTime > TIMESTAMP '2026-10-05 12:30:00+02:00'", '2'],
    [
      "count(*) FROM lake_events WHERE eventTime BETWEEN TIMESTAMP '2026-10-05 05:00:00 America/New_York' AND from_iso8601_timestamp('2026-10-05T12:45:00+02:00')",
      '2',
    ],
    ["hour(min(eventTime) AT TIME ZONE 'America/New_York') FROM lake_events", '5'],
    ["CAST((min(eventTime) AT TIME ZONE 'Asia/Tokyo') AS date) FROM lake_events", '2026-10-05'],
    ["date_format(max(eventTime) AT TIME ZONE 'Asia/Tokyo', '%d %H') FROM lake_events", '05 23'],
    ["max(eventTime) AT TIME ZONE 'UTC' FROM lake_events", '2026-10-05 14:32:37+00'],
    ["hour(at_timezone(from_iso8601_timestamp('2026-10-05T10:00:00Z'), 'America/New_York'))", '6'],
    ["hour(with_timezone(TIMESTAMP '2026-10-05 10:00:00', 'America/New_York'))", '10'],
    [
      "with_timezone(TIMESTAMP '2026-10-05 10:00:00', 'America/New_York') < TIMESTAMP '2026-10-05 13:59:00'",
      false,
    ],
    ["hour(from_iso8601_timestamp('2026-10-05T10:00:00+02:00'))", '10'],
    ["to_unixtime(from_iso8601_timestamp('1970-01-01T10:00:00+02:00'))", 28800],
    ["hour(try(from_iso8601_timestamp('2026-10-05')))", '0'],
    ["hour(from_unixtime(0, 'America/New_York'))", '19'],
    ["hour(TIMESTAMP '2026-10-05 10:00:00 America/New_York')", '10'],
    ["count(*) FROM lake_events WHERE eventTime > '2026-10-05T10:30:00Z'", '2'],
    ["hour(CAST('2026-10-05T10:00:00Z' AS timestamp with time zone))", '10'],
    [
      "CAST('2026-10-05 10:00:00+02:00' AS timestamp(3) with time zone) < TIMESTAMP '2026-10-05 08:30:00'",
      true,
    ],
    // Texts of times
    ["format_datetime(TIMESTAMP '2026-10-05 19:03:07', '''Day'' D')", 'Day 278'],
    ["format_datetime(TIMESTAMP '2026-10-05 19:03:07', 'EE w k YY Z ZZ')", 'Mon 41 19 26 +0000 +00:00'],
    [
      "format_datetime(TIMESTAMP '2026-10-05 00:03:07.1239', 'k kk K KK S SS SSS SSSS ''o''''clock'' z')",
      "24 24 0 00 1 12 123 1230 o'clock UTC",
    ],
    ["date_format(TIMESTAMP '2026-10-05 00:03:07', '%q %z %T')", 'q z 00:03:07'],
    // The present time
    ['CAST(localtime AS varchar)', '16:42:37'],
    ['CAST(current_time AS varchar)', '16:42:37+00'],
    ['localtimestamp', '2026-10-05 16:42:37'],
    // Texts
    ["format('%s by %s', 'DeleteItem', 'bob')", 'DeleteItem by bob'],
    ["format('%05d|%d%%|%s', 42, 7, NULL)", '00042|7%|null'],
    ["format('plain')", 'plain'],
    ["concat_ws(',', ARRAY['a', NULL, 'b'])", 'a,b'],
    ["concat_ws(',', 'a', NULL, 'b')", 'a,b'],
    ["substr('abc', 0) || '|' || substr('abc', -5) || '|' || substr('abc', 2, -1)", '||'],
    ["substr('abc', -2) || substring('abc', 2, 1) || substr('abc', 9)", 'bcb'],
    ['to_base(255, 16)', 'ff'],
    ["regexp_extract('abc', '(x)?abc', 1) IS NULL", true],
    ["regexp_extract('-x', '(\\d*)-(.*)', 1)", ''],
    ["regexp_extract_all('1a 2', '(\\d+)([a-z]+)?', 2)", ['a', null]],
    ["regexp_replace('a1', '(\\d)', '\\$1')", 'a$1'],
    ["regexp_replace('a1', '(\\d)', '<$1\\\\>')", 'a<1\\>'],
    ["url_extract_parameter('https://e.com/p?q=a+b', 'q')", 'a b'],
    ["url_extract_parameter('https://e.com/p?x&q=1', 'x')", ''],
    ["url_extract_path('https://e.com/a%20b')", '/a b'],
    ["url_extract_path('not a url')", null],
    ["url_encode('a b~*') || url_decode('a+b')", 'a+b%7E*a b'],
    ['greatest(1, NULL)', null],
    ['greatest(1, 3, 2) - least(3, 2)', 1],
    // Lists
    ["repeat('x', 3)", ['x', 'x', 'x']],
    ["count(*) FROM cloudtrail_logs WHERE array_position(ARRAY['a', 'b'], eventname) = 0", '3'],
    ["array_position(ARRAY['a', 'b'], 'b')", '2'],
    ['none_match(ARRAY[1], x -> x = 5) IS NULL', false],
    ['none_match(ARRAY[1, NULL], x -> x = 5)', null],
    ['all_match(ARRAY[1, NULL], x -> x = 1)', null],
    ['any_match(CAST(NULL AS ARRAY(INTEGER)), x -> x = 1)', null],
    ['array_max(ARRAY[1, NULL])', null],
    ['array_min(ARRAY[1, NULL])', null],
    ['cardinality(array_remove(ARRAY[1, NULL, 2], 2))', '2'],
    ['array_distinct(ARRAY[1, NULL, 1, NULL])', [1, null]],
    ['array_except(ARRAY[1, NULL, 2], ARRAY[NULL])', [1, 2]],
    ['array_intersect(ARRAY[1, NULL], ARRAY[NULL, 2])', [null]],
    ["contains(ARRAY['a', NULL], 'b')", null],
    ["contains(ARRAY['a', NULL], 'a')", true],
    ['arrays_overlap(ARRAY[1, NULL], ARRAY[2])', null],
    ['array_sum(CAST(ARRAY[] AS ARRAY(INTEGER)))', '0'],
  ])('%s', async (question, expected) => {
    expect(await answer(question)).toEqual(expected);
  });
});

describe('an error in place of another answer', () => {
  test.each([
    ["regexp_like('a', '[a&&[^b]]')", 'the pattern [a&&[^b]] of regexp_like has a set within a set'],
    ["regexp_extract('-x', '(\\d+)?-(.*)', 1)", 'a group of the pattern (\\d+)?-(.*) is empty or missing'],
    [`json_exists('{"a":[{"b":1}]}', 'lax $.a.b')`, 'json_exists goes through a list'],
    [`json_exists('{"a":1}', 'lax $.*')`, 'the path lax $.* of json_exists cannot be translated'],
    ["format_datetime(now(), 'G')", 'the format of format_datetime (line 1, column 8) has G'],
    ["format_datetime(now() AT TIME ZONE 'Asia/Tokyo', 'HH Z')", 'the zone of AT TIME ZONE'],
    ["date_format(now(), '%D')", 'the format of date_format (line 1, column 8) has %D'],
    ["parse_datetime('41', 'w')", 'the format of parse_datetime (line 1, column 8) has w'],
    ["hour(parse_datetime('2026 +02:00', 'yyyy ZZ'))", 'the zone of parse_datetime (line 1, column 13)'],
    [
      "eventTime AT TIME ZONE 'America/New_York' FROM lake_events",
      'the zone of AT TIME ZONE (line 1, column',
    ],
    ["date_trunc('day', at_timezone(now(), 'Asia/Tokyo'))", 'the zone of at_timezone (line 1, column 26)'],
    ["TIMESTAMP '2026-10-05 10:00:00 +02:00'", 'the zone of TIMESTAMP'],
    ["from_iso8601_timestamp('2026-10-05T10:00:00+02:00')", 'from_iso8601_timestamp has an offset'],
    ["from_unixtime(0, z) FROM (VALUES ('Asia/Tokyo')) AS t (z)", 'the zone of from_unixtime'],
    ["hour(CAST('2026-10-05 10:00:00+02:00' AS timestamp with time zone))", 'has a zone'],
    ["TRY_CAST('2026-10-05 10:00:00 Asia/Tokyo' AS timestamp with time zone)", 'has a zone'],
    ["count(*) FROM lake_events WHERE eventTime > '2026-10-05T12:30:00+02:00'", 'the offset of'],
    ["format('%x', 5)", 'the format of format (line 1, column 8) has %x'],
    ["format('%s')", 'has a directive without a value'],
    ["format('a', 1)", 'more values than its format'],
    ["format(x, 1) FROM (VALUES ('%s')) AS t (x)", "must be a text such as '%s by %s'"],
    ["format('%s', now())", 'format of a value of type TIMESTAMP WITH TIME ZONE cannot be translated'],
    ['max_by(c, t, 2) FROM (VALUES (1, 1)) AS v (c, t)', 'max_by (line 1, column 8) with a number of values'],
    ["CAST('a' AS char(2))", 'the type char (line 1, column 20) cannot be translated'],
    ["CAST('2.5' AS integer)", 'the text 2.5 is no whole number'],
    ["CAST('2026-10-05 12:30:00+02:00' AS timestamp)", 'has an offset'],
  ])('%s', async (question, message) => {
    await expect(answer(question)).rejects.toThrow(message);
  });
});
