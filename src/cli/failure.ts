import { CommanderError } from 'commander';
import { EXIT, exitCodeOfError } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** An error as it is shown: one line, perhaps a hint, and the exit code it leads to. */
interface Failure {
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/**
 * Prints what ended a command as `trail-verify: <message>` and `hint: …`, and returns the exit code. With
 * `verbose` the stack follows. Help and version, which commander raises as errors too, print nothing.
 */
export async function showFailure(error: unknown, terminal: Terminal, verbose: boolean): Promise<number> {
  if (error instanceof CommanderError && isHelp(error)) return error.exitCode === 0 ? EXIT.valid : EXIT.usage;
  const failure = await failureOf(error);
  terminal.error.write(`trail-verify: ${failure.message}\n`);
  if (failure.hint !== undefined) terminal.error.write(`hint: ${failure.hint}\n`);
  if (verbose && error instanceof Error) terminal.error.write(`${error.stack ?? ''}\n`);
  return failure.exitCode;
}

function isHelp(error: CommanderError): boolean {
  return ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(error.code);
}

async function failureOf(error: unknown): Promise<Failure> {
  if (error instanceof CommanderError) return commanderFailure(error);
  if (error instanceof UsageError) return { message: error.message, hint: error.hint, exitCode: EXIT.usage };
  // Messages of the library may name keys that somebody else wrote; by now it is loaded anyway.
  const { escapeTerminal, TrailVerifyError } = await import('../index.ts');
  if (error instanceof TrailVerifyError) {
    return {
      message: escapeTerminal(error.message),
      hint: error.hint === undefined ? undefined : escapeTerminal(error.hint),
      exitCode: exitCodeOfError(error.code),
    };
  }
  return {
    message: `unexpected error: ${escapeTerminal(error instanceof Error ? error.message : String(error))}`,
    hint: 'this is a fault of trail-verify itself: please report it with what --verbose adds',
    exitCode: EXIT.failed,
  };
}

/** Commander writes `error: …`, with a second line `(Did you mean …?)` where it knows better. */
function commanderFailure(error: CommanderError): Failure {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = rest.join(' ').replace(/^\(Did (.*)\)$/, 'did $1');
  return {
    message: first,
    hint: suggestion === '' ? 'see trail-verify help, or trail-verify help <command>' : suggestion,
    exitCode: EXIT.usage,
  };
}
