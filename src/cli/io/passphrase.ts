import { TrailVerifyError } from '../../base/errors.ts';
import { strictText } from '../../base/json.ts';
import { escapeTerminal } from '../../render/escape.ts';
import { readGivenSecret } from '../../source/given-file.ts';
import type { PassphraseSource } from '../options/signing.ts';
import type { Terminal } from './terminal.ts';

/** Nobody types more, and a file that holds more is another file. */
const MAX_LENGTH = 4096;

/**
 * The passphrase for `name`, from where the options say; undefined where the terminal is to be asked and there is none.
 * Throws CONFIGURATION where it is not there or too long.
 */
export async function readPassphrase(
  source: PassphraseSource,
  name: string,
  terminal: Terminal,
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
  let text: string | undefined;
  try {
    text = strictText(await readGivenSecret(file, MAX_LENGTH + 2), true);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrailVerifyError('CONFIGURATION', `passphrase file ${file} cannot be read: ${why}`, {
      hint: 'check its name and your permission to read it',
      cause,
    });
  }
  const passphrase = text?.replace(/\r?\n$/, '');
  if (passphrase !== undefined && passphrase.length <= MAX_LENGTH && !/[\r\n]/.test(passphrase))
    return passphrase;
  throw new TrailVerifyError('CONFIGURATION', `passphrase file ${file} does not hold one line of UTF-8`, {
    hint: 'write the passphrase, and nothing else, into the file',
  });
}
