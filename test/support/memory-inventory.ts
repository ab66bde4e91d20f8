import { gzipSync } from 'node:zlib';
import type { InventoryStore } from '../../src/report/write-inventory.ts';

/** An inventory that is kept in memory, in pieces of `piece` bytes when it is read back. */
export interface MemoryInventory extends InventoryStore {
  /** What was written in the end, uncompressed; undefined before. */
  readonly text: () => string | undefined;
  /** The same as a file: gzip. */
  readonly file: () => Buffer;
}

/** An empty inventory in memory. */
export function memoryInventory(piece = 4096): MemoryInventory {
  const chains = new Map<string, string>();
  let written: string | undefined;
  return {
    name: 'inventory.jsonl.gz',
    append: async (chain, lines) => {
      chains.set(chain, (chains.get(chain) ?? '') + lines);
    },
    read: async function* (chain) {
      const bytes = Buffer.from(chains.get(chain) ?? '');
      for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    },
    write: async (lines) => {
      const pieces: Uint8Array[] = [];
      for await (const bytes of lines) pieces.push(Uint8Array.from(bytes));
      written = Buffer.concat(pieces).toString('latin1');
    },
    text: () => written,
    file: () => gzipSync(Buffer.from(written ?? '', 'latin1')),
  };
}
