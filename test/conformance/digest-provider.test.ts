/** aws-cli's unit tests of how digests are listed and read. */
import { describe, expect, test } from 'vitest';
import { HOUR } from '../../src/base/clock.ts';
import { listDigests } from '../../src/chain/list-digests.ts';
import { openDigest } from '../../src/chain/read-digest.ts';
import { type DigestKey, digestFolderKey, formatDigestKey } from '../../src/digest/digest-key.ts';
import type { ListRequest, Source } from '../../src/source/source.ts';
import { emptyObject, replaceBytes, setMetadata, stripMetadata } from '../support/damage.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { gzip } from '../support/test-gzip.ts';
import { backfillChain, standardChain } from './chain-actions.ts';
import { codesOf, run } from './run.ts';

const FROM = Date.parse('2026-10-05T10:00:00Z');
const TO = FROM + 3 * HOUR;
const BUCKET = 'example-trail-logs';
const FOLDER = { bucket: BUCKET, prefix: '', account: '111122223333', families: [] };
const KEY: DigestKey = {
  prefix: '',
  account: '111122223333',
  region: 'us-east-1',
  trail: 'foo',
  homeRegion: 'us-east-1',
  endTime: FROM,
  kind: 'standard',
};

async function list(keys: readonly string[], folder: Partial<typeof FOLDER & { organization: string }> = {}) {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, new Uint8Array());
  const requests: ListRequest[] = [];
  const source = memorySource(store);
  const watched: Source = {
    ...source,
    list: (request) => {
      requests.push(request);
      return source.list(request);
    },
  };
  const window = { from: FROM, to: TO };
  const unrecognized: object[] = [];
  const onUnrecognized = async (object: object): Promise<void> => {
    unrecognized.push(object);
  };
  const chains = await listDigests(watched, { ...FOLDER, ...folder }, 'us-east-1', {
    window,
    onUnrecognized,
  });
  return { found: { chains, unrecognized }, requests };
}

describe('listing', () => {
  test('returns_digests_in_range', async () => {
    const ends = [-2, -1, 0, 0.5, 1, 2, 3, 3.5, 4, 5].map((hours) => FROM + hours * HOUR);
    const others = [
      { ...KEY, endTime: FROM + HOUR, trail: 'other' },
      { ...KEY, endTime: FROM + HOUR, homeRegion: 'eu-west-1' },
    ];
    const keys = [...ends.map((endTime) => ({ ...KEY, endTime })), ...others].map(formatDigestKey);
    const { found } = await list([...keys, `${digestFolderKey(KEY, 'us-east-1')}2026/10/05/foo.json.gz`]);
    const chain = found.chains.get('111122223333/us-east-1/foo@us-east-1');
    expect(chain?.listed.map(({ endTime }) => (endTime - FROM) / HOUR)).toEqual([0.5, 1, 2, 3, 3.5]);
    expect([...found.chains.keys()]).toHaveLength(3);
    expect(found.unrecognized).toHaveLength(1);
  });

  test('calls_list_objects_correctly: differs, for it begins forty days before the window to see what is below it', async () => {
    const { requests } = await list([formatDigestKey({ ...KEY, endTime: FROM + HOUR })]);
    const prefix = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/';
    expect(requests).toEqual([
      { bucket: BUCKET, prefix, startAfter: `${prefix}2026/08/26/`, keySuffices: expect.any(Function) },
    ]);
  });

  test('calls_list_objects_correctly_org_trails', async () => {
    const organization = 'o-exampleorgid';
    const { requests } = await list([formatDigestKey({ ...KEY, organization, endTime: FROM + HOUR })], {
      organization,
    });
    expect(requests[0]?.prefix).toBe('AWSLogs/o-exampleorgid/111122223333/CloudTrail-Digest/us-east-1/');
  });

  test.each([
    ['create_digest_prefix_without_key_prefix', {}, ''],
    ['create_digest_prefix_with_key_prefix', { prefix: 'my-prefix/' }, ''],
    ['create_digest_prefix_org_trail', { organization: 'o-exampleorgid' }, 'o-exampleorgid/'],
    [
      'create_digest_prefix_org_trail_with_key_prefix',
      { prefix: 'a/', organization: 'o-exampleorgid' },
      'o-exampleorgid/',
    ],
  ])('%s', (_, folder: { prefix?: string; organization?: string }, between) => {
    const key = digestFolderKey({ prefix: '', account: '111122223333', ...folder }, 'us-east-1');
    const above = folder.prefix ?? '';
    expect(key).toBe(`${above}AWSLogs/${between}111122223333/CloudTrail-Digest/us-east-1/`);
  });

  test('load_all_digest_keys_in_range_separates_standard_and_backfill', async () => {
    const endTime = FROM + HOUR;
    const { found } = await list([
      formatDigestKey({ ...KEY, endTime }),
      formatDigestKey({ ...KEY, endTime, kind: 'backfill' }),
    ]);
    const counts = [...found.chains.values()].map(({ chain, listed }) => [chain.kind, listed.length]);
    expect(counts.sort()).toEqual([
      ['backfill', 1],
      ['standard', 1],
    ]);
  });

  test('load_digest_keys_in_range_uses_cache', async () => {
    const { store, now } = backfillChain(['gap', 'link']);
    const { report, listings } = await run(store, now);
    expect(report.chains.map(({ kind }) => kind).sort()).toEqual(['backfill', 'standard']);
    expect(listings.filter(({ prefix }) => prefix.includes('/CloudTrail-Digest/'))).toHaveLength(1);
  });
});

