/**
 * `npm run build:executable`: the command as one file that needs nothing else (Node's single executable application), named for
 * this platform, with its SHA-256 in a file next to it. It is the Node that runs this, with the command in it: so it
 * is for machines like this one. Neither the native addon nor DuckDB is in it, because both are loaded from files of their own.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'postject';
import { bundleForExecutable } from './bundle.ts';
import { commitOf } from './commit.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What Node looks for in itself (Node.js documentation, "Single executable applications"). */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

let isWhole: boolean | undefined;

/** Whether this Node is a whole program that waits for another: packagers may take it apart or leave that out. */
export function canBecomeExecutable(): boolean {
  // A hundred megabytes.
  isWhole ??= readFileSync(process.execPath).includes(`${FUSE}:0`);
  return isWhole;
}

/** Makes the executable in `folder`, and returns its path. Throws where this Node cannot become one. */
export async function buildExecutable(folder: string): Promise<string> {
  const node = process.execPath;
  if (!canBecomeExecutable())
    throw new Error(`${node} cannot become an executable: take a Node as nodejs.org publishes it`);
  const work = mkdtempSync(path.join(tmpdir(), 'trail-verify-executable-'));
  try {
    await bundleForExecutable(work, commitOf(ROOT));
    const files = ['check-worker.js', 'walk-worker.js', 'packages.json', 'THIRD-PARTY.txt'];
    const config = {
      main: path.join(work, 'trail-verify.js'),
      output: path.join(work, 'blob'),
      disableExperimentalSEAWarning: true,
      assets: Object.fromEntries([
        ...files.map((name) => [name, path.join(work, name)]),
        ...['package.json', 'verify.sh', 'LICENSE'].map((name) => [name, path.join(ROOT, name)]),
      ]),
    };
    writeFileSync(path.join(work, 'config.json'), JSON.stringify(config));
    execFileSync(node, ['--experimental-sea-config', path.join(work, 'config.json')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const suffix = process.platform === 'win32' ? '.exe' : '';
    const file = path.join(folder, `trail-verify-${process.platform}-${process.arch}${suffix}`);
    mkdirSync(folder, { recursive: true });
    rmSync(file, { force: true });
    copyFileSync(node, file);
    chmodSync(file, 0o755);
    if (process.platform === 'darwin') execFileSync('codesign', ['--remove-signature', file]);
    await inject(file, RESOURCE, readFileSync(config.output), {
      sentinelFuse: FUSE,
      ...(process.platform === 'darwin' ? { machoSegmentName: 'NODE_SEA' } : {}),
    });
    // A Mac runs nothing that is not signed; this signs for this machine alone.
    if (process.platform === 'darwin') execFileSync('codesign', ['--sign', '-', file]);
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    writeFileSync(`${file}.sha256`, `${digest}  ${path.basename(file)}\n`);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = await buildExecutable(path.join(ROOT, 'release'));
  process.stdout.write(`${path.relative(ROOT, file)}\n`);
}
