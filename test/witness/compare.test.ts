import { describe, expect, test } from 'vitest';
import { compareRecords, readRecord } from '../../src/witness/compare.ts';
import { readWitnessEvent, recordLine } from '../../src/witness/witness-event.ts';

function differences(one: object, other: object) {
  return compareRecords({ ...one }, { ...other }).differences;
}

describe('two records of one event', () => {
  test.each<readonly [string, string, string]>([
    ['the order of fields', '{"a":1,"b":{"c":2,"d":3}}', '{"b":{"d":3,"c":2},"a":1}'],
    ['white space', '{"a":[1,2]}', '{ "a" : [ 1, 2 ] }'],
    ['how a letter is written', '{"a":"é"}', '{"a":"\\u00e9"}'],
    ['how a number is written', '{"a":1.0}', '{"a":1}'],
  ])('are the same whatever %s', (_, one, other) => {
    expect(compareRecords(readRecord(one) ?? {}, readRecord(other) ?? {})).toEqual({
      differences: [],
      isCut: false,
    });
  });

  test('differ field by field, by their paths', () => {
    expect(
      differences({ a: { b: [1, { c: 'x' }] }, d: null }, { a: { b: [1, { c: 'y' }, 3] }, e: {} }),
    ).toEqual([
      { path: 'a.b.1.c', verified: '"x"', witness: '"y"' },
      { path: 'a.b.2', verified: null, witness: '3' },
      { path: 'd', verified: 'null', witness: null },
      { path: 'e', verified: null, witness: '{}' },
    ]);
  });

  test('differ in kind', () => {
    expect(differences({ a: [] }, { a: {} })).toEqual([{ path: 'a', verified: '[]', witness: '{}' }]);
    expect(differences({ a: '1' }, { a: 1 })).toEqual([{ path: 'a', verified: '"1"', witness: '1' }]);
  });

  test('a field called __proto__ is one like others', () => {
    const one = readRecord('{"__proto__":{"a":1}}') ?? {};
    expect(compareRecords(one, {}).differences).toEqual([
      { path: '__proto__', verified: '{"a":1}', witness: null },
    ]);
  });

  test('of many differences the first are named, and long values cut', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, index]));
    expect(compareRecords(many, {})).toMatchObject({ isCut: true });
    expect(differences(many, {})).toHaveLength(20);
    expect(differences({ a: 'x'.repeat(1000) }, {})[0]?.verified).toHaveLength(301);
  });
});

test.each(['[]', 'null', '1', '{', `{"a":${'['.repeat(65)}${']'.repeat(65)}}`])('%s is no record', (text) => {
  expect(readRecord(text)).toBeUndefined();
});

test('brackets in a string do not nest', () => {
  expect(readRecord(`{"a":"${'['.repeat(200)}\\"${'{'.repeat(200)}"}`)).toBeDefined();
});

test('a record is one line of ASCII, and stays what it is', () => {
  const text = '{\r\n\t"a": "é\u2028\u007f😀", "b": "\\n\\u0000"\n}';
  const line = recordLine(text);
  expect(line).toMatch(/^[ -~]*$/);
  expect(JSON.parse(line)).toEqual(JSON.parse(text));
});

describe('an event as a witness gives it', () => {
  const RECORD = {
    eventID: 'one',
    eventTime: '2026-11-20T10:00:00Z',
    eventName: 'A',
    eventSource: 'b',
    recipientAccountId: '111122223333',
  };
  const AT = Date.parse(RECORD.eventTime);
  const read = (record: unknown, id: string | undefined = 'one', from = AT, to = AT) =>
    readWitnessEvent(JSON.stringify(record), id, '111122223333', { from, to });

  test('is of that account, and of the time that was asked about, both ends of it', () => {
    expect(read(RECORD)).toMatchObject({ id: 'one', time: AT, name: 'A', source: 'b' });
    expect(read(RECORD, undefined)).toMatchObject({ id: 'one' });
    expect(read(RECORD, 'one', AT + 1, AT + 2)).toEqual({ refused: 'other-time' });
    expect(read(RECORD, 'one', AT - 2, AT - 1)).toEqual({ refused: 'other-time' });
    expect(read({ ...RECORD, recipientAccountId: '999999999999' })).toEqual({ refused: 'other-account' });
    expect(read({ ...RECORD, recipientAccountId: undefined })).toMatchObject({ id: 'one' });
  });

  test('has one id, which the service gives as well', () => {
    for (const refused of [
      read(RECORD, 'other'),
      read({ ...RECORD, eventID: '' }),
      read({ ...RECORD, eventID: 'x'.repeat(200) }),
    ])
      expect(refused).toEqual({ refused: 'unreadable' });
  });

  test('of Insights has a type, and no name', () => {
    const { eventName: _, eventSource: __, ...rest } = RECORD;
    expect(read({ ...rest, eventType: 'AwsCloudTrailInsight' })).toMatchObject({
      name: 'AwsCloudTrailInsight',
      source: '',
    });
  });
});
