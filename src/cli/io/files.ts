/** Files that are named on the command line: one reader for all of them, and whether they are in the verified target. */
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorCode, errorCode, messageOf, TrailVerifyError } from '../../base/errors.ts';
import { MOST_KEY_FILE_BYTES, readKeyFile } from '../../crypto/key-file.ts';
import { distrustKeys } from '../../crypto/key-rings.ts';
import type { PublicKey } from '../../crypto/public-key.ts';
import { readGivenFile, readGivenSecret } from '../../source/given-file.ts';

/** Called with the bytes of each file that is read, for the record. */
export type OnFile = (name: string, bytes: Uint8Array) => void;

/** The kind of a file, for the errors that it may lead to. */
export interface GivenFile {
  /** Its name in errors, before the file's name. */
  readonly what: string;
  /** The most bytes that it may have. */
  readonly most: number;
  /** The code of the error where it cannot be read. */
  readonly code: ErrorCode;
  readonly hint?: string | undefined;
  /** True for a file that may come from an open pipe, so that it need not be on a disk. */
  readonly isSecret?: boolean | undefined;
}

const HINT = 'check its name and your permission to read it';

/** The content of a file that was named by hand. Throws an error of `code` where it cannot be read or is too long. */
export async function readGiven(file: string, about: GivenFile): Promise<Uint8Array> {
  try {
    return await (about.isSecret === true
      ? readGivenSecret(file, about.most)
      : readGivenFile(file, about.most));
  } catch (cause) {
    const { code, what, hint = HINT } = about;
    const why = messageOf(cause);
    throw new TrailVerifyError(code, `${what} ${file} cannot be read: ${why}`, { hint, cause });
  }
}

/** The same, and undefined where there is no such file. */
export async function readGivenIfThere(file: string, about: GivenFile): Promise<Uint8Array | undefined> {
  try {
    return await readGiven(file, about);
  } catch (error) {
    const { cause } = error instanceof Error ? error : {};
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The content of a report, a proof or a log file of at most `most` bytes; `what` is what errors call it. Throws TARGET_NOT_FOUND. */
export function readWholeFile(file: string, most: number, what: string, hint?: string): Promise<Uint8Array> {
  return readGiven(file, { what, most, code: 'TARGET_NOT_FOUND', hint });
}

/** The keys of every file, in order; `onFile` sees the bytes of each. Throws KEY_FILE_INVALID for a file that cannot be read or holds no good keys. */
export async function readKeyFiles(
  files: readonly string[],
  onFile?: OnFile | undefined,
): Promise<readonly PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const file of files) {
    const bytes = await readGiven(file, KEY_FILE);
    keys.push(...readKeyFile(bytes, file));
    onFile?.(file, bytes);
  }
  return keys;
}

const KEY_FILE: GivenFile = {
  what: 'key file',
  most: MOST_KEY_FILE_BYTES,
  code: 'KEY_FILE_INVALID',
  hint: `${HINT}; write the target before --keys`,
};

/**
 * The keys of every file, in order. Those of a file that is a part of the verified target prove nothing: the writer of the rest
 * of it can have written them too. Throws KEY_FILE_INVALID as `readKeyFiles` does.
 */
export async function readTrustedKeys(
  files: readonly string[],
  isPart: (file: string) => Promise<boolean>,
  onFile?: (name: string, bytes: Uint8Array) => void,
): Promise<readonly PublicKey[]> {
  const keys: PublicKey[] = [];
  for (const file of files) {
    const read = await readKeyFiles([file], onFile);
    keys.push(
      ...((await isPart(file)) ? distrustKeys(read, { reason: 'inside-target', detail: file }) : read),
    );
  }
  return keys;
}

/** Files at the top of a copy or bag of this tool. */
const TOP_FILES = ['collect-report.json', 'bagit.txt', 'manifest-sha256.txt'];
/** Folders above the one given that may be the top of the same copy: bucket, prefix, `data`. */
const MOST_ABOVE = 4;
/** As many as Linux follows. */
const MOST_LINKS = 40;

/**
 * Whether a file is in a folder, or in the copy or bag that the folder is a part of. One that is reached through a link in
 * there counts as well, because the folder's writer chose where that leads. A hard link is not seen.
 */
export async function liesInside(file: string, folder: string): Promise<boolean> {
  return isBelow(file, [folder, ...(await topsAbove(folder))]);
}

/** Whether the writer of a folder can have written a file: it is in there, or in the copy whose `AWSLogs` the folder is a part of. */
export async function isOfItsWriter(file: string, folder: string): Promise<boolean> {
  const places = [path.resolve(folder), await realpath(folder).catch(() => path.resolve(folder))];
  return (await liesInside(file, folder)) || isBelow(file, places.flatMap(aboveAwsLogs));
}

/** Whether a file is in the copy or bag that another file is a part of; false where that is in none. */
export async function liesInCopyOf(file: string, other: string): Promise<boolean> {
  return isBelow(file, await topsAbove(other));
}

async function isBelow(file: string, folders: readonly string[]): Promise<boolean> {
  const tops = new Set<string>();
  for (const folder of folders) tops.add(await identity(folder));
  for (const step of await wayTo(file)) if (tops.has(await identity(step))) return true;
  return false;
}

/** The folders above a file or folder that are the top of a copy or bag. */
async function topsAbove(place: string): Promise<readonly string[]> {
  const tops: string[] = [];
  let above = path.resolve(place);
  for (let count = 0; count < MOST_ABOVE; count += 1) {
    above = path.dirname(above);
    for (const name of TOP_FILES) {
      const isThere = await lstat(path.join(above, name)).then(
        () => true,
        () => false,
      );
      if (isThere) tops.push(above);
    }
  }
  return tops;
}

/** For each `AWSLogs` of a path the folder that it is in, which is as much the writer's of the copy. */
function aboveAwsLogs(full: string): readonly string[] {
  const segments = full.split(path.sep);
  return segments.flatMap((name, at) =>
    name === 'AWSLogs' && at > 1 ? [segments.slice(0, at).join(path.sep)] : [],
  );
}

/** Every folder, link and file on the way to a file but the root, each link followed by hand. A folder comes before what is in it. */
export async function wayTo(file: string): Promise<readonly string[]> {
  const { root } = path.parse(path.resolve(file));
  const seen: string[] = [];
  let rest = path.resolve(file).slice(root.length).split(path.sep);
  let at = root;
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = path.join(at, name);
    seen.push(next);
    const target = links < MOST_LINKS ? await readlink(next).catch(() => undefined) : undefined;
    if (target === undefined) {
      at = next;
      continue;
    }
    links += 1;
    const start = path.parse(target).root;
    if (start !== '') at = start;
    rest = [...target.slice(start.length).split(path.sep), ...rest];
  }
  return seen;
}

/** The identity of a file or folder, whatever its name; its own path where there is none. */
async function identity(file: string): Promise<string> {
  try {
    const { dev, ino } = await stat(file, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return file;
  }
}
