import { TrailVerifyError } from '../../base/errors.ts';

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

/** Asks for one line without showing what is typed; undefined where the input ends first. Throws INTERRUPTED on ctrl-C. */
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
          end(() => refuse(new TrailVerifyError('INTERRUPTED', 'interrupted at the passphrase')));
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
