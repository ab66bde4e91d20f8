import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { malformed } from '../base/errors.ts';
import type { ObjectRef } from '../source/source.ts';
import { type InventoryLine, readInventoryLine } from './inventory.ts';
import { linesOf } from './lines.ts';
import { MerkleTree } from './merkle.ts';
import type { ObjectsReport } from './report.ts';

/** One line of an inventory at its place, from 0; `bytes` are those of the leaf. */
export interface PlacedLine {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly line: InventoryLine;
}

/** The place of the object of a line, in the version that was read. */
export function refOf({ bucket, key, versionId }: InventoryLine): ObjectRef {
  return { bucket, key, versionId: versionId ?? undefined };
}

/**
 * Reads an inventory, as it is stored, from beginning to end, hands each line to `visit`, waits for what that returns, and holds the
 * whole against what a report says of it. Throws EVIDENCE_INVALID where it is damaged or not the one that the report names.
 */
export async function scanInventory(
  stored: AsyncIterable<Uint8Array>,
  { merkle, inventory }: ObjectsReport,
  visit: (line: PlacedLine) => Promise<void> | void,
): Promise<void> {
  const tree = new MerkleTree();
  const content = createHash('sha256');
  for await (const { bytes, lines } of linesOf(inflate(stored, 'the inventory'))) {
    content.update(bytes);
    for (const leaf of lines) {
      const line = readInventoryLine(Buffer.from(leaf).toString('latin1'));
      if (line === undefined)
        throw malformed(`line ${tree.size + 1} of the inventory`, 'is none that this tool writes');
      // Asked for line by line, for nearly all have nothing to wait for.
      const held = visit({ index: tree.size, bytes: leaf, line });
      if (held !== undefined) await held;
      tree.add(leaf);
      if (tree.size > merkle.size) throw malformed('the inventory', `has more than ${merkle.size} lines`);
    }
  }
  if (tree.size !== merkle.size || tree.size !== inventory.lines)
    throw malformed('the inventory', `has ${tree.size} lines, and the report counts ${merkle.size}`);
  if (tree.root() !== merkle.root)
    throw malformed(
      'the inventory',
      `has the Merkle root ${tree.root()}, and the report names ${merkle.root}`,
    );
  if (content.digest('hex') !== inventory.sha256)
    throw malformed('the inventory', 'has another SHA-256 than the report names');
}

/** The content of a gzip file that comes in pieces; `name` is what errors call it. Throws EVIDENCE_INVALID where it is damaged. */
export async function* inflate(stored: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const fed = pipeline(stored, gunzip);
  // The reader of the pieces sees the error.
  fed.catch(() => undefined);
  try {
    for await (const piece of gunzip) yield piece as Uint8Array;
  } catch (error) {
    const isDamage = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
    throw isDamage ? malformed(name, `cannot be inflated: ${error.message}`) : error;
  } finally {
    gunzip.destroy();
  }
}
