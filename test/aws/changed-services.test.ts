import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { listPublicKeys } from '../../src/aws/keys.ts';
import { describeTrail } from '../../src/aws/trail.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import { type AwsServer, ObjectStore } from '../support/aws-server.ts';
import { type Change, NO_ANSWERS, OTHER_CONTENTS } from '../support/changed-answers.ts';
import { listAll, sessionWith, useAws } from './aws-fixture.ts';

const aws = useAws();
const ARN = 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main';
const TIME = Date.UTC(2026, 9, 1, 12);

function start(): Promise<AwsServer> {
  return aws.start({
    trails: [
      {
        Name: 'main',
        S3BucketName: 'example-trail-logs',
        HomeRegion: 'eu-west-1',
        TrailARN: ARN,
        IsMultiRegionTrail: true,
        IsOrganizationTrail: true,
        LogFileValidationEnabled: true,
      },
    ],
    trailStatus: { [ARN]: { 'eu-west-1': { IsLogging: true, LatestDigestDeliveryTime: TIME } } },
    organization: {
      id: 'o-exampleorgid',
      managementAccountId: '111122223333',
      accounts: [{ id: '111122223333' }, { id: '444455556666' }],
    },
    regions: [{ name: 'eu-west-1', optStatus: 'ENABLED_BY_DEFAULT' }],
    publicKeys: {
      'eu-west-1': [
        {
          fingerprint: '0'.repeat(32),
          value: Buffer.from('key').toString('base64'),
          validFrom: TIME,
          validTo: TIME,
        },
      ],
    },
  });
}

/** Leaves the fields of that name out, or empties or nulls them, at any depth. */
function without(name: string, instead?: unknown): Change {
  return (answer) => {
    const text = Buffer.from(answer.body).toString();
    const value: unknown = JSON.parse(text, (key, inner: unknown) => (key === name ? instead : inner));
    return { ...answer, body: Buffer.from(JSON.stringify(value)) };
  };
}

function repeating(): Change {
  return (answer) => {
    const value = { ...(JSON.parse(Buffer.from(answer.body).toString()) as object), NextToken: 'the same' };
    return { ...answer, body: Buffer.from(JSON.stringify(value)) };
  };
}

const { '503 HTML': _, '500 NoSuchKey': __, ...REFUSALS } = NO_ANSWERS;
const CHANGES: Readonly<Record<string, Change>> = {
  ...REFUSALS,
  ...OTHER_CONTENTS,
  null: (answer) => ({ ...answer, body: Buffer.from('null') }),
  'a list': (answer) => ({ ...answer, body: Buffer.from('[]') }),
};

const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Change>>>> = {
  ListRegions: {
    'no list': without('Regions'),
    'an empty list': without('Regions', []),
    'a Region without name': without('RegionName'),
    'a Region without status': without('RegionOptStatus'),
    'the same page': repeating(),
  },
  DescribeOrganization: {
    nobody: without('Organization'),
    'no id': without('Id'),
    'no owner': without('MasterAccountId'),
  },
  ListAccounts: {
    'no list': without('Accounts'),
    'an empty list': without('Accounts', []),
    'an account without id': without('Id'),
    'the same page': repeating(),
    'without the owner': (answer) => ({
      ...answer,
      body: Buffer.from(Buffer.from(answer.body).toString().replaceAll('111122223333', '999999999999')),
    }),
  },
  GetTrailStatus: {
    'no word on logging': without('IsLogging'),
    'null for logging': without('IsLogging', null),
  },
};

const LIMITS: Readonly<Record<string, string>> = {
  ListRegions: 'REGIONS_UNKNOWN',
  DescribeOrganization: 'ORGANIZATION_UNKNOWN',
  ListAccounts: 'ORGANIZATION_UNKNOWN',
  GetTrailStatus: 'TRAIL_STATUS_UNKNOWN',
};

async function changed(operation: string | RegExp, change: Change): Promise<AwsServer> {
  const server = await start();
  server.faults.add({
    kind: 'answer',
    change,
    times: Number.POSITIVE_INFINITY,
    of: (record) => record.operation.search(operation) === 0,
  });
  return server;
}

const settings = { maxAttempts: 2 };

