/** One of the command's two outputs. */
export interface TextSink {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Columns of the terminal, or the width to lay text out for where there is none. */
  readonly columns: number;
}

/** The command's surroundings, handed in so that tests can stand in for a terminal. */
export interface Terminal {
  readonly out: TextSink;
  readonly error: TextSink;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` for every SIGINT and SIGTERM until the returned function is called. */
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
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // The reader went away (`trail-verify … | head`): the report is still written, and nobody minds the rest.
    if (error.code !== 'EPIPE') throw error;
    open = false;
  });
  return {
    write: (text) => {
      if (open && text !== '') stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      return Math.max(FEWEST_COLUMNS, stream.columns ?? COLUMNS_WITHOUT_TERMINAL);
    },
  };
}

/** The terminal that this process runs in. */
export function processTerminal(): Terminal {
  return {
    out: sink(process.stdout),
    error: sink(process.stderr),
    environment: process.env,
    onInterrupt: (listener) => {
      process.on('SIGINT', listener);
      process.on('SIGTERM', listener);
      return () => {
        process.off('SIGINT', listener);
        process.off('SIGTERM', listener);
      };
    },
    readSecret: async (prompt) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
      const { readSecret } = await import('./read-secret.ts');
      return readSecret(process.stdin, (text) => process.stderr.write(text), prompt);
    },
    kill: (exitCode) => process.exit(exitCode),
  };
}
