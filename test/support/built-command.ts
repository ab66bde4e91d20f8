/** The command as it is installed: `bin/trail-verify.js` and its bundle, in a process of its own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { bundleCommand } from '../../build/bundle.ts';
import { CLOCK_VARIABLES } from './faked-clock.ts';
import { identityFolder } from './signing-identity.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** How a process ended, and all that it wrote. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly error: string;
}

/** A command that runs. */
export interface RunningCommand {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** Settles when the process has ended. */
  readonly ended: Promise<Ending>;
  /** Settles when standard output (`out`) or standard error (`error`) so far holds `text`; rejects where the process ends without it. */
  shows(stream: 'out' | 'error', text: string): Promise<void>;
}

let command = path.join(ROOT, 'bin/trail-verify.js');
let made: string | undefined;

/** The folder of the package that is run: `bin`, `dist/command` and what they look for. */
export function builtPackage(): string {
  return path.dirname(path.dirname(command));
}

/** Has the command ready for the tests of a file, which may take seconds: where `dist` is not of the present sources, one is made. */
export function useBuiltCommand(): void {
  beforeAll(async () => {
    if (isFresh()) return;
    made = mkdtempSync(path.join(tmpdir(), 'trail-verify-built-'));
    command = await buildInto(made);
  }, 120_000);
  afterAll(() => {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  });
}

/** Starts the command in `cwd`, with credentials of nobody and an identity of its own for signing; `program` may be another make of it. */
export async function startBuilt(
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
  program: string = command,
): Promise<RunningCommand> {
  const env = {
    ...CLOCK_VARIABLES,
    PATH: process.env.PATH,
    XDG_CONFIG_HOME: await identityFolder(),
    XDG_STATE_HOME: await identityFolder(),
    AWS_ACCESS_KEY_ID: 'example',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...environment,
  };
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { out: '', error: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.error += chunk.toString();
  });
  const ended = once(child, 'close').then(([code, signal]): Ending => ({ code, signal, ...texts }));
  return {
    child,
    ended,
    shows: (stream, text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (texts[stream].includes(text)) resolve();
        };
        (stream === 'out' ? child.stdout : child.stderr).on('data', look);
        child.once('close', () => reject(new Error(`ended without ${text}: ${texts.error}`)));
        look();
      }),
  };
}

/** Whether this checkout's own was made of the sources as they are. */
function isFresh(): boolean {
  const own = path.join(ROOT, 'dist/command/packages.json');
  if (!existsSync(own)) return false;
  const { mtimeMs } = statSync(own);
  return ['src', 'build'].every((folder) => newest(path.join(ROOT, folder)) < mtimeMs);
}

async function buildInto(folder: string): Promise<string> {
  await bundleCommand(path.join(folder, 'dist/command'));
  for (const name of ['bin', 'keys', 'package.json', 'verify.sh'])
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  for (const name of ['node_modules', 'native'])
    if (existsSync(path.join(ROOT, name))) symlinkSync(path.join(ROOT, name), path.join(folder, name));
  return path.join(folder, 'bin/trail-verify.js');
}

/** When the last file or folder in `folder` was changed, milliseconds since the epoch. */
function newest(folder: string): number {
  const times = readdirSync(folder, { withFileTypes: true, recursive: true }).map(
    ({ parentPath, name }) => statSync(path.join(parentPath, name)).mtimeMs,
  );
  return Math.max(...times);
}
