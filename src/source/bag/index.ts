import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TrailVerifyError } from '../../base/errors.ts';
import { outputError } from '../../copy/writer.ts';
import { inPlace, makeFolderBelow } from '../claimed-folder.ts';
import { isUnreadCode, openForReading, type UnreadCode } from '../folder/object-file.ts';
import { escapeSegment, isWritableSegment } from '../folder/path.ts';
import type { ObjectRef } from '../source.ts';

/**
 * The record of an evidence bag about the objects in it, from which the bag is verified again:
 *
 *     data/meta/objects.jsonl   a line for each object: its file, bucket, key and what the source said of it
 *     data/meta/bag.json        which objects' absence means something, and the window they were read for
 *
 * The path of an object in an evidence bag: its bucket and key, in names that every file system, shell and BagIt reader
 * takes alike. Names that are not portable are escaped as in `source/folder/path.ts`, so no name leads out of the bag:
 *
 *     data/digests/my-trail/AWSLogs/111122223333/CloudTrail-Digest/…/x.json.gz
 *     data/logs/my-trail/=_=2E=2E/=_etc=20passwd.object
 *
 * Names of files and of folders can never be the same, whatever the keys: a plain file ends in `.json.gz`, an escaped
 * one in `.object`, and a folder in neither.
 */

/** Where the two files are in a bag. */
export const BAG_OBJECTS = 'data/meta/objects.jsonl';
/** Its largest size in bytes: V8 holds strings below 512 Mi characters; a line takes some 700. */
export const LONGEST_INDEX: number = 500 * 1024 * 1024;

/** One object; without a file it could not be read when the bag was made, and `unread` says why. */
export interface BagObject {
  readonly kind: BagObjectKind;
  readonly bucket: string;
  readonly key: string;
  readonly file?: string | undefined;
  readonly size: number;
  /** ISO 8601 in UTC, to the millisecond. */
  readonly lastModified?: string | undefined;
  readonly versionId?: string | undefined;
  readonly etag?: string | undefined;
  readonly storageClass?: string | undefined;
  /** User metadata; absent where the source kept none. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly unread?: { readonly code: UnreadCode; readonly message: string } | undefined;
}

/** The content of a bag: `complete` where the absence of such an object in it means that it was not in the bucket. */
export interface BagSummary {
  readonly schema: 'trail-verify/bag/v1';
  readonly buckets: readonly string[];
  readonly digests: 'complete' | 'partial';
  readonly logs: 'complete' | 'partial' | 'none';
  /** The window asked for, ISO 8601 in UTC. */
  readonly window: { readonly from: string | null; readonly to: string | null };
}

/** The objects in the text of `objects.jsonl`; undefined where a line of it is none. */
export function parseBagObjects(text: string): readonly BagObject[] | undefined {
  const objects: BagObject[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const object = readObject(parseJson(line));
    if (object === undefined) return undefined;
    objects.push(object);
  }
  return objects;
}

/** The summary in the text of `bag.json`; undefined where it is none. */
export function parseBagSummary(text: string): BagSummary | undefined {
  const value = parseJson(text);
  if (!isRecord(value) || value.schema !== 'trail-verify/bag/v1' || !isRecord(value.window)) return undefined;
  const { buckets, digests, logs } = value;
  const { from, to } = value.window;
  if (!Array.isArray(buckets) || !buckets.every((name) => typeof name === 'string')) return undefined;
  if (digests !== 'complete' && digests !== 'partial') return undefined;
  if (logs !== 'complete' && logs !== 'partial' && logs !== 'none') return undefined;
  if (!isTextOrNull(from) || !isTextOrNull(to)) return undefined;
  return { schema: 'trail-verify/bag/v1', buckets, digests, logs, window: { from, to } };
}

function readObject(value: unknown): BagObject | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, bucket, key, file, size, metadata, unread } = value;
  if (!isKind(kind) || typeof bucket !== 'string' || typeof key !== 'string') return undefined;
  if (typeof size !== 'number' || !(file === undefined || typeof file === 'string')) return undefined;
  const failure = readUnread(unread);
  if ((file === undefined) === (failure === undefined)) return undefined;
  return {
    kind,
    bucket,
    key,
    size,
    file,
    ...textField(value, 'lastModified'),
    ...textField(value, 'versionId'),
    ...textField(value, 'etag'),
    ...textField(value, 'storageClass'),
    ...(isRecord(metadata) ? { metadata: textValues(metadata) } : {}),
    ...(failure === undefined ? {} : { unread: failure }),
  };
}

