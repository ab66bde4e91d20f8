import { describe, expect, test } from 'vitest';
import { type Discovery, type DiscoveryRequest, discover, isOfQueries } from '../../src/chain/discover.ts';
import { accountFolderKey } from '../../src/digest/digest-key.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const BUCKET = 'example-trail-logs';
const ACCOUNT = '111122223333/CloudTrail/us-east-1/2026/10/05/a.json.gz';

/** What there is below the prefixes of one bucket that holds `keys`. */
function find(
  keys: readonly string[],
  prefixes: readonly string[] = [''],
  inScope: DiscoveryRequest['inScope'] = () => true,
): Promise<Discovery> {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, new Uint8Array(1));
  const targets = prefixes.map((prefix) => ({ bucket: BUCKET, prefix }));
  return discover({ source: memorySource(store), targets, inScope });
}

/** The places as `account/region: account folder [families]`. */
function brief({ places }: Discovery): readonly string[] {
  return places.flatMap(({ account, region, folders }) =>
    folders.map(
      (folder) => `${account}/${region}: ${accountFolderKey(folder)} [${folder.families.join(' ')}]`,
    ),
  );
}

describe('from the top of a bucket', () => {
  test('every account, Region and CloudTrail family, in order', async () => {
    const keys = [
      '444455556666/CloudTrail/us-east-1/a',
      '111122223333/CloudTrail/us-east-1/a',
      '111122223333/CloudTrail-Digest/us-east-1/a',
      '111122223333/CloudTrail-Insight/eu-west-1/a',
    ].map((key) => `AWSLogs/${key}`);
    const found = await find(keys);
    expect(brief(found)).toEqual([
      '111122223333/eu-west-1: AWSLogs/111122223333/ [CloudTrail-Insight]',
      '111122223333/us-east-1: AWSLogs/111122223333/ [CloudTrail CloudTrail-Digest]',
      '444455556666/us-east-1: AWSLogs/444455556666/ [CloudTrail]',
    ]);
    expect(found.complete).toBe(true);
  });

  test('nothing of other services, nor what is no Region', async () => {
    const keys = [
      'AWSLogs/111122223333/Config/us-east-1/a',
      'AWSLogs/111122223333/CloudTrailing/us-east-1/a',
      'AWSLogs/111122223333/CloudTrail-/us-east-1/a',
      'AWSLogs/111122223333/CloudTrail/US-EAST-1/a',
      'AWSLogs/111122223333/CloudTrail/a',
      'AWSLogs/1111/CloudTrail/us-east-1/a',
    ];
    expect(brief(await find(keys))).toEqual([]);
  });

  test.each([
    ['a prefix', `logs/of 2026/AWSLogs/${ACCOUNT}`],
    ['a prefix of odd characters', `//+ü/AWSLogs/${ACCOUNT}`],
    ['an organization', `AWSLogs/o-exampleorgid/${ACCOUNT}`],
    ['a prefix that is an organization id', `o-exampleorgid/AWSLogs/o-exampleorgid/${ACCOUNT}`],
    ['a prefix that is AWSLogs', `AWSLogs/AWSLogs/${ACCOUNT}`],
    ['a prefix that begins with AWSLogs', `AWSLogs/mine/AWSLogs/${ACCOUNT}`],
    ['a prefix that ends in an organization id', `AWSLogs/o-exampleorgid/AWSLogs/${ACCOUNT}`],
    ['a prefix that ends in an account', `AWSLogs/444455556666/AWSLogs/${ACCOUNT}`],
    ['that and a folder', `AWSLogs/o-exampleorgid/444455556666/AWSLogs/x/AWSLogs/${ACCOUNT}`],
  ])('below %s', async (_, key) => {
    const folder = key.slice(0, key.lastIndexOf('CloudTrail/'));
    expect(brief(await find([key]))).toEqual([`111122223333/us-east-1: ${folder} [CloudTrail]`]);
  });

  test('two folders of one place, side by side', async () => {
    const found = await find([`AWSLogs/${ACCOUNT}`, `b/AWSLogs/o-exampleorgid/${ACCOUNT}`]);
    expect(found.places).toHaveLength(1);
    expect(found.places[0]?.folders).toEqual([
      { bucket: BUCKET, prefix: '', account: '111122223333', families: ['CloudTrail'] },
      {
        bucket: BUCKET,
        prefix: 'b/',
        organization: 'o-exampleorgid',
        account: '111122223333',
        families: ['CloudTrail'],
      },
    ]);
  });
});

