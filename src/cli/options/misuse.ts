/**
 * A wrong command line in our own words. The parser raises its errors with a code and an English sentence; here each becomes a
 * sentence that names the command, and a hint that says what to type.
 */
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommanderError } from 'commander';
import { suggestionHint } from '../../base/suggest.ts';
import { UsageError } from './common.ts';

/** Has the command, and those below it, raise a UsageError where they were called wrongly. Help and version stay as they are. */
export function raisePlainly(command: CommandUnknownOpts): void {
  command.exitOverride((error) => {
    throw isAnswer(error) ? error : plainError(error, command);
  });
  for (const below of command.commands) {
    if (below.commands.length > 0) below.helpCommand('help [command]', 'print help for a command');
    raisePlainly(below);
  }
  for (const option of command.options.filter(({ required }) => required))
    (command as unknown as NodeJS.EventEmitter).prependListener(
      `option:${option.name()}`,
      (value: unknown) => {
        const isOption = value === '--' || command.options.some(({ long }) => long === value);
        if (isOption) throw withoutValue(option.flags);
      },
    );
}

/** An option without its value takes the next word for it, which is an option too: that one would be lost without a word. */
function withoutValue(flags: string): UsageError {
  const { name, value } = parts(flags);
  return new UsageError(`${name} has no value`, `write ${name} ${value}`);
}

/** Help and version, which the parser raises as errors too. */
export function isAnswer(error: CommanderError): boolean {
  return ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(error.code);
}

/** The name of a command as one types it behind the program's: `keys fetch`; empty for the program itself. */
export function pathOf(command: CommandUnknownOpts): string {
  if (command.parent === null) return '';
  return `${pathOf(command.parent)} ${command.name()}`.trim();
}

/** The error in our words. */
function plainError({ code, message }: CommanderError, command: CommandUnknownOpts): UsageError {
  const path = pathOf(command);
  const quoted = /'(.*)'(?:\n\(Did you mean [^\n]*\))?$/s.exec(message)?.[1] ?? '';
  switch (code) {
    case 'commander.missingArgument':
      return new UsageError(`${path} needs <${quoted}>`, `write ${usageOf(command)}`);
    case 'commander.excessArguments':
      return excess(command);
    case 'commander.optionMissingArgument':
      return withoutValue(/'(.*)'/s.exec(message)?.[1] ?? '');
    case 'commander.unknownOption':
      return unknownOption(command, quoted);
    case 'commander.unknownCommand':
      return unknownCommand(command, quoted);
    case 'commander.invalidArgument':
      return wrongChoice(message, command);
    default:
      // No command declares what would lead here: options that exclude each other, or a program for a subcommand. Options that
      // must be there are asked for once those of the environment and of a config file are known (`added.ts`).
      return new UsageError(message.replace(/^error: /, ''), seeHelp(command));
  }
}

/** The command needs an option that has these flags. */
export function missingOption(command: CommandUnknownOpts, flags: string): UsageError {
  const { name, value } = parts(flags);
  return new UsageError(`${pathOf(command)} needs ${name}`, `add ${name} ${value}; ${seeHelp(command)}`);
}

function seeHelp(command: CommandUnknownOpts): string {
  return `see ${['trail-verify', pathOf(command), '--help'].filter((word) => word !== '').join(' ')}`;
}

/** `--keys <file...>` as its name and its value. */
function parts(flags: string): { readonly name: string; readonly value: string } {
  const [, name = flags, value = ''] = /^(?:-\w, )?(--[a-z0-9-]+) ?(.*)$/.exec(flags) ?? [];
  return { name, value };
}

/** The command with its arguments, as its help writes them. */
function usageOf(command: CommandUnknownOpts): string {
  const named = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return ['trail-verify', pathOf(command), ...named].join(' ');
}

function excess(command: CommandUnknownOpts): UsageError {
  const [first = ''] = command.args.slice(command.registeredArguments.length);
  return new UsageError(
    `${pathOf(command)}: ${JSON.stringify(first)} is one argument too many`,
    `write ${usageOf(command)}; quote a name that has spaces`,
  );
}

function unknownOption(command: CommandUnknownOpts, text: string): UsageError {
  const path = pathOf(command);
  const known = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);
  return new UsageError(
    `${path === '' ? 'there is' : `${path} has`} no option ${JSON.stringify(text)}`,
    suggestionHint(text.replace(/=.*$/s, ''), [...known, '--help'], seeHelp(command)),
  );
}

/** There is no command of that name below `command`. */
export function unknownCommand(command: CommandUnknownOpts, name: string): UsageError {
  const path = pathOf(command);
  const known = command.commands.map((one) => one.name());
  return new UsageError(
    `${path === '' ? 'there is' : `${path} has`} no command ${JSON.stringify(name)}`,
    suggestionHint(name, known, `there are ${known.join(', ')}`),
  );
}

/** The parser says which option, which text, and what it may be. */
function wrongChoice(message: string, command: CommandUnknownOpts): UsageError {
  const ofArgument =
    /^error: command-argument value '(.*)' is invalid for argument '(.*?)'\. Allowed choices are (.*)\.$/s.exec(
      message,
    );
  if (ofArgument !== null) {
    const [, given = '', name = '', all = ''] = ofArgument;
    return new UsageError(
      `${pathOf(command)}: there is no ${name} ${JSON.stringify(given)}`,
      suggestionHint(given, all.split(', '), `give one of ${all}`),
    );
  }
  const [, flags, text = '', list = ''] =
    /^error: option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s.exec(message) ?? [];
  if (flags === undefined) return new UsageError(message.replace(/^error: /, ''), seeHelp(command));
  const choices = list.split(', ');
  return new UsageError(
    `${parts(flags).name}: there is no ${JSON.stringify(text)}`,
    suggestionHint(text, choices, `give one of ${choices.join(', ')}`),
  );
}
