import { expect, test } from 'vitest';
import { outputError } from '../../src/copy/writer.ts';

test.each([
  ['ENOSPC', 'OUTPUT_NOT_WRITTEN', /no room left/, /free space/],
  ['EMFILE', 'OUTPUT_NOT_WRITTEN', /too many files are open/, /ulimit -n/],
  ['ENFILE', 'OUTPUT_NOT_WRITTEN', /too many files are open/, /ulimit -n/],
  ['EACCES', 'OUTPUT_NOT_USABLE', /cannot be written to \(EACCES\)/, /another folder/],
])('a file that cannot be written (%s) is told of with what helps', (code, told, message, hint) => {
  const error = outputError('/out', Object.assign(new Error('no'), { code }), 'free space and run again');
  expect(error.code).toBe(told);
  expect(error.message).toMatch(message);
  expect(error.hint).toMatch(hint);
});
