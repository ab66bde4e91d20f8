import { expect, test } from 'vitest';
import { checkLog } from '../../src/logs/check-log.ts';
import { sha256Hex } from '../support/test-digest.ts';
import { gzip } from '../support/test-gzip.ts';

const CONTENT = Buffer.from('{"Records":[{"eventName":"GetObject"}]}');
const HASH = sha256Hex(CONTENT);
const OTHER = Buffer.from('{"Records":[{"eventName":"PutObject"}]}');

test('the content is compared, however it is compressed', async () => {
  expect(await checkLog(gzip(CONTENT), HASH)).toEqual({ inflated: CONTENT.length, result: 'agrees' });
});

test('another content is told by its hash', async () => {
  expect(await checkLog(gzip(OTHER), HASH)).toEqual({
    inflated: OTHER.length,
    result: 'modified',
    actual: sha256Hex(OTHER),
  });
});

test('what stands behind the member is told apart, though the member be genuine', async () => {
  expect(await checkLog(Buffer.concat([gzip(CONTENT), gzip(OTHER)]), HASH)).toEqual({
    inflated: CONTENT.length,
    result: 'trailing-data',
    actual: HASH,
    trailingBytes: gzip(OTHER).length,
  });
});

test('what is no gzip member has no hash', async () => {
  expect(await checkLog(OTHER, HASH)).toEqual({ inflated: 0, result: 'malformed', problem: 'is not gzip' });
  const empty = sha256Hex(Buffer.alloc(0));
  expect(await checkLog(Buffer.alloc(0), empty)).toMatchObject({ result: 'malformed', problem: 'is empty' });
});

test('the content itself, which whatever copied it has inflated, agrees', async () => {
  expect(await checkLog(CONTENT, HASH)).toEqual({
    inflated: CONTENT.length,
    result: 'agrees',
    storedInflated: true,
  });
});
