import { describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import type { ExaminedObject } from '../../src/chain/list-digests.ts';
import { sha256 } from '../../src/crypto/hash.ts';
import { fixedKeyRing } from '../../src/crypto/key-rings.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import { checkResults, type ResultsContext } from '../../src/lake/check-results.ts';
import { findResults } from '../../src/lake/find-results.ts';
import type { Source } from '../../src/source/source.ts';
import { deleteObject, flipContentBit } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { fileRing, publicKeyOf, testKey } from '../support/test-keys.ts';
import { type DeliveredResults, deliverResults, QUERY_ID, type ResultsInit } from '../support/test-lake.ts';

const BUCKET = 'example-trail-logs';
const KEY = 'AWSLogs/111122223333/CloudTrail-Lake/Query/';
const FOLDER = { bucket: BUCKET, prefix: '', account: '111122223333', key: KEY, within: KEY };
const END = Date.parse('2026-10-05T10:06:30Z');
const NOW = END + 86_400_000;

function delivered(init: Partial<ResultsInit> = {}): { store: ObjectStore; results: DeliveredResults } {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  return { store, results: deliverResults(store, { completed: END, results: 2, ...init }) };
}

async function check(
  store: ObjectStore,
  changes: Partial<ResultsContext> = {},
  wrap: (source: Source) => Source = (source) => source,
) {
  const source = wrap(memorySource(store));
  const window = { from: undefined, to: NOW };
  const [found] = (await findResults(source, FOLDER, { window, now: NOW })).sets;
  if (found === undefined) throw new Error('there is no set');
  const checked = await checkResults(found, {
    source,
    keyRing: fileRing(),
    relocations: relocator([]),
    now: NOW,
    readsResults: true,
    includesRegion: () => true,
    ...changes,
  });
  return { set: checked?.set, codes: checked?.findings.map(({ code }) => code), checked };
}

test('a sound set', async () => {
  const { store, results } = delivered();
  const { checked, set, codes } = await check(store);
  expect(codes).toEqual([]);
  const bytes = (key: string): Uint8Array => store.get(BUCKET, key)?.bytes ?? new Uint8Array();
  expect(set).toEqual({
    uri: `s3://${BUCKET}/${results.folder}`,
    account: '111122223333',
    queryId: QUERY_ID,
    day: '2026-10-05',
    region: 'us-east-1',
    completed: '2026-10-05T10:06:30Z',
    outcome: 'valid',
    signed: true,
    fingerprint: results.fields.publicKeyFingerprint,
    signFileSha256: sha256(bytes(results.signFile.key)),
    files: results.files.map(({ key }, at) => ({
      name: `result_${at + 1}.csv.gz`,
      sha256: sha256(bytes(key)),
      outcome: 'valid',
    })),
    unlisted: 0,
  });
  const sizes = [results.signFile, ...results.files].map(({ key }) => bytes(key).length);
  expect(checked?.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
  expect(checked?.signature).toBe(results.fields.hashSignature);
});

describe('the key', () => {
  test('may begin in the twenty days after the end of the query, and must not have ended before', async () => {
    const key = testKey('us-east-1-2026-10-02');
    const at = async (completed: number) => (await check(delivered({ completed, key }).store)).codes;
    const DAY = 86_400_000;
    // Of another day than now: the place is as odd as it was asked for.
    expect(await at(key.validFrom - 20 * DAY)).toEqual([]);
    expect(await at(key.validFrom - 20 * DAY - 1000)).toEqual(['LAKE_KEY_EXPIRED']);
    expect(await at(key.validTo - 1000)).toEqual(['LAKE_PLACE_ODD']);
    expect(await at(key.validTo + 1000)).toEqual(['LAKE_KEY_EXPIRED', 'LAKE_PLACE_ODD']);
  });

  test('whose validity nobody says counts', async () => {
    const { validFrom: _from, validTo: _to, ...key } = publicKeyOf(testKey('us-east-1-2026-10-02'));
    const keyRing = fixedKeyRing([{ ...key, validFrom: undefined, validTo: undefined }]);
    expect((await check(delivered().store, { keyRing })).codes).toEqual([]);
  });

  test('out of its validity on one side, of which nothing else is known', async () => {
    const { validTo: _to, ...key } = publicKeyOf(testKey('us-east-1-2026-10-02'));
    const keyRing = fixedKeyRing([{ ...key, validFrom: END + 21 * 86_400_000, validTo: undefined }]);
    const { checked } = await check(delivered().store, { keyRing });
    expect(checked?.findings).toMatchObject([
      { code: 'LAKE_KEY_EXPIRED', evidence: { validTo: 'unknown', completed: '2026-10-05T10:06:30Z' } },
    ]);
  });

  test('proves the Region, which takes the set out of the scope; a field does not', async () => {
    const includesRegion = (region: string): boolean => region === 'us-east-1';
    const { store } = delivered({ region: 'eu-west-1' });
    expect((await check(store, { includesRegion })).checked).toBeUndefined();
    const { region: _region, ...nowhere } = publicKeyOf(testKey('eu-west-1-2026-09-18'));
    const keyRing = fixedKeyRing([{ ...nowhere, region: undefined }]);
    expect((await check(store, { includesRegion, keyRing })).set?.outcome).toBe('valid');
    const hidden = delivered({ edit: (fields) => ({ ...fields, region: 'eu-west-1' }) }).store;
    expect((await check(hidden, { includesRegion })).codes).toEqual(['LAKE_KEY_UNKNOWN']);
  });
});

describe('the place', () => {
  const codesAt = async (path: string) => (await check(delivered({ path }).store)).codes;
  test('is of the day on which the query ended, or the one before or after', async () => {
    for (const day of ['2026/10/04', '2026/10/05', '2026/10/06'])
      expect(await codesAt(`${day}/${QUERY_ID}`)).toEqual([]);
    for (const day of ['2026/10/03', '2026/10/07', '2031/10/05'])
      expect(await codesAt(`${day}/${QUERY_ID}`)).toEqual(['LAKE_PLACE_ODD']);
    expect(await codesAt('elsewhere')).toEqual(['LAKE_PLACE_ODD']);
    const { store } = delivered({ path: 'elsewhere', editText: () => '{' });
    const { checked, set } = await check(store);
    expect(checked?.findings[1]).toMatchObject({ evidence: { reason: 'path', completed: undefined } });
    expect(set).toMatchObject({ queryId: null, day: null });
  });
});

describe('names', () => {
  test('that are not counted from 1 are a note', async () => {
    const { store } = delivered({
      edit: (fields) => ({ ...fields, files: [{ ...fields.files[0], fileName: 'result_2.csv.gz' }] }),
    });
    const { checked } = await check(store);
    expect(checked?.findings).toContainEqual(
      expect.objectContaining({
        code: 'LAKE_NAMES_NOT_IN_ORDER',
        weight: 'note',
        evidence: { expected: 'result_1.csv.gz', actual: 'result_2.csv.gz' },
      }),
    );
  });
});

describe('files', () => {
  test('are not read where they are not to be, and are missed all the same', async () => {
    const { store, results } = delivered();
    flipContentBit(store, results.files[0] ?? results.signFile);
    deleteObject(store, results.files[1] ?? results.signFile);
    const { set, codes } = await check(store, { readsResults: false });
    expect(codes).toEqual(['LAKE_RESULT_MISSING']);
    expect(set?.files.map(({ outcome }) => outcome)).toEqual([null, 'missing']);
  });

  test('are changed whoever signed their list', async () => {
    const { store, results } = delivered();
    flipContentBit(store, results.files[0] ?? results.signFile);
    const { set, codes } = await check(store, { keyRing: fileRing([]) });
    expect(codes).toEqual(['LAKE_KEY_UNKNOWN', 'LAKE_RESULT_MODIFIED']);
    expect(set).toMatchObject({
      outcome: 'invalid',
      signed: false,
      files: [{ outcome: 'invalid' }, { outcome: 'unproven' }],
    });
  });

  test('that no list names are told one by one, up to a bound', async () => {
    const { store, results } = delivered();
    for (let at = 0; at < 1_002; at += 1)
      store.put(BUCKET, `${results.folder}x${String(at).padStart(4, '0')}`, new Uint8Array(3));
    const { set, checked } = await check(store);
    expect(set).toMatchObject({ unlisted: 1_002, outcome: 'unproven' });
    expect(checked?.findings).toHaveLength(1_001);
    expect(checked?.findings.at(-1)).toMatchObject({ evidence: { size: 0, further: 2 } });
    const withoutTimes = (source: Source): Source => ({
      ...source,
      list: async function* (request) {
        for await (const page of source.list(request)) yield page.map(({ key, size }) => ({ key, size }));
      },
    });
    const untimed = await check(store, {}, withoutTimes);
    expect(untimed.checked?.findings[0]).toMatchObject({ time: undefined, evidence: { size: 3 } });
  });

  test('that are called as log files are, are told as such', async () => {
    const { store, results } = delivered();
    store.put(BUCKET, `${results.folder}111122223333_CloudTrail_x.json.gz`, new Uint8Array(3));
    expect((await check(store)).codes).toEqual(['LOG_UNLISTED']);
  });

  test('are hashed piece by piece where the source can, and handed over whole where somebody keeps them', async () => {
    const { store, results } = delivered();
    const hashed: string[] = [];
    const wrap = (source: Source): Source => ({
      ...source,
      hashed: async (ref) => {
        hashed.push(ref.key);
        const { bytes } = await source.open(ref, { maxBytes: 1000 });
        return { sha256: sha256(bytes), size: bytes.length, versionId: 'v1' };
      },
    });
    expect((await check(store, {}, wrap)).codes).toEqual([]);
    expect(hashed.sort()).toEqual(results.files.map(({ key }) => key));
    hashed.length = 0;
    const kept: ExaminedObject[] = [];
    let held = 0;
    const { codes } = await check(
      store,
      {
        onObject: async (object) => void kept.push(object),
        hold: () => {
          held += 1;
          return {
            take: async () => {},
            release: () => {
              held -= 1;
            },
          };
        },
      },
      wrap,
    );
    expect({ codes, hashed, held }).toEqual({ codes: [], hashed: [], held: 0 });
    expect(kept.map(({ kind, outcome }) => [kind, outcome])).toEqual([
      ['sign-file', 'valid'],
      ['result', 'valid'],
      ['result', 'valid'],
    ]);
  });
});

describe('a sign file', () => {
  test('that is missing, forged, or of a key that cannot be trusted', async () => {
    const missing = delivered();
    deleteObject(missing.store, missing.results.signFile);
    const { set, checked, codes } = await check(missing.store);
    expect(codes).toEqual(['LAKE_SIGN_FILE_MISSING']);
    expect(set).toMatchObject({ outcome: 'unproven', signFileSha256: null, files: [], signed: false });
    expect(checked?.signature).toBeUndefined();
    const hash = 'ab'.repeat(32);
    const forged = delivered({
      edit: (fields) => ({
        ...fields,
        files: fields.files.map((file) => ({ ...file, fileHashValue: hash })),
      }),
    });
    const invalid = await check(forged.store, { readsResults: false });
    expect(invalid.checked?.findings).toMatchObject([
      {
        code: 'LAKE_SIGNATURE_INVALID',
        evidence: { files: 2, sha256: sha256(Buffer.from(`${hash} ${hash}`)) },
      },
    ]);
    const distrust = { reason: 'inside-target', detail: 'copy/keys.jsonl' } as const;
    const untrusted = await check(delivered().store, { keyRing: fileRing(undefined, distrust) });
    expect(untrusted.codes).toEqual(['LAKE_KEY_UNTRUSTED']);
    expect(untrusted.set).toMatchObject({ outcome: 'unproven', files: [{ outcome: 'unproven' }, {}] });
  });

  /** The same source, in which the object of that name fails so. */
  const failing =
    (name: string, error: unknown) =>
    (source: Source): Source => ({
      ...source,
      open: (ref, options) => (ref.key.endsWith(name) ? Promise.reject(error) : source.open(ref, options)),
    });
  const failure = (code: ConstructorParameters<typeof TrailVerifyError>[0]): TrailVerifyError =>
    new TrailVerifyError(code, 'it failed');

  test('that is larger than any is malformed, and one that is gone since it was listed is unread', async () => {
    const { store } = delivered();
    const codes = async (code: ConstructorParameters<typeof TrailVerifyError>[0]) => {
      const { checked } = await check(store, {}, failing('result_sign.json', failure(code)));
      return checked?.findings.map(({ code: told, evidence }) => [told, evidence]);
    };
    expect(await codes('OBJECT_TOO_LARGE')).toEqual([
      ['LAKE_SIGN_FILE_MALFORMED', { problems: ['it failed'] }],
    ]);
    expect(await codes('OBJECT_NOT_FOUND')).toEqual([
      [
        'LAKE_SIGN_FILE_UNREADABLE',
        { reason: 'vanished', detail: 'it was listed, and was gone when it was read' },
      ],
    ]);
    expect(await codes('OBJECT_ARCHIVED')).toEqual([
      ['LAKE_SIGN_FILE_UNREADABLE', { reason: 'archived', detail: 'it failed' }],
    ]);
  });

  test('lists a result that cannot be read', async () => {
    const { store } = delivered();
    const { checked } = await check(store, {}, failing('result_2.csv.gz', failure('OBJECT_DENIED')));
    expect(checked?.findings).toMatchObject([
      { code: 'LAKE_RESULT_UNREADABLE', evidence: { reason: 'denied', detail: 'it failed' } },
    ]);
  });

  test('or a result that fails for what is no fault of it ends the run', async () => {
    const { store } = delivered();
    for (const name of ['result_sign.json', 'result_2.csv.gz'])
      await expect(check(store, {}, failing(name, failure('CREDENTIALS')))).rejects.toThrow('it failed');
  });

  test('malformed, in a bag: nothing of it is proven', async () => {
    const kept: ExaminedObject[] = [];
    const { store } = delivered({ editText: () => '{' });
    const { set } = await check(store, { onObject: async (object) => void kept.push(object) });
    expect(kept).toMatchObject([{ kind: 'sign-file', outcome: 'invalid', signed: undefined }]);
    expect(set).toMatchObject({
      outcome: 'invalid',
      files: [],
      signed: false,
      region: null,
      completed: null,
    });
  });
});

test('a flipped bit anywhere in a sign file or a result is found, but for the time, which nothing covers', async () => {
  const { store, results } = delivered({ results: 1 });
  const unnoticed = new Set<string>();
  for (const { key } of [results.signFile, ...results.files]) {
    const bytes = store.get(BUCKET, key)?.bytes ?? new Uint8Array();
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (bytes[at] ?? 0) ^ 1;
      const damaged = store.clone();
      damaged.put(BUCKET, key, changed);
      const { codes, set } = await check(damaged);
      if (codes?.length === 0)
        unnoticed.add(set?.completed === '2026-10-05T10:06:30Z' ? `${key} ${at}` : 'time');
    }
  }
  expect([...unnoticed]).toEqual(['time']);
});
