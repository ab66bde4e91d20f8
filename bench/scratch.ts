import { existsSync, mkdirSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const ROOT: string = fileURLToPath(new URL('../', import.meta.url));
/** Where data is made and kept from one run to the next; git ignores it. */
export const SCRATCH: string = process.env.BENCH_SCRATCH ?? join(ROOT, '.scratch', 'bench');
/** Goes up when the makers change what they make. */
const DATA_VERSION = 1;

/** The folder of that name, made by `make` where it is not there yet: whole or not at all. */
export async function cachedFolder(
  name: string,
  make: (folder: string) => void | Promise<void>,
): Promise<string> {
  const folder = join(SCRATCH, `v${DATA_VERSION}`, name);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await make(partial);
  renameSync(partial, folder);
  return folder;
}

let runs = 0;

/** A new, absent folder for the output of one run, and how to take it away again. */
export function outputFolder(): { readonly path: string; remove(): void } {
  mkdirSync(SCRATCH, { recursive: true });
  runs += 1;
  const path = join(SCRATCH, `output-${process.pid}-${runs}`);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bytes that are free where data is made. */
export function freeSpace(): number {
  mkdirSync(SCRATCH, { recursive: true });
  const { bavail, bsize } = statfsSync(SCRATCH);
  return bavail * bsize;
}
