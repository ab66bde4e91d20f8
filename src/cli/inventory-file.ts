import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type InventoryStore, TrailVerifyError } from '../index.ts';

/** What the inventory is called beside its report. */
const INVENTORY_NAME = 'inventory.jsonl.gz';
/** Characters of one chain that are written as one block, and of all chains together that are held at most. */
const BLOCK = 1 << 16;
const MOST_HELD = 16 << 20;

/** The inventory of a run as a file. */
export interface InventoryFile extends InventoryStore {
  /** Removes what was written, for a run that failed. */
  discard(): Promise<void>;
}

/** What is known of one chain: its blocks in the spool (offset and length by turns), and the lines held. */
interface ChainLines {
  readonly blocks: number[];
  held: string[];
  size: number;
}

/**
 * The inventory in `folder`. The lines of each chain wait in memory and, beyond some megabytes, in one temporary file of
 * the same folder, some 330 bytes for each object, until the run ends. Its methods throw INTERNAL where writing fails.
 */
export function openInventoryFile(folder: string): InventoryFile {
  const file = path.join(folder, INVENTORY_NAME);
  const partial = path.join(folder, `.${randomUUID()}.tmp`);
  const spoolFile = path.join(folder, `.${randomUUID()}.tmp`);
  const chains = new Map<string, ChainLines>();
  let spool: FileHandle | undefined;
  let end = 0;
  let held = 0;

  const flush = async (chain: ChainLines): Promise<void> => {
    const bytes = Buffer.from(chain.held.join(''), 'latin1');
    spool ??= await open(spoolFile, 'wx+');
    await spool.appendFile(bytes);
    chain.blocks.push(end, bytes.length);
    end += bytes.length;
    held -= chain.size;
    chain.held = [];
    chain.size = 0;
  };

  const close = async (): Promise<void> => {
    await spool?.close();
    spool = undefined;
    await rm(spoolFile, { force: true });
  };

  return {
    name: INVENTORY_NAME,
    append: (id, lines) =>
      orTell(async () => {
        const chain = chains.get(id) ?? { blocks: [], held: [], size: 0 };
        chains.set(id, chain);
        chain.held.push(lines);
        chain.size += lines.length;
        held += lines.length;
        if (chain.size >= BLOCK) await flush(chain);
        if (held < MOST_HELD) return;
        for (const one of chains.values()) if (one.size > 0) await flush(one);
      }),
    read: async function* (id) {
      const chain = chains.get(id);
      for (let at = 0; at < (chain?.blocks.length ?? 0); at += 2) {
        const length = chain?.blocks[at + 1] ?? 0;
        const block = Buffer.allocUnsafe(length);
        const { bytesRead } = (await spool?.read(block, 0, length, chain?.blocks[at])) ?? { bytesRead: 0 };
        if (bytesRead !== length) throw failed(new Error('its temporary file was changed'));
        yield block;
      }
      if (chain !== undefined && chain.size > 0) yield Buffer.from(chain.held.join(''), 'latin1');
    },
    write: (lines) =>
      orTell(async () => {
        await pipeline(lines, createGzip(), createWriteStream(partial, { flags: 'wx', flush: true }));
        await rename(partial, file);
        await close();
      }),
    discard: async () => {
      await close();
      for (const name of [partial, file]) await rm(name, { force: true });
    },
  };
}

async function orTell(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw error instanceof TrailVerifyError ? error : failed(error);
  }
}

function failed(error: unknown): TrailVerifyError {
  const detail = error instanceof Error ? error.message : String(error);
  return new TrailVerifyError('INTERNAL', `the inventory could not be written: ${detail}`, {
    hint: 'free some space or give another folder with --output, and run again',
    cause: error,
  });
}
