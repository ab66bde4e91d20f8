/** Results go to a folder: somebody who writes a file's name, or `-`, learns what to write instead. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../support/command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { verifySettings } from '../../support/verify-settings.ts';

const START = process.cwd();

beforeEach(() => process.chdir(temporaryFolder()));
afterEach(() => process.chdir(START));

describe('verify --output', () => {
  test.each([
    [
      '-',
      '"-" is no folder',
      'standard output has what --format says, such as --format json; --output is the folder of the report',
    ],
    ['x.html', 'is the name of a file', 'a folder that holds it: --also html --output x'],
    ['out/X.HTM', 'is the name of a file', 'a folder that holds it: --also html --output out/X'],
    ['x.json', 'is the name of a file', 'report.json is always in the folder: --output x'],
    ['x.pdf', 'is the name of a file', 'a page to be printed as PDF, in a folder: --also html --output x'],
    ['x.md', 'is the name of a file', 'a folder that holds it: --also markdown --output x'],
    ['x.xml', 'is the name of a file', 'a folder that holds it: --also junit --output x'],
    ['x.sarif', 'is the name of a file', 'a folder that holds it: --also sarif --output x'],
    ['x.csv', 'is the name of a file', 'a folder that holds it: --also csv --output x'],
    ['x.jsonl', 'is the name of a file', '--format ndjson on standard output can go into a file'],
    ['x.txt', 'is the name of a file', '--format text on standard output can go into a file'],
    ['x.tar.gz', 'is the name of a file', '--bag --archive FILE --output x.tar'],
    ['.html', 'is the name of a file', '--also html --output result'],
  ])('%s is refused', async (name, why, instead) => {
    const { exitCode, out, error } = await runCommand(['verify', './copy', '--output', name]);
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(error.split('\n')[0]).toMatch(/^trail-verify: --output: "/);
    expect(error).toContain(why);
    expect(error).toContain(instead);
  });

  test.each(['x', './x', 'result-2026.11', 'x.d', 'html', '-x'])('%s is a folder', async (name) => {
    expect((await verifySettings('./copy', `--output=${name}`)).output).toBe(name);
  });
});

test.each([
  [['verify', './copy', '--events', '-'], '--events: "-" is no folder'],
  [['verify', './copy', '--events', 'x.parquet'], '--events: "x.parquet" is the name of a file'],
  [['query', '--name', 'root-use', './copy', '--output', '-'], 'the answer then goes to standard output'],
  [['query', '--name', 'root-use', './copy', '--output', 'a.csv'], '--format csv --output a'],
  [['query', '--name', 'root-use', './copy', '--output', 'a.pdf'], 'give a folder: --output a'],
  [['report', 'render', 'r.json', '--format', 'html', '--output', '-'], '--output: "-" is no file'],
  [['keys', 'fetch', '--region', 'us-east-1', '--output', '-'], 'leave --output out: standard output'],
])('%j is refused with what to write', async (args, words) => {
  const { exitCode, error } = await runCommand(args);
  expect(exitCode).toBe(2);
  expect(error).toContain(words);
});
