import { VERSION } from '../../../base/version.ts';
import { loadNativeNow } from '../../../hashing/local-hasher.ts';
import { buildDigest, ORIGIN, type OwnHash, ownHashes, readOwnFile } from '../../../source/own-files.ts';
import { EXIT } from '../../io/exit.ts';
import type { Terminal } from '../../io/terminal.ts';
import type { VersionSettings } from './version-options.ts';

/** Everything that `version` says. */
interface Facts {
  readonly name: 'trail-verify';
  readonly version: string;
  /** Of the sources that were built; null where they were no commit's, or nothing was built. */
  readonly commit: string | null;
  readonly node: string;
  readonly openssl: string;
  readonly platform: string;
  /** Whether log files are hashed by the native addon. */
  readonly native: boolean;
  readonly origin: typeof ORIGIN;
  /** As in a report: over all files. */
  readonly buildDigest: string | null;
  readonly files: readonly OwnHash[];
}

const ORIGINS: Readonly<Record<typeof ORIGIN, string>> = {
  modules: 'its modules, which are no build',
  bundle: 'the bundle of the command',
  executable: 'a single executable',
};

/** Prints which program this is. Rejects where its own files cannot be read. */
export async function versionCommand({ format }: VersionSettings, terminal: Terminal): Promise<number> {
  const facts = await ownFacts(terminal.environment);
  terminal.out.write(format === 'json' ? `${JSON.stringify(facts, null, 2)}\n` : textOf(facts));
  return EXIT.valid;
}

async function ownFacts({ TRAIL_VERIFY_NATIVE }: Terminal['environment']): Promise<Facts> {
  return {
    name: 'trail-verify',
    version: VERSION,
    commit: ORIGIN === 'modules' ? null : await builtCommit(),
    node: process.versions.node,
    openssl: process.versions.openssl,
    platform: `${process.platform}-${process.arch}`,
    native: TRAIL_VERIFY_NATIVE !== '0' && loadNativeNow() !== undefined,
    origin: ORIGIN,
    buildDigest: buildDigest(),
    files: ownHashes(),
  };
}

/** From the file that the build wrote: see `build/bundle.ts`. */
async function builtCommit(): Promise<string | null> {
  const text = Buffer.from(await readOwnFile('packages.json')).toString();
  const { commit }: { commit: string | null } = JSON.parse(text);
  return commit;
}

function textOf({
  version,
  commit,
  node,
  openssl,
  platform,
  native,
  origin,
  buildDigest: digest,
  files,
}: Facts): string {
  const build = files.length === 1 ? '1 file' : `${files.length} files`;
  const rows: readonly (readonly [string, string])[] = [
    ['commit', commit ?? 'unknown'],
    ['node', node],
    ['openssl', openssl],
    ['platform', platform],
    ['native', native ? 'yes, log files are hashed by the native addon' : 'no, log files are hashed by Node'],
    ['runs from', ORIGINS[origin]],
    ...(digest === null ? [] : [['build', `${build}, SHA-256`] as const, ['', digest] as const]),
  ];
  const lines = rows.map(([name, value]) => `  ${name.padEnd(9)}  ${value}\n`);
  return `trail-verify ${version}\n${lines.join('')}`;
}
