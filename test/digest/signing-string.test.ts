import { expect, test } from 'vitest';
import { signingString } from '../../src/digest/digest.ts';

const PARTS = {
  endTimeText: '2026-11-20T15:01:31Z',
  bucket: 'example-trail-logs',
  key: 'AWSLogs/111122223333/x.json.gz',
  sha256: 'ab'.repeat(32),
};

test('four lines, none behind the last', () => {
  expect(signingString({ ...PARTS, previousSignature: 'CDEF' })).toBe(
    `2026-11-20T15:01:31Z\nexample-trail-logs/AWSLogs/111122223333/x.json.gz\n${'ab'.repeat(32)}\nCDEF`,
  );
});

test('a starting digest signs the letters null', () => {
  expect(
    signingString({ ...PARTS, previousSignature: undefined })
      .split('\n')
      .at(-1),
  ).toBe('null');
});
