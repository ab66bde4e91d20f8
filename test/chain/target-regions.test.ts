import { expect, test } from 'vitest';
import { targetRegions } from '../../src/chain/target-regions.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const BUCKET = 'example-trail-logs';
const DIGESTS = 'AWSLogs/111122223333/CloudTrail-Digest';
const digest = (region: string, day: string): string =>
  `${DIGESTS}/${region}/2026/10/${day}/111122223333_CloudTrail-Digest_${region}_audit_us-east-1_202610${day}T101237Z.json.gz`;

function regionsOf(keys: readonly string[], source = memorySource(filled(keys))) {
  return targetRegions(source, [{ bucket: BUCKET, prefix: '' }]);
}

function filled(keys: readonly string[]): ObjectStore {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, new Uint8Array(1));
  return store;
}

test('are those with a digest folder, and the oldest digest of all', async () => {
  const keys = [digest('us-east-1', '06'), digest('eu-west-1', '05'), digest('eu-west-1', '07')];
  const logs = 'AWSLogs/111122223333/CloudTrail/ap-south-1/a';
  expect(await regionsOf([...keys, logs])).toEqual({
    regions: ['eu-west-1', 'us-east-1'],
    oldest: Date.parse('2026-10-05T10:12:37Z'),
  });
});

test('say no time without a digest', async () => {
  expect(await regionsOf([`${DIGESTS}/us-east-1/x`])).toEqual({ regions: ['us-east-1'], oldest: undefined });
  const gone = { ...memorySource(filled([digest('us-east-1', '06')])), list: async function* () {} };
  expect(await regionsOf([], gone)).toEqual({ regions: ['us-east-1'], oldest: undefined });
});

test('take no digest of a year that has none, and however many there are', async () => {
  const at = (folder: string, stamp: string): string =>
    `${DIGESTS}/us-east-1/${folder}/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_${stamp}Z.json.gz`;
  const planted = Array.from({ length: 1_200 }, (_, minute) =>
    at(
      '1970/01/01',
      `19700101T${String(Math.floor(minute / 60)).padStart(2, '0')}${String(minute % 60).padStart(2, '0')}00`,
    ),
  );
  const odd = at('2026/10/01', '19700101T000000');
  expect(await regionsOf([...planted, odd, digest('us-east-1', '06')])).toEqual({
    regions: ['us-east-1'],
    oldest: Date.parse('2026-10-06T10:12:37Z'),
  });
  expect(await regionsOf(planted)).toEqual({ regions: ['us-east-1'], oldest: undefined });
});

test('are refused where there are none, or not all were found', async () => {
  await expect(regionsOf([])).rejects.toMatchObject({ code: 'TARGET_WITHOUT_TRAIL' });
  const many = Array.from({ length: 2_100 }, (_, at) => `folder-${at}/x/y`);
  await expect(regionsOf([digest('us-east-1', '06'), ...many])).rejects.toThrow('too many folders');
});
