import { describe, expect, test } from 'vitest';
import { progressDisplay } from '../../../src/cli/io/terminal.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

function displayOn(isTerminal: boolean, wanted: boolean | undefined) {
  const terminal = fakeTerminal({ isTerminal, columns: 40 });
  const clock = { time: 0 };
  const display = progressDisplay(terminal.error, wanted, () => clock.time);
  return { terminal, clock, display };
}

describe('progressDisplay', () => {
  test('a live line on a terminal, ten times a second, cut to its width and cleared', () => {
    const { terminal, clock, display } = displayOn(true, undefined);
    display.update(() => 'one');
    clock.time = 99;
    display.update(() => 'two');
    clock.time = 100;
    display.update(() => '3'.repeat(100));
    display.clear();
    display.clear();
    expect(terminal.complained()).toBe(`\r\u001b[2Kone\r\u001b[2K${'3'.repeat(39)}\r\u001b[2K`);
  });

  test('a line every ten seconds without a terminal, if asked', () => {
    const { terminal, clock, display } = displayOn(false, true);
    for (let time = 0; time <= 25_000; time += 500) {
      clock.time = time;
      display.update(() => `at ${time}`);
    }
    display.clear();
    expect(terminal.complained()).toBe('trail-verify: at 10000\ntrail-verify: at 20000\n');
  });

  test.each([
    [false, undefined],
    [true, false],
    [false, false],
  ])('nothing on a terminal %s with --progress %s', (isTerminal, wanted) => {
    const { terminal, clock, display } = displayOn(isTerminal, wanted);
    clock.time = 60_000;
    display.update(() => 'seen');
    display.clear();
    expect(terminal.complained()).toBe('');
  });
});
