/**
 * The options that the environment and a config file add to a command line. Each is read by its own parser, as if it were typed.
 * Typed options come first, then the environment, then the file. All names are those of the command line's own tree.
 */

import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { TrailVerifyError } from '../../base/errors.ts';
import { suggestionHint, suggestionsFor } from '../../base/suggest.ts';
import { sha256 } from '../../crypto/hash.ts';
import { escapeTerminal } from '../../render/escape.ts';
import type { InputFile } from '../../report/report.ts';
import { type Additions, CONFIG_VARIABLE, commandsBelow, PREFIX } from '../options/added.ts';
import { isList, UsageError } from '../options/common.ts';
import { pathOf } from '../options/misuse.ts';
import { type ConfigEntry, type ConfigValue, placeIn, readConfigFile, wrongFile } from './config-file.ts';
import { isOfItsWriter } from './files.ts';
import type { Terminal } from './terminal.ts';

/** Variables of this program that set no option: see docs/performance.md, examples/nightly.sh and --signer-cmd. */
const OTHER_VARIABLES: readonly string[] = ['NATIVE', 'HOME', 'ALGORITHM'].map((name) => PREFIX + name);

/** Options that say the same as others, or take their place: one that is nearer to the user puts the others out. */
const RIVALS: Readonly<Record<string, readonly string[]>> = {
  '--from': ['--start-time', '--month'],
  '--start-time': ['--from', '--month'],
  '--to': ['--end-time', '--month'],
  '--end-time': ['--to', '--month'],
  '--month': ['--from', '--start-time', '--to', '--end-time'],
  '--account': ['--account-id'],
  '--account-id': ['--account'],
};

/** What was said of one option. */
interface Said {
  readonly option: Option;
  /** As it would be typed: none where a flag is off. */
  readonly typed: readonly string[];
  readonly origin: string;
}

/**
 * Sets the options of `command` that were not typed, and returns what was set. Warns of variables that no option has. Throws
 * UsageError for a value that its option refuses, and CONFIGURATION for a file that is not understood or not trusted.
 */
export async function addSettings(
  program: CommandUnknownOpts,
  command: CommandUnknownOpts,
  terminal: Terminal,
): Promise<Additions> {
  try {
    return await add(program, command, terminal.environment);
  } finally {
    // Last, because any variable may hold the passphrase; and after an error too, which a mistyped one may be the cause of.
    warnOfUnknown(program, command, terminal);
  }
}

async function add(
  program: CommandUnknownOpts,
  command: CommandUnknownOpts,
  environment: Terminal['environment'],
): Promise<Additions> {
  const typed: string[] = [];
  const origins = new Map<string, string>();
  const taken = new Set(
    optionsOf(command)
      .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
      .flatMap(namesTaken),
  );
  const take = (level: 'env' | 'config', said: readonly Said[]): void => {
    const open = said.filter(({ option }) => !taken.has(option.attributeName()));
    for (const one of open) {
      set(command, level, one);
      typed.push(...one.typed);
      if (one.typed.length > 0 && one.option.long) origins.set(one.option.long, one.origin);
    }
    for (const { option } of open) for (const name of namesTaken(option)) taken.add(name);
  };
  take('env', ofEnvironment(command, environment));
  if (optionsOf(command).length === 0) return { arguments: typed, origins, configFile: undefined };
  const file = command.getOptionValue('config') ?? environment[CONFIG_VARIABLE];
  if (typeof file !== 'string') return { arguments: typed, origins, configFile: undefined };
  if (file.trim() === '')
    throw new UsageError(`environment variable ${CONFIG_VARIABLE} is empty`, 'name a file, or unset it');
  let configFile: InputFile | undefined;
  const entries = await readConfigFile(file, (name, bytes) => {
    configFile = { role: 'config', name, sha256: sha256(bytes) };
  });
  take('config', ofFile(program, command, entries, file));
  await requireOwnWord(file, command);
  return { arguments: typed, origins, configFile };
}

/** The options that can be set elsewhere: all but --config itself. */
function optionsOf(command: CommandUnknownOpts): readonly Option[] {
  return command.options.filter(({ long }) => long !== '--config');
}

function nameOf({ long }: Option): string {
  return (long ?? '').replace(/^--/, '');
}

function variableOf(option: Option): string {
  return PREFIX + nameOf(option).toUpperCase().replaceAll('-', '_');
}

