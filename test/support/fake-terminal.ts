import type { Terminal } from '../../src/cli/io/terminal.ts';

/** What a fake terminal is: by default two pipes, 100 columns wide. */
export interface FakeTerminalOptions {
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly exactColumns?: number | undefined;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What is typed where a secret is asked for; undefined where nobody can be asked. */
  readonly secret?: string;
}

/** A terminal that keeps what is written to it and lets a test press ctrl-C. */
export interface FakeTerminal extends Terminal {
  readonly written: () => string;
  readonly complained: () => string;
  readonly press: () => void;
  readonly killedWith: () => number | undefined;
  readonly listeners: () => number;
}

/** A fake terminal to run the command line in. */
export function fakeTerminal(options: FakeTerminalOptions = {}): FakeTerminal {
  const { isTerminal = false, columns = 100, exactColumns, environment = {} } = options;
  const texts = { out: '', error: '' };
  const listeners = new Set<() => void>();
  let killed: number | undefined;
  const sink = (name: 'out' | 'error') => ({
    write: (text: string) => {
      texts[name] += text;
    },
    isTerminal,
    columns,
    exactColumns,
  });
  return {
    out: sink('out'),
    error: sink('error'),
    environment,
    onInterrupt: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    readSecret: async (prompt) => {
      if (options.secret !== undefined) texts.error += prompt;
      return options.secret;
    },
    kill: (exitCode) => {
      killed = exitCode;
    },
    written: () => texts.out,
    complained: () => texts.error,
    press: () => {
      // As a process has it, the newest one hears it.
      [...listeners].at(-1)?.();
    },
    killedWith: () => killed,
    listeners: () => listeners.size,
  };
}
