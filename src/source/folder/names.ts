import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { isAbsent } from './lookup.ts';

/** One name of a folder. */
export interface FoundName {
  /** As text; where it is no UTF-8, with U+FFFD in place of what is none. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  /** The name is no UTF-8: no key can be written so, and no path made of the text leads there. */
  readonly nameless: boolean;
}

/** What a decoder puts in place of bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd';

/**
 * The names in a folder, none where there is no such folder: first what stands under its own name and has the key, then
 * escaped names, for one of the same key is another object, then what is no UTF-8. Rejects with the file system's error.
 */
export async function namesOf(path: string): Promise<readonly FoundName[]> {
  try {
    const found = await readdir(path, { withFileTypes: true });
    // Only the bytes tell names that are no UTF-8 from one that holds the very character.
    const names = found.some(({ name }) => name.includes(REPLACEMENT))
      ? await exactNames(path)
      : found.map((dirent) => ({ name: dirent.name, kind: kindOf(dirent), nameless: false }));
    return names.some((one) => rank(one) > 0) ? [...names].sort((a, b) => rank(a) - rank(b)) : names;
  } catch (error) {
    // A path that is too long for the system may well lead to a folder.
    if (isAbsent(error) && !isTooLong(error)) return [];
    throw error;
  }
}

async function exactNames(path: string): Promise<readonly FoundName[]> {
  const found = await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  return found.map((dirent) => {
    const bytes: Uint8Array = dirent.name;
    const name = Buffer.from(bytes).toString('utf8');
    return { name, kind: kindOf(dirent), nameless: !Buffer.from(name).equals(bytes) };
  });
}

function rank({ name, nameless }: FoundName): number {
  if (nameless) return 2;
  return name.startsWith('=_') ? 1 : 0;
}

function isTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG';
}

function kindOf(dirent: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FoundName['kind'] {
  if (dirent.isFile()) return 'file';
  if (dirent.isDirectory()) return 'folder';
  return dirent.isSymbolicLink() ? 'link' : 'other';
}
