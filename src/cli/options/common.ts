/**
 * The parts of every command's options. A group of options is one function: it declares them on a command, each with its
 * parser and its help, and returns the reader that checks them together. Their types are inferred from the declarations:
 *
 *     export function speedOptions(command: AnyCommand): () => SpeedSettings {
 *       const options = command.option('--max-rate <n>', 'requests per second', countParser('--max-rate', 1, 1000));
 *       return () => ({ maxRate: options.opts().maxRate });
 *     }
 *
 * Help and a wrong option must answer at once: nothing in here loads the library.
 */
import { existsSync } from 'node:fs';
import type { Command, CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { maskedUrl } from '../../base/masked-url.ts';

/** A command whatever its arguments, before it has options: groups of options are added to it one by one. */
export type AnyCommand = Command<unknown[]>;

/** Runs a command, once its options are known to be good, and takes care of its exit code. */
export type Run<Settings> = (settings: Settings) => Promise<void>;

/**
 * A wrong use of the command, found while its options are read: exit 2. A class of its own, because the library
 * and its AWS clients are loaded only once the options are known to be good.
 */
export class UsageError extends Error {
  readonly code = 'USAGE';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** Collects the values of an option that may be repeated, for commander: gets one text and the earlier ones. */
export type ListParser = (text: string, before: readonly string[] | undefined) => readonly string[];

/** How the texts of a list option are parted. */
export interface ListRules {
  /** Looks at each value. Throws UsageError for a wrong one. */
  readonly check?: ((value: string) => void) | undefined;
  /** Parts a text whose values may hold commas themselves; else every comma parts two. */
  readonly split?: ((text: string) => readonly string[]) | undefined;
}

/**
 * The parser of an option that takes a list: values parted by commas, the option repeated, or both. Throws UsageError for a
 * list with an empty value, which would else be no list at all and mean everything.
 */
export function listParser(
  option: string,
  { check = () => {}, split = (text) => text.split(',') }: ListRules = {},
): ListParser {
  const parse: ListParser = (text, before) => {
    const parts = split(text);
    const values = parts.length === 1 ? parts : parts.map((part) => part.trim());
    if (values.some((value) => value.trim() === '')) {
      throw new UsageError(
        `${option}: ${JSON.stringify(text)} has an empty value`,
        `write values with one comma between two, or repeat ${option}`,
      );
    }
    for (const value of values) check(value);
    return [...new Set([...(before ?? []), ...values])];
  };
  LIST_PARSERS.add(parse);
  return parse;
}

/** The parsers of options that may be repeated. */
const LIST_PARSERS = new WeakSet<object>();

/** The parser of an option that may be repeated, and whose texts are no lists. */
export function repeatable<Parser extends object>(parser: Parser): Parser {
  LIST_PARSERS.add(parser);
  return parser;
}

/** Whether an option may be repeated, and has a list of values. */
export function isList({ variadic, parseArg }: Option): boolean {
  return variadic || (parseArg !== undefined && LIST_PARSERS.has(parseArg));
}

/** Options of one value that say what must be there or can be accepted: dropping the first of two would drop a demand. */
const NEVER_DROPPED = ['--expect', '--accept', '--trail-arn', '--require-checkpoint', '--config'];

/**
 * Has every option of one value, of the command and of those below it, refuse an empty value; and those that are never dropped, a
 * second value. Of all others the last value counts, as wrappers of the command need it. Throws UsageError while the command line is
 * read; for one command line only.
 */
export function requireOneValueEach(command: CommandUnknownOpts): void {
  for (const option of command.options) {
    const { parseArg, long } = option;
    if (!option.required || isList(option)) continue;
    let given: string | undefined;
    option.argParser((text: string, before: unknown) => {
      if (given !== undefined && given !== text && NEVER_DROPPED.includes(long ?? ''))
        throw new UsageError(`${long} was given twice`, 'it takes one value: leave one of them out');
      if (text.trim() === '')
        throw new UsageError(`${long}: the value is empty`, 'give a value, or leave it out');
      given = text;
      return parseArg === undefined ? text : parseArg(text, before);
    });
  }
  for (const below of command.commands) requireOneValueEach(below);
}

/** The sentence in the help of an option that takes several file names. */
export const FILES_RULE = 'a,b is two files, unless only a file called a,b is there';

/**
 * The parser of an option that takes several file names. A text that names an existing file is that file, even if it holds commas.
 * Throws UsageError where it could be a list as well: a file of that name can be planted where the list was meant.
 */
export function fileListParser(option: string): ListParser {
  const split = (text: string): readonly string[] => {
    const parts = text.split(',');
    if (parts.length === 1 || !existsSync(text)) return parts;
    if (!parts.some((part) => existsSync(part.trim()))) return [text];
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} can be one file or a list of files`,
      `repeat ${option} for each file, and rename the one whose name has a comma`,
    );
  };
  return listParser(option, { split });
}

/** The parser of an option that takes a whole number between two bounds. Throws UsageError for another text. */
export function countParser(option: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (count >= least && count <= most) return count;
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is not a whole number from ${least} to ${most}`,
      `for example ${option} ${Math.min(most, Math.max(least, 32))}`,
    );
  };
}

