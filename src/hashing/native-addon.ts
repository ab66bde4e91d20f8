/**
 * The native path, where this machine has it: libdeflate and the OpenSSL of this Node (see `native/`). It vouches only for
 * whole, plain gzip members; of all else it says nothing, and `hashGzip` judges.
 */
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { hashGzip } from '../crypto/hash-gzip.ts';

/** Size and SHA-256 of the file as stored, size and SHA-256 of its content, and the bytes of its sidecar, if it has one. */
export type NativeResult = readonly [
  size: number,
  sha256: string,
  contentSize: number,
  contentSha256: string,
  sidecar: Buffer | undefined,
];

/** The addon: hashes bytes or files by path on the threads of libuv's pool. */
export interface NativeAddon {
  hashBatch(
    items: readonly (Uint8Array | string)[],
    sidecarSuffix: string,
    maxStored: number,
    maxContent: number,
  ): Promise<readonly (NativeResult | undefined)[]>;
}

/** Long enough that it is no short block of fixed codes. */
const KNOWN: string = Array.from({ length: 300 }, (_, number) => `${number * 7919} `).join('');

/** The addon built for this platform; undefined where there is none, it cannot be loaded or it hashes wrongly. */
export async function loadNativeAddon(): Promise<NativeAddon | undefined> {
  try {
    const file = `../../native/prebuilt/${process.platform}-${process.arch}/hash-gzip.node`;
    const loaded: unknown = createRequire(import.meta.url)(file);
    return isAddon(loaded) && (await hashesRightly(loaded)) ? loaded : undefined;
  } catch {
    return undefined;
  }
}

function isAddon(loaded: unknown): loaded is NativeAddon {
  return (
    typeof loaded === 'object' &&
    loaded !== null &&
    'hashBatch' in loaded &&
    typeof loaded.hashBatch === 'function'
  );
}

/** More files than are hashed side by side, and one that is cut off. */
async function hashesRightly(addon: NativeAddon): Promise<boolean> {
  const files = Array.from({ length: 9 }, (_, at) => gzipSync(KNOWN.slice(7 * at)));
  const [first] = files;
  if (first === undefined) return false;
  const given = [...files, first.subarray(0, -1)];
  const results = await addon.hashBatch(given, '', first.length, KNOWN.length);
  if (results.length !== given.length || results.at(-1) !== undefined) return false;
  for (const [at, file] of files.entries()) {
    const result = results[at];
    const { size, sha256, content } = await hashGzip(file, KNOWN.length);
    if (result === undefined || content.size === undefined) return false;
    if (result[0] !== size || result[1] !== sha256) return false;
    if (result[2] !== content.size || result[3] !== content.sha256) return false;
  }
  return true;
}
