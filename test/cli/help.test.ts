/** What --help says of every command, on a terminal of 80 columns: its options in groups. */
import { Command as TypedCommand, Option as TypedOption } from '@commander-js/extra-typings';
import { Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { runCommand } from '../support/command.ts';
import { expectGolden } from '../support/golden.ts';

const COMMANDS = [
  '',
  'verify',
  'collect',
  'keys',
  'keys fetch',
  'keys list',
  'report',
  'report verify',
  'report render',
  'keygen',
  'evidence',
  'evidence verify',
  'prove',
  'proof',
  'proof verify',
  'recover',
  'doctor',
  'explain',
  'explain-gap',
  'version',
  'completion',
];

async function help(command: string): Promise<string> {
  const args = [...command.split(' ').filter((word) => word !== ''), '--help'];
  const { exitCode, out, error } = await runCommand(args, { columns: 80 });
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
  return out;
}

test('in one transcript', async () => {
  let transcript = '';
  for (const command of COMMANDS)
    transcript += `$ ${['trail-verify', command, '--help'].filter((word) => word !== '').join(' ')}\n${await help(command)}\n`;
  expectGolden('help-80.txt', transcript);
});

test.each(COMMANDS.filter((command) => command !== ''))(
  '%s: --help stands in the last group',
  async (command) => {
    const [, last = ''] =
      /.*^(\S[^\n]*:\n(?: {2}[^\n]*\n)*? {2}-h, --help[^\n]*\n)/ms.exec(await help(command)) ?? [];
    expect(last).toMatch(/^(?:Other options|Options):\n/);
  },
);

test('the options are those of commander: the package that infers their types is imported for its types alone', () => {
  expect(TypedCommand).toBe(Command);
  expect(TypedOption).toBe(Option);
});
