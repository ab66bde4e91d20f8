import { describe, expect, test } from 'vitest';
import { fixedClock } from '../../src/base/clock.ts';
import { type CopyScope, planCopy } from '../../src/copy/plan.ts';
import { compareKeys } from '../../src/source/source.ts';
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
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail/eu-west-1/', region: 'eu-west-1' },
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail/us-east-1/', region: 'us-east-1' },
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/', region: 'us-east-1' },
    { bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail-Insight/us-east-1/', region: 'us-east-1' },
    {
      bucket: BUCKET,
      prefix: 'AWSLogs/o-exampleorgid/444455556666/CloudTrail/us-east-1/',
      region: 'us-east-1',
    },
  ]);
});

test('the day folders of the window and one day around it', async () => {
  const window = { from: Date.UTC(2026, 9, 5, 10), to: Date.UTC(2026, 9, 6, 10) };
  const prefix = 'AWSLogs/111122223333/CloudTrail/eu-west-1/';
  expect(await plan({ ...window, accounts: ['111122223333'], regions: ['eu-west-1'] })).toEqual([
    {
      bucket: BUCKET,
      prefix,
      region: 'eu-west-1',
      startAfter: `${prefix}2026/10/04/`,
      endBefore: `${prefix}2026/10/08/`,
    },
  ]);
});

