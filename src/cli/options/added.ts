/**
 * Options that nobody typed: those of the environment (`TRAIL_VERIFY_FAIL_ON`) and of a config file (`--config FILE`). They are
 * added to a command line once it was read, and before its options are checked together. So parsers, contradictions and
 * requirements are the same for all. Without any of them nothing is loaded here.
 */
import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import type { InputFile } from '../../report/report.ts';
import type { Terminal } from '../io/terminal.ts';
import { UsageError } from './common.ts';
import { missingOption, pathOf } from './misuse.ts';

/** What was added to a command line. */
export interface Additions {
  /** The options as one would type them: `--fail-on=invalid`. */
  readonly arguments: readonly string[];
  /** Where each of them is from, by its name with dashes, in words for a message. */
  readonly origins: ReadonlyMap<string, string>;
  /** The config file, for the record of a run. */
  readonly configFile: InputFile | undefined;
}

const NOTHING: Additions = { arguments: [], origins: new Map(), configFile: undefined };

/** A command line (without the program's name), and what was added to it once it was read. */
export interface CommandLine {
  readonly typed: readonly string[];
  /** Set while the line is read. */
  added: Additions;
  /** The words of the command that is called, once that is known. */
  words: readonly string[];
}

/** A command line as it was typed. */
export function typedLine(typed: readonly string[]): CommandLine {
  return { typed, added: NOTHING, words: [] };
}

/** The whole line as it would be typed without environment and file. What was typed comes last, because the last value counts. */
export function wholeLine({ typed, added, words }: CommandLine): readonly string[] {
  if (added.arguments.length === 0) return typed;
  return [...words, ...added.arguments, ...typed.slice(words.length)];
}

/** What the report of a run says of its command line. */
export interface RunRecord {
  /** All arguments, those of environment and config file among them. */
  readonly args: readonly string[];
  readonly configFile: InputFile | undefined;
}

/** The record of a line that was read. */
export function recordOf(line: CommandLine): RunRecord {
  return { args: wholeLine(line), configFile: line.added.configFile };
}

/** The beginning of every variable that sets an option, or something else of this program. */
export const PREFIX = 'TRAIL_VERIFY_';
/** The variable of --config. */
export const CONFIG_VARIABLE: string = `${PREFIX}CONFIG`;

/** Sets the options of a command that were not typed, and returns what was set. */
export type FindAdditions = (
  program: CommandUnknownOpts,
  command: CommandUnknownOpts,
  terminal: Terminal,
) => Promise<Additions>;

/**
 * Gives each command that has options --config as well. Has every option that was not typed taken from the environment or from that
 * file, with what it needs checked afterwards. Throws UsageError while the line is read, and CONFIGURATION for the file.
 */
export function addElsewhere(
  program: CommandUnknownOpts,
  line: CommandLine,
  terminal: Terminal,
  find: FindAdditions,
): void {
  const mandatory = new Map<CommandUnknownOpts, readonly Option[]>();
  for (const command of commandsBelow(program)) {
    if (command.options.length === 0) continue;
    command.option('--config <file>', 'file of options, in YAML or JSON');
    // The parser would ask for them before they could be added.
    const needed = command.options.filter((option) => option.mandatory);
    for (const option of needed) option.makeOptionMandatory(false);
    mandatory.set(command, needed);
  }
  program.hook('preAction', async (_, command) => {
    const file = command.getOptionValue('config') ?? terminal.environment[CONFIG_VARIABLE];
    if (file !== undefined || Object.keys(terminal.environment).some((name) => name.startsWith(PREFIX))) {
      line.words = pathOf(command).split(' ');
      line.added = await find(program, command, terminal);
    }
    const missing = mandatory
      .get(command)
      ?.find((option) => command.getOptionValue(option.attributeName()) === undefined);
    if (missing !== undefined) throw missingOption(command, missing.flags);
  });
}

/** The commands that do something. */
export function commandsBelow(command: CommandUnknownOpts): readonly CommandUnknownOpts[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(commandsBelow);
}

/** The error with the origin of each option in it that nobody typed. */
export function withOrigins(error: unknown, { added }: CommandLine): unknown {
  if (!(error instanceof UsageError) || added.origins.size === 0) return error;
  const named = new Set(error.message.match(/--[a-z0-9-]+/g));
  const origins = [...added.origins]
    .filter(([option, origin]) => named.has(option) && !error.message.startsWith(origin))
    .map(([option, origin]) => `${option} is from ${origin}`);
  if (origins.length === 0) return error;
  return new UsageError(error.message, [error.hint ?? [], origins].flat().join('; '));
}
