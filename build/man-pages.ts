/** Manual pages, made of the command line as it is: one for the program, one for each command (man(7)). */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CommandUnknownOpts as Command } from '@commander-js/extra-typings';
import { VERSION } from '../src/base/version.ts';
import { commandTree, everyCommand, type TreeCommand } from '../src/cli/completion/command-tree.ts';
import type { Terminal } from '../src/cli/io/terminal.ts';
import { buildProgram } from '../src/cli/program.ts';

/** One page by its file's name. */
interface ManPage {
  readonly name: string;
  readonly text: string;
}

/** Writes all pages into `folder`, which is made anew. */
export function writeManPages(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, text } of manPages()) writeFileSync(path.join(folder, name), text);
}

/** All pages; `help` of a command, which is taught by `--help`, has none. */
export function manPages(): readonly ManPage[] {
  let written = '';
  const sink = {
    write: (text: string) => {
      written += text;
    },
    isTerminal: false,
    columns: 80,
  };
  const terminal: Terminal = {
    out: sink,
    error: sink,
    environment: {},
    onInterrupt: () => () => {},
    readSecret: async () => undefined,
    kill: () => {},
  };
  const program = buildProgram(terminal, () => {});
  /** What the help says behind its lists: examples and exit codes. */
  const epilogueOf = (words: readonly string[]): string => {
    let command: Command = program;
    for (const word of words) command = command.commands.find((one) => one.name() === word) ?? command;
    written = '';
    command.outputHelp();
    return written.slice(command.helpInformation().length);
  };
  const pages = everyCommand(commandTree(program)).filter(({ words }) => words.at(-1) !== 'help');
  const names = pages.map(({ words }) => nameOf(words));
  return pages.map((command) => ({
    name: `${nameOf(command.words)}.1`,
    text: page(command, epilogueOf(command.words), names),
  }));
}

function nameOf(words: readonly string[]): string {
  return ['trail-verify', ...words].join('-');
}

function page(command: TreeCommand, epilogue: string, names: readonly string[]): string {
  const { words, summary, description, usage, options, commands, arguments: places } = command;
  const own = nameOf(words);
  const others = names.filter(
    (name) => name !== own && (words.length === 0 || name === 'trail-verify' || name.startsWith(`${own}-`)),
  );
  const sections = [
    section('NAME', `${line(own)} \\- ${line(summary.replace(/\.$/, ''))}`),
    section('SYNOPSIS', `.B ${line(usage)}`),
    section('DESCRIPTION', line(description)),
    section('ARGUMENTS', places.map(({ term, description: text }) => item(term, text)).join('\n')),
    section('OPTIONS', options.map(({ flags, description: text }) => item(flags, text)).join('\n')),
    section(
      'COMMANDS',
      commands.map(({ words: below, summary: text }) => item(below.at(-1) ?? '', text)).join('\n'),
    ),
    ...epilogueSections(epilogue),
    section('SEE ALSO', others.map((name) => `.BR ${line(name)} (1)`).join(' ,\n')),
  ];
  return `.TH ${line(own.toUpperCase())} 1 "" "trail\\-verify ${VERSION}" "trail\\-verify"\n${sections.join('')}`;
}

/** A heading with what is below it; nothing without that. */
function section(title: string, body: string): string {
  return body === '' ? '' : `.SH ${title}\n${body}\n`;
}

function item(term: string, text: string): string {
  return `.TP\n.B ${line(term)}\n${line(text)}`;
}

/** The text behind the lists, laid out as it is: examples, and all else as notes. */
function epilogueSections(text: string): readonly string[] {
  const blocks = text.split('\n\n').map((block) => block.replace(/^\n+|\n+$/g, ''));
  const examples = blocks.filter((block) => block.startsWith('Examples:\n'));
  const notes = blocks.filter((block) => block !== '' && !block.startsWith('Examples:\n'));
  return [
    section('EXAMPLES', examples.map((block) => asIs(block.replace(/^Examples:\n/, ''))).join('\n')),
    section('NOTES', notes.map(asIs).join('\n.PP\n')),
  ];
}

function asIs(text: string): string {
  return `.nf\n${text
    .split('\n')
    .map((one) => line(one.trim()))
    .join('\n')}\n.fi`;
}

/** One line of text for roff: none of its characters is a request or an escape. */
function line(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    // Terminals without it show nothing in its place.
    .replaceAll('…', '...');
  const ascii = escaped.replaceAll(/[^\0-\x7f]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  });
  return ascii.replaceAll('\n', ' ').replace(/^\./, '\\&.');
}
