import { hash } from 'node:crypto';

/**
 * The Merkle tree of RFC 9162 (Certificate Transparency, version 2.0), section 2.1, with SHA-256: a root of 32 bytes
 * that binds any number of leaves in their order, and a short proof for each of them. Leaves come as a stream; memory
 * holds one hash for each level of the tree.
 */

const LEAF = 0x00;
const NODE = 0x01;
/** Bytes of a hash. */
export const HASH_LENGTH = 32;

/** The hash of one leaf: SHA-256 of 0x00 and its bytes. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const prefixed = Buffer.allocUnsafe(leaf.length + 1);
  prefixed[0] = LEAF;
  prefixed.set(leaf, 1);
  return hash('sha256', prefixed, 'buffer');
}

function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = Buffer.allocUnsafe(1 + 2 * HASH_LENGTH);
  both[0] = NODE;
  both.set(left, 1);
  both.set(right, 1 + HASH_LENGTH);
  return hash('sha256', both, 'buffer');
}

/** The tree of the leaves added so far. */
export class MerkleTree {
  /** Roots of the perfect subtrees on the left, the largest first: those of the binary digits of `#size`. */
  readonly #subtrees: Uint8Array[] = [];
  #size = 0;

  /** Adds the next leaf. */
  add(leaf: Uint8Array): void {
    this.addHash(leafHash(leaf));
  }

  /** Adds the next leaf by its hash. */
  addHash(leaf: Uint8Array): void {
    let node = leaf;
    // A carry in the binary number that counts the leaves joins two subtrees of one size.
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#subtrees.pop();
      if (left !== undefined) node = nodeHash(left, node);
    }
    this.#subtrees.push(node);
    this.#size += 1;
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#size;
  }

  /** The root, lower-case hex; of no leaves it is the SHA-256 of nothing. */
  root(): string {
    return Buffer.from(this.rootHash()).toString('hex');
  }

  /** The root as bytes. */
  rootHash(): Uint8Array {
    if (this.#size === 0) return hash('sha256', '', 'buffer');
    return this.#subtrees.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** A run of leaves, `to` being the first one behind it. */
interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/** The subtrees whose roots are the audit path of leaf `index` among `size`, that of its neighbour first (section 2.1.3.1). */
export function auditRanges(index: number, size: number): readonly LeafRange[] {
  const ranges: LeafRange[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + largestPowerBelow(to - from);
    if (index < middle) {
      ranges.push({ from: middle, to });
      to = middle;
    } else {
      ranges.push({ from, to: middle });
      from = middle;
    }
  }
  return ranges.reverse();
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

/**
 * Whether leaf `index` of `size` with that hash leads to `root` by `path` (hashes in lower-case hex, the neighbour's
 * first): section 2.1.3.2. False for anything malformed.
 */
export function verifyInclusion(
  leaf: Uint8Array,
  proof: { readonly index: number; readonly size: number; readonly path: readonly string[] },
  root: string,
): boolean {
  const { index, size, path } = proof;
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  if (!path.every((node) => /^[0-9a-f]{64}$/.test(node))) return false;
  const ranges = auditRanges(index, size);
  if (ranges.length !== path.length) return false;
  let node = leafHash(leaf);
  for (const [level, range] of ranges.entries()) {
    const companions = Buffer.from(path[level] ?? '', 'hex');
    node = range.from > index ? nodeHash(node, companions) : nodeHash(companions, node);
  }
  return Buffer.from(node).toString('hex') === root;
}

/** Finds the audit path of one leaf while the leaves of the tree pass by once, in their order. */
export class AuditPath {
  readonly #subtrees: readonly { readonly range: LeafRange; readonly tree: MerkleTree }[];
  /** The same subtrees from left to right, for the leaves come so. */
  readonly #inOrder: readonly { readonly range: LeafRange; readonly tree: MerkleTree }[];
  #passed = 0;
  #current = 0;

  /** For leaf `index` of a tree of `size` leaves. */
  constructor(index: number, size: number) {
    this.#subtrees = auditRanges(index, size).map((range) => ({ range, tree: new MerkleTree() }));
    this.#inOrder = this.#subtrees.toSorted((a, b) => a.range.from - b.range.from);
  }

  /** Takes the next leaf of the tree. */
  add(leaf: Uint8Array): void {
    this.addHash(leafHash(leaf));
  }

  /** Takes the next leaf of the tree by its hash. */
  addHash(leaf: Uint8Array): void {
    const at = this.#passed;
    this.#passed += 1;
    let subtree = this.#inOrder[this.#current];
    if (subtree !== undefined && at >= subtree.range.to) {
      this.#current += 1;
      subtree = this.#inOrder[this.#current];
    }
    // The leaf itself is in none of them.
    if (subtree !== undefined && at >= subtree.range.from) subtree.tree.addHash(leaf);
  }

  /** The path, the neighbour's hash first, lower-case hex; complete when every leaf was added. */
  path(): readonly string[] {
    return this.#subtrees.map(({ tree }) => tree.root());
  }
}
