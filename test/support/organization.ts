import { type Scenario, START, scenarioOf } from '../../fixtures/scenario.ts';
import { HOUR } from '../../src/base/clock.ts';
import { archiveObject, deleteObject, denyObject, flipContentBit } from './damage.ts';
import { ObjectStore } from './object-store.ts';
import { type TestKey, testKey } from './test-keys.ts';
import { TestTrail } from './test-trail.ts';

const BUCKET = 'example-org-logs';
const ORGANIZATION = 'o-exampleorg1';
const TRAIL = 'org-audit';

/** Eight Regions, as many accounts as are asked for. */
export const ORG_REGIONS = [
  'ap-northeast-1',
  'ap-southeast-2',
  'eu-central-1',
  'eu-west-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-2',
] as const;

/** A test key that signs in a Region: the same one for all of them, which have keys of their own in AWS. */
function keyOf(region: string): TestKey {
  return { ...testKey('us-east-1-2026-10-02'), region };
}

/** The trails of an organization, and how to verify them from the beginning of the window on. */
export interface TestOrganization {
  readonly scenario: Scenario;
  /** By account and Region. */
  readonly trails: ReadonlyMap<string, TestTrail>;
}

/**
 * An organization's trail in `accounts` accounts and eight Regions, of three hours with a log file each. The window begins `early`
 * milliseconds before the first digest's.
 */
export function testOrganization(accounts = 20, early: number = HOUR): TestOrganization {
  const store = new ObjectStore(() => START);
  const trails = new Map<string, TestTrail>();
  for (let index = 0; index < accounts; index += 1) {
    const account = String(111_122_220_000 + index * 1_001);
    for (const region of ORG_REGIONS) {
      const key = keyOf(region);
      const place = {
        store,
        bucket: BUCKET,
        organization: ORGANIZATION,
        trail: TRAIL,
        homeRegion: 'us-east-1',
      };
      const trail = new TestTrail({ ...place, account, region, startLogging: START, firstKey: key });
      trails.set(`${account}/${region}`, trail.hours(3, { logs: 1, key }));
    }
  }
  const [first] = trails.values();
  if (first === undefined) throw new Error('an organization has an account');
  const from = first.digestAt(0).endTime - early;
  const scenario = scenarioOf(store, first, { keys: ORG_REGIONS.map(keyOf), options: { from } });
  return { scenario, trails };
}

/** Deletes, alters and denies objects of some of the trails, each in its own way. */
export function damage({ scenario: { store }, trails }: TestOrganization): void {
  const all = [...trails.values()];
  const at = (index: number): TestTrail => {
    const trail = all[index];
    if (trail === undefined) throw new Error(`there is no trail ${index}`);
    return trail;
  };
  for (const index of [3, 11, 12]) flipContentBit(store, at(index).logAt(1));
  for (const index of [11, 40, 41, 42]) deleteObject(store, at(index).logAt(2));
  flipContentBit(store, at(60).digestAt(2));
  deleteObject(store, at(61).digestAt(1));
  for (let index = 80; index < 104; index += 1) denyObject(store, at(index).logAt(1));
  for (const index of [120, 121]) archiveObject(store, at(index).logAt(2));
}
