import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { progressDisplay, withProgress } from '../../../src/cli/io/progress.ts';
import { fakeTerminal } from '../../support/fake-terminal.ts';

const CLEAR = '\r\u001b[2K';

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(0);
});

afterEach(() => {
  vi.useRealTimers();
});

function displayOn(isTerminal: boolean, wanted: boolean | undefined, exactColumns?: number) {
  const terminal = fakeTerminal({ isTerminal, columns: 40, exactColumns });
  return { terminal, display: progressDisplay(terminal.error, wanted, Date.now) };
}

describe('on a terminal', () => {
  test('a live line, ten times a second, cut to its width and cleared', () => {
    const { terminal, display } = displayOn(true, undefined);
    display.update(() => 'one');
    vi.advanceTimersByTime(99);
    display.update(() => 'two');
    vi.advanceTimersByTime(1);
    display.update((columns) => '3'.repeat(columns + 50));
    display.clear();
    display.clear();
    expect(terminal.complained()).toBe(`${CLEAR}one${CLEAR}${'3'.repeat(38)}…${CLEAR}`);
  });

  test('the newest state is shown again each second while nothing happens, and not after it was cleared', () => {
    const { terminal, display } = displayOn(true, undefined);
    display.update(() => 'first');
    display.update(() => `at ${Date.now()}`);
    vi.advanceTimersByTime(2000);
    display.clear();
    vi.advanceTimersByTime(5000);
    expect(terminal.complained()).toBe(`${CLEAR}first${CLEAR}at 1000${CLEAR}at 2000${CLEAR}`);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a phase is shown at once and stays, whatever was counted before', () => {
    const { terminal, display } = displayOn(true, undefined);
    display.update(() => 'counted');
    display.phase('writing the report');
    vi.advanceTimersByTime(3000);
    expect(terminal.complained()).toBe(`${CLEAR}counted${CLEAR}writing the report`);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [20, '日'.repeat(9)],
    [30, '日'.repeat(14)],
  ])('a terminal of %d columns holds the line, in columns as they are shown', (columns, text) => {
    const { terminal, display } = displayOn(true, undefined, columns);
    display.update(() => '日'.repeat(50));
    expect(terminal.complained()).toBe(`${CLEAR}${text}…`);
  });

  test('warnings, results and questions take the line away, and nothing is shown while somebody types', async () => {
    const { terminal, display } = displayOn(true, undefined);
    let typed: (text: string) => void = () => {};
    const asked = {
      ...terminal,
      readSecret: (prompt: string) => {
        terminal.error.write(prompt);
        return new Promise<string>((resolve) => {
          typed = resolve;
        });
      },
    };
    const around = withProgress(asked, display);
    display.update(() => 'one');
    around.error.write('warning\n');
    display.phase('two');
    around.out.write('result\n');
    display.phase('three');
    const code = around.readSecret('code: ');
    display.update(() => 'unseen');
    vi.advanceTimersByTime(5000);
    display.phase('unseen');
    typed('123456');
    expect(await code).toBe('123456');
    display.phase('four');
    expect(terminal.complained()).toBe(
      `${CLEAR}one${CLEAR}warning\n${CLEAR}two${CLEAR}${CLEAR}three${CLEAR}code: ${CLEAR}four`,
    );
    expect(terminal.written()).toBe('result\n');
    expect([around.error.columns, around.error.lost, around.error.isTerminal]).toEqual([40, undefined, true]);
    await around.out.drained?.();
  });
});

describe('without a terminal', () => {
  test('a line every ten seconds, if asked, also while nothing happens', () => {
    const { terminal, display } = displayOn(false, true);
    display.update(() => `at ${Date.now()}`);
    vi.advanceTimersByTime(25_000);
    display.clear();
    vi.advanceTimersByTime(25_000);
    expect(terminal.complained()).toBe('trail-verify: at 10000\ntrail-verify: at 20000\n');
  });

  test('phases are lines of a run that was long enough for one before', () => {
    const { terminal, display } = displayOn(false, true);
    display.phase('writing the report');
    expect(terminal.complained()).toBe('');
    vi.advanceTimersByTime(10_000);
    display.update((columns) => `${columns} columns`);
    display.phase('writing the report');
    display.hold()();
    expect(terminal.complained()).toBe('trail-verify: 66 columns\ntrail-verify: writing the report\n');
  });
});

test.each([
  [false, undefined],
  [true, false],
  [false, false],
])('nothing on a terminal %s with --progress %s', async (isTerminal, wanted) => {
  const { terminal, display } = displayOn(isTerminal, wanted);
  vi.advanceTimersByTime(60_000);
  display.update(() => 'seen');
  display.phase('seen');
  display.clear();
  display.hold()();
  expect(terminal.complained()).toBe('');
  const around = withProgress(terminal, display);
  around.out.write('result\n');
  expect(terminal.written()).toBe('result\n');
});
