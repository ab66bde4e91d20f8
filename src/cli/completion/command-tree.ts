/** The command line as plain data, for what is made of it: completion scripts and manual pages. Hidden options are left out. */
import type { Argument, CommandUnknownOpts as Command, Option } from '@commander-js/extra-typings';

/** What a value is, as far as a shell can complete it. */
export type ValueKind = 'file' | 'folder' | 'choice' | 'other';

/** The value of an option or argument. */
export interface TreeValue {
  /** As in the help, without brackets: `file`. */
  readonly name: string;
  readonly kind: ValueKind;
  /** None unless it is a choice. */
  readonly choices: readonly string[];
}

/** An option of a command. */
export interface TreeOption {
  /** With its dashes. */
  readonly long: string;
  readonly short: string | undefined;
  /** As in the help: `-V, --version`. */
  readonly flags: string;
  readonly description: string;
  /** Undefined for an option that takes none. */
  readonly value: TreeValue | undefined;
}

/** An argument of a command. */
export interface TreeArgument {
  /** As in the help: `[target]`. */
  readonly term: string;
  readonly description: string;
  readonly value: TreeValue;
}

/** A command, and those below it. */
export interface TreeCommand {
  /** The words that call it, without the program's own; empty for the program. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly usage: string;
  readonly options: readonly TreeOption[];
  readonly arguments: readonly TreeArgument[];
  readonly commands: readonly TreeCommand[];
}

/** Names of values that are files, and of those that are folders. */
const FILES: ReadonlySet<string> = new Set([
  'file',
  'file or uri',
  'place',
  'prefix',
  'proof',
  'report.json',
]);
const FOLDERS: ReadonlySet<string> = new Set(['bag', 'dir', 'folder', 'target']);

/** The data of a command and of all below it. */
export function commandTree(command: Command, words: readonly string[] = []): TreeCommand {
  const help = command.createHelp();
  return {
    words,
    summary: command.summary() || command.description(),
    description: command.description(),
    usage: help.commandUsage(command),
    options: help.visibleOptions(command).map((option) => ({
      long: option.long ?? option.short ?? option.flags,
      short: option.short,
      flags: option.flags,
      description: help.optionDescription(option),
      value: valueOfOption(option),
    })),
    arguments: command.registeredArguments.map((argument) => ({
      term: help.argumentTerm(argument),
      description: help.argumentDescription(argument),
      value: readValue(argument.name(), argument),
    })),
    commands: help.visibleCommands(command).map((below) => commandTree(below, [...words, below.name()])),
  };
}

/** All commands of a tree, each before those below it. */
export function everyCommand(tree: TreeCommand): readonly TreeCommand[] {
  return [tree, ...tree.commands.flatMap(everyCommand)];
}

function valueOfOption(option: Option): TreeValue | undefined {
  const [, name] = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(option.flags) ?? [];
  return name === undefined ? undefined : readValue(name, option);
}

function readValue(name: string, { argChoices: choices = [] }: Option | Argument): TreeValue {
  if (choices.length > 0) return { name, kind: 'choice', choices };
  const kind = FILES.has(name) ? 'file' : FOLDERS.has(name) ? 'folder' : 'other';
  return { name, kind, choices };
}