describe('from a prefix inside an AWSLogs folder', () => {
  const KEYS = [
    `logs/AWSLogs/${ACCOUNT}`,
    'logs/AWSLogs/111122223333/CloudTrail/eu-west-1/a',
    'logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/a',
    'logs/AWSLogs/444455556666/CloudTrail/us-east-1/a',
    `logs/AWSLogs/o-exampleorgid/${ACCOUNT}`,
    `logs/AWSLogs/x/AWSLogs/${ACCOUNT}`,
    `else/AWSLogs/${ACCOUNT}`,
  ];
  const [EU, US, OTHER] = [
    '111122223333/eu-west-1: logs/AWSLogs/111122223333/ [CloudTrail]',
    '111122223333/us-east-1: logs/AWSLogs/111122223333/ [CloudTrail CloudTrail-Digest]',
    '444455556666/us-east-1: logs/AWSLogs/444455556666/ [CloudTrail]',
  ];
  const ORGANIZATION = '111122223333/us-east-1: logs/AWSLogs/o-exampleorgid/111122223333/ [CloudTrail]';
  const NESTED = '111122223333/us-east-1: logs/AWSLogs/x/AWSLogs/111122223333/ [CloudTrail]';
  test.each([
    ['logs/', [EU, US, ORGANIZATION, NESTED, OTHER]],
    ['logs/AWSLogs/', [EU, US, ORGANIZATION, NESTED, OTHER]],
    ['logs/AWSLogs/x/', [NESTED]],
    ['logs/AWSLogs/o-exampleorgid/', [ORGANIZATION]],
    ['logs/AWSLogs/o-exampleorgid/111122223333/', [ORGANIZATION]],
    ['logs/AWSLogs/111122223333/', [EU, US]],
    // Other families of the Region are wanted all the same: their log files are what the digests name.
    ['logs/AWSLogs/111122223333/CloudTrail/', [EU, US]],
    ['logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/', [US]],
    ['logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/10/', [US]],
    ['logs/AWSLogs/111122223333/CloudTrail-Insight/', []],
    ['logs/AWSLogs/777788889999/', []],
    ['nowhere/', []],
  ])('%s', async (prefix, expected) => {
    expect(brief(await find(KEYS, [prefix]))).toEqual(expected);
  });

  test('twice over, and nothing is found twice', async () => {
    expect(brief(await find(KEYS, ['logs/', 'logs/AWSLogs/']))).toEqual([
      EU,
      US,
      ORGANIZATION,
      NESTED,
      OTHER,
    ]);
  });
});

describe('the scope', () => {
  const keys = [
    '111122223333/CloudTrail/us-east-1/a',
    '111122223333/CloudTrail/eu-west-1/a',
    `444455556666/CloudTrail/us-east-1/a`,
  ].map((key) => `AWSLogs/${key}`);

  test('passes over accounts and Regions, and lists nothing of a passed-over account', async () => {
    const region = await find(keys, [''], (_, name) => name !== 'us-east-1');
    expect(brief(region)).toEqual(['111122223333/eu-west-1: AWSLogs/111122223333/ [CloudTrail]']);
    const all = await find(keys);
    const account = await find(keys, [''], (id) => id === '444455556666');
    expect(brief(account)).toEqual(['444455556666/us-east-1: AWSLogs/444455556666/ [CloudTrail]']);
    expect(account.foldersListed).toBe(all.foldersListed - 2);
  });
});

describe('the search gives up, and says so', () => {
  test('below a dozen folders', async () => {
    const deep = await find([`${'d/'.repeat(13)}AWSLogs/${ACCOUNT}`]);
    expect(brief(deep)).toEqual([]);
    expect(deep.complete).toBe(false);
    const justAbove = await find([`${'d/'.repeat(12)}AWSLogs/${ACCOUNT}`]);
    expect(brief(justAbove)).toHaveLength(1);
    expect(justAbove.complete).toBe(true);
  });

  test('after two thousand folders', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => `${String(index).padStart(4, '0')}/a`);
    const found = await find([...many, `AWSLogs/${ACCOUNT}`]);
    expect(found.complete).toBe(false);
    expect(found.foldersListed).toBeLessThan(2_100);
    expect(brief(found)).toHaveLength(1);
  });
});

