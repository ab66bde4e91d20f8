import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { levelOf, type Source } from '../../src/source/source.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const BUCKET = 'example-trail-logs';

function sourceOf(keys: readonly string[], pageSize = 1000): Source {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, new Uint8Array(1));
  const source = memorySource(store);
  return {
    ...source,
    list: async function* (request) {
      for await (const page of source.list(request))
        for (let at = 0; at < page.length; at += pageSize) yield page.slice(at, at + pageSize);
    },
  };
}

/** The same source without a listing by levels. */
function flat({ level: _level, ...source }: Source): Source {
  return source;
}

describe('what lies directly below a prefix', () => {
  test('its folders, and its objects with the one of its own name', async () => {
    const source = sourceOf(['a/', 'a/x', 'a/b/c', 'a/b/d', 'a/bb', 'a//y', 'b']);
    for (const one of [source, flat(source)]) {
      const { folders, objects, further } = await levelOf(one, BUCKET, 'a/');
      expect(folders).toEqual(['a//', 'a/b/']);
      expect(objects.map(({ key }) => key)).toEqual(['a/', 'a/bb', 'a/x']);
      expect(further).toBe(0);
    }
  });

  test('is the same by the flat listing, whatever the keys and the pages', async () => {
    const key = fc
      .array(fc.constantFrom('a', 'b', '/', '\uffff', '\u{1F30D}', ' ', '~'), { minLength: 1, maxLength: 6 })
      .map((letters) => letters.join(''));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(key, { maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        async (keys, size) => {
          const source = sourceOf(keys, size);
          for (const prefix of ['', 'a/'])
            expect(await levelOf(flat(source), BUCKET, prefix)).toEqual(
              await levelOf(source, BUCKET, prefix),
            );
        },
      ),
      { seed: 20_261_005, numRuns: 300 },
    );
  });

  test('a thousand objects are told one by one, the others counted', async () => {
    const source = sourceOf(Array.from({ length: 1_003 }, (_, at) => `a/${at}`));
    for (const one of [source, flat(source)]) {
      const { objects, further } = await levelOf(one, BUCKET, 'a/');
      expect([objects.length, further]).toEqual([1000, 3]);
    }
  });
});
