import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SCRATCH } from './scratch.ts';

/** One run of a process: how long it took as a whole, what it used where that is known, and what it printed. */
export interface ProcessSample {
  readonly seconds: number;
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  /** That of its main thread alone. */
  readonly mainSeconds: number;
  readonly peakBytes: number;
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
  /** Milliseconds from the start to the first text that `Wrapper.watch` fits; undefined where none came. */
  readonly watchedMs: number | undefined;
}

/** Another program that starts the measured one, and what to watch for in what comes out. */
export interface Wrapper {
  readonly command: string;
  readonly args: (command: string, args: readonly string[]) => readonly string[];
  readonly watch: RegExp;
}

const HOOK = join(ROOT, 'bench', 'usage-hook.mjs');
/** Longer than any row takes. */
const TIME_LIMIT = 4 * 3_600_000;

let runs = 0;

/** Runs a script with this Node, measured to the end of the process. */
export async function runNode(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  wrapper?: Wrapper,
): Promise<ProcessSample> {
  mkdirSync(SCRATCH, { recursive: true });
  runs += 1;
  const usageFile = join(SCRATCH, `usage-${process.pid}-${runs}.json`);
  rmSync(usageFile, { force: true });
  const env = { ...process.env, BENCH_USAGE_FILE: usageFile, ...environment };
  const [command, whole] = [process.execPath, ['--import', HOOK, ...args]];
  const sample =
    wrapper === undefined
      ? await runProcess(command, whole, env)
      : await runProcess(wrapper.command, wrapper.args(command, whole), env, wrapper.watch);
  // Written by usage-hook.mjs.
  const usage = JSON.parse(readFileSync(usageFile, 'utf8')) as Pick<
    ProcessSample,
    'cpuSeconds' | 'peakBytes'
  > & { readonly mainSeconds: number | null };
  rmSync(usageFile, { force: true });
  return { ...sample, ...usage, mainSeconds: usage.mainSeconds ?? Number.NaN };
}

/** Runs any program; what it used is not known. */
export function runProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  watch?: RegExp,
): Promise<ProcessSample> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, {
      env,
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIME_LIMIT,
    });
    let [out, error] = ['', ''];
    let watchedMs: number | undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (watch?.test(text) === true) watchedMs ??= performance.now() - began;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      const seconds = (performance.now() - began) / 1000;
      const unknown = { cpuSeconds: Number.NaN, mainSeconds: Number.NaN, peakBytes: Number.NaN };
      resolve({ seconds, ...unknown, exitCode: code ?? -1, out, error, watchedMs });
    });
  });
}