describe('what belongs to no trail', () => {
  const SOUND = `AWSLogs/${ACCOUNT}`;
  const QUERY = '7b1b0a8a-1111-2222-3333-444455556666';
  const NAME =
    'us-east-1/2026/10/05/111122223333_CloudTrail_us-east-1_20261005T1000Z_AAAAAAAAAAAAAAAA.json.gz';

  /** The strays below these keys, notes marked so. */
  async function misfits(keys: readonly string[]): Promise<readonly string[]> {
    const store = new ObjectStore(() => 0);
    store.createBucket(BUCKET);
    for (const key of keys) store.put(BUCKET, key, new Uint8Array(key.endsWith('/') ? 0 : 1));
    const targets = [{ bucket: BUCKET, prefix: '' }];
    const request = { source: memorySource(store), targets, inScope: () => true };
    expect((await discover(request)).misfits).toEqual([]);
    const found = await discover({ ...request, looksForMisfits: true });
    return found.misfits.map(({ object, asLog }) => `${object.key}${asLog ? '' : ' (note)'}`);
  }

  test('is nothing in a sound bucket', async () => {
    const keys = [
      SOUND,
      'AWSLogs/',
      'AWSLogs/111122223333/',
      'AWSLogs/111122223333/CloudTrail/',
      'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/x',
      'AWSLogs/111122223333/Config/us-east-1/x',
      'AWSLogs/o-exampleorgid/',
      `AWSLogs/o-exampleorgid/${ACCOUNT}`,
      'AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/x',
      `AWSLogs/mine/AWSLogs/${ACCOUNT}`,
      `AWSLogs/111122223333/CloudTrail-Lake/Query/2026/10/06/${QUERY}/result_1.csv.gz`,
      `AWSLogs/111122223333/CloudTrail-Lake/Query/2026/10/06/${QUERY}/result_sign.json`,
      `AWSLogs/444455556666/AWSLogs/${ACCOUNT}`,
      'elsewhere/x',
      'x',
    ];
    expect(await misfits(keys)).toEqual([]);
  });

  test.each([
    'AWSLogs/x',
    'AWSLogs/o-exampleorgid/x',
    'AWSLogs/111122223333/x',
    'AWSLogs/111122223333/CloudTrail',
    'AWSLogs/111122223333/CloudTrail/x',
    `AWSLogs/111122223333/cloudtrail/${NAME}`,
    `AWSLogs/111122223333/CloudTrail-/${NAME}`,
    `AWSLogs/111122223333/backup/CloudTrail/${NAME}`,
    'AWSLogs/111122223333/CloudTrail/US-EAST-1/x',
    'AWSLogs/111122223333/CloudTrail//x',
    'AWSLogs/11112222333/x',
    `AWSLogs/CloudTrail/${NAME}`,
    'AWSLogs/111122223333/CloudTrail-Digest/111122223333_CloudTrail_x',
    'AWSLogs/111122223333/ELB-LogTestFile',
    `AWSLogs/111122223333/CloudTrail-Lake/Queries/2026/10/06/${QUERY}/result_1.csv.gz`,
    `AWSLogs/111122223333/CloudTrail-Insight/Query/2026/10/06/${QUERY}/result_1.csv.gz`,
    'AWSLogs/111122223333/CloudTrail-Lake/result_1.csv.gz',
  ])('%s passes for log data', async (key) => {
    expect(await misfits([SOUND, key])).toEqual([key]);
  });

  test.each([
    ['AWSLogs/111122223333/ELBAccessLogTestFile', 'AWSLogs/111122223333/ELBAccessLogTestFile'],
    ['AWSLogs/111122223333/ELBConnectionLogTestFile', 'AWSLogs/111122223333/ELBConnectionLogTestFile'],
    ['AWSLogs/111122223333/unheard-of/x', 'AWSLogs/111122223333/unheard-of/'],
    ['AWSLogs/unheard-of/x', 'AWSLogs/unheard-of/'],
    ['AWSLogs/111122223333/CloudTrail-Digest/x', 'AWSLogs/111122223333/CloudTrail-Digest/x'],
    ['AWSLogs/111122223333/CloudTrail-Digest/evil/x', 'AWSLogs/111122223333/CloudTrail-Digest/evil/'],
  ])('%s is a note', async (key, reported) => {
    expect(await misfits([SOUND, key])).toEqual([`${reported} (note)`]);
  });

  test.each([
    NAME,
    `elsewhere/${NAME.toLowerCase()}`,
    `AWSLogs.old/${NAME.replace('CloudTrail', 'CloudTrail-Digest')}`,
  ])('%s is told, beside all AWSLogs folders', async (key) => {
    expect(await misfits([SOUND, key])).toEqual([key]);
  });

  test('is told in order, below all targets', async () => {
    const keys = [SOUND, 'AWSLogs/y', 'AWSLogs/x', 'AWSLogs/111122223333/z'];
    expect(await misfits(keys)).toEqual(['AWSLogs/111122223333/z', 'AWSLogs/x', 'AWSLogs/y']);
  });

  test('is looked for in a hundred folders, and told one by one up to a bound', async () => {
    const folders = Array.from({ length: 102 }, (_, at) => `AWSLogs/111122223333/odd${at}/x`);
    const found = await misfits([SOUND, ...folders]);
    expect(found.filter((one) => one.endsWith('/ (note)'))).toHaveLength(100);
    expect(found).toHaveLength(102);
    const many = Array.from({ length: 7 }, (_, family) =>
      Array.from({ length: 1_000 }, (_, at) => `AWSLogs/111122223333/CloudTrail_${family}/${at}`),
    );
    const flood = await misfits([SOUND, ...many.flat(), 'AWSLogs/111122223333/CloudTrail_x/y']);
    expect(flood.length).toBe(5_001);
  });
});

