import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AgreeingFile, PackedReader, PackedWriter } from '../../src/checking/contract.ts';
import { inventoryLine } from '../../src/report/inventory.ts';
import { leafHash } from '../../src/report/merkle.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '',
    'AWSLogs/1/CloudTrail/a.json.gz',
    '"',
    '\\',
    '\u007f',
    '\u2028',
    '\ud800',
    'a\nb',
    '</script>',
  ),
);
const sha = fc.stringMatching(/^[0-9a-f]{64}$/);
const size = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const file: fc.Arbitrary<AgreeingFile> = fc.record({
  key: text,
  versionId: fc.option(text, { nil: undefined }),
  stored: sha,
  content: sha,
  size,
  inflated: size,
});

/** The line of the inventory for such a file. */
function lineOf(
  bucket: string,
  { key, versionId, stored, content, size: read, inflated }: AgreeingFile,
): string {
  return inventoryLine({
    type: 'log',
    chain: '',
    object: { bucket, key },
    family: 'unknown',
    outcome: 'valid',
    bytes: { read, inflated },
    digest: { bucket, key: '' },
    position: 0,
    hashes: { stored, content },
    ...(versionId === undefined ? {} : { versionId }),
  });
}

describe('what is packed', () => {
  test('is the lines of the inventory, their leaves and the sizes, for any names and any files that are left out', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(fc.option(file, { nil: undefined }), { minLength: 1, maxLength: 20 }),
        (bucket, files) => {
          const writer = new PackedWriter(bucket, files.length);
          for (const [at, one] of [...files.entries()].reverse()) if (one !== undefined) writer.put(at, one);
          const packed = new PackedReader(writer.pack(), files.length);
          for (const [at, one] of files.entries()) {
            const { lines, leaves, sizes, bytes } = packed.slice(at, at + 1);
            if (one === undefined) {
              expect(lines.length).toBe(0);
              continue;
            }
            const line = lineOf(bucket, one);
            expect(Buffer.from(lines).toString('latin1')).toBe(`${line}\n`);
            expect(Buffer.from(leaves)).toEqual(Buffer.from(leafHash(Buffer.from(line, 'latin1'))));
            expect(bytes).toEqual({ read: one.size, inflated: one.inflated });
            expect(Buffer.from(sizes).readUInt32LE(4)).toBe(one.inflated);
          }
          const all = files.flatMap((one) => (one === undefined ? [] : `${lineOf(bucket, one)}\n`));
          expect(Buffer.from(packed.slice(0, files.length).lines).toString('latin1')).toBe(all.join(''));
        },
      ),
      { seed: 20261120, numRuns: 300 },
    );
  });

  test('is refused where it is not as long as it says', () => {
    const writer = new PackedWriter('b', 2);
    writer.put(0, { key: 'k', versionId: undefined, stored: '', content: '', size: 1, inflated: 1 });
    const packed = writer.pack();
    for (const wrong of [packed.subarray(0, -1), Buffer.concat([packed, Buffer.of(1)]), Buffer.of()])
      expect(() => new PackedReader(wrong, 2)).toThrow(RangeError);
  });
});