describe('reading', () => {
  test('fetches_digests', async () => {
    const { store, digests } = standardChain(['gap', 'link']);
    const [, digest] = digests;
    const opened = await openDigest(memorySource(store), digests[1] ?? { bucket: '', key: '' });
    expect(opened).toMatchObject({
      state: 'parsed',
      sha256: digest?.sha256,
      digest: { endTimeText: '2026-10-05T10:12:37Z', location: { bucket: digest?.bucket, key: digest?.key } },
      metadata: { signature: digest?.signature, algorithm: 'SHA256withRSA' },
    });
  });

  test('fetches_backfill_digests_with_metadata', async () => {
    const { store, digests } = backfillChain(['gap']);
    const opened = await openDigest(memorySource(store), digests[0] ?? { bucket: '', key: '' });
    expect(opened).toMatchObject({ metadata: { generatedAt: expect.any(Number) } });
  });

  test.each([
    ['ensures_digest_can_be_gzip_inflated', Buffer.from('{}')],
    ['ensures_digests_can_be_json_parsed', gzip('not json')],
  ])('%s', async (_, bytes) => {
    const { store, digests } = standardChain(['gap', 'link', 'link']);
    replaceBytes(store, digests[2] ?? { bucket: '', key: '' }, bytes);
    expect(codesOf((await run(store, digests[2]?.endTime ?? 0)).report)).toEqual({ DIGEST_MALFORMED: 1 });
  });

  test('an empty object is malformed, not missing', async () => {
    const { store, digests, now } = standardChain(['gap', 'link', 'link']);
    emptyObject(store, digests[2] ?? { bucket: '', key: '' });
    expect(codesOf((await run(store, now)).report)).toEqual({ DIGEST_MALFORMED: 1 });
  });

  test('ensures_digest_has_proper_metadata: differs, for lost metadata alone is not called an invalid signature', async () => {
    const { store, digests, now } = standardChain(['gap', 'link', 'link']);
    stripMetadata(store, digests[2] ?? { bucket: '', key: '' });
    const { report } = await run(store, now);
    expect(codesOf(report)).toEqual({ DIGEST_SIGNATURE_MISSING: 1 });
    expect(report.verdict).toBe('INCONCLUSIVE');
  });

  test('ensures_backfill_digest_has_proper_metadata: differs likewise', async () => {
    const { store, digests, now } = backfillChain(['gap', 'link']);
    setMetadata(store, digests[1] ?? { bucket: '', key: '' }, { 'backfill-generation-timestamp': undefined });
    const { report } = await run(store, now);
    expect(codesOf(report)).toEqual({ DIGEST_SIGNATURE_MISSING: 1 });
    expect(report.verdict).toBe('INCONCLUSIVE');
  });
});
