import { describe, expect, test } from 'vitest';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { discover } from '../../src/chain/discover.ts';
import { type KnownAccounts, type RefusedListing, RefusedListings } from '../../src/chain/listings.ts';
import { knownAccounts, mayBeUnseen, refusedLimit, wasUnseen } from '../../src/chain/refused-listings.ts';
import { relocator } from '../../src/digest/digest-key.ts';
import type { Source } from '../../src/source/source.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';

const BUCKET = 'example-trail-logs';
const [OWN, OTHER] = ['111122223333', '444455556666'];
const NOWHERE = relocator([]);

/** A bucket that holds `keys`, of which only what `mayList` lets pass can be listed. */
function closed(keys: readonly string[], mayList: (prefix: string) => boolean): Source {
  const store = new ObjectStore(() => 0);
  store.createBucket(BUCKET);
  for (const key of keys) store.put(BUCKET, key, new Uint8Array(1));
  const source = memorySource(store);
  const check = (prefix: string): void => {
    if (!mayList(prefix))
      throw new TrailVerifyError('ACCESS_DENIED', `${prefix} is closed`, { hint: 'none' });
  };
  return {
    ...source,
    level: undefined,
    list: (request) => {
      check(request.prefix);
      return source.list(request);
    },
    folders: async (bucket, prefix) => {
      check(prefix);
      return source.folders(bucket, prefix);
    },
  };
}

function find(source: Source, known?: KnownAccounts, prefix = '', looksForMisfits = false) {
  const targets = [{ bucket: BUCKET, prefix }];
  return discover({ source, targets, inScope: () => true, known, looksForMisfits });
}

function brief(refused: readonly RefusedListing[]): readonly string[] {
  return refused.map(({ prefix, isAsked }) => `${isAsked ? 'asked' : 'limit'} ${prefix}`);
}

const KEYS = [OWN, OTHER].map((account) => `AWSLogs/${account}/CloudTrail-Digest/us-east-1/a`);
const belowOwn = (prefix: string): boolean => prefix.startsWith(`AWSLogs/${OWN}/`);

describe('where the folders above the accounts are closed', () => {
  test('nothing is found as long as no account is named', async () => {
    const found = await find(closed(KEYS, belowOwn));
    expect(found.places).toEqual([]);
    expect(brief(found.refused)).toEqual(['asked ', 'asked AWSLogs/']);
    expect(found.listed).toEqual(new Set());
  });

  test('the accounts that are named are', async () => {
    const known = knownAccounts({ accounts: [OWN] }, [], NOWHERE);
    const found = await find(closed(KEYS, belowOwn), known);
    expect(found.places).toMatchObject([{ account: OWN, region: 'us-east-1' }]);
    expect(brief(found.refused)).toEqual(['limit ', 'limit AWSLogs/']);
    expect(found.listed).toEqual(new Set([`${BUCKET}/AWSLogs/${OWN}/`]));
  });

  test('a folder of a named account that may not be listed stays in question, though another of it may', async () => {
    const keys = [...KEYS, `AWSLogs/o-example12345/${OWN}/CloudTrail-Digest/us-east-1/a`];
    const known = knownAccounts({ accounts: [OWN] }, [], NOWHERE);
    // Whoever writes the bucket's policy closes what he changed.
    const found = await find(
      closed(keys, (prefix) => !prefix.startsWith('AWSLogs/o-')),
      known,
    );
    expect(found.places.map(({ account }) => account)).toEqual([OWN, OTHER]);
    expect(brief(found.refused)).toContain(`asked AWSLogs/o-example12345/${OWN}/`);
    const plain = await find(
      closed(keys, (prefix) => prefix !== `AWSLogs/${OWN}/` && prefix !== 'AWSLogs/'),
      { ...known, folders: [] },
    );
    expect(brief(plain.refused)).toContain(`asked AWSLogs/${OWN}/`);
  });

  test('an account that is only expected is, and what is closed stays in question', async () => {
    const known = knownAccounts(
      {},
      [
        { basis: 'expect-file', account: OWN },
        { basis: 'scope', region: 'us-east-1' },
      ],
      NOWHERE,
    );
    const found = await find(closed(KEYS, belowOwn), known);
    expect(found.places).toHaveLength(1);
    expect(brief(found.refused)).toEqual(['asked ', 'asked AWSLogs/']);
  });

  test('the folder of an organization trail is, and a guess beside it is no question', async () => {
    const delivery = { bucket: 'signed', prefix: 'logs/' };
    const expected = {
      basis: 'organization',
      account: OWN,
      organization: 'o-exampleorgid',
      delivery,
    } as const;
    const known = knownAccounts({}, [expected], relocator([{ from: 'signed/logs', to: `${BUCKET}/new` }]));
    const top = `new/AWSLogs/o-exampleorgid/${OWN}/`;
    const source = closed([`${top}CloudTrail/us-east-1/a`], (prefix) => prefix.startsWith(top));
    const found = await find(source, known, 'new/');
    expect(found.places).toHaveLength(1);
    expect(brief(found.refused)).toEqual(['limit new/', 'limit new/AWSLogs/', `limit new/AWSLogs/${OWN}/`]);
    const nothing = await find(
      closed([], () => false),
      known,
      'new/',
    );
    expect(brief(nothing.refused)).toContain(`asked ${top}`);
    // A target next to it leaves it alone.
    expect((await find(source, known, 'old/')).places).toEqual([]);
  });
});

