import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AuditPath, auditRanges, leafHash, MerkleTree, verifyInclusion } from '../../src/report/merkle.ts';

/** The leaves, roots and paths of the test data that Certificate Transparency's implementations share (certificate-transparency, merkletree tests). */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const PATHS = [
  [0, 1, []],
  [
    0,
    8,
    [
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ],
  ],
  [
    5,
    8,
    [
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ],
  ],
  [2, 3, ['fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125']],
  [
    1,
    5,
    [
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    ],
  ],
] as const;

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** The root by the definition in the RFC, leaf for leaf. */
function rootOf(leaves: readonly Uint8Array[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return sha256(Buffer.of(0), only);
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}

function treeOf(leaves: readonly Uint8Array[]): MerkleTree {
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.add(leaf);
  return tree;
}

function pathOf(index: number, leaves: readonly Uint8Array[]): readonly string[] {
  const path = new AuditPath(index, leaves.length);
  for (const leaf of leaves) path.add(leaf);
  return path.path();
}

const numbered = (size: number): readonly Buffer[] =>
  Array.from({ length: size }, (_, index) => Buffer.from(`leaf ${index}`));

describe('the published vectors', () => {
  test.each(ROOTS.map((root, size) => [size, root] as const))('root of %i leaves', (size, root) => {
    const tree = treeOf(LEAVES.slice(0, size));
    expect(tree.root()).toBe(root);
    expect(tree.size).toBe(size);
  });

  test.each(PATHS)('path of leaf %i of %i', (index, size, path) => {
    const leaves = LEAVES.slice(0, size);
    expect(pathOf(index, leaves)).toEqual(path);
    expect(verifyInclusion(leaves[index] ?? Buffer.of(), { index, size, path }, ROOTS[size] ?? '')).toBe(
      true,
    );
  });
});

describe('a tree', () => {
  test('of any size has the root that the RFC defines', () => {
    for (let size = 0; size <= 130; size += 1) {
      const leaves = numbered(size);
      expect(treeOf(leaves).root()).toBe(rootOf(leaves).toString('hex'));
    }
  });

  test('may be built on, with its root looked at in between', () => {
    const tree = new MerkleTree();
    for (const [index, leaf] of numbered(20).entries()) {
      tree.addHash(leafHash(leaf));
      expect(tree.root()).toBe(rootOf(numbered(index + 1)).toString('hex'));
    }
  });

  test('has a path for every leaf of every size to 70', () => {
    for (let size = 1; size <= 70; size += 1) {
      const leaves = numbered(size);
      const root = treeOf(leaves).root();
      for (const [index, leaf] of leaves.entries()) {
        const path = pathOf(index, leaves);
        expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
        expect(verifyInclusion(leaf, { index, size, path }, root)).toBe(true);
      }
    }
  });

  test('of sizes beyond 32 bits is divided right', () => {
    const size = 2 ** 40 + 3;
    const ranges = auditRanges(2 ** 40 + 1, size);
    expect(ranges).toEqual([
      { from: 2 ** 40, to: 2 ** 40 + 1 },
      { from: 2 ** 40 + 2, to: size },
      { from: 0, to: 2 ** 40 },
    ]);
  });
});

const place = fc.integer({ min: 2, max: 300 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)));

describe('a proof is refused', () => {
  test('for another leaf, another index, another root', () => {
    fc.assert(
      fc.property(place, fc.nat(), ([size, index], other) => {
        const leaves = numbered(size);
        const root = treeOf(leaves).root();
        const path = pathOf(index, leaves);
        const leaf = leaves[index] ?? Buffer.of();
        const elsewhere = (index + 1 + (other % (size - 1))) % size;
        expect(verifyInclusion(leaf, { index: elsewhere, size, path }, root)).toBe(false);
        expect(verifyInclusion(leaves[elsewhere] ?? leaf, { index, size, path }, root)).toBe(false);
        expect(verifyInclusion(leaf, { index, size, path }, treeOf(numbered(size + 1)).root())).toBe(false);
      }),
      { seed: 20261120 },
    );
  });

  test('with any bit of its path flipped, with a hash more or less', () => {
    fc.assert(
      fc.property(place, fc.nat(), fc.nat(255), ([size, index], at, bit) => {
        const leaves = numbered(size);
        const root = treeOf(leaves).root();
        const path = pathOf(index, leaves);
        const leaf = leaves[index] ?? Buffer.of();
        const changed = path.map((node, level) => {
          if (level !== at % path.length) return node;
          const bytes = Buffer.from(node, 'hex');
          bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          return bytes.toString('hex');
        });
        for (const wrong of [changed, path.slice(1), path.slice(0, -1), [...path, ROOTS[0] ?? '']])
          expect(verifyInclusion(leaf, { index, size, path: wrong }, root)).toBe(false);
      }),
      { seed: 20261120 },
    );
  });

  test.each([
    ['an index behind the end', { index: 2, size: 2, path: [ROOTS[1] ?? ''] }],
    ['a negative index', { index: -1, size: 2, path: [ROOTS[1] ?? ''] }],
    ['an index that is no whole number', { index: 0.5, size: 2, path: [ROOTS[1] ?? ''] }],
    ['a size that is no number', { index: 0, size: Number.NaN, path: [] }],
    ['a path that is not hex', { index: 0, size: 2, path: ['z'.repeat(64)] }],
  ])('with %s', (_, proof) => {
    expect(verifyInclusion(Buffer.of(), proof, ROOTS[1] ?? '')).toBe(false);
  });
});
