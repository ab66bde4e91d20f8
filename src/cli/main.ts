import { EXIT, showFailure } from './io/exit.ts';
import { processTerminal, type Terminal } from './io/terminal.ts';
import { type CommandLine, typedLine, wholeLine, withOrigins } from './options/added.ts';
import { machineFormOf } from './options/format.ts';
import { buildProgram } from './program.ts';

/** Runs one command line (without the program's name) and returns its exit code; never throws. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  return runLine(typedLine(args), terminal);
}

async function runLine(line: CommandLine, terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.valid;
  try {
    const take = (code: number): void => {
      exitCode = code;
    };
    const program = buildProgram(terminal, take, line);
    if (line.typed.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(line.typed, { from: 'user' });
    return exitCode;
  } catch (error) {
    return showFailureOf(withOrigins(error, line), line, terminal);
  }
}

/** Shows an error as the whole command line wants it. */
function showFailureOf(error: unknown, line: CommandLine, terminal: Terminal): Promise<number> {
  const args = wholeLine(line);
  return showFailure(error, terminal, args.includes('--verbose'), machineFormOf(args));
}

/** The command: runs `args` in this process and ends it with the exit code once all output has left. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = processTerminal(EXIT.killed);
  const line = typedLine(args);
  const crash = (error: unknown): void => {
    if (terminal.isEnding) return;
    const end = (): void => terminal.kill(EXIT.failed);
    showFailureOf(error, line, terminal).then(end, end);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const exitCode = await runLine(line, terminal);
  if (terminal.isEnding) return;
  // Who does not wait for the output to leave does not get it whole.
  terminal.onInterrupt(() => process.exit(process.stdout.writableLength > 0 ? EXIT.failed : exitCode));
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(terminal.out.lost === undefined ? exitCode : await outputLost(terminal.out.lost, terminal));
}

/** Says that standard output is not whole, and returns the exit code of a failed run. */
async function outputLost(error: Error, terminal: Terminal): Promise<number> {
  const { TrailVerifyError } = await import('../base/errors.ts');
  const lost = new TrailVerifyError(
    'OUTPUT_NOT_WRITTEN',
    `standard output could not be written whole: ${error.message}`,
    { hint: 'free some space or send it elsewhere, and run again', cause: error },
  );
  const code = await showFailure(lost, terminal, false);
  await drained(process.stderr);
  return code;
}

/** Settles when everything written so far has left, or cannot. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((settle) => {
    if (stream.destroyed || stream.errored !== null) settle();
    else stream.write('', () => settle());
  });
}
