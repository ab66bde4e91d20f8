import { EXIT } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/** An AbortSignal that the first ctrl-C or SIGTERM sets off. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Stops listening. */
  end(): void;
}

/**
 * Listens for ctrl-C and SIGTERM: the first one aborts `signal` and says `notice`, a second one ends the process
 * at once with exit code 130. `before` runs first, to take a progress line away.
 */
export function interruption(terminal: Terminal, notice: string, before: () => void): Interruption {
  const controller = new AbortController();
  const end = terminal.onInterrupt(() => {
    before();
    if (controller.signal.aborted) {
      terminal.kill(EXIT.killed);
      return;
    }
    terminal.error.write(`trail-verify: interrupted: ${notice}; press ctrl-C again to stop at once\n`);
    controller.abort();
  });
  return { signal: controller.signal, end };
}
