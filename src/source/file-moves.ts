/**
 * A file that was written whole under another name gets its own. Both ways know what systems besides Linux do: a disk without hard
 * links (exFAT and FAT, as of a stick that a copy is carried on), and Windows, where a file that a scanner or an editor has open
 * cannot be replaced for a moment.
 */
import { createReadStream, linkSync } from 'node:fs';
import { type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { errorCode } from '../base/errors.ts';

/** The parts of the system that are used; tests put in those of another one. */
interface System {
  readonly link: (from: string, to: string) => Promise<void>;
  readonly pour: (from: string, to: FileHandle) => Promise<void>;
  readonly rename: typeof rename;
  readonly platform: NodeJS.Platform;
}

const THIS_SYSTEM: System = { link, pour, rename, platform: process.platform };

/** At once, so that no signal comes between the name and what is noted of it. */
async function link(from: string, to: string): Promise<void> {
  linkSync(from, to);
}

/** What file systems without hard links answer (link(2): EPERM; ENOTSUP and ENOSYS of network and user file systems; EISDIR of Windows). */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR']);
/** What Windows answers while another process has the file open. */
const IN_USE: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);
/** Together two seconds. */
const PAUSES_MS: readonly number[] = [10, 20, 50, 100, 200, 400, 600, 600];

/**
 * Gives `partial` the name `file` as well, which must be free: nothing that is there is ever replaced. Where there are no hard links
 * its content is copied, and is on the disk when this returns. Rejects with the error of the file system, EEXIST among them.
 */
export async function giveNewName(partial: string, file: string, other: Partial<System> = {}): Promise<void> {
  const system = { ...THIS_SYSTEM, ...other };
  try {
    await system.link(partial, file);
  } catch (error) {
    if (!NO_LINKS.has(errorCode(error) ?? '')) throw error;
    await copyWhole(partial, file, system);
  }
}

async function copyWhole(partial: string, file: string, system: System): Promise<void> {
  // Made here, and by nobody else: only then may half a copy be removed.
  const copy = await open(file, 'wx');
  try {
    await system.pour(partial, copy);
    await copy.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await copy.close();
  }
}

async function pour(from: string, to: FileHandle): Promise<void> {
  await writeFile(to, createReadStream(from));
}

/** Renames a file over another one. On Windows it tries for two seconds while that is in use. Rejects with the error of the file system. */
export async function renameOver(from: string, to: string, other: Partial<System> = {}): Promise<void> {
  const system = { ...THIS_SYSTEM, ...other };
  for (const pause of system.platform === 'win32' ? PAUSES_MS : []) {
    try {
      return await system.rename(from, to);
    } catch (error) {
      if (!IN_USE.has(errorCode(error) ?? '')) throw error;
      await wait(pause);
    }
  }
  await system.rename(from, to);
}