test('folders that are searched for misfits are named where they are closed', async () => {
  const keys = [...KEYS, `AWSLogs/${OWN}/CloudTrail/odd/a`, 'awslogs/111122223333/a'];
  const isOpen = (prefix: string): boolean => !/odd|^awslogs/.test(prefix);
  const known = knownAccounts({ accounts: [OWN] }, [], NOWHERE);
  const found = await find(closed(keys, isOpen), known, '', true);
  expect(brief(found.refused)).toEqual([`asked AWSLogs/${OWN}/CloudTrail/odd/`, 'limit awslogs/']);
});

test('so are closed folders of an account in scope, of query results as well', async () => {
  const keys = ['CloudTrail/us-east-1/a', 'CloudTrail-Lake/Query/a', 'CloudTrail-Odd/x/a'];
  const source = closed(
    keys.map((key) => `AWSLogs/${OWN}/${key}`),
    (prefix) => !/CloudTrail/.test(prefix),
  );
  const ofFamilies = ['CloudTrail-Lake', 'CloudTrail-Odd', 'CloudTrail'].map(
    (family) => `asked AWSLogs/${OWN}/${family}/`,
  );
  const targets = [{ bucket: BUCKET, prefix: '' }];
  const request = { source, targets, inScope: () => true };
  expect(brief((await discover(request)).refused)).toEqual(ofFamilies);
  expect(brief((await discover({ ...request, onlyQueries: true })).refused)).toEqual(ofFamilies);
});

test('the errors of a copy, and others, end the search', async () => {
  const source = closed(KEYS, belowOwn);
  await expect(find({ ...source, kind: 'folder' })).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
  const broken: Source = { ...source, folders: () => Promise.reject(new Error('broken')) };
  await expect(find(broken)).rejects.toThrow('broken');
});

