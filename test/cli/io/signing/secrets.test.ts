import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { readSecret } from '../../../../src/cli/io/signing/secrets.ts';

class Keyboard extends EventEmitter {
  readonly modes: boolean[] = [];
  setRawMode(raw: boolean): void {
    this.modes.push(raw);
  }
  resume(): void {}
  pause(): void {}
  type(...texts: readonly (string | Uint8Array)[]): void {
    for (const text of texts) this.emit('data', Buffer.from(text));
  }
}

function ask(...texts: readonly (string | Uint8Array)[]) {
  const keyboard = new Keyboard();
  let shown = '';
  const answer = readSecret(
    keyboard,
    (text) => {
      shown += text;
    },
    'Passphrase: ',
  );
  keyboard.type(...texts);
  return { answer, keyboard, shown: () => shown };
}

describe('a secret', () => {
  test('is read to the end of the line, and nothing of it is shown', async () => {
    const { answer, keyboard, shown } = ask('corr', 'ect horse\rmore');
    expect(await answer).toBe('correct horse');
    expect(shown()).toBe('Passphrase: \n');
    expect(keyboard.modes).toEqual([true, false]);
    expect(keyboard.listenerCount('data')).toBe(0);
  });

  test('may be mended, and come in pieces', async () => {
    expect(await ask('wrong\u0015rigth', '\u007f\bht\n').answer).toBe('right');
    expect(await ask(Uint8Array.of(0xc3), Uint8Array.of(0xa4), '\n').answer).toBe('ä');
    expect(await ask('😀\u007f!\n').answer).toBe('!');
  });

  test('ends with the input, or with ctrl-C', async () => {
    expect(await ask('\u0004').answer).toBeUndefined();
    const { answer, keyboard } = ask('abc\u0003');
    await expect(answer).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(keyboard.modes).toEqual([true, false]);
  });
});