describe('a folder above the accounts that passes for AWSLogs', () => {
  const misfits = async (keys: readonly string[]): Promise<readonly string[]> => {
    const store = new ObjectStore(() => 0);
    store.createBucket(BUCKET);
    for (const key of keys) store.put(BUCKET, key, new Uint8Array(1));
    const targets = [{ bucket: BUCKET, prefix: '' }];
    const source = memorySource(store);
    const found = await discover({ source, targets, inScope: () => true, looksForMisfits: true });
    return found.misfits.map(({ object }) => object.key);
  };

  test('is told of with its accounts and organizations', async () => {
    const keys = [`awslogs/${ACCOUNT}`, `AWSLogs /o-exampleorgid/${ACCOUNT}`, `AWSLogs/${ACCOUNT}`];
    expect(await misfits(keys)).toEqual([`AWSLogs /o-exampleorgid/${ACCOUNT}`, `awslogs/${ACCOUNT}`]);
  });

  test('is told of itself where there are too many of them, or too much in it', async () => {
    const twins = Array.from({ length: 101 }, (_, at) => `AWSLogs${'-'.repeat(at + 1)}/notes/a.txt`);
    expect(await misfits(twins)).toHaveLength(1);
    const names = Array.from({ length: 10_001 }, (_, at) => `awslogs/${at}x/a`);
    expect(await misfits(names)).toEqual(['awslogs/']);
  });

  test('is a prefix like any other where it holds neither', async () => {
    expect(await misfits([`awslogs/AWSLogs/${ACCOUNT}`, `awslogs/notes/a.txt`])).toEqual([]);
  });
});

describe('a folder with more folders than are ever looked into', () => {
  test('is listed no further than to ten thousand names, and its own AWSLogs is looked into all the same', async () => {
    const asked: (number | undefined)[] = [];
    const source: DiscoveryRequest['source'] = {
      ...memorySource(new ObjectStore(() => 0)),
      folders: async (_bucket, prefix, most) => {
        if (prefix === 'AWSLogs/') return ['AWSLogs/111122223333/'];
        if (prefix === 'AWSLogs/111122223333/') return ['AWSLogs/111122223333/CloudTrail/'];
        if (prefix === 'AWSLogs/111122223333/CloudTrail/') return [`${prefix}us-east-1/`];
        asked.push(most);
        // As one that names a new folder on each page, without an end.
        return Array.from(
          { length: (most ?? 1e6) + 1 },
          (_, at) => `${prefix}${String(at).padStart(7, '0')}/`,
        );
      },
    };
    const found = await discover({ source, targets: [{ bucket: BUCKET, prefix: '' }], inScope: () => true });
    expect(found.complete).toBe(false);
    expect(brief(found)).toEqual(['111122223333/us-east-1: AWSLogs/111122223333/ [CloudTrail]']);
    expect(asked).toEqual([10_000]);
    const named: typeof source = {
      ...source,
      folders: async (bucket, prefix, most) =>
        prefix === ''
          ? ['AWSLogs/', ...(await source.folders(bucket, prefix, most))]
          : source.folders(bucket, prefix, most),
    };
    const again = await discover({
      source: named,
      targets: [{ bucket: BUCKET, prefix: '' }],
      inScope: () => true,
    });
    expect(again.complete).toBe(false);
    expect(brief(again)).toEqual(brief(found));
  });
});

