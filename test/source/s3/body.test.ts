import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { IncompleteBodyError, readBody } from '../../../src/source/s3/retry.ts';

function bodyOf(...chunks: string[]): PassThrough {
  const body = new PassThrough();
  for (const chunk of chunks) body.write(chunk);
  return body;
}

test('a body of the announced length is one exact buffer', async () => {
  const body = bodyOf('one', 'two');
  body.end('three');
  const bytes = await readBody(body, 11, 1000);
  expect(Buffer.from(bytes).toString()).toBe('onetwothree');
  expect(bytes.buffer.byteLength).toBe(11);
});

test('a body of no bytes is empty', async () => {
  const body = bodyOf();
  body.end();
  expect(await readBody(body, 0, 1000)).toHaveLength(0);
});

describe('a body is incomplete', () => {
  test.each([
    ['that ends early', (body: PassThrough) => body.end(), 10, 'the body ended after 6 of 10 bytes'],
    ['that is longer', (body: PassThrough) => body.end(), 5, 'more than the announced 5 bytes arrived'],
    [
      'that breaks',
      (body: PassThrough) => body.destroy(new Error('reset')),
      10,
      'the connection broke after',
    ],
    ['that closes without a word', (body: PassThrough) => body.destroy(), 10, 'the connection closed after'],
    ['that stalls', () => undefined, 10, 'nothing arrived for 200 ms after 6 of 10 bytes'],
  ] as const)('%s', async (_, finish, length, message) => {
    const body = bodyOf('one', 'two');
    const reading = readBody(body, length, 200);
    const failure = expect(reading).rejects.toThrow(message);
    finish(body);
    await failure;
    await expect(reading).rejects.toBeInstanceOf(IncompleteBodyError);
    expect(body.destroyed).toBe(true);
  });
});
