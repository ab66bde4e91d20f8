/** Passphrases and codes: from where the options say, or typed at a terminal that does not show them. */
import { TrailVerifyError } from '../../../base/errors.ts';
import { strictText } from '../../../base/json.ts';
import { escapeTerminal } from '../../../render/escape.ts';
import type { AccessSettings } from '../../options/access.ts';
import type { PassphraseSource } from '../../options/signing.ts';
import { readGiven } from '../files.ts';

/** The place of a passphrase, or the way to ask for it: a part of the command's terminal. */
interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readSecret(prompt: string): Promise<string | undefined>;
}

/** Nobody types more, and a file that holds more is another file. */
const MAX_LENGTH = 4096;

/**
 * The passphrase for `name`, from where the options say; undefined where the terminal is to be asked and there is none.
 * Throws CONFIGURATION where it is not there or too long.
 */
export async function readPassphrase(
  source: PassphraseSource,
  name: string,
  terminal: Surroundings,
): Promise<string | undefined> {
  switch (source.kind) {
    case 'environment': {
      const value = terminal.environment[source.name];
      if (value !== undefined) return value;
      throw new TrailVerifyError('CONFIGURATION', `the environment has no variable ${source.name}`, {
        hint: 'put the passphrase into that variable, or name another with --passphrase-env',
      });
    }
    case 'file':
      return readPassphraseFile(source.file);
    case 'terminal':
      return terminal.readSecret(`Passphrase for ${escapeTerminal(name)}: `);
  }
}

/** The first line of the file; a line's end is no part of it. */
async function readPassphraseFile(file: string): Promise<string> {
  const bytes = await readGiven(file, {
    what: 'passphrase file',
    most: MAX_LENGTH + 2,
    code: 'CONFIGURATION',
    isSecret: true,
  });
  const passphrase = strictText(bytes, true)?.replace(/\r?\n$/, '');
  if (passphrase !== undefined && passphrase.length <= MAX_LENGTH && !/[\r\n]/.test(passphrase))
    return passphrase;
  throw new TrailVerifyError('CONFIGURATION', `passphrase file ${file} does not hold one line of UTF-8`, {
    hint: 'write the passphrase, and nothing else, into the file',
  });
}

/** A terminal's input, as far as reading a secret needs it. */
export interface SecretInput {
  setRawMode(raw: boolean): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
}

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const CTRL_U = '\u0015';

/** Asks for one line without showing the typed characters; undefined where the input ends first. Throws INTERRUPTED on ctrl-C. */
export function readSecret(
  input: SecretInput,
  write: (text: string) => void,
  prompt: string,
): Promise<string | undefined> {
  write(prompt);
  // In raw mode the terminal echoes nothing, and ctrl-C arrives as a character.
  input.setRawMode(true);
  input.resume();
  return new Promise((settle, refuse) => {
    let secret = '';
    const end = (act: () => void): void => {
      input.off('data', take);
      input.setRawMode(false);
      input.pause();
      write('\n');
      act();
    };
    const decoder = new TextDecoder();
    const take = (chunk: Buffer): void => {
      for (const character of decoder.decode(chunk, { stream: true })) {
        if (character === '\r' || character === '\n') {
          end(() => settle(secret));
          return;
        }
        if (character === CTRL_C) {
          end(() => refuse(new TrailVerifyError('INTERRUPTED', 'interrupted at a question')));
          return;
        }
        if (character === CTRL_D && secret === '') {
          end(() => settle(undefined));
          return;
        }
        if (character === '\u007f' || character === '\b') secret = [...secret].slice(0, -1).join('');
        else if (character === CTRL_U) secret = '';
        else secret += character;
      }
    };
    input.on('data', take);
  });
}

/** The access of a command, which asks at its terminal for the code that a profile needs. */
export function askingAt(terminal: Pick<Surroundings, 'readSecret'>, access: AccessSettings): AccessSettings {
  const mfaCode = (serial: string, profile: string): Promise<string | undefined> =>
    terminal.readSecret(
      `Code of the MFA device ${escapeTerminal(serial)} for profile ${escapeTerminal(profile)}: `,
    );
  return { ...access, mfaCode };
}