function readUnread(value: unknown): BagObject['unread'] {
  if (!isRecord(value) || typeof value.code !== 'string' || typeof value.message !== 'string')
    return undefined;
  return isUnreadCode(value.code) ? { code: value.code, message: value.message } : undefined;
}

function textField<Name extends string>(
  value: Readonly<Record<string, unknown>>,
  name: Name,
): { readonly [Field in Name]?: string } {
  const text = value[name];
  // The one field, named as asked.
  return typeof text === 'string' ? ({ [name]: text } as { [Field in Name]?: string }) : {};
}

function textValues(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text] as const] : [],
    ),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kinds of object that a bag holds. */
type BagObjectKind = 'digest' | 'log' | 'sign-file' | 'result';

/** The folder in `data` of each kind. */
const FOLDERS: Readonly<Record<BagObjectKind, string>> = {
  digest: 'digests',
  log: 'logs',
  'sign-file': 'lake',
  result: 'lake',
};

function isKind(kind: unknown): kind is BagObjectKind {
  return typeof kind === 'string' && Object.hasOwn(FOLDERS, kind);
}

/** Behind the file of a digest: its signature, raw bytes. */
export const SIGNATURE_SUFFIX = '.sig';

/** What is plainly a file by its name, and what no folder is named plainly: of digests and log files, and of query results. */
const OF_TRAILS = { file: /\.json\.gz$/, fileLike: /\.(?:json\.gz|sig|object)$/i };
const OF_QUERIES = {
  file: /^result_(?:sign\.json|\d{1,9}\.csv\.gz)$/,
  fileLike: /\.(?:json|csv\.gz|sig|object)$/i,
};

/** The path of an object's file below the bag's folder, with `/` on every system. */
export function bagPath(kind: BagObjectKind, { bucket, key }: ObjectRef): string {
  const { file, fileLike } = kind === 'digest' || kind === 'log' ? OF_TRAILS : OF_QUERIES;
  const segments = key.split('/');
  const name = segments.pop() ?? '';
  const folders = [bucket, ...segments].flatMap((segment) =>
    isWritableSegment(segment) && !fileLike.test(segment) ? [segment] : escapeSegment(segment, 'folder'),
  );
  const isPlain = isWritableSegment(name) && file.test(name);
  const names = isPlain ? [name] : escapeSegment(name, 'file');
  return ['data', FOLDERS[kind], ...folders, ...names].join('/');
}

/**
 * The manifests of a BagIt bag (RFC 8493, 2.1.3): a line for each file, its SHA-256, two spaces and its path, in which
 * only CR, LF and `%` are percent-encoded. Names in our bags are portable, so none ever is.
 */

/** The payload manifest, which names every file of evidence, and that of the files around it. */
export const PAYLOAD_MANIFEST = 'manifest-sha256.txt';
export const TAG_MANIFEST = 'tagmanifest-sha256.txt';

/** SHA-256 (lower-case hex) by path. */
export type Manifest = ReadonlyMap<string, string>;

/** The paths that a manifest may hold. */
export type ManifestKind = 'payload' | 'tag';

