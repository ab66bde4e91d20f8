import { setTimeout as wait } from 'node:timers/promises';
import { endWorkers } from '../../hashing/end-worker.ts';
import { isUnfinishedThere, removeUnfinished } from '../../source/unfinished.ts';

/** One of the command's two outputs. */
export interface TextSink {
  write(text: string): void;
  /** Resolves when the reader has kept up; absent where nothing waits. */
  drained?(): Promise<void>;
  /** Why not everything written has arrived; undefined where it has, or where nobody reads it any more. */
  readonly lost?: Error | undefined;
  /** Whether nothing that is written now arrives anywhere; absent where that cannot be. */
  readonly isClosed?: boolean;
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
  /** Calls `listener` for every signal that asks it to end (`interruptSignals`) until the returned function is called: the newest one only. */
  onInterrupt(listener: () => void): () => void;
  /** Asks for a secret without showing it; undefined where there is no terminal to ask at. */
  readSecret(prompt: string): Promise<string | undefined>;
  /** Ends the process at once, and removes what it has made that is no answer yet. */
  kill(exitCode: number): void;
}

const COLUMNS_WITHOUT_TERMINAL = 100;
const FEWEST_COLUMNS = 40;

function sink(stream: NodeJS.WriteStream, isMuted: () => boolean): TextSink {
  let open = true;
  let lost: Error | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // Where the reader went away (`trail-verify … | head`), nobody minds the rest; what else is lost, the end of the command says.
    lost = error.code === 'EPIPE' ? undefined : error;
    open = false;
  });
  return {
    write: (text) => {
      if (open && text !== '' && !isMuted()) stream.write(text);
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
    get isClosed() {
      return !open;
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

/** How long what is made may take to be removed, and what the system is just about may take to end, in milliseconds. */
const REMOVAL = 3000;
const UNDER_WAY = 50;
const MOST_AGAIN = 20;

/** The terminal of a process, which it hears for its whole life. */
export interface ProcessTerminal extends Terminal {
  /** Whether `kill` ends the process: nothing else may, and nothing more is written. */
  readonly isEnding: boolean;
}

/**
 * The terminal that this process runs in. From now on no signal ends the process unheard: where nobody listens, it ends at once
 * with the exit code `unheard`, and says so.
 */
export function processTerminal(unheard: number): ProcessTerminal {
  const listeners: (() => void)[] = [];
  let ending: number | undefined;
  const isMuted = (): boolean => ending !== undefined;
  const error = sink(process.stderr, isMuted);
  const end = async (exitCode: number): Promise<void> => {
    // At once, so that the run that goes on for a moment makes nothing more; and again for what was under way.
    removeUnfinished(REMOVAL);
    await Promise.all([endWorkers(PARTING), wait(UNDER_WAY)]);
    let left = removeUnfinished(REMOVAL);
    // What the system was slow to end may have kept a folder from being removed.
    for (let again = 0; isUnfinishedThere() && again < MOST_AGAIN; again += 1) {
      await wait(UNDER_WAY);
      left = removeUnfinished(REMOVAL);
    }
    for (const one of left)
      process.stderr.write(`trail-verify: could not be removed: ${JSON.stringify(one)}\n`);
    process.exit(exitCode);
  };
  const kill = (exitCode: number): void => {
    if (ending !== undefined) return;
    ending = exitCode;
    void end(exitCode);
  };
  const hear = (): void => {
    // It ends within seconds: to end before would leave what is being removed.
    if (ending !== undefined) return;
    const newest = listeners.at(-1);
    if (newest !== undefined) {
      newest();
      return;
    }
    error.write('trail-verify: interrupted\n');
    kill(unheard);
  };
  for (const signal of interruptSignals(process.platform)) process.on(signal, hear);
  return {
    out: sink(process.stdout, isMuted),
    error,
    environment: process.env,
    get isEnding() {
      return ending !== undefined;
    },
    onInterrupt: (listener) => {
      listeners.push(listener);
      return () => {
        const at = listeners.indexOf(listener);
        if (at >= 0) listeners.splice(at, 1);
      };
    },
    readSecret: async (prompt) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
      const { readSecret } = await import('./signing/secrets.ts');
      return readSecret(process.stdin, (text) => process.stderr.write(text), prompt);
    },
    kill,
  };
}

/** Whether standard output is coloured: on a terminal, unless --no-color or a non-empty NO_COLOR (no-color.org) forbids it. */
export function wantsColour(color: boolean, terminal: Terminal): boolean {
  const { NO_COLOR: noColor = '', TERM: term } = terminal.environment;
  return color && terminal.out.isTerminal && noColor === '' && term !== 'dumb';
}
