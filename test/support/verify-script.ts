import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../verify.sh', import.meta.url));

/** What a run of `verify.sh` said and returned. */
export interface ScriptResult {
  readonly code: number | null;
  readonly text: string;
  /** The last line. */
  readonly conclusion: string;
}

/** The shells that the script must run in, with the options that make them POSIX. */
export const SHELLS: readonly (readonly [shell: string, ...options: string[]])[] = [
  ['dash'],
  ['bash', '--posix'],
];

/** Why a program cannot be run here; undefined where it can. */
export function absenceOf(program: string): string | undefined {
  return spawnSync(program, ['-c', ':']).error?.message;
}

/** Runs `verify.sh` of the package on a bag; `environment` in place of this process's, and in the folder `cwd`. */
export function runScript(
  args: readonly string[],
  [shell, ...options]: readonly [string, ...string[]] = ['sh'],
  environment: Readonly<Record<string, string | undefined>> = process.env,
  cwd?: string,
): ScriptResult {
  const run = spawnSync(shell, [...options, SCRIPT, ...args], {
    encoding: 'utf8',
    env: { ...environment },
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (run.error !== undefined) throw run.error;
  const text = run.stdout + run.stderr;
  return { code: run.status, text, conclusion: run.stdout.trimEnd().split('\n').at(-1) ?? '' };
}
