import type { TextSink } from './terminal.ts';

/** Shows where a run stands on standard error, without ever mixing with its results. */
export interface ProgressDisplay {
  /** Takes the newest state; `line` is asked only when there is something to show. */
  update(line: () => string): void;
  /** Takes the live line away, before anything else is written. */
  clear(): void;
}

/** A live line that changes faster than this (milliseconds) cannot be read. */
const LIVE_INTERVAL = 100;
/** Without a terminal each state is a line of its own, in a log that somebody may keep. */
const LOG_INTERVAL = 10_000;

const silent: ProgressDisplay = { update: () => {}, clear: () => {} };

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
  let visible = false;
  return {
    update: (line) => {
      if (now() - shownAt < LIVE_INTERVAL) return;
      shownAt = now();
      visible = true;
      // A line as long as the terminal would wrap, and its first half would stay behind.
      sink.write(`\r\u001b[2K${line().slice(0, sink.columns - 1)}`);
    },
    clear: () => {
      if (visible) sink.write('\r\u001b[2K');
      visible = false;
    },
  };
}

function loggedLines(sink: TextSink, now: () => number): ProgressDisplay {
  let shownAt = now();
  return {
    update: (line) => {
      if (now() - shownAt < LOG_INTERVAL) return;
      shownAt = now();
      sink.write(`trail-verify: ${line()}\n`);
    },
    clear: () => {},
  };
}
