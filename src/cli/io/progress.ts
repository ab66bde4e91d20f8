import { fitText } from '../../render/answer/width.ts';
import type { Terminal, TextSink } from './terminal.ts';

/** Shows the progress of a command on standard error, without ever mixing with its results. */
export interface ProgressDisplay {
  /** Takes the newest state: `line` gives it in at most so many columns, and is asked only when there is something to show. */
  update(line: (columns: number) => string): void;
  /** Shows at once what the command does now, where that cannot be counted. */
  phase(words: string): void;
  /** Takes the live line away, before anything else is written. */
  clear(): void;
  /** Takes it away, and shows nothing until the returned function is called. */
  hold(): () => void;
}

/** A live line that changes faster than this (milliseconds) cannot be read. */
const LIVE_INTERVAL = 100;
/** Without a terminal each state is a line of its own, in a log that somebody may keep. */
const LOG_INTERVAL = 10_000;
/** Where nothing happens the line is made again so often: a time left that does not come true must not stay. */
const IDLE_INTERVAL = 1000;
/** Before the line in a log. */
const LOG_HEAD = 'trail-verify: ';
/** Columns of a line in a log. */
const LOG_COLUMNS = 80;

const silent: ProgressDisplay = { update: () => {}, phase: () => {}, clear: () => {}, hold: () => () => {} };

/**
 * A live line on a terminal, a plain line every ten seconds elsewhere. `wanted` is what --progress or
 * --no-progress say; undefined shows progress on a terminal only. `now` is a clock in milliseconds.
 */
export function progressDisplay(
  sink: TextSink,
  wanted: boolean | undefined,
  now: () => number,
): ProgressDisplay {
  if (!(wanted ?? sink.isTerminal)) return silent;
  return sink.isTerminal ? liveLine(sink, now) : loggedLines(sink, now);
}

function liveLine(sink: TextSink, now: () => number): ProgressDisplay {
  let shownAt = Number.NEGATIVE_INFINITY;
  let isVisible = false;
  let holds = 0;
  const show = (line: (columns: number) => string): void => {
    if (holds > 0) return;
    shownAt = now();
    isVisible = true;
    // A line as long as the terminal would wrap, and its first half would stay behind.
    const columns = (sink.exactColumns ?? sink.columns) - 1;
    const [fitted] = fitText(line(columns), columns, 1);
    sink.write(`\r\u001b[2K${fitted?.text ?? ''}`);
  };
  const idle = whileIdle(show);
  const clear = (): void => {
    idle.take(undefined);
    if (isVisible) sink.write('\r\u001b[2K');
    isVisible = false;
  };
  return {
    update: (line) => {
      idle.take(line);
      if (now() - shownAt >= LIVE_INTERVAL) show(line);
    },
    phase: (words) => {
      idle.take(undefined);
      show(() => words);
    },
    clear,
    hold: () => {
      clear();
      holds += 1;
      return () => {
        holds -= 1;
      };
    },
  };
}

function loggedLines(sink: TextSink, now: () => number): ProgressDisplay {
  const began = now();
  let shownAt = began;
  const show = (line: (columns: number) => string): void => {
    shownAt = now();
    sink.write(`${LOG_HEAD}${line(LOG_COLUMNS - LOG_HEAD.length)}\n`);
  };
  const update = (line: (columns: number) => string): void => {
    if (now() - shownAt >= LOG_INTERVAL) show(line);
  };
  const idle = whileIdle(update);
  return {
    update: (line) => {
      idle.take(line);
      update(line);
    },
    phase: (words) => {
      idle.take(undefined);
      // A command that was short until now has no line of its phases either.
      if (shownAt > began) show(() => words);
      else update(() => words);
    },
    clear: () => idle.take(undefined),
    // A question is asked on a terminal only.
    hold: () => () => {},
  };
}

/** Has the newest state shown again while nothing happens; it keeps no process alive. */
function whileIdle(show: (line: (columns: number) => string) => void): {
  /** Takes the newest state; undefined where there is none to show again. */
  readonly take: (line: ((columns: number) => string) | undefined) => void;
} {
  let newest: ((columns: number) => string) | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    take: (line) => {
      newest = line;
      if (line === undefined) {
        clearInterval(timer);
        timer = undefined;
      } else {
        timer ??= setInterval(() => newest !== undefined && show(newest), IDLE_INTERVAL).unref();
      }
    },
  };
}

/** `terminal`, whose results, warnings and questions never meet the live line of `display`. */
export function withProgress(terminal: Terminal, display: ProgressDisplay): Terminal {
  return {
    ...terminal,
    out: terminal.out.isTerminal ? clearing(terminal.out, display) : terminal.out,
    error: clearing(terminal.error, display),
    readSecret: async (prompt) => {
      const release = display.hold();
      try {
        return await terminal.readSecret(prompt);
      } finally {
        release();
      }
    },
  };
}

function clearing(sink: TextSink, display: ProgressDisplay): TextSink {
  return {
    write: (text) => {
      display.clear();
      sink.write(text);
    },
    drained: async () => sink.drained?.(),
    get isClosed() {
      return sink.isClosed ?? false;
    },
    get lost() {
      return sink.lost;
    },
    isTerminal: sink.isTerminal,
    get columns() {
      return sink.columns;
    },
  };
}
