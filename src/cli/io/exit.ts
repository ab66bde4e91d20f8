/** How a command ends: its exit code, its output where it failed, and the effect of ctrl-C. */
import { CommanderError } from 'commander';
import type { ErrorCode } from '../../base/errors.ts';
import type { Verdict } from '../../findings/finding.ts';
import { UsageError } from '../options/common.ts';
import type { MachineForm } from '../options/format.ts';
import { isAnswer } from '../options/misuse.ts';
import type { Terminal } from './terminal.ts';

/** The meaning of the command's exit code; scripts rely on these numbers. */
export const EXIT = {
  valid: 0,
  invalid: 1,
  usage: 2,
  inconclusive: 3,
  failed: 4,
  refused: 5,
  killed: 130,
} as const;

/** Which verdicts exit non-zero (`--fail-on`). */
export type FailOn = 'invalid' | 'inconclusive';

/** The exit code of a run that came to a verdict. */
export function exitCodeOf(verdict: Verdict, failOn: FailOn): number {
  if (verdict === 'INVALID') return EXIT.invalid;
  return verdict === 'INCONCLUSIVE' && failOn === 'inconclusive' ? EXIT.inconclusive : EXIT.valid;
}

/**
 * The exit code of a check of a signed document, be it a report, a bag, an export or a proof: `check` is what was found out
 * about the document, `says` the verdict that it holds, where it holds one. A document that is not genuine says nothing.
 */
export function exitCodeOfCheck(check: Verdict, says: Verdict | undefined): number {
  if (check === 'INVALID') return EXIT.refused;
  return check === 'INCONCLUSIVE' ? EXIT.inconclusive : exitCodeOf(says ?? 'VALID', 'inconclusive');
}

/** Errors that the caller mends by calling differently; every other one means that the run failed. */
const USAGE_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  'USAGE',
  'CONFIGURATION',
  'KEY_FILE_INVALID',
  'REPORT_INVALID',
  'TARGET_NOT_FOUND',
  'TARGET_WITHOUT_TRAIL',
  'OUTPUT_NOT_USABLE',
  'STATE_INVALID',
]);

/** The exit code for an error's stable code. */
export function exitCodeOfError(code: string): number {
  return USAGE_CODES.has(code) ? EXIT.usage : EXIT.failed;
}

/** An AbortSignal that the first ctrl-C, SIGTERM or SIGHUP sets off. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The answer is whole in its place, and stays. A second signal now ends the process with the exit code of `codeOfAnswer`. */
  answered(verdict: Verdict): void;
  /** Stops listening; after `answered` nothing but the signal, as what is closed then must not end the process as one without an answer. */
  end(): void;
}

/** The exit code of a run whose answer is whole, and that did not come to the rest of its work. */
export function codeOfAnswer(verdict: Verdict): number {
  return verdict === 'INVALID' ? EXIT.invalid : EXIT.failed;
}

/**
 * Listens for ctrl-C, SIGTERM and SIGHUP: the first one aborts `signal` and says the `notice` of that moment, a second one ends the process
 * at once. What is no answer yet is removed then, with exit code 130. `before` runs first, to take a progress line away.
 */
export function interruption(terminal: Terminal, notice: () => string, before: () => void): Interruption {
  const controller = new AbortController();
  let ended: number = EXIT.killed;
  const isAnswered = (): boolean => ended !== EXIT.killed;
  let isHeard = false;
  let isOver = false;
  const stop = terminal.onInterrupt(() => {
    before();
    if (isHeard) {
      if (isAnswered()) terminal.error.write(STAYS);
      terminal.kill(ended);
      return;
    }
    isHeard = true;
    const what = isOver ? ANSWERED : notice();
    terminal.error.write(`trail-verify: interrupted: ${what}; press ctrl-C again to stop at once\n`);
    if (!isOver) controller.abort();
  });
  return {
    signal: controller.signal,
    end: () => {
      isOver = true;
      if (!isAnswered()) stop();
    },
    answered: (verdict) => {
      ended = codeOfAnswer(verdict);
    },
  };
}

const ANSWERED = 'the answer is whole, and the command is about to end';
const STAYS = 'trail-verify: ended at once: the answer is whole, and what follows it is not done\n';

