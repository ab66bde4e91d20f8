import { endWorkers } from '../../hashing/end-worker.ts';

/** One of the command's two outputs. */
export interface TextSink {
  write(text: string): void;
  /** Resolves when the reader has kept up; absent where nothing waits. */
  drained?(): Promise<void>;
  /** Why not everything written has arrived; undefined where it has, or where nobody reads it any more. */
  readonly lost?: Error | undefined;
  readonly isTerminal: boolean;
  /** Columns of the terminal, or the width to lay text out for where there is none or a very narrow one. */
  readonly columns: number;
  /** Columns of the terminal, however few; undefined where there is none. */
  readonly exactColumns?: number | undefined;
}

/** The command's surroundings, handed in so that tests can replace a terminal. */
export interface Terminal {
  readonly out: TextSink;
  readonly error: TextSink;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` for every signal that asks it to end (`interruptSignals`) until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Asks for a secret without showing it; undefined where there is no terminal to ask at. */
  readSecret(prompt: string): Promise<string | undefined>;
  /** Ends the process at once. */
  kill(exitCode: number): void;
}

const COLUMNS_WITHOUT_TERMINAL = 100;
const FEWEST_COLUMNS = 40;

function sink(stream: NodeJS.WriteStream): TextSink {
  let open = true;
  let lost: Error | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Where the reader went away (`trail-verify … | head`), nobody minds the rest; what else is lost, the end of the command says.
    lost = error.code === 'EPIPE' ? undefined : error;
    open = false;
  });
  return {
    write: (text) => {
      if (open && text !== '') stream.write(text);
    },
    drained: async () => {
      if (!open || !stream.writableNeedDrain) return;
      await new Promise<void>((resolve) => {
        const go = (): void => {
          stream.off('drain', go).off('close', go).off('error', go);
          resolve();
        };
        stream.on('drain', go).on('close', go).on('error', go);
      });
    },
    get lost() {
      return lost;
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      return Math.max(FEWEST_COLUMNS, stream.columns ?? COLUMNS_WITHOUT_TERMINAL);
    },
    get exactColumns() {
      // A terminal that does not know its width says 0.
      return stream.columns > 0 ? stream.columns : undefined;
    },
  };
}

/**
 * What ends a run with a report of what was read. A terminal that is closed hangs up, on Windows too, where ctrl-Break is a signal
 * of its own and nobody sends SIGTERM.
 */
export function interruptSignals(system: NodeJS.Platform): readonly NodeJS.Signals[] {
  return ['SIGINT', 'SIGTERM', 'SIGHUP', ...(system === 'win32' ? (['SIGBREAK'] as const) : [])];
}

/** How long threads may take to end before the process does, in milliseconds. */
export const PARTING = 500;

/** The terminal that this process runs in. */
export function processTerminal(): Terminal {
  return {
    out: sink(process.stdout),
    error: sink(process.stderr),
    environment: process.env,
    onInterrupt: (listener) => {
      const signals = interruptSignals(process.platform);
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    readSecret: async (prompt) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
      const { readSecret } = await import('./signing/secrets.ts');
      return readSecret(process.stdin, (text) => process.stderr.write(text), prompt);
    },
    kill: (exitCode) => {
      void endWorkers(PARTING).then(() => process.exit(exitCode));
    },
  };
}

/** Whether standard output is coloured: on a terminal, unless --no-color or a non-empty NO_COLOR (no-color.org) forbids it. */
export function wantsColour(color: boolean, terminal: Terminal): boolean {
  const { NO_COLOR: noColor = '', TERM: term } = terminal.environment;
  return color && terminal.out.isTerminal && noColor === '' && term !== 'dumb';
}