const PATHS: Readonly<Record<ManifestKind, RegExp>> = {
  payload: /^data(?:\/(?!\.{1,2}(?:\/|$))(?:[A-Za-z0-9._=+@~-]|%25)+)+$/,
  tag: /^(?:witness\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/,
};
const LINE = /^([0-9a-f]{64}) {2}(.+)$/;

/** A manifest as its file: sorted by path, a line end behind each line. */
export function formatManifest(manifest: Manifest): string {
  const paths = [...manifest.keys()].sort();
  return paths.map((path) => `${manifest.get(path)}  ${path.replaceAll('%', '%25')}\n`).join('');
}

/** The manifest in a file's text; or in words why it is none, as this tool writes them: strict, each path once and safe. */
export function parseManifest(text: string, kind: ManifestKind): Manifest | string {
  const manifest = new Map<string, string>();
  if (!text.endsWith('\n')) return 'does not end with a line end';
  for (const [index, line] of text.slice(0, -1).split('\n').entries()) {
    const [, sha256, path] = LINE.exec(line) ?? [];
    if (sha256 === undefined || path === undefined || !PATHS[kind].test(path))
      return `has a line ${index + 1} that is none`;
    const plain = path.replaceAll('%25', '%');
    if (manifest.has(plain)) return `names a file twice, in line ${index + 1}`;
    manifest.set(plain, sha256);
  }
  return manifest;
}

/**
 * The files that may be around `data/` in a bag: those that this tool writes there, and no others. The manifest of these files
 * is not signed, so only the names show that somebody added a file. `verify.sh` has the same list.
 */
export const BAG_TAG_FILES: ReadonlySet<string> = new Set([
  'CERTIFICATION.md',
  'VERIFY.md',
  'bag-info.txt',
  'bagit.txt',
  'chains.csv',
  'covered.csv',
  'evidence.csv',
  'findings.csv',
  'further-findings.csv',
  'inventory.jsonl.gz',
  'limits.csv',
  'manifest-sha256.txt',
  'overflow-findings.jsonl.gz',
  'report.asff.json',
  'report.html',
  'report.json',
  'report.json.p7s',
  'report.json.p7s.tsr',
  'report.junit.xml',
  'report.md',
  'report.ocsf.jsonl',
  'report.sarif',
  'report.sigstore.json',
  'run.csv',
  'tagmanifest-sha256.txt',
  'uncovered.csv',
  'verify.sh',
  'witness/README.md',
  'witness/corroboration.json',
  'witness/corroboration.json.p7s',
  'witness/corroboration.json.p7s.tsr',
  'witness/recovered.jsonl',
  'witness/unlogged.jsonl',
]);

/**
 * The folder of a bag for what `corroborate` wrote of its report. It is no payload: the report names the manifest of the payload, and a
 * corroboration names the report, so that it can be made, and put into the bag, only after both.
 */
export const BAG_WITNESS = 'witness/';

/**
 * Written into the new folder of a bag before all else, and taken out when the bag is whole. By it --force knows what a run left that
 * was killed: no manifest names those files yet.
 */
export const UNFINISHED_BAG = {
  name: '.unfinished-bag',
  content:
    'A run of trail-verify was to make an evidence bag here. While this file is there, the bag is not whole; --force replaces it.\n',
} as const;

/** Whether a file of a bag, by its path in it, has a place there: in the payload, or by its name around it. */
export function hasPlaceInBag(path: string): boolean {
  return path.startsWith('data/') || BAG_TAG_FILES.has(path);
}

/** The folder of an evidence bag on the disk: written file by file, and read without ever following a link. */

/** One file of a bag: its path below the bag's folder with `/` on every system; `other` is a link, a special file, or a folder of a name that no bag has. */
export interface BagFile {
  readonly path: string;
  readonly kind: 'file' | 'other';
}

/** A bag's files. Paths are those that `list` gave, or new ones made of safe names. */
export interface BagFolder {
  /** Every file in it, in no particular order. Throws TARGET_NOT_FOUND. */
  list(): Promise<readonly BagFile[]>;
  /** The content of a file; undefined where it is none of at most `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** SHA-256 and length of a file, read piece by piece; undefined where it is none. */
  hash(path: string): Promise<{ readonly sha256: string; readonly size: number } | undefined>;
  /** The content of a file in pieces. */
  pieces(path: string): AsyncIterable<Uint8Array>;
  /** Writes a new file and the folders above it. Throws OUTPUT_NOT_USABLE, also where it is there already, and OUTPUT_NOT_WRITTEN. */
  write(path: string, content: FileContent): Promise<void>;
  /** Removes files and folders that were written, by name; a missing one is no error. */
  remove(names: readonly string[]): Promise<void>;
}

/** What is written to a file: its bytes, its text, or its bytes in pieces. */
export type FileContent = Uint8Array | string | AsyncIterable<Uint8Array>;

const PIECE = 1 << 20;
/** A path has at most 4,096 bytes on any system in use. */
const MAX_DEPTH = 2048;
/** Folders known to be there; forgotten all at once when full. */
const MAX_REMEMBERED = 20_000;

/** The folder at `root` as a bag, there already or not; with `isClaimed` it is this process's, and is never made again where it is gone. */
export function bagFolder(root: string, isClaimed: boolean = false): BagFolder {
  const made = new Map<string, Promise<unknown>>();
  let opened: Promise<unknown> | undefined = isClaimed ? Promise.resolve() : undefined;
  const makeFolder = (folder: string): Promise<unknown> => {
    const known = made.get(folder);
    if (known !== undefined) return known;
    if (made.size >= MAX_REMEMBERED) made.clear();
    const making = makeFolderBelow(root, folder);
    made.set(folder, making);
    return making;
  };
  return {
    list: async () => {
      const files: BagFile[] = [];
      try {
        await listInto(files, root, '', 0);
      } catch (cause) {
        const hint = 'give the folder of an evidence bag, unpacked';
        throw new TrailVerifyError('TARGET_NOT_FOUND', `folder ${root} cannot be read`, { hint, cause });
      }
      return files;
    },
    read: (path, maxBytes) => readWhole(join(root, path), maxBytes),
    hash: (path) => hashFile(join(root, path)),
    pieces: (path) => piecesOf(join(root, path)),
    write: async (path, content) => {
      const target = join(root, path);
      try {
        opened ??= mkdir(root, { recursive: true });
        await opened;
        if (path.includes('/')) await makeFolder(dirname(target));
        await writeNew(target, content);
      } catch (error) {
        throw outputError(
          inPlace(root),
          error,
          'free some space or give another folder with --output, and run again',
        );
      }
    },
    remove: async (names) => {
      for (const name of names) await rm(join(root, name), { recursive: true, force: true });
      made.clear();
    },
  };
}

/** Writes a new file; of one that could not be written whole nothing is left. */
async function writeNew(target: string, content: FileContent): Promise<void> {
  const file = await open(target, 'wx');
  try {
    try {
      await writeFile(file, content);
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

/** A name that every system takes alike, as all are that a bag has; `verify.sh` asks for the same. */
const PORTABLE = /^(?!-)(?!\.+$)[A-Za-z0-9._=+@%~-]+$/;

async function listInto(files: BagFile[], root: string, folder: string, depth: number): Promise<void> {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    // One of another name is a thing of its own, even where nothing is in it.
    if (entry.isDirectory() && depth < MAX_DEPTH && PORTABLE.test(entry.name))
      await listInto(files, root, path, depth + 1);
    else files.push({ path, kind: entry.isFile() ? 'file' : 'other' });
  }
}

async function readWhole(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await openForReading(path).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const status = await file.stat();
    return status.isFile() && status.size <= maxBytes ? await file.readFile() : undefined;
  } finally {
    await file.close();
  }
}

async function hashFile(path: string): Promise<{ sha256: string; size: number } | undefined> {
  // Most files are small: read at once they cost half the time.
  const whole = await readWhole(path, PIECE);
  if (whole !== undefined)
    return { sha256: createHash('sha256').update(whole).digest('hex'), size: whole.length };
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const piece of piecesOf(path)) {
      hash.update(piece);
      size += piece.length;
    }
  } catch {
    return undefined;
  }
  return { sha256: hash.digest('hex'), size };
}

/** The file in pieces that are the reader's own. Throws the file system's error, and where it is no file. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await openForReading(path);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error(`${path} is not a file`);
    for (;;) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(PIECE, status.size)));
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
