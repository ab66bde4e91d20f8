import { auditRanges, type LeafRange, leafHash, MerkleTree } from './merkle.ts';

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
    // The leaf itself lies in none of them.
    if (subtree !== undefined && at >= subtree.range.from) subtree.tree.addHash(leaf);
  }

  /** The path, the neighbour's hash first, lower-case hex; complete when every leaf was added. */
  path(): readonly string[] {
    return this.#subtrees.map(({ tree }) => tree.root());
  }
}
