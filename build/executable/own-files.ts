/** Stands in for `src/source/own-files.ts` in the single executable: its files are in the executable, and it is itself the one to name. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { getAsset } from 'node:sea';

type Module = typeof import('../../src/source/own-files.ts');

export const PACKAGE_FOLDER: Module['PACKAGE_FOLDER'] = undefined;

export const ORIGIN: Module['ORIGIN'] = 'executable';

export const readOwnFile: Module['readOwnFile'] = async (name) => new Uint8Array(getAsset(name));

export const ownHashes: Module['ownHashes'] = () => [
  { name: path.basename(process.execPath), sha256: executableDigest() },
];

export const buildDigest: Module['buildDigest'] = () => executableDigest();

const PIECE = 1024 * 1024;
let digest: string | undefined;

/** The SHA-256 of this executable, once a run and piece by piece: it has a hundred megabytes. */
function executableDigest(): string {
  if (digest !== undefined) return digest;
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(PIECE);
  const file = openSync(process.execPath, 'r');
  try {
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece))
      hash.update(piece.subarray(0, read));
  } finally {
    closeSync(file);
  }
  digest = hash.digest('hex');
  return digest;
}
