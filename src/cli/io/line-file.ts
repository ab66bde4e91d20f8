import { randomUUID } from 'node:crypto';
import { createWriteStream, renameSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { messageOf, TrailVerifyError } from '../../base/errors.ts';
import type { LineStore } from '../../report/lines.ts';
import { inPlace } from '../../source/claimed-folder.ts';
import { noteNamed, noteUnfinished, settle } from '../../source/unfinished.ts';
import { outputHint } from './output.ts';

/** Bytes of one group that are written as one block, and of all groups together that are held at most. */
const BLOCK = 1 << 16;
const MOST_HELD = 16 << 20;

/** Lines of a run that end up as one file. */
export interface LineFile extends LineStore {
  /** Removes the written lines, for a run that failed. */
  discard(): Promise<void>;
  /** Removes what waits for a file that is not to be written. */
  close(): Promise<void>;
}

/**
 * The state of one group: its blocks in the spool (offset and length by turns), and the lines held, which are the first `size` bytes of
 * `held`. They are copied: lines come as parts of far larger buffers, which would all be held with them.
 */
interface GroupLines {
  readonly blocks: number[];
  held: Uint8Array;
  size: number;
}

const NOTHING = new Uint8Array();
/** Bytes that the lines of a group have at first. */
const FIRST_ROOM = 512;

/** The inventory of a run, next to its report in `folder`: some 330 bytes for each object while the run goes on. */
export function openInventoryFile(folder: string): LineFile {
  return openLineFile(folder, 'inventory.jsonl.gz');
}

/** The findings of a run that its report in `folder` does not name; a file only where there are any. */
export function openOverflowFile(folder: string): LineFile {
  return openLineFile(folder, 'overflow-findings.jsonl.gz');
}

/** Lines of events in a file of that name, as they are: readers of events have no use for gzip. */
export function openEventLines(folder: string, name: string): LineFile {
  return openLineFile(folder, name, false);
}

/**
 * The file `name` in `folder`, compressed by gzip unless that is not wanted. The lines of each group wait in memory and, beyond some megabytes, in one temporary file of
 * the same folder, until the run ends. Its methods throw INTERNAL where writing fails.
 */
function openLineFile(folder: string, name: string, isPacked: boolean = true): LineFile {
  const file = path.join(folder, name);
  const partial = path.join(folder, `.${randomUUID()}.tmp`);
  const spoolFile = path.join(folder, `.${randomUUID()}.tmp`);
  const groups = new Map<string, GroupLines>();
  let spool: FileHandle | undefined;
  let end = 0;
  let held = 0;

  const failed = (error: unknown): TrailVerifyError => {
    const detail = messageOf(error);
    return new TrailVerifyError('INTERNAL', `${inPlace(file)} could not be written: ${detail}`, {
      hint: outputHint(error),
      cause: error,
    });
  };

  const orTell = async (write: () => Promise<void>): Promise<void> => {
    try {
      await write();
    } catch (error) {
      throw error instanceof TrailVerifyError ? error : failed(error);
    }
  };

  const flush = async (group: GroupLines): Promise<void> => {
    const bytes = group.held.subarray(0, group.size);
    if (spool === undefined) {
      noteUnfinished(spoolFile);
      spool = await open(spoolFile, 'wx+');
    }
    await spool.appendFile(bytes);
    group.blocks.push(end, bytes.length);
    end += bytes.length;
    held -= bytes.length;
    group.held = NOTHING;
    group.size = 0;
  };

  const close = async (): Promise<void> => {
    await spool?.close();
    spool = undefined;
    await rm(spoolFile, { force: true });
    settle(spoolFile);
  };

  return {
    name,
    append: (id, lines) =>
      orTell(async () => {
        const group = groups.get(id) ?? { blocks: [], held: NOTHING, size: 0 };
        groups.set(id, group);
        put(group, typeof lines === 'string' ? Buffer.from(lines, 'latin1') : lines);
        held += lines.length;
        if (group.size >= BLOCK) await flush(group);
        if (held < MOST_HELD) return;
        for (const one of groups.values()) if (one.size > 0) await flush(one);
      }),
    read: async function* (id) {
      const group = groups.get(id);
      for (let at = 0; at < (group?.blocks.length ?? 0); at += 2) {
        const length = group?.blocks[at + 1] ?? 0;
        const block = Buffer.allocUnsafe(length);
        const { bytesRead } = (await spool?.read(block, 0, length, group?.blocks[at])) ?? { bytesRead: 0 };
        if (bytesRead !== length) throw failed(new Error('its temporary file was changed'));
        yield block;
      }
      if (group !== undefined && group.size > 0) yield group.held.subarray(0, group.size);
    },
    write: (lines) =>
      orTell(async () => {
        const packing = isPacked ? createGzip() : new PassThrough();
        noteUnfinished(partial);
        await pipeline(lines, packing, createWriteStream(partial, { flags: 'wx', flush: true }));
        // At once: no signal comes between the name and its note.
        renameSync(partial, file);
        noteNamed(file);
        settle(partial);
        await close();
      }),
    close,
    discard: async () => {
      await close();
      for (const one of [partial, file]) {
        await rm(one, { force: true });
        settle(one);
      }
    },
  };
}

function put(group: GroupLines, lines: Uint8Array): void {
  const size = group.size + lines.length;
  if (size > group.held.length) {
    const room = new Uint8Array(Math.max(size, 2 * group.held.length, FIRST_ROOM));
    room.set(group.held.subarray(0, group.size));
    group.held = room;
  }
  group.held.set(lines, group.size);
  group.size = size;
}
