import type { Terminal } from './terminal.ts';

/** Whether standard output is coloured: on a terminal, unless --no-color or a non-empty NO_COLOR (no-color.org) forbids it. */
export function wantsColour(color: boolean, terminal: Terminal): boolean {
  const { NO_COLOR: noColor = '', TERM: term } = terminal.environment;
  return color && terminal.out.isTerminal && noColor === '' && term !== 'dumb';
}
