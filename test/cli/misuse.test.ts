/** Every error that the parser of the command line can raise: in our words, with the remedy, and exit code 2. */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { runCommand } from '../support/command.ts';

/** The parser's code for each error, what is typed, what is said, and the hint. */
const CASES: readonly (readonly [code: string, line: string, said: string, hint: string])[] = [
  ['unknownCommand', 'verfy s3://b', 'there is no command "verfy"', 'did you mean verify?'],
  ['unknownCommand', 'frobnicate', 'there is no command "frobnicate"', 'there are verify, collect, keys, '],
  ['unknownCommand', 'keys ftch', 'keys has no command "ftch"', 'did you mean fetch?'],
  ['unknownCommand', 'help verfy', 'there is no command "verfy"', 'did you mean verify?'],
  ['unknownCommand', 'help keys ftch', 'keys has no command "ftch"', 'did you mean fetch?'],
  ['unknownOption', 'verify copy --frm 7d', 'verify has no option "--frm"', 'did you mean --from?'],
  ['unknownOption', 'verify copy --frm=7d', 'verify has no option "--frm=7d"', 'did you mean --from?'],
  ['unknownOption', '--versoin', 'there is no option "--versoin"', 'did you mean --version?'],
  [
    'unknownOption',
    'keys list a --frobnicate',
    'keys list has no option "--frobnicate"',
    'see trail-verify keys list --help',
  ],
  [
    'missingArgument',
    'collect s3://b',
    'collect needs <folder>',
    'write trail-verify collect <target> <folder>',
  ],
  ['missingArgument', 'keys list', 'keys list needs <file>', 'write trail-verify keys list <file...>'],
  [
    'excessArguments',
    'verify a b',
    'verify: "b" is one argument too many',
    'write trail-verify verify [target]; quote a name that has spaces',
  ],
  ['optionMissingArgument', 'verify a --from', '--from has no value', 'write --from <time>'],
  ['optionMissingArgument', 'verify a --keys', '--keys has no value', 'write --keys <file...>'],
  [
    'missingMandatoryOptionValue',
    'report render report.json',
    'report render needs --format',
    'add --format <format>; see trail-verify report render --help',
  ],
  [
    'invalidArgument',
    'verify a --fail-on invald',
    '--fail-on: there is no "invald"',
    'did you mean invalid?',
  ],
  [
    'invalidArgument',
    'verify a --fail-on never',
    '--fail-on: there is no "never"',
    'give one of invalid, inconclusive',
  ],
];

test.each(CASES)('%s: trail-verify %s', async (_code, line, said, hint) => {
  const { exitCode, out, error } = await runCommand(line.split(' '), { columns: 80 });
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  const [first, second = '', ...more] = error.split('\n');
  expect(first).toBe(`trail-verify: ${said}`);
  expect(second.startsWith(`hint: ${hint}`), second).toBe(true);
  expect(more).toEqual(['']);
});

test('these are all the codes that the parser has for a wrong command line', () => {
  const source = readFileSync('node_modules/commander/lib/command.js', 'utf8');
  const codes = [...source.matchAll(/'commander\.(\w+)'/g)].map(([, code = '']) => code);
  const answers = ['help', 'helpDisplayed', 'version'];
  // No option of ours excludes another by the parser's means, no command is a program of its own, and nothing raises a bare error.
  const neverRaised = ['conflictingOption', 'executeSubCommandAsync', 'error'];
  const tested = CASES.map(([code]) => code);
  expect([...new Set(codes)].sort()).toEqual([...new Set([...tested, ...answers, ...neverRaised])].sort());
  expect(new CommanderError(2, 'commander.error', '').code).toBe('commander.error');
});

test.each([
  ['explain LOG_MODIFED', 'there is no finding code "LOG_MODIFED"', 'did you mean LOG_MODIFIED?'],
  ['explain log-modifed', 'there is no finding code "log-modifed"', 'did you mean LOG_MODIFIED?'],
  ['explain FROBNICATE', 'there is no finding code "FROBNICATE"', 'trail-verify explain lists every code'],
  [
    'verify a --format jsn',
    '--format: there is no form "jsn" here',
    expect.stringMatching(/^did you mean json\? /),
  ],
  [
    'verify a --also htlm',
    '--also: there is no form "htlm" here',
    expect.stringMatching(/^did you mean html\? /),
  ],
])('a mistyped name has a suggestion: trail-verify %s', async (line, said, hint) => {
  const { exitCode, error } = await runCommand(line.split(' '));
  const [first, second = '', ...more] = error.split('\n');
  expect({ exitCode, first, hint: second.replace(/^hint: /, ''), more }).toEqual({
    exitCode: 2,
    first: `trail-verify: ${said}`,
    hint,
    more: [''],
  });
});
