/**
 * The GitHub Action: runs `verify` in a process of its own, and is green by what a report of this very run says. Options of a
 * workflow may ask for help, for another folder or another form; none of them makes a job green.
 */
import { spawn } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { uploadSarif } from './code-scanning.ts';
import {
  commandArguments,
  type Environment,
  environmentOfCommand,
  type Inputs,
  readInputs,
} from './inputs.ts';
import { openRunner, type Runner } from './runner.ts';

/** The world that the action acts in. */
export interface World {
  readonly environment: Environment;
  /** The file that starts the command. */
  readonly command: string;
  /** Takes what is for the log of the job. */
  readonly write: (text: string) => void;
  readonly wait: (milliseconds: number) => Promise<void>;
  /** Where the signals of the job arrive, and on which system. */
  readonly host: Host;
}

/** This process, as far as the action needs it. */
export interface Host {
  readonly platform: NodeJS.Platform;
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** So much of what the command prints is kept for the summary; a larger one is not shown. */
const MOST_PRINTED = 2 * 1024 * 1024;
const VERDICTS = ['VALID', 'INVALID', 'INCONCLUSIVE'];
const EXIT = { valid: 0, usage: 2, failed: 4 } as const;

/** What the report of a run says, as far as the job needs it. */
interface Said {
  readonly verdict: string;
  /** ISO 8601 UTC, or nothing. */
  readonly through: string;
}

/** Runs the action, and returns the exit code of the job's step. */
export async function act({ environment, command, write, wait, host }: World): Promise<number> {
  const runner = openRunner(environment, write);
  const inputs = readInputs(environment);
  const refuse = (code: number, why: string): number => {
    runner.error(why);
    runner.summary(`**${why}**\n`);
    runner.output('exit-code', String(code));
    return code;
  };
  if (inputs.target === '') return refuse(EXIT.usage, 'No target was named.');
  if (inputs.output === '') return refuse(EXIT.usage, 'No folder was named for the report.');
  if (!['true', 'false', ''].includes(inputs.sarif))
    return refuse(EXIT.usage, 'The input sarif is neither true nor false.');
  if (!isFree(inputs.output))
    return refuse(EXIT.usage, 'The output is not an empty folder: a report of another run may lie there.');
  const started = new Date().toISOString();
  const { code, printed } = await runCommand(host, command, commandArguments(inputs), environment).catch(
    // A line that is too long for a process, for example.
    (error: unknown) => {
      runner.error(`The command could not be started: ${String(error)}`);
      return { code: EXIT.failed, printed: '' };
    },
  );
  runner.summary(printed);
  const file = path.join(inputs.output, 'report.json');
  const said = readSaid(file);
  if (code === EXIT.valid) {
    if (said === undefined)
      return refuse(EXIT.failed, 'The run wrote no report into the output folder: nothing was proven.');
    const isGreen =
      said.verdict === 'VALID' || (said.verdict === 'INCONCLUSIVE' && inputs.failOn === 'invalid');
    if (!isGreen)
      return refuse(
        EXIT.failed,
        'The report of the run does not say what its exit code says: nothing was proven.',
      );
  }
  if (said !== undefined) {
    runner.output('verdict', said.verdict);
    runner.output('verified-through', said.through);
    runner.output('report', file);
  }
  const uploaded = inputs.sarif !== 'true' || (await upload(inputs, { environment, started, wait }, runner));
  const final = code === EXIT.valid && !uploaded ? EXIT.failed : code;
  runner.output('exit-code', String(final));
  return final;
}

/** Whether nothing is there, or an empty folder. */
function isFree(folder: string): boolean {
  try {
    const there = lstatSync(folder, { throwIfNoEntry: false });
    return there === undefined || readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}

/** Runs the command with its errors in the log of the job, and keeps what it prints. */
function runCommand(
  host: Host,
  command: string,
  args: readonly string[],
  environment: Environment,
): Promise<{ readonly code: number; readonly printed: string }> {
  return new Promise((settle) => {
    const child = spawn(process.execPath, [command, ...args], {
      env: environmentOfCommand(environment),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    let kept = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      if (kept < MOST_PRINTED) chunks.push(chunk);
      kept += chunk.length;
    });
    // A job that is cancelled has a partial report written.
    const { signals, reachAll } = cancellation(host.platform);
    const stop = (signal: NodeJS.Signals): unknown => reachAll || child.kill(signal);
    for (const signal of signals) host.on(signal, stop);
    const end = (code: number): void => {
      for (const signal of signals) host.off(signal, stop);
      settle({ code, printed: Buffer.concat(chunks).toString('utf8') });
    };
    child.on('error', () => end(EXIT.failed));
    child.on('close', (code) => end(code ?? EXIT.failed));
  });
}

/**
 * The signals of a cancelled job, and whether the command gets them by itself. On Windows they are events of the console, ctrl-C and
 * then ctrl-Break, which all of its processes get. There a process that is sent a signal ends at once, with nothing written (Node,
 * "subprocess.kill").
 */
function cancellation(system: NodeJS.Platform): {
  readonly signals: readonly NodeJS.Signals[];
  readonly reachAll: boolean;
} {
  return system === 'win32'
    ? { signals: ['SIGINT', 'SIGBREAK'], reachAll: true }
    : { signals: ['SIGINT', 'SIGTERM'], reachAll: false };
}

/** What the report says; undefined where there is none of the form that verify writes. */
function readSaid(file: string): Said | undefined {
  try {
    if (!lstatSync(file).isFile()) return undefined;
    const report: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const { verdict, window }: { readonly verdict?: unknown; readonly window?: unknown } = Object(report);
    const { verifiedThrough }: { readonly verifiedThrough?: unknown } = Object(window);
    if (typeof verdict !== 'string' || !VERDICTS.includes(verdict)) return undefined;
    const isTime = typeof verifiedThrough === 'string' && /^[0-9T:.Z-]{1,40}$/.test(verifiedThrough);
    return { verdict, through: isTime ? verifiedThrough : '' };
  } catch {
    return undefined;
  }
}

/** Uploads the findings where that was asked for; says so where it did not work. */
async function upload(
  { output, token }: Inputs,
  { environment, started, wait }: Pick<World, 'environment' | 'wait'> & { readonly started: string },
  runner: Runner,
): Promise<boolean> {
  try {
    const sarif = readFileSync(path.join(output, 'report.sarif'));
    const status = await uploadSarif({ environment, token, sarif, started, wait });
    if (status === 'pending') runner.notice('Code scanning has the findings, and is not yet done with them.');
    return true;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    runner.error(`The findings are not in code scanning: ${why}`);
    return false;
  }
}
