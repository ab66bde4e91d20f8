import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';

/** What a build is made of. */
const SOURCES = ['bin', 'build', 'src', 'native/prebuilt', 'package.json', 'package-lock.json', 'verify.sh'];

/** The commit that the sources in `root` are of; null outside git, and where one of them differs from it. */
export function commitOf(root: string): string | null {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    // A packed file that was unpacked in somebody else's repository is of no commit there.
    if (realpathSync(git('rev-parse', '--show-toplevel')) !== realpathSync(root)) return null;
    return git('status', '--porcelain', '--', ...SOURCES) === '' ? git('rev-parse', 'HEAD') : null;
  } catch {
    return null;
  }
}