/** The parser of an option that takes an http or https address; `example` is one. Throws UsageError for another text. */
export function httpParser(option: string, example: string): (text: string) => string {
  return (text) => {
    if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
    throw new UsageError(
      `${option}: ${JSON.stringify(maskedUrl(text))} is not an http or https address`,
      `for example ${option} ${example}`,
    );
  };
}

/** Begins the last group of a command's help with --verbose as most commands have it. */
export function verboseOption(command: AnyCommand): () => boolean {
  lastGroup(command);
  const options = command.option('--verbose', 'print the stack of an error');
  return () => options.opts().verbose ?? false;
}

/** Begins the last group of a command's help: the options of no other group, and --help. */
export function lastGroup(command: AnyCommand): void {
  command.optionsGroup('Other options:').helpOption('-h, --help', 'print help for a command');
}

/** The choice of --progress and --no-progress; undefined where neither was given. */
export function progressOption(command: AnyCommand): () => boolean | undefined {
  const options = command
    .option('--progress', 'show progress on standard error (default: on a terminal)')
    .option('--no-progress', 'show no progress');
  return () => options.opts().progress;
}

/** The option of commands that write one file or to standard output. */
export function outputFileOption(command: AnyCommand): () => string | undefined {
  const options = command.option(
    '--output <file>',
    'file to write; must not exist yet (default: standard output)',
    (text) => {
      if (text !== '-') return text;
      throw new UsageError(
        '--output: "-" is no file',
        'leave --output out: standard output is what it writes to then',
      );
    },
  );
  return () => options.opts().output;
}

/** The names that files of results have, by the form that is in them. */
const FILE_NAMES: readonly (readonly [form: string, name: RegExp])[] = [
  ['html', /\.x?html?$/i],
  ['pdf', /\.pdf$/i],
  ['json', /\.json$/i],
  ['ndjson', /\.(?:ndjson|jsonl)$/i],
  ['markdown', /\.(?:md|markdown)$/i],
  ['csv', /\.csv$/i],
  ['junit', /\.xml$/i],
  ['sarif', /\.sarif$/i],
  ['parquet', /\.parquet$/i],
  ['text', /\.(?:txt|text|log)$/i],
  ['archive', /\.(?:tar|tgz|gz|zip)$/i],
];

/**
 * The parser of an option that takes a folder of results. Throws UsageError for `-` and for the name of a file, with the words
 * that `instead` has for such a form; `stem` is the name without its ending, and undefined for `-`.
 */
export function folderParser(
  option: string,
  instead: (form: string, stem: string | undefined) => string,
): (text: string) => string {
  return (text) => {
    if (text === '-')
      throw new UsageError(`${option}: "-" is no folder`, instead('standard output', undefined));
    const [form, name] = FILE_NAMES.find(([, ending]) => ending.test(text)) ?? [];
    if (form === undefined || name === undefined) return text;
    throw new UsageError(
      `${option}: ${JSON.stringify(text)} is the name of a file, and a folder is written`,
      instead(form, text.replace(name, '')),
    );
  };
}
