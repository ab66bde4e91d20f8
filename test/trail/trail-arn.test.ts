/** A trail named by its ARN: what must be there is known, so that wiping evidence is INVALID and not a shorter range. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR, MINUTE } from '../../src/base/clock.ts';
import {
  describeTrail,
  fixedClock,
  listPublicKeys,
  liveKeyRing,
  openAwsSession,
  openS3,
  type Report,
  trailExpectations,
  verifyTrail,
} from '../../src/index.ts';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../support/aws-server.ts';
import { deleteObject } from '../support/damage.ts';
import { publicKeyData } from '../support/key-files.ts';
import { TestTrail } from '../support/test-trail.ts';

const BUCKET = 'example-trail-logs';
const OWNER = '111122223333';
const MEMBERS = ['444455556666', '777788889999'];
const REGIONS = ['us-east-1', 'eu-west-1', 'eu-central-1'];
const ORGANIZATION = 'o-exampleorgid';
const ARN = `arn:aws:cloudtrail:us-east-1:${OWNER}:trail/audit`;
const START = Date.parse('2026-10-05T09:12:37Z');
const HOURS = 8;
const NOW = START + HOURS * HOUR + 90 * MINUTE;

let server: AwsServer;
let store: ObjectStore;
let options: AwsServerOptions & { deny: Set<string> };

/** Delivers the trail in every account and Region given, all alike. */
function deliver(accounts: readonly string[], organization?: string): TestTrail[] {
  return accounts.flatMap((account) =>
    REGIONS.map((region) => {
      const place = organization === undefined ? {} : { organization };
      const init = {
        store,
        bucket: BUCKET,
        account,
        region,
        trail: 'audit',
        homeRegion: 'us-east-1',
        startLogging: START,
        ...place,
      };
      return new TestTrail(init).hours(HOURS, { logs: 1 });
    }),
  );
}

/** Deletes every object of an account, or of one Region of it. */
function wipe(account: string, region?: string): void {
  for (const key of store.keys(BUCKET)) {
    if (key.includes(`/${account}/`) && (region === undefined || key.includes(`/${region}/`)))
      deleteObject(store, { bucket: BUCKET, key });
  }
}

async function verify(window: { from?: number } = { from: START }): Promise<Report> {
  const session = openAwsSession({ endpointUrl: server.url, region: 'us-east-1' });
  const description = await describeTrail(ARN, session);
  const keyRing = liveKeyRing(
    (region, from, to) => listPublicKeys(session, region, from, to),
    fixedClock(NOW),
    { trustEndpointKeys: true },
  );
  return verifyTrail({
    source: openS3(session),
    targets: [{ bucket: description.bucket, prefix: description.prefix }],
    keyRing,
    scope: { trails: [description.name], homeRegion: description.homeRegion },
    expectations: trailExpectations(description),
    limits: description.limits,
    clock: fixedClock(NOW),
    ...window,
  });
}

function codes(report: Report): readonly string[] {
  return report.findings.map(({ code, weight, chain, object }) => `${weight} ${code} ${chain ?? object.key}`);
}

beforeEach(async () => {
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  store = new ObjectStore(() => START);
  const delivered = START + HOURS * HOUR + 31 * MINUTE;
  const status = { IsLogging: true, LatestDigestDeliveryTime: delivered };
  options = {
    store,
    publicKeys: publicKeyData(),
    regions: REGIONS.map((name) => ({
      name,
      optStatus: name === 'eu-central-1' ? 'ENABLED' : 'ENABLED_BY_DEFAULT',
    })),
    trails: [
      {
        Name: 'audit',
        TrailARN: ARN,
        S3BucketName: BUCKET,
        HomeRegion: 'us-east-1',
        IsMultiRegionTrail: true,
        IsOrganizationTrail: false,
        LogFileValidationEnabled: true,
      },
    ],
    trailStatus: { [ARN]: Object.fromEntries(REGIONS.map((region) => [region, status])) },
    deny: new Set<string>(),
    now: () => NOW,
  };
  server = await startAwsServer(options);
});

afterEach(() => server.close());

describe('a trail that was made narrower after the window', () => {
  const change = (settings: object): void => {
    const [trail] = options.trails ?? [];
    Object.assign(trail ?? {}, settings);
  };

  test('of one Region is not taken for what it was', async () => {
    deliver([OWNER]);
    wipe(OWNER, 'eu-west-1');
    change({ IsMultiRegionTrail: false });
    const report = await verify();
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(codes(report)).toEqual([`unproven TRAIL_CHANGED ${OWNER}/eu-central-1/audit@us-east-1`]);
    expect(report.limits.map(({ code }) => code)).toContain('TRAIL_AS_IT_IS_NOW');
  });

  test('without validation still owes what it owed while it validated', async () => {
    deliver([OWNER, ...MEMBERS], ORGANIZATION);
    wipe(MEMBERS[1] ?? '');
    change({ IsOrganizationTrail: true, LogFileValidationEnabled: false });
    const accounts = [OWNER, ...MEMBERS].map((id) => ({
      id,
      status: 'ACTIVE' as const,
      joined: START - 90 * 24 * HOUR,
    }));
    options.organization = { id: ORGANIZATION, managementAccountId: OWNER, accounts };
    const report = await verify();
    expect(codes(report)).toHaveLength(REGIONS.length);
    expect(
      codes(report).every((line) => line.includes(`CHAIN_ABSENT AWSLogs/${ORGANIZATION}/${MEMBERS[1]}/`)),
    ).toBe(true);
  });
});

