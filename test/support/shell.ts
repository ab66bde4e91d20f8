/** Shells that run the project's scripts, as a runner or cron would. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOCK_VARIABLES } from './faked-clock.ts';

const COMMAND = fileURLToPath(new URL('run-command.ts', import.meta.url));

/** What a shell left behind. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/**
 * Puts the command into `folder`/bin, as shells find it and as the action calls it. The environment's NOW is the present that
 * `verify` is told, and the keys of the test server count; nothing else is added to what the script gives.
 */
export function installCommand(folder: string): void {
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  const run = `"${process.execPath}" --import "${import.meta.resolve('tsx')}" "${COMMAND}"`;
  const shell = `#!/bin/sh\nact=$1\nshift\nexec ${run} "$act" --now "$NOW" --trust-endpoint-keys "$@"\n`;
  writeFileSync(path.join(bin, 'trail-verify'), shell);
  chmodSync(path.join(bin, 'trail-verify'), 0o755);
  const start = `const { spawnSync } = require('node:child_process');
process.exit(spawnSync(__dirname + '/trail-verify', process.argv.slice(2), { stdio: 'inherit' }).status);
`;
  writeFileSync(path.join(bin, 'trail-verify.js'), start);
}

/** Runs a program with `folder`/bin in its path and nothing of this process's environment but the rest of the path. */
export function execute(
  program: string,
  args: readonly string[],
  { folder, cwd, env }: { folder: string; cwd: string; env: Readonly<Record<string, string>> },
): Promise<Ended> {
  const own = {
    // Without it bash thinks that it was started by a remote shell, and reads .bashrc.
    SHLVL: '1',
    ...CLOCK_VARIABLES,
    PATH: `${path.join(folder, 'bin')}:${path.dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    AWS_ACCESS_KEY_ID: 'example',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd, env: { ...own, ...env } }, (_error, out, error) =>
      resolve({ code: child.exitCode ?? -1, out, error }),
    );
  });
}