describe('query results', () => {
  const SOUND = `AWSLogs/${ACCOUNT}`;
  const QUERY = '7b1b0a8a-1111-2222-3333-444455556666';
  const LAKE = 'AWSLogs/111122223333/CloudTrail-Lake/';
  const keys = [
    SOUND,
    `${LAKE}Query/2026/10/06/${QUERY}/result_sign.json`,
    `${LAKE}us-east-1/x`,
    'AWSLogs/o-exampleorgid/444455556666/CloudTrail-Lake/Query/x',
    'AWSLogs/444455556666/CloudTrail-Lake/Queries/x',
  ];
  const within = ({ queries }: Discovery): readonly string[] => queries.map((folder) => folder.within);

  test('are found below every account, and nothing in them is listed', async () => {
    const found = await find(keys);
    expect(found.queries).toEqual([
      { prefix: '', account: '111122223333', bucket: BUCKET, key: `${LAKE}Query/`, within: `${LAKE}Query/` },
      {
        prefix: '',
        organization: 'o-exampleorgid',
        account: '444455556666',
        bucket: BUCKET,
        key: 'AWSLogs/o-exampleorgid/444455556666/CloudTrail-Lake/Query/',
        within: 'AWSLogs/o-exampleorgid/444455556666/CloudTrail-Lake/Query/',
      },
    ]);
    expect(found.places.length).toBeGreaterThan(0);
    expect(within(await find(keys, [''], (account) => account !== '111122223333'))).toHaveLength(1);
  });

  test('alone are found where the target is within their folder, as far as it asks for', async () => {
    const deep = `${LAKE}Query/2026/10/06/`;
    for (const prefix of [LAKE, `${LAKE}Query/`, deep]) {
      expect(isOfQueries(prefix)).toBe(true);
      const found = await find(keys, [prefix]);
      expect(found.places).toEqual([]);
      expect(within(found)).toEqual([prefix === deep ? deep : `${LAKE}Query/`]);
    }
    expect(isOfQueries('AWSLogs/o-exampleorgid/444455556666/CloudTrail-Lake/')).toBe(true);
    for (const prefix of [
      '',
      'AWSLogs/',
      'AWSLogs/111122223333/',
      'CloudTrail-Lake/',
      'x/CloudTrail-Lake/',
      SOUND,
    ])
      expect(isOfQueries(prefix)).toBe(false);
  });

  test('are looked for once, however many targets ask for them', async () => {
    const deep = `${LAKE}Query/2026/10/06/`;
    expect(within(await find(keys, [deep, '', LAKE]))).toEqual([
      `${LAKE}Query/`,
      'AWSLogs/o-exampleorgid/444455556666/CloudTrail-Lake/Query/',
    ]);
  });

  test('alone are asked for, and what is in a folder that passes for theirs is a misfit', async () => {
    const store = new ObjectStore(() => 0);
    store.createBucket(BUCKET);
    const odd = 'AWSLogs/111122223333/CloudTrail-lake/result_1.csv.gz';
    for (const key of [...keys, odd]) store.put(BUCKET, key, new Uint8Array(1));
    const { misfits } = await discover({
      source: memorySource(store),
      inScope: () => true,
      onlyQueries: true,
      looksForMisfits: true,
      targets: [{ bucket: BUCKET, prefix: '' }],
    });
    expect(misfits.map(({ object }) => object.key)).toContain(odd);
  });

  test('alone are found where nothing else is asked for', async () => {
    const store = new ObjectStore(() => 0);
    store.createBucket(BUCKET);
    for (const key of [...keys, `AWSLogs/111122223333/AWSLogs/${ACCOUNT}`])
      store.put(BUCKET, key, new Uint8Array(1));
    const request = { source: memorySource(store), inScope: () => true, onlyQueries: true };
    const all = await discover({ ...request, targets: [{ bucket: BUCKET, prefix: '' }] });
    expect({ places: all.places, queries: all.queries.length }).toEqual({ places: [], queries: 2 });
    const elsewhere = [{ bucket: BUCKET, prefix: 'AWSLogs/111122223333/CloudTrail/' }];
    expect((await discover({ ...request, targets: elsewhere })).queries).toEqual([]);
  });
});
