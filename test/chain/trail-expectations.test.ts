import { expect, test } from 'vitest';
import type { TrailDescription } from '../../src/aws/trail-description.ts';
import { trailExpectations } from '../../src/chain/expectations.ts';

const TIME = Date.UTC(2026, 9, 1, 12);
const TRAIL: TrailDescription = {
  arn: 'arn:aws:cloudtrail:eu-west-1:111122223333:trail/main',
  partition: 'aws',
  homeRegion: 'eu-west-1',
  account: '111122223333',
  name: 'main',
  bucket: 'example-trail-logs',
  prefix: '',
  multiRegion: true,
  organizationTrail: false,
  validationEnabled: true,
  regions: [
    { name: 'eu-west-1', alwaysOn: true },
    { name: 'af-south-1', alwaysOn: false },
  ],
  status: [{ region: 'eu-west-1', isLogging: true, latestDigestDelivery: TIME }],
  limits: [],
};
const DELIVERY = { bucket: 'example-trail-logs', prefix: '' };
const CHAIN = { account: '111122223333', trail: 'main', homeRegion: 'eu-west-1', delivery: DELIVERY };
const HOME = {
  ...CHAIN,
  region: 'eu-west-1',
  basis: 'trail-status',
  lastDelivered: TIME,
  regionAlwaysOn: true,
  settings: { isMultiRegion: true, isOrganization: false },
};
/** What an account and Region is expected to deliver beside the home Region. */
const AT_HOME = { ...HOME, settings: { isMultiRegion: false, isOrganization: false } };
const AWAY = { ...CHAIN, region: 'af-south-1', basis: 'trail-description', regionAlwaysOn: false };

test('a multi-Region trail has a chain in each enabled Region', () => {
  expect(trailExpectations(TRAIL)).toEqual([HOME, AWAY]);
});

test('any other trail has one in its home Region', () => {
  expect(trailExpectations({ ...TRAIL, multiRegion: false })).toEqual([AT_HOME]);
});

test('where the Regions are unknown only the home Region is sure', () => {
  expect(trailExpectations({ ...TRAIL, regions: [] })).toEqual([{ ...HOME, regionAlwaysOn: false }]);
});

test('an organization trail has one for each account and Region, closed or not, and only its own account says when', () => {
  const organization = {
    id: 'o-exampleorgid',
    accounts: [
      { id: '111122223333', status: 'ACTIVE', joined: 1 },
      { id: '444455556666', status: 'ACTIVE', joined: TIME },
      { id: '777788889999', status: 'SUSPENDED', joined: 3 },
      { id: '888899990000', status: 'PENDING_ACTIVATION', joined: 3 },
    ],
  };
  const { id } = organization;
  const member = {
    ...CHAIN,
    account: '444455556666',
    basis: 'organization',
    memberSince: TIME,
    organization: id,
    owner: '111122223333',
  };
  const closed = { ...member, account: '777788889999', memberSince: 3, memberStatus: 'SUSPENDED' };
  expect(trailExpectations({ ...TRAIL, organizationTrail: true, organization })).toEqual([
    {
      ...HOME,
      organization: id,
      owner: '111122223333',
      settings: { isMultiRegion: true, isOrganization: true },
    },
    { ...AWAY, organization: id, owner: '111122223333' },
    { ...member, region: 'eu-west-1', regionAlwaysOn: true },
    { ...member, region: 'af-south-1', regionAlwaysOn: false },
    { ...closed, region: 'eu-west-1', regionAlwaysOn: true },
    { ...closed, region: 'af-south-1', regionAlwaysOn: false },
  ]);
});

test('an organization trail whose organization is unknown has those of its own account', () => {
  expect(trailExpectations({ ...TRAIL, organizationTrail: true })).toHaveLength(2);
});

test('where validation is switched off by now, what was never delivered is owed only if it was on', () => {
  const off = { ...TRAIL, validationEnabled: false };
  expect(trailExpectations(off)).toEqual([HOME, { ...AWAY, validationOff: true }]);
  expect(trailExpectations({ ...off, status: [] }).every(({ validationOff }) => validationOff)).toBe(true);
});

test('of an organization that could not be asked only the own account is sure, and a member may be of any age', () => {
  const own = trailExpectations({ ...TRAIL, organizationTrail: true, multiRegion: false });
  expect(own).toEqual([{ ...HOME, settings: { isMultiRegion: false, isOrganization: true } }]);
  const organization = { id: 'o-exampleorgid', accounts: [{ id: '444455556666', status: 'ACTIVE' }] };
  const [, member] = trailExpectations({
    ...TRAIL,
    organizationTrail: true,
    multiRegion: false,
    organization,
  });
  expect(member).toMatchObject({ account: '444455556666', owner: '111122223333' });
  expect(member?.memberSince).toBeUndefined();
});

test('of a trail that was switched off it is told when', () => {
  const status = [
    { region: 'eu-west-1', isLogging: false, latestDigestDelivery: TIME, stopLogging: TIME - 5 },
  ];
  expect(trailExpectations({ ...TRAIL, multiRegion: false, status })).toEqual([
    { ...AT_HOME, stopped: TIME - 5 },
  ]);
  const again = status.map((one) => ({ ...one, isLogging: true }));
  expect(trailExpectations({ ...TRAIL, multiRegion: false, status: again })).toEqual([AT_HOME]);
});