describe('what may be there unseen', () => {
  const closedAbove = { bucket: BUCKET, prefix: '', account: undefined, region: undefined, reason: '' };
  const above: RefusedListing = { ...closedAbove, isAsked: false };
  const region = { ...above, account: OWN, region: 'us-east-1', isAsked: true };
  const listed = new Set([`${BUCKET}/AWSLogs/${OWN}/`]);
  const delivery = { bucket: BUCKET, prefix: '' };
  test.each([
    ['nothing where all was listed', [], { account: OWN, region: 'us-east-1' }, false],
    ['what is of the closed Region', [region], { account: OWN, region: 'us-east-1' }, true],
    ['what is of any', [region], { account: OWN }, true],
    ['what is of any account', [region], { region: 'us-east-1' }, true],
    ['nothing of another Region', [region], { account: OWN, region: 'eu-west-1' }, false],
    ['nothing of another account', [region], { account: OTHER, region: 'us-east-1' }, false],
    ['all below a closed bucket', [above], { account: OWN, region: 'us-east-1' }, true],
    ['nothing of a trail whose folder was listed', [above], { account: OWN, delivery }, false],
    ['a trail whose folder was not', [above], { account: OTHER, delivery }, true],
    ['nothing that is closed beside it', [{ ...region, isAsked: false }], { account: OWN }, false],
  ])('%s', (_, refused, expected, isUnseen) => {
    expect(mayBeUnseen({ refused, listed }, { basis: 'scope', ...expected }, NOWHERE)).toBe(isUnseen);
  });

  test('a chain that an earlier run knew, by its digest', () => {
    const digest = (account: string): string =>
      `AWSLogs/${account}/CloudTrail-Digest/us-east-1/2026/10/05/${account}_CloudTrail-Digest_us-east-1_audit_us-east-1_20261005T101237Z.json.gz`;
    const seen = { refused: [above], listed };
    expect(wasUnseen(seen, { bucket: BUCKET, key: digest(OWN) })).toBe(false);
    expect(wasUnseen(seen, { bucket: BUCKET, key: digest(OTHER) })).toBe(true);
    expect(wasUnseen(seen, { bucket: BUCKET, key: 'nothing' })).toBe(false);
  });

  test('the limit names five folders, and counts the others', () => {
    const many = Array.from({ length: 7 }, (_, at) => ({ ...above, prefix: `${at}/` }));
    expect(refusedLimit(many)?.text).toContain(`s3://${BUCKET}/4/ and 2 more. The folders`);
    expect(refusedLimit([region])).toBeUndefined();
  });
});

describe('listings that are refused once the places are known', () => {
  const denied = new TrailVerifyError('ACCESS_DENIED', 'may not be listed');
  const page = [{ key: 'AWSLogs/111122223333/CloudTrail/us-east-1/x', size: 1 }];
  function failing(error: Error, kind: Source['kind'] = 's3'): Source {
    return {
      ...memorySource(new ObjectStore()),
      kind,
      list: async function* ({ startAfter }) {
        if (startAfter !== undefined) yield page;
        throw error;
      },
      folders: () => Promise.reject(error),
      level: () => Promise.reject(error),
    };
  }
  const region = 'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/';
  const pagesOf = async (source: Source, startAfter?: string) => {
    const pages: unknown[] = [];
    for await (const one of source.list({ bucket: 'b', prefix: region, startAfter })) pages.push(one);
    return pages;
  };

  test('are empty, and named once each', async () => {
    const refused = new RefusedListings();
    const source = refused.around(failing(denied));
    expect(await pagesOf(source)).toEqual([]);
    expect(await source.folders('b', 'x/')).toEqual([]);
    expect(await source.level?.('b', `${region}2026/`)).toEqual({ folders: [], objects: [], further: 0 });
    expect(refused.all.map(({ prefix, region: of }) => [prefix, of])).toEqual([
      [region, 'us-east-1'],
      [`${region}2026/`, 'us-east-1'],
      ['x/', undefined],
    ]);
    expect(refused.isRefused('b', region)).toBe(true);
    expect(refused.isRefused('b', `${region}2026/10/`)).toBe(false);
  });

  test('are of their place, or of all where they are above the places', async () => {
    const refused = new RefusedListings();
    const within = (account: string, region: string): boolean => refused.isWithin({ account, region });
    await pagesOf(refused.around(failing(denied)));
    expect([within('111122223333', 'us-east-1'), within('111122223333', 'eu-west-1')]).toEqual([true, false]);
    expect(within('444455556666', 'us-east-1')).toBe(false);
    await refused.around(failing(denied)).folders('b', 'x/');
    expect(within('444455556666', 'us-east-1')).toBe(true);
  });

  test('are errors where the server fails, where this program does, and in a copy', async () => {
    const refused = new RefusedListings();
    for (const error of [new TrailVerifyError('UNREACHABLE', 'slow down'), new TypeError('fault')]) {
      await expect(pagesOf(refused.around(failing(error)))).rejects.toBe(error);
      await expect(refused.around(failing(error)).folders('b', '')).rejects.toBe(error);
    }
    await expect(pagesOf(refused.around(failing(denied, 'folder')))).rejects.toBe(denied);
    // Half a listing would show that the rest is gone.
    await expect(pagesOf(refused.around(failing(denied)), 'a')).rejects.toBe(denied);
    expect(refused.all).toEqual([]);
  });
});
