import { createHash } from 'node:crypto';
import { TrailVerifyError } from '../base/errors.ts';
import type { TrailEvent } from '../findings/event.ts';
import type { ObjectsReport } from './examination.ts';
import { hasLines, InventoryOrder, type OrderedLines } from './inventory-order.ts';
import type { LineStore } from './line-store.ts';
import { HASH_LENGTH, MerkleTree } from './merkle.ts';

/** How the report says in which order the leaves stand. */
const ORDER =
  "chain by chain in the order of their ids; a chain's digest files newest first, as its links lead, each followed by the log files that it names, in the order in which it names them";
const LEAF = 'the bytes of one line of the inventory without its line feed';

/** The group of a chain's leaf hashes: no chain's id holds a NUL. */
function leavesOf(chain: string): string {
  return `${chain}\0leaves`;
}

/** Writes the inventory of one run while its events pass by, and tells in the end what binds it. Memory stays flat. */
export class InventoryWriter {
  readonly #store: LineStore;
  readonly #order: InventoryOrder;
  readonly #chains = new Set<string>();

  /** `logsChecked`: false for a run that leaves log files alone. */
  constructor(store: LineStore, logsChecked: boolean) {
    this.#store = store;
    this.#order = new InventoryOrder(logsChecked);
  }

  /** Takes one event into account; undefined where there is nothing to wait for. Rejects as the store does. */
  add(event: TrailEvent): Promise<void> | undefined {
    if (!hasLines(event)) return undefined;
    const ready = this.#order.add(event);
    return ready === undefined ? undefined : this.#keep(ready);
  }

  /** Writes the inventory; resolves with what the report says of it. Rejects as the store does. */
  async finish(): Promise<ObjectsReport> {
    for (const lines of this.#order.rest()) await this.#keep(lines);
    const tree = new MerkleTree();
    const content = createHash('sha256');
    const { name } = this.#store;
    const store = this.#store;
    const chains = [...this.#chains].sort();
    await store.write(
      (async function* () {
        for (const chain of chains) {
          for await (const bytes of store.read(chain)) {
            content.update(bytes);
            yield bytes;
          }
          await addLeaves(tree, store.read(leavesOf(chain)));
        }
      })(),
    );
    return {
      merkle: { algorithm: 'rfc9162-sha256', size: tree.size, root: tree.root(), leaf: LEAF, order: ORDER },
      inventory: { path: name, sha256: content.digest('hex'), lines: tree.size },
    };
  }

  async #keep({ chain, lines, leaves }: OrderedLines): Promise<void> {
    this.#chains.add(chain);
    await this.#store.append(chain, lines);
    await this.#store.append(leavesOf(chain), leaves);
  }
}

/** Adds leaves by their hashes, which come in pieces of any size. */
async function addLeaves(tree: MerkleTree, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  let rest: Uint8Array = new Uint8Array();
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    for (; at + HASH_LENGTH <= bytes.length; at += HASH_LENGTH)
      tree.addHash(bytes.subarray(at, at + HASH_LENGTH));
    rest = bytes.subarray(at);
  }
  if (rest.length > 0)
    throw new TrailVerifyError('INTERNAL', 'the leaf hashes of the inventory were cut off');
}
