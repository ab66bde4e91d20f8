/** Stands in for `src/source/own-files.ts` in the single executable: its files are in the executable, and it is itself the one to name. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { getAsset } from 'node:sea';

type Module = typeof import('../../src/source/own-files.ts');

export const PACKAGE_FOLDER: Module['PACKAGE_FOLDER'] = undefined;

export const ORIGIN: Module['ORIGIN'] = 'executable';

export const readOwnFile: Module['readOwnFile'] = async (name) => new Uint8Array(getAsset(name));

export const ownHashes: Module['ownHashes'] = () => [
  {
    name: path.basename(process.execPath),
    sha256: createHash('sha256').update(readFileSync(process.execPath)).digest('hex'),
  },
];

export const buildDigest: Module['buildDigest'] = () => ownHashes()[0]?.sha256 ?? null;