/** The options that nobody further away can set, once this one is set. */
function namesTaken(option: Option): readonly string[] {
  const rivals = RIVALS[option.long ?? ''] ?? [];
  return [
    option.attributeName(),
    ...rivals.map((long) => long.slice(2).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())),
  ];
}

/** Has the option's own parser read the value. The parser of the command line counts it as typed; it is not. */
function set(command: CommandUnknownOpts, level: 'env' | 'config', { option, typed, origin }: Said): void {
  try {
    for (const one of typed) command.parseOptions([one]);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${origin}: ${error.message}`, error.hint);
    throw error;
  }
  if (typed.length === 0) return;
  const name = option.attributeName();
  command.setOptionValueWithSource(name, command.getOptionValue(name), level);
}

/** One of the command's options by variable, as far as the environment has them. */
function ofEnvironment(command: CommandUnknownOpts, environment: Terminal['environment']): readonly Said[] {
  const said: Said[] = [];
  for (const option of optionsOf(command)) {
    const variable = variableOf(option);
    const text = environment[variable];
    if (text === undefined) continue;
    const origin = `environment variable ${variable}`;
    if (option.required || option.optional) {
      said.push({ option, origin, typed: [`${option.long}=${text}`] });
      continue;
    }
    const isOn = text === 'true' || text === '1';
    if (!isOn && text !== 'false' && text !== '0')
      throw new UsageError(
        `${origin}: ${JSON.stringify(text)} is neither true nor false`,
        `write ${variable}=true, or unset it`,
      );
    said.push({ option, origin, typed: isOn ? [option.long ?? ''] : [] });
  }
  requireNoContradiction(said);
  return said;
}

/** A mistyped variable must not pass in silence: a demand would be gone. */
function warnOfUnknown(
  program: CommandUnknownOpts,
  command: CommandUnknownOpts,
  { environment, error }: Terminal,
): void {
  const options = commandsBelow(program).flatMap(optionsOf);
  const known = new Set([CONFIG_VARIABLE, ...OTHER_VARIABLES, ...options.map(variableOf)]);
  // One may have any name that holds the passphrase.
  known
    .add(environment[`${PREFIX}PASSPHRASE_ENV`] ?? '')
    .add(String(command.getOptionValue('passphraseEnv')));
  for (const name of Object.keys(environment).sort()) {
    if (!name.startsWith(PREFIX) || known.has(name)) continue;
    const [meant] = suggestionsFor(
      name.slice(PREFIX.length),
      [...known].map((one) => one.slice(PREFIX.length)),
    );
    const hint = meant === undefined ? '' : `: did you mean ${PREFIX}${meant}?`;
    error.write(`warning: no option has the environment variable ${escapeTerminal(name)}${hint}\n`);
  }
}

/** The options that a config file sets for a command: those at its top, and over them those of the command's own section. */
function ofFile(
  program: CommandUnknownOpts,
  command: CommandUnknownOpts,
  entries: readonly ConfigEntry[],
  file: string,
): readonly Said[] {
  const commands = new Map(commandsBelow(program).map((one) => [pathOf(one), one] as const));
  const everyOption = [...commands.values()].flatMap(optionsOf);
  const atTop: Said[] = [];
  const inSection: Said[] = [];
  for (const entry of entries) {
    const of = commands.get(entry.name);
    // `plan` and `worker` are options as well: an option has no options below it.
    const isOption = entry.value.kind !== 'section' && everyOption.some((one) => nameOf(one) === entry.name);
    if (of !== undefined && !isOption) {
      const said = ofSection(entry, of, file);
      if (of === command) inSection.push(...said);
      continue;
    }
    const options = everyOption.filter((option) => nameOf(option) === entry.name);
    const [first] = options;
    if (first === undefined) throw unknownName(entry, everyOption, [...commands.keys()], file);
    // Commands may have it in other forms: that of the command counts, or any where it has none.
    const own = optionsOf(command).find((option) => nameOf(option) === entry.name);
    const read = readSaid(own ?? first, entry, file);
    if (own !== undefined) atTop.push(read);
  }
  requireNoContradiction(atTop);
  requireNoContradiction(inSection);
  const near = new Set(inSection.flatMap(({ option }) => namesTaken(option)));
  return [...inSection, ...atTop.filter(({ option }) => !near.has(option.attributeName()))];
}

function ofSection(
  { name, line, value }: ConfigEntry,
  command: CommandUnknownOpts,
  file: string,
): readonly Said[] {
  if (value.kind !== 'section' || value.entries.length === 0)
    throw wrongFile(
      file,
      line,
      `${name} is a command, and has no options here`,
      `write its options below it, or leave ${name} out`,
    );
  const options = optionsOf(command);
  return value.entries.map((entry) => {
    const option = options.find((one) => nameOf(one) === entry.name);
    if (option === undefined) throw unknownName(entry, options, [], file, name);
    return readSaid(option, entry, file);
  });
}

function unknownName(
  { name, line }: ConfigEntry,
  options: readonly Option[],
  commands: readonly string[],
  file: string,
  command?: string | undefined,
): TrailVerifyError {
  const known = [...new Set(options.filter(({ hidden }) => !hidden).map(nameOf)), ...commands];
  const bare = name.replace(/^--/, '').replaceAll('_', '-');
  const who = command === undefined ? 'no command has' : `${command} has no`;
  const what = command === undefined ? `an option ${JSON.stringify(name)}` : `option ${JSON.stringify(name)}`;
  const otherwise = `see trail-verify ${command ?? 'COMMAND'} --help; names are those of the options, without dashes before them`;
  if (name === 'config')
    return wrongFile(file, line, 'a config file names no other', 'write all options into one file');
  return wrongFile(file, line, `${who} ${what}`, suggestionHint(bare, known, otherwise));
}

/** Throws UsageError where one source sets an option twice, such as progress and no-progress. */
function requireNoContradiction(said: readonly Said[]): void {
  const seen = new Map<string, Said>();
  for (const one of said) {
    if (one.typed.length === 0) continue;
    const before = seen.get(one.option.attributeName());
    if (before !== undefined)
      throw new UsageError(
        `${before.option.long} and ${one.option.long} contradict each other: ${before.origin} and ${one.origin}`,
        'leave one of them out',
      );
    seen.set(one.option.attributeName(), one);
  }
}

function readSaid(option: Option, { name, line, value }: ConfigEntry, file: string): Said {
  const origin = placeIn(file, line);
  const isFlag = !option.required && !option.optional;
  if (isFlag) {
    if (value.kind !== 'flag')
      throw wrongFile(
        file,
        line,
        `${name} is neither true nor false`,
        `write ${name}: true, or leave it out`,
      );
    return { option, origin, typed: value.on ? [option.long ?? ''] : [] };
  }
  const texts = isList(option) && value.kind === 'list' ? value.items : [value];
  if (texts.length === 0)
    throw wrongFile(file, line, `${name} is an empty list`, 'give a value, or leave it out');
  return {
    option,
    origin,
    typed: texts.map((one) => `${option.long}=${readText(one, name, isList(option), file)}`),
  };
}

function readText(value: ConfigValue, name: string, isList: boolean, file: string): string {
  const wrong = (why: string, hint: string) => wrongFile(file, value.line, `${name} ${why}`, hint);
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'flag':
      throw wrong('takes a text', `put it in quotes: ${name}: "${value.on}"`);
    case 'nothing':
      throw wrong('has no value', 'give a value, or leave it out');
    case 'list':
      throw isList
        ? wrong('has a list in a list', 'write its values one by one')
        : wrong('takes one value, and here is a list', `write ${name}: value`);
    case 'section':
      throw wrong('takes a text, and here are names with values', `write ${name}: value`);
  }
}

/** Throws CONFIGURATION for a file in what is verified: its writer could choose what is asked, and what is accepted. */
async function requireOwnWord(file: string, command: CommandUnknownOpts): Promise<void> {
  const events: unknown = command.getOptionValue('events');
  for (const place of [...command.args, ...(typeof events === 'string' ? [events] : [])]) {
    if ((await lstat(place).catch(() => undefined)) === undefined) continue;
    const isFolder = await stat(place).then(
      (status) => status.isDirectory(),
      () => false,
    );
    // What is handed over with a report or a proof is its sender's.
    if (!(await isOfItsWriter(file, isFolder ? place : path.dirname(place)))) continue;
    throw new TrailVerifyError(
      'CONFIGURATION',
      `config file ${file} is in ${place}, which is to be checked`,
      {
        hint: 'keep it elsewhere: the writer of the folder can have written it',
      },
    );
  }
}
