/**
 * `npm install` from a git URL: npm clones, installs what the build needs, and calls this before it packs the clone. There is
 * nothing to do where there is a build, as in a packed file; nor for `npm ci`, whose caller builds when it wants to.
 *
 * With `--global` npm makes two mistakes, which npm 7 to 11 have in common (npm/cli#8440, npm/cli#4148): it prepares its clone as a
 * global package, and so without what the build needs; and it puts a link to the clone where the package is being unpacked at the
 * same time. Both are put right here, and the clone brings its dependencies, because some may have got lost meanwhile.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NAME = 'trail-verify';

const {
  npm_command: command,
  npm_config_global: isGlobal,
  npm_config_global_prefix: prefix = '',
  npm_config_prefix: _,
  npm_config_local_prefix: __,
  // npm sets it for what it starts in a clone.
  _PACOTE_NO_PREPARE_: isClone,
  ...environment
} = process.env;

function run(line) {
  // The shell finds npm.cmd on Windows; nothing of the words is somebody else's.
  const { status } = spawnSync(line, { shell: true, stdio: 'inherit', cwd: ROOT, env: environment });
  if (status === 0) return;
  process.stderr.write(`${NAME}: ${line} failed, and without it there is no command\n`);
  process.exit(status ?? 1);
}

/** Puts back the folder that is being unpacked. */
function restoreFolder() {
  const folder = path.join(prefix, process.platform === 'win32' ? '' : 'lib', 'node_modules');
  const place = path.join(folder, NAME);
  if (
    !lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() ||
    realpathSync(place) !== realpathSync(ROOT)
  )
    return;
  const [retired, ...others] = readdirSync(folder).filter((name) =>
    /^\.trail-verify-[A-Za-z0-9]{1,8}$/.test(name),
  );
  unlinkSync(place);
  if (retired !== undefined && others.length === 0) renameSync(path.join(folder, retired), place);
}

function bringDependencies() {
  const file = path.join(ROOT, 'package.json');
  writeFileSync(
    file,
    JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), bundleDependencies: true }, null, 2),
  );
}

if (!existsSync(path.join(ROOT, 'dist/command/packages.json')) && command !== 'ci') {
  const isGlobalClone = isGlobal === 'true' && isClone !== undefined;
  if (isGlobalClone) restoreFolder();
  if (!existsSync(path.join(ROOT, 'node_modules/typescript')))
    run('npm ci --ignore-scripts --include=dev --include=optional --no-audit --no-fund');
  run('npm run build');
  if (isGlobalClone) bringDependencies();
}
