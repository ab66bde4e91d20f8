import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/base/shell-word.ts';

test('a plain name stays as it is', () => {
  expect(shellWord('s3://my-logs/AWSLogs/111122223333')).toBe('s3://my-logs/AWSLogs/111122223333');
});

test.each(['$(id)', '`id`', 'a;id', "it's", 'a b', 'a\nb', '"', '', '*', '~', '!x', '\\'])(
  'a shell reads %j as one word',
  (text) => {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
  },
);
