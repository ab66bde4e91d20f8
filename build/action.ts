/**
 * `npm run build:action` makes the folder `action/` of the GitHub Action, which is committed: a workflow that uses the action
 * installs and compiles nothing. `npm run check:action` fails where it is not what the sources give.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleCommand } from './bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = path.join(ROOT, 'action');

/** Makes the action anew in `folder`, which must lie one level below the package's own. */
export async function bundleAction(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  await bundleCommand(path.join(folder, 'command'));
  await build({
    absWorkingDir: ROOT,
    entryPoints: { main: 'src/action/main.ts' },
    outdir: folder,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    logLevel: 'warning',
  });
  // CommonJS, as the folder of the command's own has it.
  const start = readFileSync(path.join(ROOT, 'bin/trail-verify.js'), 'utf8');
  const here = start.replace("'../dist/command/main.js'", "'./command/main.js'");
  if (here === start) throw new Error('bin/trail-verify.js does not start dist/command/main.js');
  writeFileSync(path.join(folder, 'trail-verify.cjs'), here);
}

/** The files of a folder by their paths in it, with their content. */
function filesOf(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((one) => one.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      return [path.relative(folder, file), readFileSync(file, 'latin1')];
    }),
  );
}

/** The files of `action/` that are not what the sources give. */
async function changedFiles(): Promise<readonly string[]> {
  // One level below the package's own folder, as the real one: paths into it are the same.
  const fresh = mkdtempSync(path.join(ROOT, 'node_modules/.action-'));
  try {
    const made = path.join(fresh, 'action');
    await bundleAction(made);
    const [wanted, there] = [filesOf(made), filesOf(FOLDER)];
    return [...new Set([...wanted.keys(), ...there.keys()])]
      .filter((file) => wanted.get(file) !== there.get(file))
      .sort();
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const changed = await changedFiles();
    for (const file of changed) console.error(`action/${file} is not what its sources give`);
    if (changed.length > 0) console.error('run npm run build:action, and commit the folder action');
    process.exitCode = changed.length === 0 ? 0 : 1;
  } else {
    await bundleAction(FOLDER);
  }
}
