import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** JavaScript's own memory in that process, in MB. */
const HEAP = 1024;

/**
 * What the process gets of the environment: where programs and libraries are. The rest may be secret, as the password of a proxy is,
 * and DuckDB makes settings of it.
 */
const ENVIRONMENT = ['PATH', 'SystemRoot', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

let companions = import.meta.url;

/** Takes the program from next to another module, by its URL: tests have a bundle of it, for from the sources it starts slowly. */
export function takeProgramNextTo(module: string): void {
  companions = module;
}

/** Starts the process that asks. Its program is next to this module: in the bundle of the command all of them are in one folder. */
export function startAsking(): ChildProcess {
  const program = new URL(`./asking-process${path.extname(companions)}`, companions);
  const environment = ENVIRONMENT.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return fork(fileURLToPath(program), {
    execArgv: [
      `--max-old-space-size=${HEAP}`,
      ...(program.href.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []),
    ],
    env: Object.fromEntries(environment),
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}
