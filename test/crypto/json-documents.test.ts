import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJsonDocuments } from '../../src/crypto/key-file.ts';

test.each<[string, string, unknown[]]>([
  ['nothing', ' \n', []],
  ['one document', '{"a":1}', [{ a: 1 }]],
  ['documents end to end', '{"a":1}{"b":[2]}[3]', [{ a: 1 }, { b: [2] }, [3]]],
  ['lines', '{"a":1}\n{"b":2}\r\n\n', [{ a: 1 }, { b: 2 }]],
  ['documents over several lines', '{\n "a": [\n  1\n ]\n}\n{\n}', [{ a: [1] }, {}]],
  ['brackets, quotes and escapes in strings', '{"a":"}{][\\"\\\\"}{"}":1}', [{ a: '}{]["\\' }, { '}': 1 }]],
  ['a bare value', ' 7 ', [7]],
  ['a bare value behind a document', '[1] "x"', [[1], 'x']],
])('%s', (_, text, documents) => {
  expect(parseJsonDocuments(text)).toEqual(documents);
});

test.each([
  '{',
  '}',
  '}{',
  '{"a":1}}',
  '{"a":1}]',
  '{"a"',
  '{"a":"',
  '{]',
  '{"a":1} x',
  '1 2',
  '{"a":1},{"b":2}',
])('is not JSON: %s', (text) => {
  expect(() => parseJsonDocuments(text)).toThrow(SyntaxError);
});

test('reads back whatever objects were written one after the other', () => {
  const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
  fc.assert(
    fc.property(objects, fc.constantFrom('', '\n', ' \r\n\t'), (documents, between) => {
      const texts = documents.map((document) => JSON.stringify(document));
      expect(parseJsonDocuments(texts.join(between))).toEqual(texts.map((text) => JSON.parse(text)));
    }),
    { seed: 20261120, numRuns: 300 },
  );
});
