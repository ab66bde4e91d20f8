/** Completion scripts, run by the shells themselves where they are here; and the manual pages, rendered where that can be. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { manPages } from '../../build/man-pages.ts';
import { actingCommands, commandLine } from '../../fixtures/options-page.ts';
import manifest from '../../package.json' with { type: 'json' };
import { SHELLS } from '../../src/cli/completion/scripts.ts';
import { runCommand } from '../support/command.ts';

/** Whether a program is here; says so where it is not, and its tests are skipped. */
function isHere(program: string): boolean {
  const found = spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!found) console.warn(`skipped: there is no ${program} here`);
  return found;
}

/** The choices of an option, as the command line has them. */
function choicesOf(name: string, option: string): string[] {
  const found = actingCommands(commandLine()).find((one) => one.name === `trail-verify ${name}`);
  const choices = found?.command.options.find(({ long }) => long === option)?.argChoices ?? [];
  expect(choices.length).toBeGreaterThan(1);
  return [...choices];
}

/** Without the calling terminal's own ways. */
const PLAIN = { ...process.env, LC_ALL: 'C.UTF-8', TERM: 'dumb' };
const folder = mkdtempSync(path.join(tmpdir(), 'trail-verify-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The script for a shell, in a file. */
async function scriptFile(shell: string): Promise<string> {
  const { exitCode, out, error } = await runCommand(['completion', shell]);
  expect({ exitCode, error }).toEqual({ exitCode: 0, error: '' });
  const file = path.join(folder, `completion.${shell}`);
  writeFileSync(file, out);
  return file;
}

beforeAll(() => {
  mkdirSync(path.join(folder, 'work/a folder'), { recursive: true });
  for (const name of ['a key.pem', "an 'other'.json", 'z.json'])
    writeFileSync(path.join(folder, 'work', name), '');
});

describe('in bash', () => {
  /** What bash offers in place of the last word. */
  async function offered(...words: readonly string[]): Promise<readonly string[]> {
    const file = await scriptFile('bash');
    const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _trail_verify; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = execFileSync('bash', ['--norc', '-c', program, 'bash', file, ...words], {
      encoding: 'utf8',
      cwd: path.join(folder, 'work'),
      env: PLAIN,
    });
    return out.split('\n').filter((word) => word !== '');
  }

  test('commands, and those below one', async () => {
    expect(await offered('trail-verify', 're')).toEqual(['report', 'recover']);
    expect(await offered('trail-verify', 'report', '')).toEqual(expect.arrayContaining(['verify', 'render']));
    expect(await offered('trail-verify', 'report', 'render', 'verify')).toEqual([]);
  });

  test('every option of every command, and no hidden one', async () => {
    for (const { name, command } of actingCommands(commandLine())) {
      const shown = command
        .createHelp()
        .visibleOptions(command)
        .map(({ long }) => long);
      expect(await offered(...name.split(' '), '--'), name).toEqual(shown);
    }
    expect(await offered('trail-verify', 'verify', '--s3')).toEqual([]);
  });

  test('the choices of an option, also behind =', async () => {
    const formats = choicesOf('verify', '--format');
    expect(await offered('trail-verify', 'verify', 'x', '--format', '')).toEqual(formats);
    expect(await offered('trail-verify', 'verify', '--format', '=')).toEqual(formats);
    expect(await offered('trail-verify', 'verify', '--format', '=', 'nd')).toEqual(['ndjson']);
    expect(await offered('trail-verify', 'completion', 'f')).toEqual(['fish']);
  });

  test('files where an option takes one, folders where it takes one, and else nothing', async () => {
    expect(await offered('trail-verify', 'verify', '--keys', 'a')).toEqual(
      expect.arrayContaining(['a key.pem', "an 'other'.json", 'a folder']),
    );
    expect(await offered('trail-verify', 'verify', '--output', 'a')).toEqual(['a folder']);
    expect(await offered('trail-verify', 'report', 'verify', 'z')).toEqual(['z.json']);
    expect(await offered('trail-verify', 'verify', '--from', '')).toEqual([]);
  });
});

test.each([
  ['bash', ['-n']],
  ['zsh', ['-n']],
  ['fish', ['--no-execute']],
] as const)('%s reads its script without an error', async (shell, flags) => {
  if (!isHere(shell)) return;
  const { status, stderr } = spawnSync(shell, [...flags, await scriptFile(shell)], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('fish offers commands, choices and files', async () => {
  if (!isHere('fish')) return;
  const file = await scriptFile('fish');
  const offered = (line: string): string[] =>
    execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C ${JSON.stringify(line)}`], {
      encoding: 'utf8',
      cwd: path.join(folder, 'work'),
      env: { ...PLAIN, HOME: folder },
    })
      .split('\n')
      .map((one) => one.replace(/\t.*/, ''))
      .filter((one) => one !== '');
  expect(offered('trail-verify report ')).toEqual(expect.arrayContaining(['render', 'verify']));
  expect(offered('trail-verify report render --format ').sort()).toEqual(
    choicesOf('report render', '--format').sort(),
  );
  expect(offered('trail-verify verify --keys z')).toEqual(['z.json']);
  expect(offered('trail-verify verify --from ')).toEqual([]);
});

describe('every script', () => {
  test.each(SHELLS)('%s: has every word of the command line', async (shell) => {
    const { out } = await runCommand(['completion', shell]);
    for (const { name, command } of actingCommands(commandLine())) {
      for (const word of name.split(' ')) expect(out).toContain(word);
      for (const option of command.createHelp().visibleOptions(command)) {
        expect(out).toContain((option.long ?? '').replace(/^--/, ''));
        for (const choice of option.argChoices ?? []) expect(out).toContain(choice);
      }
    }
    expect(out).not.toContain('undefined');
  });

  test('is offered by the command for every shell that there is one for', () => {
    const command = commandLine().commands.find((one) => one.name() === 'completion');
    expect(command?.registeredArguments[0]?.argChoices).toEqual([...SHELLS]);
  });

  test('of another shell is refused', async () => {
    const { exitCode, error } = await runCommand(['completion', 'tcsh']);
    expect(exitCode).toBe(2);
    expect(error).toContain('there is no shell "tcsh"\nhint: ');
  });
});

describe('manual pages', () => {
  const pages = manPages();
  /** All commands, with those that only hold others. */
  const names = ((): readonly string[] => {
    const below = (command: Command, name: string): readonly string[] => [
      `${name}.1`,
      ...command.commands
        .filter((one) => one.name() !== 'help')
        .flatMap((one) => below(one, `${name}-${one.name()}`)),
    ];
    return below(commandLine() as unknown as Command, 'trail-verify');
  })();

  test('there is one for each command, and package.json lists them', () => {
    expect(pages.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(manifest.man).toEqual([...names].sort().map((name) => `./dist/man/${name}`));
  });

  test('each has its options, and nothing in it is a request of roff that was not meant', () => {
    for (const { name, text } of pages) {
      expect(text).toMatch(/^\.TH TRAIL\\-VERIFY\S* 1 /);
      for (const heading of ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS'])
        expect(text).toContain(`.SH ${heading}\n`);
      const requests = [...text.matchAll(/^[.'](\S+)/gm)].map(([, request]) => request);
      for (const request of requests)
        expect(['TH', 'SH', 'TP', 'B', 'BR', 'PP', 'nf', 'fi'], name).toContain(request);
      // Every other character is written by its name.
      expect(text).toMatch(/^[\n -~]*$/);
    }
    const verify = pages.find(({ name }) => name === 'trail-verify-verify.1')?.text;
    expect(verify).toContain('.B \\-\\-format <format>\n');
    expect(verify).toContain('.SH EXAMPLES\n');
    expect(verify).toContain('Exit codes: 0 VALID, 1 INVALID');
  });

  test.each([
    ['mandoc', ['-T', 'lint', '-W', 'error']],
    ['groff', ['-mandoc', '-Tascii', '-ww']],
  ] as const)('%s renders each without a complaint', (program, flags) => {
    // mandoc knows no --version; it reads nothing from here.
    if (spawnSync(program, flags, { input: '' }).error !== undefined) {
      console.warn(`skipped: there is no ${program} here`);
      return;
    }
    for (const { name, text } of pages) {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      const { status, stdout, stderr } = spawnSync(program, [...flags, file], { encoding: 'utf8' });
      expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
      // Bold is a letter twice, or a sequence around the word.
      const words = stdout
        .split('\b')
        .map((piece, at, all) => (at < all.length - 1 ? piece.slice(0, -1) : piece));
      if (program === 'groff') expect(words.join('')).toContain('OPTIONS');
    }
  });
});
