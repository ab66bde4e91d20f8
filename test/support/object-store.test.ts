import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOfKeys } from './aws-server/key-pages.ts';
import { ObjectStore } from './object-store.ts';

const bytes = (text: string) => Buffer.from(text);

/** Short keys of few characters, so that prefixes, delimiters and both sorts of order meet often. */
const keyText = fc
  .array(fc.constantFrom('a', 'b', '/', '\ue000', '😀'), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));

function storeOf(keys: readonly string[]): ObjectStore {
  const store = new ObjectStore();
  store.createBucket('logs');
  for (const key of keys) store.put('logs', key, bytes(key));
  return store;
}

describe('ObjectStore', () => {
  it('lists the keys that are there in the order of their UTF-8 bytes, whatever was put and deleted', () => {
    const changes = fc.array(fc.record({ key: keyText, remove: fc.boolean(), look: fc.boolean() }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(changes, fc.boolean(), (all, versioned) => {
        const store = new ObjectStore();
        store.createBucket('logs', { versioned });
        const expected = new Set<string>();
        for (const { key, remove, look } of all) {
          if (remove) store.delete('logs', key);
          else store.put('logs', key, bytes(key));
          if (remove) expected.delete(key);
          else expected.add(key);
          if (look) store.keys('logs');
        }
        const sorted = [...expected].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
        expect(store.keys('logs')).toEqual(sorted);
      }),
    );
  });

  it('keeps versions beneath a delete marker, and forgets one that is deleted by its id', () => {
    const store = new ObjectStore(() => 5);
    store.createBucket('logs', { versioned: true, region: 'eu-west-1' });
    const first = store.put('logs', 'k', bytes('one'));
    store.put('logs', 'k', bytes('two'));
    store.delete('logs', 'k');
    expect(store.get('logs', 'k')).toBeUndefined();
    expect(store.get('logs', 'k', first)).toMatchObject({ bytes: bytes('one'), lastModified: 5 });
    const [marker] = store.versions('logs', 'k');
    expect(marker?.deleteMarker).toBe(true);
    store.delete('logs', 'k', marker?.versionId);
    expect(store.get('logs', 'k')?.bytes).toEqual(bytes('two'));
    expect(store.regionOf('logs')).toBe('eu-west-1');
  });

  it('clones so that neither copy sees the changes of the other', () => {
    const store = storeOf(['a', 'b']);
    const copy = store.clone();
    copy.put('logs', 'c', bytes('c'));
    copy.delete('logs', 'a');
    copy.failWith('logs', 'b', { status: 403, code: 'AccessDenied' });
    store.put('logs', 'b', bytes('changed'));
    expect(store.keys('logs')).toEqual(['a', 'b']);
    expect(store.failureOf('logs', 'b')).toBeUndefined();
    expect(copy.keys('logs')).toEqual(['b', 'c']);
    expect(copy.get('logs', 'b')?.bytes).toEqual(bytes('b'));
  });
});

describe('pageOfKeys', () => {
  it('shows page by page what one look at all keys would', () => {
    const request = fc.record({
      keys: fc.uniqueArray(keyText, { maxLength: 40 }),
      prefix: fc.constantFrom('', 'a', 'a/', '/'),
      delimiter: fc.constantFrom('', '/'),
      maxKeys: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(request, ({ keys, prefix, delimiter, maxKeys }) => {
        const sorted = storeOf(keys).keys('logs');
        const expected = new Set<string>();
        for (const key of sorted.filter((one) => one.startsWith(prefix))) {
          const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
          expected.add(cut < 0 ? key : key.slice(0, cut + 1));
        }
        const seen: string[] = [];
        let after = '';
        for (let more = true; more; ) {
          const page = pageOfKeys(sorted, { prefix, delimiter, after, maxKeys });
          expect(page.rows.length).toBeLessThanOrEqual(maxKeys);
          seen.push(...page.rows.map(({ name }) => name));
          after = page.rows.at(-1)?.name ?? after;
          more = page.truncated;
        }
        expect(seen).toEqual([...expected]);
      }),
    );
  });
});
