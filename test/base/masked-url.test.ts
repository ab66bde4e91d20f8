import { expect, test } from 'vitest';
import { maskedUrl } from '../../src/base/masked-url.ts';

test.each([
  ['http://timestamp.example.com/a@b', 'http://timestamp.example.com/a@b'],
  ['https://user:s3cret@timestamp.example.com/x?y=1', 'https://***@timestamp.example.com/x?y=1'],
  ['https://s3cret@timestamp.example.com', 'https://***@timestamp.example.com/'],
  ['https://:s3cret@timestamp.example.com', 'https://***@timestamp.example.com/'],
  ['https:\\\\user:s3cret@timestamp.example.com', 'https://***@timestamp.example.com/'],
  // None of these is an address, and each holds a password all the same.
  ['http://user:s3/cret@timestamp.example.com', 'http://***@timestamp.example.com'],
  ['user:s3cret@timestamp.example.com', '***@timestamp.example.com'],
  ['http://user:s3\ncret@:99999', 'http://***@:99999'],
  ['ftp://user:s3cret@timestamp.example.com', 'ftp://***@timestamp.example.com/'],
  ['nonsense', 'nonsense'],
])('%j is shown as %j', (text, shown) => {
  expect(maskedUrl(text)).toBe(shown);
});
