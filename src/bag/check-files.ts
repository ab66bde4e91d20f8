import type { KeyObject } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import { mapParallel } from '../base/flow.ts';
import { sha256 } from '../crypto/hash.ts';
import { readKeyFile } from '../crypto/key-file.ts';
import type { PublicKey } from '../crypto/public-key.ts';
import { type Problem, unproven, violation } from '../report/check.ts';
import {
  hasPlaceInBag,
  type Manifest,
  type ManifestKind,
  PAYLOAD_MANIFEST,
  parseManifest,
  TAG_MANIFEST,
} from '../source/bag/index.ts';
import { BAG_KEYS } from './build.ts';

/** The result of the check of a bag's files: problems, the names of those that are there and right, and counts. */
export interface FilesCheck {
  readonly problems: readonly Problem[];
  /** Files that are as their manifest says. */
  readonly names: ReadonlySet<string>;
  readonly counts: { readonly payload: number; readonly tag: number };
  /** Bytes of the payload's files that are as their manifest says. */
  readonly payloadBytes: number;
}

const FILES_AT_ONCE = 16;
/** A line takes some 300 bytes; V8 holds strings below 512 Mi characters. */
const MOST_MANIFEST_BYTES = 500 * 1024 * 1024;
const BAGIT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

/** Compares every file of a bag with its two manifests: none changed, none missing, no further file, no links. */
export async function checkBagFiles(folder: BagFolderReader): Promise<FilesCheck> {
  const problems: Problem[] = [];
  const found = new Set<string>();
  for (const { path, kind } of await folder.list()) {
    if (kind === 'other') problems.push(violation(`neither a file nor a folder: ${path}`));
    else if (hasPlaceInBag(path)) found.add(path);
    else problems.push(violation(`a file that no bag has: ${path}`));
  }
  const payload = await readManifest(folder, PAYLOAD_MANIFEST, 'payload', problems);
  const tags = await readManifest(folder, TAG_MANIFEST, 'tag', problems);
  const isPayload = (path: string): boolean => path.startsWith('data/');
  const inData = [...found].filter(isPayload);
  const around = [...found].filter((path) => !isPayload(path) && path !== TAG_MANIFEST);
  const inPayload = await compare(folder, payload, inData, 'the files in data', problems);
  const inTags = await compare(folder, tags, around, 'the files around data', problems);
  const bagit = await folder.read('bagit.txt', BAGIT.length);
  if (bagit === undefined || Buffer.from(bagit).toString('latin1') !== BAGIT)
    problems.push(violation('bagit.txt is not that of BagIt 1.0'));
  return {
    problems,
    names: new Set([...inPayload.names, ...inTags.names]),
    counts: { payload: payload.size, tag: tags.size },
    payloadBytes: inPayload.bytes,
  };
}

async function readManifest(
  folder: BagFolderReader,
  name: string,
  kind: ManifestKind,
  problems: Problem[],
): Promise<Manifest> {
  const file = await folder.read(name, MOST_MANIFEST_BYTES);
  // Every byte of it counts, so it is not read as UTF-8, in which several spellings may give the same text.
  const manifest =
    file === undefined ? 'cannot be read' : parseManifest(Buffer.from(file).toString('latin1'), kind);
  if (typeof manifest !== 'string') return manifest;
  problems.push(violation(`${name} ${manifest}`));
  return new Map();
}

/** Reports the files that differ, and returns those that do not, with their bytes. */
async function compare(
  folder: BagFolderReader,
  manifest: Manifest,
  found: readonly string[],
  what: string,
  problems: Problem[],
): Promise<{ readonly names: readonly string[]; readonly bytes: number }> {
  const there = new Set(found);
  for (const path of manifest.keys())
    if (!there.has(path)) problems.push(violation(`${what} missing: ${path}`));
  for (const path of found)
    if (!manifest.has(path)) problems.push(violation(`${what} that the manifest does not name: ${path}`));
  const named = found.filter((path) => manifest.has(path));
  let bytes = 0;
  const same = await mapParallel(named, FILES_AT_ONCE, async (path) => {
    const hashed = await folder.hash(path);
    if (hashed === undefined || hashed.sha256 !== manifest.get(path)) return false;
    bytes += hashed.size;
    return true;
  });
  named.forEach((path, at) => {
    if (same[at] !== true) problems.push(violation(`${what} changed: ${path}`));
  });
  return { names: named.filter((_, at) => same[at] === true), bytes };
}

