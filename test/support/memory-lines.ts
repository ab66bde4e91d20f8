import { gzipSync } from 'node:zlib';
import type { LineStore } from '../../src/report/lines.ts';

/** Lines that are kept in memory, in pieces of `piece` bytes when they are read back. */
export interface MemoryLines extends LineStore {
  /** What was written in the end, uncompressed; undefined before. */
  readonly text: () => string | undefined;
  /** The same as a file: gzip. */
  readonly file: () => Buffer;
}

/** An empty store in memory. */
export function memoryLines(piece = 4096, name = 'inventory.jsonl.gz'): MemoryLines {
  const groups = new Map<string, string>();
  let written: string | undefined;
  return {
    name,
    append: async (group, lines) => {
      const text = typeof lines === 'string' ? lines : Buffer.from(lines).toString('latin1');
      groups.set(group, (groups.get(group) ?? '') + text);
    },
    read: async function* (group) {
      const bytes = Buffer.from(groups.get(group) ?? '', 'latin1');
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
