import { expect, test } from 'vitest';
import { interruption } from '../../../src/cli/io/exit.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

test('the first ctrl-C aborts, the second ends the process with 130', () => {
  const terminal = fakeTerminal();
  let cleared = 0;
  const { signal, end } = interruption(
    terminal,
    () => 'a partial report is being written',
    () => {
      cleared += 1;
    },
  );
  expect(signal.aborted).toBe(false);
  terminal.press();
  expect(signal.aborted).toBe(true);
  expect(terminal.killedWith()).toBeUndefined();
  expect(terminal.complained()).toBe(
    'trail-verify: interrupted: a partial report is being written; press ctrl-C again to stop at once\n',
  );
  terminal.press();
  expect(terminal.killedWith()).toBe(130);
  expect(cleared).toBe(2);
  end();
  expect(terminal.listeners()).toBe(0);
});

test.each([
  ['VALID', 4],
  ['INCONCLUSIVE', 4],
  ['INVALID', 1],
] as const)('where the answer is whole and %s, the second ends the process with %d', (verdict, code) => {
  const terminal = fakeTerminal();
  const { answered } = interruption(
    terminal,
    () => 'the report is still being finished',
    () => {},
  );
  answered(verdict);
  terminal.press();
  terminal.press();
  expect(terminal.killedWith()).toBe(code);
  expect(terminal.complained()).toContain('ended at once: the answer is whole');
});

test('what is closed after the answer is not cut short as a run without one', () => {
  const terminal = fakeTerminal();
  const { signal, answered, end } = interruption(
    terminal,
    () => 'nothing is written',
    () => {},
  );
  answered('VALID');
  end();
  terminal.press();
  expect(signal.aborted).toBe(false);
  expect(terminal.killedWith()).toBeUndefined();
  expect(terminal.complained()).toContain('interrupted: the answer is whole');
  terminal.press();
  expect(terminal.killedWith()).toBe(4);
});
