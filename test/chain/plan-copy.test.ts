import { expect, test } from 'vitest';
import { type CopyScope, planCopy } from '../../src/chain/plan-copy.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const BUCKET = 'example-trail-logs';

function store(): ObjectStore {
  const objects = new ObjectStore();
  objects.createBucket(BUCKET);
  for (const place of [
    'AWSLogs/111122223333/CloudTrail-Digest/us-east-1',
    'AWSLogs/111122223333/CloudTrail/us-east-1',
    'AWSLogs/111122223333/CloudTrail-Insight/us-east-1',
    'AWSLogs/111122223333/CloudTrail/eu-west-1',
    'AWSLogs/111122223333/Config/us-east-1',
    'AWSLogs/o-exampleorgid/444455556666/CloudTrail/us-east-1',
  ]) {
    objects.put(BUCKET, `${place}/2026/10/05/object.json.gz`, Buffer.from('x'));
  }
  return objects;
}

async function plan(scope: Partial<CopyScope> = {}): Promise<readonly object[]> {
  const targets = [{ bucket: BUCKET, prefix: '' }];
  const ranges: object[] = [];
  for await (const range of planCopy({ source: memorySource(store()), targets, ...scope }))
    ranges.push(range);
  return ranges;
}

test('every CloudTrail family of every account and Region, and nothing else', async () => {
  expect(await plan()).toEqual([
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail/eu-west-1/' },
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail/us-east-1/' },
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/' },
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail-Insight/us-east-1/' },
    { bucket: BUCKET, prefix: 'AWSLogs/o-exampleorgid/444455556666/CloudTrail/us-east-1/' },
  ]);
});

test('the day folders of the window and one day around it', async () => {
  const window = { from: Date.UTC(2026, 9, 5, 10), to: Date.UTC(2026, 9, 6, 10) };
  const prefix = 'AWSLogs/111122223333/CloudTrail/eu-west-1/';
  expect(await plan({ ...window, accounts: ['111122223333'], regions: ['eu-west-1'] })).toEqual([
    { bucket: BUCKET, prefix, startAfter: `${prefix}2026/10/04/`, endBefore: `${prefix}2026/10/08/` },
  ]);
});

test('accounts out of scope', async () => {
  expect(await plan({ accounts: ['444455556666'] })).toEqual([
    { bucket: BUCKET, prefix: 'AWSLogs/o-exampleorgid/444455556666/CloudTrail/us-east-1/' },
  ]);
  expect(await plan({ accounts: ['777788889999'] })).toEqual([]);
});

test('a search that ended early is an error, for a copy does not say what it lacks', async () => {
  const objects = store();
  objects.put(BUCKET, `${'d/'.repeat(20)}readme.txt`, Buffer.from('x'));
  const targets = [{ bucket: BUCKET, prefix: '' }];
  await expect(planCopy({ source: memorySource(objects), targets }).next()).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: expect.stringMatching(
      /^the search for trails in s3:\/\/example-trail-logs\/ ended after \d+ folders: there are more$/,
    ),
    hint: expect.stringContaining('s3://bucket/prefix'),
  });
  const inside = [{ bucket: BUCKET, prefix: 'AWSLogs/' }];
  const { value } = await planCopy({ source: memorySource(objects), targets: inside }).next();
  expect(value).toEqual({ bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail/eu-west-1/' });
});
