/** Makes the bundle that `bin/trail-verify.js` runs: the command and all that it needs, in a few files of which a run loads what it uses. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Loader, type Metafile, type Plugin } from 'esbuild';
import { layersOf } from './layers.ts';
import { leaveOut } from './left-out.ts';
import { bundledPackages, licenceTexts, packageOf } from './third-party.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // Of packages that have both, the modules: what is not used of them can be left out.
  mainFields: ['module', 'main'],
  // Names stay: the SDK tells errors by them, and a stack can be read.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'eof',
  // Packages in CommonJS ask for Node's own modules by it.
  banner: {
    js: "import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);",
  },
  metafile: true,
  // Native code, and 70 MB of it; and an engine that few need: they stay packages, that may be absent.
  external: ['@duckdb/node-api', 'bullmq'],
  // A layer is imported for its place alone: see layers.ts.
  logOverride: { 'ignored-bare-import': 'silent' },
  logLevel: 'warning',
} as const satisfies BuildOptions;

const COMMAND = { entryPoints: { main: 'src/cli/main.ts' }, splitting: true } as const;
/** Each alone, so that a thread loads one file and what it imports late, and not what the command shares with it. */
const THREADS = {
  'check-worker': 'src/checking/check-worker.ts',
  'walk-worker': 'src/walking/walk-worker.ts',
} as const;

/** The same, and the process of a question. The executable has none, for it cannot load DuckDB. */
const PROGRAMS = { ...THREADS, 'asking-process': 'src/query/apart/asking-process.ts' } as const;

/**
 * Makes the bundle anew in `folder`, which must lie two levels below the package's own, for its files look for keys, native
 * code and package.json from there as those of the folders in `src` do.
 */
export async function bundleCommand(folder: string, commit: string | null = null): Promise<void> {
  const plain = { ...OPTIONS, ...COMMAND, outdir: folder };
  const { metafile } = await build({ ...plain, write: false, plugins: [leaveOut()] });
  const layers = layersOf(metafile);
  const layered = (file: string, text: string): string => {
    const below = layers.get(path.relative(ROOT, file).split(path.sep).join('/')) ?? [];
    return [text, ...below.map((layer) => `import '${path.join(ROOT, layer)}';`)].join('\n');
  };
  rmSync(folder, { recursive: true, force: true });
  const command = await build({ ...plain, plugins: [texts(layered), leaveOut()] });
  const metafiles = [command.metafile, ...(await bundlePrograms(folder))];
  writeContents(folder, metafiles, commit);
}

/**
 * Makes the programs of the single executable in `folder`: each is one file of CommonJS, as Node wants it, because its loader
 * gives it no other module. What the command reads by path, and its threads, are asked of the executable.
 */
export async function bundleForExecutable(folder: string, commit: string | null): Promise<void> {
  const programs = { 'trail-verify': 'bin/trail-verify.js', ...THREADS };
  const metafiles: Metafile[] = [];
  for (const [name, program] of Object.entries(programs)) {
    const { metafile } = await build({
      ...OPTIONS,
      format: 'cjs',
      banner: {},
      // There is no file to name. What looks for others by it finds none: the native addon.
      define: { 'import.meta.url': 'undefined' },
      external: [],
      plugins: [standIns(), ...(name === 'trail-verify' ? [leaveOut()] : [])],
      entryPoints: { [name]: program },
      outdir: folder,
    });
    metafiles.push(metafile);
  }
  writeContents(folder, metafiles, commit);
}

/** Writes what the files in `folder` consist of, of which commit they are, and the licences of that. */
function writeContents(folder: string, metafiles: readonly Metafile[], commit: string | null): void {
  const packages = bundledPackages(metafiles, ROOT);
  writeFileSync(path.join(folder, 'THIRD-PARTY.txt'), licenceTexts(packages));
  const files: Record<string, readonly string[]> = {};
  for (const [file, { inputs }] of metafiles.flatMap(({ outputs }) => Object.entries(outputs))) {
    const names = Object.keys(inputs).map((input) => packageOf(input) ?? '');
    files[path.basename(file)] = [...new Set(names)].filter((name) => name !== '').sort();
  }
  const versions: Record<string, string> = {};
  for (const { name, version } of packages)
    versions[name] = name in versions ? `${versions[name]}, ${version}` : version;
  writeFileSync(
    path.join(folder, 'packages.json'),
    `${JSON.stringify({ commit, versions, files }, null, 1)}\n`,
  );
}

/** Makes the programs of threads and processes in `folder`, which lies as that of the command does, and returns what each consists of. */
export async function bundlePrograms(folder: string): Promise<readonly Metafile[]> {
  const metafiles: Metafile[] = [];
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const thread = await build({
      ...OPTIONS,
      entryPoints: { [name]: program },
      splitting: true,
      outdir: folder,
    });
    metafiles.push(thread.metafile);
  }
  return metafiles;
}

/** Modules of the executable that stand in for others. */
function standIns(): Plugin {
  const own = (name: string): string => path.join(ROOT, 'build/executable', name);
  return {
    name: 'stand-ins',
    setup(build) {
      build.onResolve({ filter: /^\.\.\/dist\/command\/main\.js$/ }, () => ({
        path: path.join(ROOT, 'src/cli/main.ts'),
      }));
      build.onResolve({ filter: /\/(?:own-files|start-asking|start-worker)\.ts$/ }, ({ path: asked }) => ({
        path: own(path.basename(asked)),
      }));
      build.onResolve({ filter: /^@duckdb\/node-api$/ }, () => ({ path: own('no-duckdb.ts') }));
      build.onResolve({ filter: /^bullmq$/ }, () => ({ path: own('no-bullmq.ts') }));
    },
  };
}

/** Files as `change` makes them before they are bundled. */
function texts(change: (file: string, text: string) => string): Plugin {
  return {
    name: 'texts',
    setup(build) {
      build.onLoad({ filter: /\.[jt]s$/, namespace: 'file' }, ({ path: file }) => {
        const text = readFileSync(file, 'utf8');
        const changed = change(file, text);
        const loader: Loader = file.endsWith('.ts') ? 'ts' : 'js';
        return changed === text ? undefined : { contents: changed, loader };
      });
    },
  };
}
