import { expect, test } from 'vitest';
import { checkLink } from '../../src/chain/check-digest.ts';

const ABOUT = {
  object: { bucket: 'b', key: 'k', uri: 's3://b/k' },
  chain: 'a chain',
  time: '2026-10-05T09:12:37Z',
};
const RECORDED = { sha256: 'aa', signature: 'bb', by: 's3://b/successor' };

test('what agrees with the record gives no finding', () => {
  expect(checkLink(() => ABOUT, 'aa', 'bb', RECORDED)).toEqual([]);
});

test('hash and signature are each compared', () => {
  expect(checkLink(() => ABOUT, 'a0', 'b0', RECORDED)).toEqual([
    {
      code: 'LINK_HASH_MISMATCH',
      weight: 'violation',
      ...ABOUT,
      evidence: { expected: 'aa', actual: 'a0', recordedBy: 's3://b/successor' },
    },
    {
      code: 'LINK_SIGNATURE_MISMATCH',
      weight: 'violation',
      ...ABOUT,
      evidence: { expected: 'bb', actual: 'b0', recordedBy: 's3://b/successor' },
    },
  ]);
});

test('what is not there is not compared', () => {
  expect(checkLink(() => ABOUT, 'a0', 'b0', undefined)).toEqual([]);
  expect(checkLink(() => ABOUT, undefined, undefined, RECORDED)).toEqual([]);
  expect(checkLink(() => ABOUT, undefined, 'b0', RECORDED).map(({ code }) => code)).toEqual([
    'LINK_SIGNATURE_MISMATCH',
  ]);
});