describe('what is no answer never makes a trail smaller in silence', () => {
  const cases = Object.entries(OPERATIONS).flatMap(([operation, own]) =>
    Object.entries({ ...CHANGES, ...own }).map(([name, change]) => [operation, name, change] as const),
  );
  test.each(cases)('%s: %s', async (operation, _name, change) => {
    const server = await changed(operation, change);
    const { limits } = await describeTrail(ARN, sessionWith(server, settings));
    expect(limits.map(({ code }) => code)).toEqual([LIMITS[operation]]);
  });

  const trailChanges: Readonly<Record<string, Change>> = {
    ...CHANGES,
    'no word on Regions': without('IsMultiRegionTrail'),
    'no word on an organization': without('IsOrganizationTrail'),
    'no word on validation': without('LogFileValidationEnabled'),
    'no bucket': without('S3BucketName'),
  };
  test.each(Object.entries(trailChanges))('the trail itself: %s', async (_name, change) => {
    const server = await changed(/^(?:DescribeTrails|GetTrail)$/, change);
    await expect(describeTrail(ARN, sessionWith(server, settings))).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:UNREACHABLE|ACCESS_DENIED)$/),
    });
  });

  const keyChanges: Readonly<Record<string, Change>> = {
    ...CHANGES,
    'no list': without('PublicKeyList'),
    'no fingerprint': without('Fingerprint'),
    'no value': without('Value'),
    'no end': without('ValidityEndTime'),
  };
  test.each(Object.entries(keyChanges))('keys: %s', async (_name, change) => {
    const server = await changed('ListPublicKeys', change);
    const answer = await listPublicKeys(sessionWith(server, settings), 'eu-west-1', TIME, TIME + 1);
    expect(answer).toMatchObject({ keys: undefined, refusal: expect.stringMatching(/./) });
  });
});

test('a redirect is not followed, and nobody else sees a request', async () => {
  const seen: string[] = [];
  const elsewhere = createServer((request, response) => {
    seen.push(request.headers.authorization ?? 'none');
    response.end();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const address = elsewhere.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await changed(/./, () => ({
      status,
      headers: { location: `http://127.0.0.1:${port}/x`, 'x-amz-bucket-region': 'x.example.com/' },
      body: new Uint8Array(),
    }));
    server.store.createBucket('logs');
    for (const reads of ['lean', 'sdk'] as const) {
      const source = openS3(sessionWith(server, settings), '', { reads });
      const open = source.open({ bucket: 'logs', key: 'a' }, { maxBytes: 1 });
      await expect(open).rejects.toMatchObject({ code: 'OBJECT_UNREACHABLE' });
      const list = listAll(source, { bucket: 'logs', prefix: '' });
      await expect(list).rejects.toMatchObject({ code: 'UNREACHABLE' });
    }
    await expect(describeTrail(ARN, sessionWith(server, settings))).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    expect(server.requests.length).toBeLessThan(20);
  }
  elsewhere.close();
  expect(seen).toEqual([]);
});

describe('a listing that does not end', () => {
  const PREFIX = 'AWSLogs/';
  function page(root: string, token: string, more: string): string {
    const next =
      root === 'ListBucketResult'
        ? `<NextContinuationToken>${token}</NextContinuationToken>`
        : `<NextKeyMarker>${token}</NextKeyMarker>`;
    return `<${root}><Name>logs</Name><Prefix>${PREFIX}</Prefix><IsTruncated>true</IsTruncated>${next}${more}</${root}>`;
  }

  async function endless(make: (count: number) => string): Promise<AwsServer> {
    const store = new ObjectStore();
    store.createBucket('logs');
    const server = await aws.start({ store });
    let count = 0;
    server.faults.add({
      kind: 'answer',
      times: Number.POSITIVE_INFINITY,
      of: ({ operation }) => operation.startsWith('ListObject'),
      change: (answer) => {
        count += 1;
        return { ...answer, status: 200, body: Buffer.from(make(count)) };
      },
    });
    return server;
  }

  const tokens: Readonly<Record<string, (count: number) => string>> = {
    'ever new tokens': (count) => `${PREFIX}${String(count).padStart(9, '0')}`,
    'a circle of tokens': (count) => `${PREFIX}${count % 5}`,
  };
  for (const reads of ['lean', 'sdk'] as const) {
    test.each(Object.entries(tokens))(`of empty pages with %s, ${reads}`, async (_name, token) => {
      const server = await endless((count) => page('ListBucketResult', token(count), ''));
      const source = openS3(sessionWith(server), '', { reads });
      await expect(listAll(source, { bucket: 'logs', prefix: PREFIX })).rejects.toMatchObject({
        code: 'UNREACHABLE',
        message: expect.stringContaining('does not proceed'),
      });
      await expect(source.folders('logs', PREFIX)).rejects.toMatchObject({ code: 'UNREACHABLE' });
      expect(server.requests.length).toBeLessThan(250);
    });
  }

  test.each(Object.entries(tokens))('of versions, with %s', async (_name, token) => {
    const server = await endless((count) => page('ListVersionsResult', token(count), ''));
    const source = openS3(sessionWith(server));
    const all = async (): Promise<number> => {
      let pages = 0;
      for await (const _page of source.listVersions?.({ bucket: 'logs', prefix: PREFIX }) ?? []) pages += 1;
      return pages;
    };
    await expect(all()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(server.requests.length).toBeLessThan(120);
  });
});
