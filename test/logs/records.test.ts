import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRecords, recordsOf } from '../../src/logs/records.ts';

function read(text: string): unknown {
  const result = readRecords(Buffer.from(text));
  return result.records ?? result.problem;
}

describe('the records of a log file', () => {
  test('each as it was written, whatever the spacing', () => {
    expect(read('{"Records":[{"a":1.0,"b":"]}\\"["},{"c":[{"Records":[{}]}]}]}')).toEqual([
      '{"a":1.0,"b":"]}\\"["}',
      '{"c":[{"Records":[{}]}]}',
    ]);
    expect(read(' { "Records" : [ { "a" : 1 } , {} ] } ')).toEqual(['{ "a" : 1 }', '{}']);
    expect(read('{"Records":[]}')).toEqual([]);
    expect(read('{"other":[{}],"Records":[{"a":"ä"}],"more":{"Records":[{}]}}')).toEqual(['{"a":"ä"}']);
  });

  test('of a list without a name, as aggregated events have it', () => {
    expect(read('[{"a":{"b":[{}]}},{}]')).toEqual(['{"a":{"b":[{}]}}', '{}']);
    expect(read('[]')).toEqual([]);
  });

  test('of a list beside a value that is called as it is', () => {
    expect(read('{"a":"Records","b":["Records"],"Records":[{}],"c":{"Records":1}}')).toEqual(['{}']);
  });

  test.each([
    ['', 'is not JSON'],
    ['nonsense', 'is not JSON'],
    ['{"Records":[{}]', 'is not JSON'],
    ['{"Records":[{}]}{"Records":[{}]}', 'is not JSON'],
    ['{}', 'has no list of records'],
    ['{"Records":{}}', 'has no list of records'],
    ['"Records"', 'has no list of records'],
    ['null', 'has no list of records'],
    ['{"Records":[1]}', 'has a record that is no object'],
    ['{"Records":[[]]}', 'has a record that is no object'],
    ['{"Records":[null]}', 'has a record that is no object'],
    ['{"Records":[{}],"Records":[{}]}', 'names its records twice'],
    ['{"\\u0052ecords":[{}]}', 'writes the name of its records with escapes'],
    ['{"Records":[{}],"Rec\\u006frds":[{}]}', 'names its records twice'],
    ['{"Records":[],"Records":[{}]}', 'names its records twice'],
    ['{"Records":{"a":1},"Records" : [{}]}', 'names its records twice'],
    ['{"Records":"x","Records":[{}]}', 'names its records twice'],
  ])('refuses %j', (text, problem) => {
    expect(read(text)).toBe(problem);
  });

  test('refuses a record that is longer than CloudTrail writes any', () => {
    const long = Buffer.from(`{"Records":[{"a":"${'x'.repeat(64 * 1024 * 1024)}"}]}`);
    expect(readRecords(long)).toEqual({
      records: undefined,
      problem: 'has a record of more than 67108864 bytes',
    });
  });

  test('refuses what is not UTF-8', () => {
    const bytes = Buffer.from('{"Records":[{"a":"\u00ff"}]}', 'latin1');
    expect(readRecords(bytes)).toEqual({ records: undefined, problem: 'is not UTF-8' });
  });

  test('gives back exactly what JSON.parse sees', () => {
    const records = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(records, fc.boolean(), (list, named) => {
        const bytes = Buffer.from(JSON.stringify(named ? { Records: list } : list));
        const { records: texts = [] } = readRecords(bytes);
        expect(texts.map((text) => JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(list)));
      }),
    );
  });

  test('are none of what ends behind a string', () => {
    expect(recordsOf(Buffer.from('{"Records" '))).toEqual([]);
  });

  test('the places of hostile bytes end', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        for (const { offset, length } of recordsOf(bytes))
          expect(offset + length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
