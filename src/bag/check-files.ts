import { mapParallel } from '../base/flow.ts';
import {
  type Manifest,
  type ManifestKind,
  PAYLOAD_MANIFEST,
  parseManifest,
  TAG_MANIFEST,
} from '../source/bag/manifest.ts';
import { hasPlaceInBag } from '../source/bag/tag-files.ts';
import { type BagFolderReader, type BagProblem, refusal } from './problem.ts';

/** What of a bag's files was checked: problems, the names of those that are there and right, and counts. */
export interface FilesCheck {
  readonly problems: readonly BagProblem[];
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

/** Holds every file of a bag against its two manifests: none changed, none missing, none more, no links. */
export async function checkBagFiles(folder: BagFolderReader): Promise<FilesCheck> {
  const problems: BagProblem[] = [];
  const found = new Set<string>();
  for (const { path, kind } of await folder.list()) {
    if (kind === 'other') problems.push(refusal(`neither a file nor a folder: ${path}`));
    else if (hasPlaceInBag(path)) found.add(path);
    else problems.push(refusal(`a file that no bag has: ${path}`));
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
    problems.push(refusal('bagit.txt is not that of BagIt 1.0'));
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
  problems: BagProblem[],
): Promise<Manifest> {
  const file = await folder.read(name, MOST_MANIFEST_BYTES);
  // Every byte of it counts, so it is not read as UTF-8, in which several spellings may give the same text.
  const manifest =
    file === undefined ? 'cannot be read' : parseManifest(Buffer.from(file).toString('latin1'), kind);
  if (typeof manifest !== 'string') return manifest;
  problems.push(refusal(`${name} ${manifest}`));
  return new Map();
}

/** Tells what differs, and returns the files that do not, with their bytes. */
async function compare(
  folder: BagFolderReader,
  manifest: Manifest,
  found: readonly string[],
  what: string,
  problems: BagProblem[],
): Promise<{ readonly names: readonly string[]; readonly bytes: number }> {
  const there = new Set(found);
  for (const path of manifest.keys())
    if (!there.has(path)) problems.push(refusal(`${what} missing: ${path}`));
  for (const path of found)
    if (!manifest.has(path)) problems.push(refusal(`${what} that the manifest does not name: ${path}`));
  const named = found.filter((path) => manifest.has(path));
  let bytes = 0;
  const same = await mapParallel(named, FILES_AT_ONCE, async (path) => {
    const hashed = await folder.hash(path);
    if (hashed === undefined || hashed.sha256 !== manifest.get(path)) return false;
    bytes += hashed.size;
    return true;
  });
  named.forEach((path, at) => {
    if (same[at] !== true) problems.push(refusal(`${what} changed: ${path}`));
  });
  return { names: named.filter((_, at) => same[at] === true), bytes };
}