describe('a multi-Region trail', () => {
  test('is VALID where every enabled Region is there', async () => {
    deliver([OWNER]);
    const report = await verify();
    expect({ verdict: report.verdict, codes: codes(report) }).toEqual({ verdict: 'VALID', codes: [] });
    expect(report.chains.map(({ region }) => region)).toEqual(['eu-central-1', 'eu-west-1', 'us-east-1']);
    expect(report.limits.map(({ code }) => code)).not.toContain('NOTHING_EXPECTED');
  });

  test('is INVALID where a Region is wiped, though AWS delivered digests there', async () => {
    deliver([OWNER]);
    wipe(OWNER, 'eu-west-1');
    const report = await verify();
    expect(codes(report)).toEqual([`violation CHAIN_ABSENT AWSLogs/${OWNER}/CloudTrail-Digest/eu-west-1/`]);
    expect(report.verdict).toBe('INVALID');
  });

  test('is INVALID where the newest digests of a Region are deleted', async () => {
    const trails = deliver([OWNER]);
    for (const index of [-1, -2, -3]) {
      const digest = trails[1]?.digestAt(index);
      if (digest === undefined) throw new Error('no digest');
      for (const log of digest.logs) deleteObject(store, log);
      deleteObject(store, digest);
    }
    const report = await verify();
    expect(codes(report)).toEqual([`violation CHAIN_ENDS_EARLY ${OWNER}/eu-west-1/audit@us-east-1`]);
  });

  test('is only INCONCLUSIVE there where GetTrailStatus is refused, and the limits say so', async () => {
    const trails = deliver([OWNER]);
    for (const index of [-1, -2, -3]) {
      const digest = trails[1]?.digestAt(index);
      if (digest !== undefined) deleteObject(store, digest);
    }
    options.deny.add('cloudtrail:GetTrailStatus');
    const report = await verify();
    expect(codes(report).filter((line) => line.includes('CHAIN_ENDS'))).toEqual([
      `unproven CHAIN_ENDS_EARLY ${OWNER}/eu-west-1/audit@us-east-1`,
    ]);
    // Those that no account can switch off are expected, though ListRegions left them out.
    expect(codes(report)).toContain(
      `unproven CHAIN_ABSENT AWSLogs/${OWNER}/CloudTrail-Digest/ap-northeast-1/`,
    );
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(report.limits.map(({ code }) => code)).toContain('TRAIL_STATUS_UNKNOWN');
  });

  test('is INVALID where a wiped Region is left out of the enabled ones that nobody can switch off', async () => {
    deliver([OWNER]);
    options.regions = (options.regions ?? []).filter(({ name }) => name !== 'eu-west-1');
    expect((await verify()).verdict).toBe('VALID');
    wipe(OWNER, 'eu-west-1');
    const report = await verify();
    expect(codes(report)).toEqual([`violation CHAIN_ABSENT AWSLogs/${OWNER}/CloudTrail-Digest/eu-west-1/`]);
  });

  test.each(['DISABLED', 'DISABLING', undefined] as const)(
    'is INVALID where an opt-in Region is %s and wiped, though AWS delivered digests there',
    async (optStatus) => {
      deliver([OWNER]);
      const row = optStatus === undefined ? [] : [{ name: 'af-south-1', optStatus }];
      options.regions = [...(options.regions ?? []), ...row];
      const statuses = options.trailStatus?.[ARN] ?? {};
      const delivered = { ...statuses, 'af-south-1': statuses['us-east-1'] ?? { IsLogging: true } };
      options.trailStatus = { [ARN]: delivered };
      const report = await verify();
      expect(codes(report)).toEqual([
        `violation CHAIN_ABSENT AWSLogs/${OWNER}/CloudTrail-Digest/af-south-1/`,
      ]);
      // Before the window it owes nothing.
      const before = { IsLogging: true, LatestDigestDeliveryTime: START - 40 * HOUR };
      options.trailStatus = { [ARN]: { ...statuses, 'af-south-1': before } };
      expect((await verify()).verdict).toBe('VALID');
    },
  );

  test('names in one limit the Regions that are not enabled and do not answer', async () => {
    deliver([OWNER]);
    for (const region of ['af-south-1', 'me-south-1'])
      options.deny.add(`cloudtrail:GetTrailStatus@${region}`);
    const { verdict, limits } = await verify();
    expect(verdict).toBe('VALID');
    expect(limits.filter(({ code }) => code === 'REGIONS_UNKNOWN')).toEqual([
      {
        code: 'REGIONS_UNKNOWN',
        text: expect.stringMatching(/goes unnoticed: af-south-1, me-south-1\. GetTrailStatus: /),
      },
    ]);
  });

  test('is not held up by a Region that is not enabled and never answers', async () => {
    deliver([OWNER]);
    server.faults.add({
      kind: 'stall',
      of: ({ operation, region }) => operation === 'GetTrailStatus' && region === 'me-south-1',
      times: Number.POSITIVE_INFINITY,
    });
    const began = performance.now();
    const { limits } = await verify();
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(limits.find(({ code }) => code === 'REGIONS_UNKNOWN')?.text).toContain(': me-south-1. ');
  }, 40_000);

  test('is INVALID, not an error, where the whole bucket is wiped', async () => {
    deliver([OWNER]);
    wipe(OWNER);
    const report = await verify();
    expect(report.verdict).toBe('INVALID');
    expect(codes(report).filter((line) => line.startsWith('violation CHAIN_ABSENT')).length).toBe(3);
  });

  test('is INVALID where ListRegions is refused and a Region is wiped in which CloudTrail says that it delivered', async () => {
    deliver([OWNER]);
    options.deny.add('account:ListRegions');
    expect((await verify()).verdict).toBe('VALID');
    wipe(OWNER, 'eu-west-1');
    const report = await verify();
    expect(report.limits.map(({ code }) => code)).toContain('REGIONS_UNKNOWN');
    expect(codes(report)).toEqual([`violation CHAIN_ABSENT AWSLogs/${OWNER}/CloudTrail-Digest/eu-west-1/`]);
  });

  test('is INCONCLUSIVE where no Region answers either, for those that nobody can switch off are expected', async () => {
    deliver([OWNER]);
    wipe(OWNER, 'eu-west-1');
    options.deny.add('account:ListRegions').add('cloudtrail:GetTrailStatus');
    const report = await verify();
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(codes(report)).toContain(`unproven CHAIN_ABSENT AWSLogs/${OWNER}/CloudTrail-Digest/eu-west-1/`);
  });
});

