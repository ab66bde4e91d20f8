import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inventoryLine, type ObjectEvent, readInventoryLine } from '../../src/report/inventory.ts';

const HASH = 'a3b1f09c'.repeat(8);
const DIGEST: ObjectEvent = {
  type: 'digest',
  chain: 'c',
  object: { bucket: 'b', key: 'k' },
  outcome: 'valid',
  listed: true,
  logFiles: 0,
  bytes: { read: 1, inflated: 1 },
  hashes: { stored: HASH, content: HASH },
};

describe('a line', () => {
  test('of an object that was read, and of one that was not', () => {
    expect(inventoryLine({ ...DIGEST, versionId: 'v1' })).toBe(
      `{"kind":"digest","bucket":"b","key":"k","versionId":"v1","stored":"${HASH}","content":"${HASH}","status":"valid"}`,
    );
    const { hashes: _hashes, ...missing } = DIGEST;
    expect(inventoryLine({ ...missing, outcome: 'missing' })).toBe(
      '{"kind":"digest","bucket":"b","key":"k","versionId":null,"stored":null,"content":null,"status":"missing"}',
    );
    expect(inventoryLine({ ...DIGEST, hashes: { stored: HASH } })).toContain('"content":null');
  });

  test('is one line of ASCII whatever the key, and is read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (bucket, key) => {
        const text = inventoryLine({ ...DIGEST, object: { bucket, key } });
        expect(text).toMatch(/^[ -~]+$/);
        expect(readInventoryLine(text)).toMatchObject({ bucket, key, status: 'valid' });
      }),
      { seed: 20261120 },
    );
  });

  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['null', 'null'],
    [
      'another order',
      inventoryLine(DIGEST).replace(/"bucket":"b",(.*?),"versionId"/, '$1,"bucket":"b","versionId"'),
    ],
    ['another field', inventoryLine(DIGEST).replace('}', ',"x":1}')],
    ['a space', `${inventoryLine(DIGEST)} `],
    ['another kind', inventoryLine(DIGEST).replace('"digest"', '"else"')],
    ['another status', inventoryLine(DIGEST).replace('"valid"', '"fine"')],
    ['a hash that is none', inventoryLine(DIGEST).replace(HASH, HASH.slice(1))],
    ['a hash that is a number', inventoryLine(DIGEST).replace(`"${HASH}"`, '7')],
    ['a bucket that is a number', inventoryLine(DIGEST).replace('"b"', '7')],
    ['a key that is a number', inventoryLine(DIGEST).replace('"k"', '7')],
    ['a version that is a number', inventoryLine(DIGEST).replace('"versionId":null', '"versionId":7')],
  ])('of %s is none', (_, text) => {
    expect(readInventoryLine(text)).toBeUndefined();
  });
});
