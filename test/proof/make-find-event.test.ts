import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findEvent } from '../../src/proof/make.ts';

function found(text: string, id: string): string | undefined {
  const bytes = Buffer.from(text);
  const place = findEvent(bytes, id);
  return place && bytes.subarray(place.offset, place.offset + place.length).toString();
}

describe('an event', () => {
  test('is found by its own id, with its bytes as they are written', () => {
    const text = '{ "Records" : [ {"eventID": "a", "x": "}{\\"" } ,\n{"y":[{"eventID":"c"}],"eventID":"b"}]}';
    expect(found(text, 'a')).toBe('{"eventID": "a", "x": "}{\\"" }');
    expect(found(text, 'b')).toBe('{"y":[{"eventID":"c"}],"eventID":"b"}');
  });

  test('is none that another event or another field holds', () => {
    const inner = JSON.stringify({ Records: [{ eventID: 'x' }] });
    for (const text of [
      JSON.stringify({ Records: [{ eventID: 'a', requestParameters: { Records: [{ eventID: 'x' }] } }] }),
      JSON.stringify({ Records: [{ eventID: 'a', note: inner }] }),
      JSON.stringify({ Others: [{ eventID: 'x' }], Records: [] }),
      JSON.stringify({ Records: { eventID: 'x' } }),
      JSON.stringify({ Records: { a: { eventID: 'x' } } }),
      JSON.stringify({ Records: [[{ eventID: 'x' }], 'x'] }),
      JSON.stringify([[{ eventID: 'x' }], 'x']),
    ])
      expect(found(text, 'x')).toBeUndefined();
  });

  test('is an aggregated event, in a list without a name and with an id of another spelling', () => {
    expect(found('[{"eventId":"a"},{"eventId":"x","n":1}]', 'x')).toBe('{"eventId":"x","n":1}');
  });

  test('is the first of several of that id', () => {
    expect(found('{"Records":[{"eventID":"a","n":1},{"eventID":"a","n":2}]}', 'a')).toContain('"n":1');
  });

  test('is found among any others', () => {
    const record = fc.record({ eventID: fc.uuid(), value: fc.jsonValue() });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1 }), fc.nat(), fc.nat(4), (records, at, indent) => {
        const chosen = records[at % records.length]?.eventID ?? '';
        const first = records.find(({ eventID }) => eventID === chosen);
        const text = found(JSON.stringify({ Records: records }, null, indent), chosen);
        expect(JSON.parse(text ?? 'null')).toEqual(JSON.parse(JSON.stringify(first)));
      }),
      { seed: 20261120 },
    );
  });

  test('is not found in what is no log file, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(findEvent(bytes, 'x')).toBeUndefined();
      }),
      { seed: 20261120 },
    );
    for (const text of [
      '',
      '{"Records":[{"eventID":"x"',
      '{"Records":[{"eventID":"x}]}',
      ']]]}{"Records":[',
      '{"Records":[{x}]}',
    ])
      expect(found(text, 'x')).toBeUndefined();
  });
});
