import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { readKeyFile } from '../../src/crypto/key-file.ts';
import { distrustKeys, fixedKeyRing, KeyIndex } from '../../src/crypto/key-rings.ts';
import { publicKeyOf, testKey } from '../support/test-keys.ts';

const KEY = publicKeyOf(testKey('us-east-1-2026-09-12'));
const TIME = Date.parse('2026-09-20T00:00:00Z');
const QUERY = { region: 'us-east-1', fingerprint: KEY.fingerprint, time: TIME };

test('a key is found in its own Region only, and its absence is no evidence', async () => {
  const ring = fixedKeyRing([KEY]);
  expect(await ring.find({ ...QUERY, region: 'eu-west-1' })).toEqual({ found: undefined, complete: false });
  expect(await ring.find({ ...QUERY, fingerprint: '00' })).toEqual({ found: undefined, complete: false });
  expect(ring.used()).toEqual([]);
  expect(await ring.find(QUERY)).toEqual({ found: KEY });
  expect(await ring.find(QUERY)).toEqual({ found: KEY });
  expect(ring.used()).toEqual([KEY]);
});

test('the key of the Region goes before one that names none, and that one serves every Region', async () => {
  const anywhere = { ...KEY, region: undefined };
  const ring = fixedKeyRing([anywhere, KEY]);
  expect(await ring.find(QUERY)).toEqual({ found: KEY });
  expect(await ring.find({ ...QUERY, region: 'eu-west-1' })).toEqual({ found: anywhere });
});

test('of a key given twice in one Region the first counts', async () => {
  const ring = fixedKeyRing([KEY, { ...KEY, origin: 'again' }]);
  expect(await ring.find(QUERY)).toEqual({ found: KEY });
});

test('a key that is listed by the parts of its validity is valid through all of them, in whatever order they come', async () => {
  const { validFrom = 0, validTo = 0 } = KEY;
  const early = { ...KEY, validTo: TIME };
  const late = { ...KEY, validFrom: TIME, origin: 'again' };
  for (const keys of [
    [early, late],
    [late, early],
    [early, KEY, late],
  ]) {
    const ring = fixedKeyRing(keys);
    expect((await ring.find(QUERY)).found).toMatchObject({ validFrom, validTo, origin: keys[0]?.origin });
    expect(ring.used()).toHaveLength(1);
  }
});

test('a key of which nothing says how long it is valid makes none valid for longer', async () => {
  const unknown = { ...KEY, validFrom: undefined, validTo: undefined };
  for (const keys of [
    [unknown, KEY],
    [KEY, unknown],
    [{ ...unknown, validFrom: 0 }, KEY],
  ])
    expect(await fixedKeyRing(keys).find(QUERY)).toEqual({ found: KEY });
});

test('a key that was used is named once, as it is known in the end', () => {
  const index = new KeyIndex();
  index.add({ ...KEY, validTo: TIME });
  index.find(QUERY);
  index.add(KEY);
  expect(index.used()).toEqual([KEY]);
});

test('keys of unknown validity are a limit once they were used', async () => {
  const pem = createPublicKey(testKey('us-east-1-2026-09-12').privateKey).export({
    type: 'spki',
    format: 'pem',
  });
  const ring = fixedKeyRing([...readKeyFile(Buffer.from(pem), 'key.pem'), KEY]);
  expect(ring.limits()).toEqual([]);
  await ring.find(QUERY);
  expect(ring.limits()).toEqual([]);
  await ring.find({ ...QUERY, region: 'eu-west-1' });
  expect(ring.limits()).toEqual([
    'Keys from PEM files say nothing of their validity, so expired keys could not be found.',
  ]);
});

test('a trusted key goes before the same key from a place that proves nothing, in whatever order they come', async () => {
  const inside = distrustKeys([KEY], { reason: 'inside-target', detail: 'copy/keys.jsonl' });
  const anywhere = { ...KEY, region: undefined };
  for (const keys of [
    [...inside, KEY],
    [KEY, ...inside],
  ])
    expect(await fixedKeyRing(keys).find(QUERY)).toEqual({ found: KEY });
  expect(await fixedKeyRing([...inside, anywhere]).find(QUERY)).toEqual({ found: anywhere });
  expect(await fixedKeyRing([...inside, ...inside]).find(QUERY)).toEqual({ found: inside[0] });
});