describe('an organization trail', () => {
  beforeEach(() => {
    options.organization = {
      id: ORGANIZATION,
      managementAccountId: OWNER,
      accounts: [OWNER, ...MEMBERS].map((id) => ({ id, status: 'ACTIVE', joined: START - 400 * 24 * HOUR })),
    };
    const [trail] = options.trails ?? [];
    if (trail !== undefined) options.trails = [{ ...trail, IsOrganizationTrail: true }];
    deliver([OWNER, ...MEMBERS], ORGANIZATION);
  });

  test('is VALID with every member account, none of them named', async () => {
    const report = await verify();
    expect({ verdict: report.verdict, codes: codes(report) }).toEqual({ verdict: 'VALID', codes: [] });
    expect(report.chains.length).toBe(9);
  });

  test('is INVALID where a member account is wiped that had joined long before', async () => {
    wipe('777788889999');
    const report = await verify();
    const folder = (region: string): string =>
      `AWSLogs/${ORGANIZATION}/777788889999/CloudTrail-Digest/${region}/`;
    // eu-central-1 can be switched off, so that its absence proves less.
    expect(codes(report)).toEqual([
      `unproven CHAIN_ABSENT ${folder('eu-central-1')}`,
      `violation CHAIN_ABSENT ${folder('eu-west-1')}`,
      `violation CHAIN_ABSENT ${folder('us-east-1')}`,
    ]);
  });

  test('is INCONCLUSIVE where the wiped member account joined only within the window', async () => {
    wipe('777788889999');
    const organization = options.organization;
    if (organization === undefined) throw new Error('no organization');
    const accounts = organization.accounts.map((one) =>
      one.id === '777788889999' ? { ...one, joined: NOW - 4 * HOUR } : one,
    );
    options.organization = { ...organization, accounts };
    const report = await verify();
    expect(report.verdict).toBe('INCONCLUSIVE');
    expect(codes(report).every((line) => line.startsWith('unproven CHAIN_ABSENT'))).toBe(true);
  });

  test('verifies what it finds where the organization may not be read', async () => {
    options.deny.add('organizations:ListAccounts');
    options.deny.add('organizations:DescribeOrganization');
    const report = await verify();
    expect({ verdict: report.verdict, chains: report.chains.length }).toEqual({
      verdict: 'VALID',
      chains: 9,
    });
    expect(report.limits.map(({ code }) => code)).toContain('ORGANIZATION_UNKNOWN');
  });
});