test('accounts out of scope', async () => {
  expect(await plan({ accounts: ['444455556666'] })).toEqual([
    {
      bucket: BUCKET,
      prefix: 'AWSLogs/o-exampleorgid/444455556666/CloudTrail/us-east-1/',
      region: 'us-east-1',
    },
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
  expect(value).toEqual({
    bucket: BUCKET,
    prefix: 'AWSLogs/111122223333/CloudTrail/eu-west-1/',
    region: 'eu-west-1',
  });
});

/** The keys that a plan copies of a store: those of its ranges, and where it is cut. */
async function planned(objects: ObjectStore, scope: Partial<CopyScope>) {
  const source = memorySource(objects);
  const targets = [{ bucket: BUCKET, prefix: '' }];
  const keys: string[] = [];
  const cut: string[] = [];
  for await (const range of planCopy({ source, targets, clock: fixedClock(NOW), ...scope })) {
    if (range.isCut) cut.push(range.prefix);
    for await (const page of range.objects === undefined ? source.list(range) : [range.objects])
      for (const { key } of page)
        if (range.endBefore === undefined || compareKeys(key, range.endBefore) < 0) keys.push(key);
  }
  return { keys, cut };
}

const NOW = Date.UTC(2026, 9, 7);
const ACCOUNT = 'AWSLogs/111122223333';
const LOG = '111122223333_CloudTrail_us-east-1_20261005T1200Z_AAAAAAAAAAAAAAAA.json.gz';

function storeOf(keys: readonly string[]): ObjectStore {
  const objects = new ObjectStore();
  objects.createBucket(BUCKET);
  for (const key of keys) objects.put(BUCKET, key, Buffer.from(key.endsWith('/') ? '' : 'x'));
  return objects;
}

describe('strays', () => {
  const trail = [
    `${ACCOUNT}/CloudTrail-Digest/us-east-1/2026/10/05/x`,
    `${ACCOUNT}/CloudTrail/us-east-1/2026/10/05/${LOG}`,
  ];
  const above = [
    LOG,
    `awslogs/111122223333/CloudTrail/us-east-1/2026/10/05/${LOG}`,
    `AWSLogs/${LOG}`,
    `AWSLogs/x/111122223333/CloudTrail/us-east-1/2026/10/05/${LOG}`,
    `AWSLogs/111122223333 /CloudTrail/us-east-1/2026/10/05/${LOG}`,
    `${ACCOUNT}/${LOG}`,
    `${ACCOUNT}/junk/${LOG}`,
    `${ACCOUNT}/cloudtrail/us-east-1/2026/10/05/${LOG}`,
    `${ACCOUNT}/CloudTrailX/us-east-1/2026/10/05/${LOG}`,
    `${ACCOUNT}/CloudTrail/${LOG}`,
    `${ACCOUNT}/CloudTrail/us-east-1 /2026/10/05/${LOG}`,
    `${ACCOUNT}/CloudTrail-Digest/${LOG}`,
  ];
  const around = [
    `${ACCOUNT}/CloudTrail-Digest/us-east-1/2026/09/10/${LOG}`,
    `${ACCOUNT}/CloudTrail-Digest/us-east-1/2027/01/01/${LOG}`,
    `${ACCOUNT}/CloudTrail/us-east-1/${LOG}`,
    `${ACCOUNT}/CloudTrail/us-east-1/2026/${LOG}`,
    `${ACCOUNT}/CloudTrail/us-east-1/2026/10/${LOG}`,
    `${ACCOUNT}/CloudTrail/us-east-1/2026/10/5/${LOG}`,
    `${ACCOUNT}/CloudTrail/us-east-1/2026/13/05/${LOG}`,
    `${ACCOUNT}/CloudTrail/us-east-1/2027/01/01/${LOG}`,
  ];

  test.each([
    ['without a window', {}],
    ['of a window', { from: Date.UTC(2026, 9, 5), to: Date.UTC(2026, 9, 6) }],
    ['up to now', { from: Date.UTC(2026, 9, 5) }],
    ['from the beginning', { to: Date.UTC(2026, 9, 6) }],
  ])('are copied, each once: %s', async (_, window) => {
    const keys = [...trail, ...above, ...around];
    const copied = await planned(storeOf(keys), window);
    expect(copied.keys.sort()).toEqual(keys.sort());
    expect(copied.cut).toEqual([]);
  });

  test('beyond those that are told are left out, and their folder is named', async () => {
    const many = Array.from({ length: 1_500 }, (_, at) => String(at).padStart(4, '0'));
    const dull = many.map((name) => `${ACCOUNT}/CloudTrail-Digest/${name}`);
    const like = many.map((name) => `${ACCOUNT}/CloudTrailX/${name}`);
    const months = Array.from({ length: 30 }, (_, at) => `${ACCOUNT}/CloudTrail/us-east-1/2026/${at + 13}/x`);
    const all = await planned(storeOf([...trail, ...dull, ...like, ...months]), {
      from: Date.UTC(2026, 9, 5),
      to: Date.UTC(2026, 9, 6),
    });
    expect(all.keys.length).toBe(trail.length + 1_000 + 1_000 + 20);
    const folders = [`${ACCOUNT}/CloudTrail-Digest/`, `${ACCOUNT}/CloudTrailX/`];
    expect(all.cut.sort()).toEqual([...folders, ...months.slice(20).map((key) => key.slice(0, -1))].sort());
  });

  test('of other makers are left out without a word', async () => {
    const other = [`${ACCOUNT}/Config/us-east-1/x`, `${ACCOUNT}/Reports/x`];
    expect(await planned(storeOf([...trail, ...other]), {})).toEqual({
      keys: expect.arrayContaining(trail),
      cut: [],
    });
  });
});

describe('of what lies outside a window', () => {
  test('the first objects of a folder are copied, so that it is there', async () => {
    const marker = `${ACCOUNT}/CloudTrail-Digest/eu-west-1/`;
    const old = [
      `${ACCOUNT}/CloudTrail/eu-west-1/2020/01/01/0`,
      `${ACCOUNT}/CloudTrail/eu-west-1/2020/01/01/${LOG}`,
    ];
    const more = `${ACCOUNT}/CloudTrail/eu-west-1/2020/01/02/${LOG}`;
    const { keys } = await planned(storeOf([marker, ...old, more]), { from: Date.UTC(2026, 9, 5) });
    expect(keys.sort()).toEqual([marker, ...old].sort());
  });

  test('the digest next to it is copied of every chain', async () => {
    const digest = (trail: string, day: string): string =>
      `${ACCOUNT}/CloudTrail-Digest/us-east-1/${day}/111122223333_CloudTrail-Digest_us-east-1_${trail}_us-east-1_${day.replaceAll('/', '')}T100000Z.json.gz`;
    const near = [digest('a', '2026/09/01'), digest('b', '2026/09/20'), digest('c', '2026/10/05')];
    const far = [digest('b', '2026/09/18'), digest('b', '2026/09/19')];
    const first = digest('a', '2026/08/01');
    const { keys } = await planned(storeOf([...near, ...far, first]), { from: Date.UTC(2026, 9, 5) });
    expect(keys.sort()).toEqual([...near, first].sort());
  });
});