/** The public keys of a bag by fingerprint, and what is wrong with them. */
export interface BagKeys {
  readonly byFingerprint: ReadonlyMap<string, KeyObject>;
  readonly problems: readonly Problem[];
}

const MOST_KEY_BYTES = 64 * 1024;

/**
 * Reads `data/keys/<fingerprint>.pem`: each must be the key of its fingerprint, in the one or the other form that AWS uses.
 * Where `trusted` keys are given, each must be among those.
 */
export async function readBagKeys(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  trusted: readonly PublicKey[] | undefined,
): Promise<BagKeys> {
  const byFingerprint = new Map<string, KeyObject>();
  const problems: Problem[] = [];
  for (const detail of new Set((trusted ?? []).flatMap(({ distrust }) => distrust?.detail ?? [])))
    problems.push(unproven(`keys that are a part of the bag prove nothing of it: ${detail}`));
  for (const file of files) {
    if (!file.startsWith(BAG_KEYS) || !file.endsWith('.pem')) continue;
    const fingerprint = file.slice(BAG_KEYS.length, -'.pem'.length);
    const key = readKey(await folder.read(file, MOST_KEY_BYTES), file, fingerprint);
    if (key === undefined) {
      problems.push(violation(`${file} is not the key of that fingerprint`));
      continue;
    }
    byFingerprint.set(fingerprint, key);
    if (
      trusted === undefined ||
      trusted.some(
        (one) => one.distrust === undefined && one.fingerprint === fingerprint && one.key.equals(key),
      )
    )
      continue;
    problems.push(unproven(`the key ${fingerprint} is not among those given with --keys`));
  }
  return { byFingerprint, problems };
}

function readKey(bytes: Uint8Array | undefined, file: string, fingerprint: string): KeyObject | undefined {
  if (bytes === undefined) return undefined;
  try {
    // One key, by the fingerprints of both its forms: openssl would take the first of several.
    const forms = readKeyFile(bytes, file);
    return forms.length === 2 ? forms.find((key) => key.fingerprint === fingerprint)?.key : undefined;
  } catch (error) {
    if (error instanceof TrailVerifyError) return undefined;
    throw error;
  }
}

/** Files up to this size are kept between being hashed and being read: digests and signatures are a few kilobytes. */
const MOST_KEPT_BYTES = 64 * 1024;
/** What is kept in all; beyond it files are read twice. */
const MOST_KEPT_IN_ALL = 128 * 1024 * 1024;

/** The same folder, which keeps small files of `data/digests` from their hash to their reading: what was hashed is then what is read. */
export function rereadFolder(folder: BagFolderReader): BagFolderReader {
  const kept = new Map<string, Uint8Array>();
  let bytesKept = 0;
  return {
    list: () => folder.list(),
    pieces: (path) => folder.pieces(path),
    hash: async (path) => {
      if (!path.startsWith('data/digests/')) return folder.hash(path);
      const bytes = await folder.read(path, MOST_KEPT_BYTES);
      if (bytes === undefined) return folder.hash(path);
      if (bytesKept + bytes.length <= MOST_KEPT_IN_ALL && !kept.has(path)) {
        kept.set(path, bytes);
        bytesKept += bytes.length;
      }
      return { sha256: sha256(bytes), size: bytes.length };
    },
    read: async (path, maxBytes) => {
      const bytes = kept.get(path);
      if (bytes === undefined || bytes.length > maxBytes) return folder.read(path, maxBytes);
      kept.delete(path);
      bytesKept -= bytes.length;
      return bytes;
    },
  };
}

/** A bag's files as they are read to be checked; see `bagFolder`. */
export interface BagFolderReader {
  list(): Promise<readonly { readonly path: string; readonly kind: 'file' | 'other' }[]>;
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  hash(path: string): Promise<{ readonly sha256: string; readonly size: number } | undefined>;
  pieces(path: string): AsyncIterable<Uint8Array>;
}

/** The size of a signature file, a timestamp or a bundle of signatures at most. */
export const MOST_SIGNATURE_BYTES: number = 4 * 1024 * 1024;

/** Of the signature files `which`, those that are too large to be read: they are there, and nobody must take them for missing. */
export async function oversizedSignatures(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  which: readonly string[],
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const name of which)
    if (files.has(name) && (await folder.read(name, MOST_SIGNATURE_BYTES)) === undefined)
      problems.push(violation(`${name} is larger than any signature`));
  return problems;
}
