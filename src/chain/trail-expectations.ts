import type { TrailDescription } from '../aws/trail-description.ts';
import type { Expectation } from './expectation.ts';

/**
 * The chains that must be there if a trail is as AWS describes it: one for each enabled Region (or the home Region
 * alone), and in an organization trail one for each account and Region. A member that is suspended or closing is expected as
 * well: its trail goes on delivering (user guide, "AWS account closure and trails"). Where validation is switched off by
 * now, those for which AWS says that no digest was delivered, and the members', are owed only if digests of the window show that
 * it was on. Only the trail's own account says when it delivered last; a member may not have every Region enabled.
 */
export function trailExpectations(description: TrailDescription): readonly Expectation[] {
  const own = regionsOf(description).map((region) => ownExpectation(description, region));
  const all = [...own, ...memberExpectations(description)];
  if (description.validationEnabled) return all;
  return all.map((one) => (one.lastDelivered === undefined ? { ...one, validationOff: true as const } : one));
}

/** An account whose making is not finished: no trail reaches it (Organizations API reference, Account). */
const NOT_YET = 'PENDING_ACTIVATION';

function ownExpectation(description: TrailDescription, region: string): Expectation {
  const { account, name, homeRegion, organization } = description;
  const status = description.status.find((one) => one.region === region);
  const lastDelivered = status?.latestDigestDelivery;
  const stopped = status?.isLogging === false ? status.stopLogging : undefined;
  return {
    account,
    region,
    trail: name,
    homeRegion,
    ...(description.organizationTrail && organization !== undefined
      ? { organization: organization.id, owner: account }
      : {}),
    basis: lastDelivered === undefined ? 'trail-description' : 'trail-status',
    regionAlwaysOn: isAlwaysOn(description, region),
    ...(isUnlisted(description, region) ? { regionSwitchedOff: true as const } : {}),
    ...(region === homeRegion ? { settings: settingsOf(description) } : {}),
    ...(lastDelivered === undefined ? {} : { lastDelivered }),
    ...(stopped === undefined ? {} : { stopped }),
  };
}

function settingsOf({
  multiRegion,
  organizationTrail,
}: TrailDescription): NonNullable<Expectation['settings']> {
  return { isMultiRegion: multiRegion, isOrganization: organizationTrail };
}

function memberExpectations(description: TrailDescription): readonly Expectation[] {
  const { account: owner, name, homeRegion, organization } = description;
  if (!description.organizationTrail || organization === undefined) return [];
  const members = organization.accounts.filter(({ id, status }) => id !== owner && status !== NOT_YET);
  // A Region that the trail's account switched off says nothing of theirs.
  const regions = regionsOf(description).filter((region) => !isUnlisted(description, region));
  return members.flatMap(({ id, joined, status }) =>
    regions.map(
      (region): Expectation => ({
        account: id,
        region,
        trail: name,
        homeRegion,
        basis: 'organization',
        owner,
        organization: organization.id,
        regionAlwaysOn: isAlwaysOn(description, region),
        ...(joined === undefined ? {} : { memberSince: joined }),
        ...(status === 'ACTIVE' ? {} : { memberStatus: status }),
      }),
    ),
  );
}

function regionsOf({ multiRegion, homeRegion, regions }: TrailDescription): readonly string[] {
  const enabled = multiRegion ? regions.map(({ name }) => name) : [];
  return [...new Set([homeRegion, ...enabled])];
}

/** False where the Regions could not be listed: then nothing says so. */
function isAlwaysOn({ regions }: TrailDescription, region: string): boolean {
  return regions.find(({ name }) => name === region)?.alwaysOn ?? false;
}

function isUnlisted({ regions }: TrailDescription, region: string): boolean {
  return regions.some(({ name, unlisted }) => name === region && unlisted === true);
}