/** An error as it is shown: one line, perhaps a hint, and the exit code it leads to; and as programs read it. */
interface Failure {
  readonly code: ErrorCode;
  /** The message and hint as they are; those below are harmless on a terminal. */
  readonly exact: { readonly message: string; readonly hint?: string | undefined };
  readonly message: string;
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/**
 * Prints what ended a command as `trail-verify: <message>` and `hint: …`, and returns the exit code. With
 * `verbose` the stack follows, but for a wrong use of the command, whose place in the program helps nobody. Help and version,
 * which commander raises as errors too, print nothing. Where programs read standard output, that gets the error in their `form`.
 */
export async function showFailure(
  error: unknown,
  terminal: Terminal,
  verbose: boolean,
  form?: MachineForm | undefined,
): Promise<number> {
  if (error instanceof CommanderError && isAnswer(error))
    return error.exitCode === 0 ? EXIT.valid : EXIT.usage;
  const failure = await failureOf(error);
  terminal.error.write(`trail-verify: ${failure.message}\n`);
  if (failure.hint !== undefined) terminal.error.write(`hint: ${failure.hint}\n`);
  if (verbose && error instanceof Error && failure.exitCode !== EXIT.usage)
    terminal.error.write(`${await stackOf(error)}\n`);
  if (form !== undefined) terminal.out.write(await errorDocument(failure, form));
  return failure.exitCode;
}

/** An error as one line of ASCII: a document of its own, or the last line of a stream of events. */
async function errorDocument({ code, exact, exitCode }: Failure, form: MachineForm): Promise<string> {
  const { asciiJson } = await import('../../base/json.ts');
  const error = { code, message: exact.message, hint: exact.hint ?? null, exitCode };
  return `${asciiJson(form === 'json' ? { error } : { type: 'error', ...error })}\n`;
}

/** The places of a stack, without its message, which is printed above and may hold lines of somebody else's. */
async function stackOf(error: Error): Promise<string> {
  const places = (error.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
  const { escapeHidden } = await escapes(...places);
  return places.map(escapeHidden).join('\n');
}

/** The parts of the library that a failure's message needs. */
async function words() {
  const { escapeHidden, escapeTerminal } = await import('../../render/escape.ts');
  const { TrailVerifyError } = await import('../../base/errors.ts');
  return { escapeHidden, escapeTerminal, TrailVerifyError };
}

/** The library's escapes, which are loaded only where a text is more than plain ASCII on one line: a wrong option is reported at once. */
async function escapes(...texts: readonly string[]) {
  if (texts.every((text) => /^[ -[\]-~]*$/.test(text))) return { escapeTerminal: same, escapeHidden: same };
  return words();
}

const same = (text: string): string => text;

async function failureOf(error: unknown): Promise<Failure> {
  if (error instanceof UsageError) {
    // It holds the argument as JSON, which leaves many a character that a terminal acts on as it is.
    const { escapeHidden } = await escapes(error.message, error.hint ?? '');
    const hint = error.hint === undefined ? undefined : escapeHidden(error.hint);
    return { code: 'USAGE', exact: error, message: escapeHidden(error.message), hint, exitCode: EXIT.usage };
  }
  // Messages of the library may name keys that somebody else wrote; by now it is loaded anyway.
  const library = await words().catch(() => undefined);
  if (library === undefined) return brokenInstallation(error);
  const { escapeTerminal, TrailVerifyError } = library;
  if (error instanceof TrailVerifyError) {
    return {
      code: error.code,
      exact: error,
      message: escapeTerminal(error.message),
      hint: error.hint === undefined ? undefined : escapeTerminal(error.hint),
      exitCode: exitCodeOfError(error.code),
    };
  }
  const message = `unexpected error: ${error instanceof Error ? error.message : String(error)}`;
  const hint =
    'this is a fault of trail-verify itself: please report it with the details that --verbose adds';
  return {
    code: 'INTERNAL',
    exact: { message, hint },
    message: escapeTerminal(message),
    hint,
    exitCode: EXIT.failed,
  };
}

/** The library itself cannot be loaded: files are missing, and its escapes with them. */
function brokenInstallation(error: unknown): Failure {
  const message = `unexpected error: ${String(error).replace(/[^ -~]/g, '?')}`;
  const hint = /\b(?:EMFILE|ENFILE)\b/.test(message)
    ? 'this process may open too few files at once: raise that, such as with ulimit -n 1024'
    : 'the installation of trail-verify is incomplete: install it again';
  return { code: 'INTERNAL', exact: { message, hint }, message, hint, exitCode: EXIT.failed };
}
