import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, ROOT } from '../scratch.ts';

/** The last commit of which verification could not export events. */
const COMMIT = '3eb3895';

/** The command of that commit, built from this repository's history; or in words why there is none. */
export async function buildBefore(): Promise<{ readonly command: string } | { readonly absent: string }> {
  try {
    const folder = await cachedFolder(`before-${COMMIT}`, (path) => {
      run('git', ['-C', ROOT, 'archive', '--output', join(path, 'source.tar'), COMMIT], path);
      run('tar', ['-xf', 'source.tar'], path);
      rmSync(join(path, 'source.tar'));
      // The packages of today are a superset.
      symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'));
      run('npm', ['run', 'build'], path);
    });
    return { command: join(folder, 'bin', 'trail-verify.js') };
  } catch (error) {
    return {
      absent: `commit ${COMMIT} cannot be built: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status === 0) return;
  const [line = ''] = `${stderr}${stdout}`.trim().split('\n');
  throw new Error(`${command} ended with ${status}: ${line}`);
}
