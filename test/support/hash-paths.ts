import { type OpenHasher, openHasher } from '../../src/hashing/open-hasher.ts';

/** The platforms whose native path is in the package: there it must load, elsewhere there is none to test. */
const WITH_NATIVE: readonly string[] = ['linux-x64'];
const HERE = `${process.platform}-${process.arch}`;
const HAS_NATIVE = WITH_NATIVE.includes(HERE);

/** The ways in which log files are hashed on this platform. */
export const HASH_PATHS: readonly OpenHasher['path'][] = HAS_NATIVE
  ? ['this-thread', 'workers', 'native']
  : ['this-thread', 'workers'];

/** Opens the hasher of one way; throws where it is another. */
export async function openPath(path: OpenHasher['path'], workers = 2): Promise<OpenHasher> {
  const hasher = await openHasher({
    workers: path === 'this-thread' ? 0 : workers,
    native: path === 'native',
  });
  if (hasher.path !== path) throw new Error(`log files are hashed by ${hasher.path}, not by ${path}`);
  return hasher;
}
