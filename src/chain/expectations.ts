import type { TrailDescription } from '../aws/trail-description.ts';
import { DAY, isoTime } from '../base/clock.ts';
import { partition } from '../base/lists.ts';
import { type Chain, chainId, digestFolderKey, trailFolderOf, trailId } from '../digest/digest-key.ts';
import { type FindingOf, makeFinding } from '../findings/finding.ts';
import { findingObject } from './check-digest.ts';
import { DELIVERY_GRACE } from './coverage.ts';
import type { Expectation, RunContext, Window } from './list-digests.ts';

/** Which chains are meant: exact names; an absent list means all that are found. */
export interface Scope {
  readonly accounts?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly trails?: readonly string[] | undefined;
  /** The home Region of the trails meant, where one trail is verified by its ARN. */
  readonly homeRegion?: string | undefined;
}

/** The scope as tests: whether a folder of an account or Region is worth a look, and whether a chain is meant. */
export interface ScopeTests {
  includesPlace(account: string | undefined, region: string | undefined): boolean;
  includesChain(chain: Chain): boolean;
  /** Whether what must be there is meant at all. */
  includesExpectation(expected: Expectation): boolean;
}

/** The tests for a scope; without one everything is meant. */
export function scopeTests(scope: Scope = {}): ScopeTests {
  const includesPlace = (account: string | undefined, region: string | undefined): boolean =>
    fits(scope.accounts, account) && fits(scope.regions, region);
  return {
    includesPlace,
    includesChain: (chain) =>
      includesPlace(chain.account, chain.region) &&
      fits(scope.trails, chain.trail) &&
      (scope.homeRegion ?? chain.homeRegion) === chain.homeRegion,
    includesExpectation: ({ account, region, trail }) =>
      includesPlace(account, region) && fits(scope.trails, trail),
  };
}

/**
 * A user who names an account, Region or trail expects something there: a typing error must not pass as less work. What
 * `others` expect of it already is left to them.
 */
export function scopeExpectations(
  scope: Scope = {},
  others: readonly Expectation[] = [],
): readonly Expectation[] {
  const named = (
    field: 'account' | 'region' | 'trail',
    values: readonly string[] = [],
  ): readonly Expectation[] =>
    values
      .filter((value) => !others.some((other) => other[field] === value))
      .map((value): Expectation => ({ basis: 'scope', [field]: value }));
  return [
    ...named('account', scope.accounts),
    ...named('region', scope.regions),
    ...named('trail', scope.trails),
  ];
}

function fits(named: readonly string[] | undefined, value: string | undefined): boolean {
  return named === undefined || named.length === 0 || value === undefined || named.includes(value);
}

/** One chain that was found, with the end of its newest proven digest that covers time of the window (milliseconds since the epoch). */
export interface FoundChain {
  readonly chain: Chain;
  readonly newestCovered: number | undefined;
  /** The organization whose folder holds a proven digest; undefined where none does. */
  readonly organization?: string | undefined;
  /** The ids that it has in other folders (see `ChainPlan`). */
  readonly formerly?: readonly string[] | undefined;
}

/** Time for a new member account's first digests to come: trails reach a new account within hours, a digest within three more. */
const NEW_MEMBER_GRACE = DAY;

/**
 * A member that joined so shortly before the end of what is owed has had no time for a digest: an hour to cover, and two for
 * its delivery.
 */
const JOINED_LATE = DELIVERY_GRACE;
/** Accounts that a limit names. */
const MOST_NAMED = 20;

/**
 * A CHAIN_ABSENT finding for each expectation that no chain found meets. It is a violation where evidence shows that
 * digests were delivered: AWS's own last delivery is in the window; or the trail has served other member accounts of
 * the organization in the window, long after this one had joined, in a Region that nobody can switch off. `isUnseen` says where it
 * may be in folders that could not be listed: that is no violation.
 */
export function checkExpectations(
  expectations: readonly Expectation[],
  found: readonly FoundChain[],
  target: { readonly bucket: string; readonly prefix: string },
  context: RunContext,
  isUnseen: (expected: Expectation) => boolean = () => false,
): readonly FindingOf<'CHAIN_ABSENT'>[] {
  const standard = found.filter(({ chain }) => chain.kind === 'standard');
  const absent = expectations.filter((expected) => !standard.some((one) => meets(one, expected)));
  const through = Math.min(context.window.to, context.clock.now());
  const [late, owed] = partition(absent, ({ memberSince }) => (memberSince ?? 0) > through - JOINED_LATE);
  tellJoinedLate(late, context);
  return owed.flatMap((expected): readonly FindingOf<'CHAIN_ABSENT'>[] => {
    const { basis, account, region, trail, lastDelivered, memberStatus } = expected;
    if (expected.regionSwitchedOff === true && !wasDelivered(expected, context.window)) return [];
    if (expected.validationOff === true && !wasValidated(expected, standard)) return [];
    const isDelivered =
      (wasDelivered(expected, context.window) || servesOtherMembers(expected, standard, context.window)) &&
      !isUnseen(expected);
    const object = findingObject(
      { bucket: target.bucket, key: folderOf(expected, target.prefix) },
      context.relocations,
    );
    const evidence = {
      basis,
      account,
      region,
      trail,
      lastDelivered: lastDelivered === undefined ? undefined : isoTime(lastDelivered),
      memberStatus,
    };
    return [makeFinding('CHAIN_ABSENT', { object }, evidence, isDelivered ? 'violation' : 'unproven')];
  });
}

function tellJoinedLate(late: readonly Expectation[], context: RunContext): void {
  const accounts = [...new Set(late.flatMap(({ account }) => account ?? []))].sort();
  if (accounts.length === 0) return;
  const named = accounts.slice(0, MOST_NAMED).join(', ');
  const more = accounts.length > MOST_NAMED ? ` and ${accounts.length - MOST_NAMED} more` : '';
  context.limit(
    'MEMBERS_NOT_OWED',
    `These accounts joined the organization less than three hours before the end of the window, or after it, so no digest of theirs is owed yet: ${named}${more}.`,
  );
}

function meets({ chain, organization }: FoundChain, expected: Expectation): boolean {
  const isInFolder =
    expected.organization === undefined ||
    [chain.organization, organization].includes(expected.organization) ||
    // A member may have a trail of its own with that name. Of the owner's account it is the trail itself, which was its own before.
    (chain.organization === undefined && expected.account === expected.owner);
  return (
    isInFolder &&
    (expected.account ?? chain.account) === chain.account &&
    (expected.region ?? chain.region) === chain.region &&
    (expected.trail ?? chain.trail) === chain.trail &&
    (expected.homeRegion ?? chain.homeRegion) === chain.homeRegion
  );
}

/** Whether digests of the trail show, in whatever account and Region, that it validated in the window. */
function wasValidated({ trail, homeRegion }: Expectation, found: readonly FoundChain[]): boolean {
  return found.some(
    ({ chain, newestCovered }) =>
      newestCovered !== undefined && chain.trail === trail && chain.homeRegion === homeRegion,
  );
}

function wasDelivered({ lastDelivered }: Expectation, { from, to }: Window): boolean {
  return (
    lastDelivered !== undefined &&
    lastDelivered <= to + DELIVERY_GRACE &&
    lastDelivered - DELIVERY_GRACE >= (from ?? 0)
  );
}

function servesOtherMembers(expected: Expectation, found: readonly FoundChain[], window: Window): boolean {
  const { memberSince, owner, account, regionAlwaysOn, memberStatus } = expected;
  if (
    expected.basis !== 'organization' ||
    // Whether the trail had reached the account before it was closed is not known.
    memberStatus !== undefined ||
    memberSince === undefined ||
    owner === undefined ||
    regionAlwaysOn !== true
  )
    return false;
  return found.some(
    ({ chain, newestCovered }) =>
      chain.trail === expected.trail &&
      chain.region === expected.region &&
      chain.account !== account &&
      chain.account !== owner &&
      newestCovered !== undefined &&
      newestCovered >= memberSince + NEW_MEMBER_GRACE &&
      newestCovered > (window.from ?? 0),
  );
}

/** Where the expected digests would be, if the target with that prefix held them. */
function folderOf(expected: Expectation, targetPrefix: string): string {
  const { account, region } = expected;
  const { prefix, ...asked } = trailFolderOf(targetPrefix);
  const organization = expected.organization ?? asked.organization;
  if (account === undefined)
    return `${prefix}AWSLogs/${asked.organization === undefined ? '' : `${asked.organization}/`}`;
  const folder = organization === undefined ? { prefix, account } : { prefix, organization, account };
  return region === undefined
    ? `${digestFolderKey(folder, '').slice(0, -1)}`
    : digestFolderKey(folder, region);
}

/**
 * The chains that must be there if a trail is as AWS describes it: one for each enabled Region (or the home Region
 * alone), and in an organization trail one for each account and Region. A member that is suspended or closing is expected as
 * well: its trail goes on delivering (user guide, "AWS account closure and trails"). Where validation is switched off by
 * now, those for which AWS says that no digest was delivered, and the members', are owed only if digests of the window show that
 * it was on. Only the trail's own account says when it delivered last; a member may not have every Region enabled.
 */
export function trailExpectations(description: TrailDescription): readonly Expectation[] {
  const own = regionsOf(description).map((region) => ownExpectation(description, region));
  const { bucket, prefix } = description;
  const all = [...own, ...memberExpectations(description)].map((one) => ({
    ...one,
    delivery: { bucket, prefix },
  }));
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
        memberSince: joined,
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

/**
 * A TRAIL_CHANGED finding for each setting of a trail that proven digests of the window contradict: what is expected follows the
 * settings as they are now, and one call of UpdateTrail makes them narrower, so that a wiped Region or account is owed no more.
 */
export function trailChanges(
  expectations: readonly Expectation[],
  found: readonly FoundChain[],
  target: { readonly bucket: string; readonly prefix: string },
  context: RunContext,
): readonly FindingOf<'TRAIL_CHANGED'>[] {
  const findings: FindingOf<'TRAIL_CHANGED'>[] = [];
  for (const expected of expectations) {
    if (expected.settings === undefined) continue;
    const { isMultiRegion, isOrganization } = expected.settings;
    const proven = found.filter(
      ({ chain, newestCovered }) => newestCovered !== undefined && isOfTrail(chain, expected),
    );
    const elsewhere = proven.find(({ chain }) => chain.region !== chain.homeRegion);
    const shared = proven.find((one) => one.organization !== undefined && !hasOwnTwin(one, proven));
    const tell = ({ chain, organization }: FoundChain, setting: 'multi-region' | 'organization'): void => {
      const { account, region } = chain;
      const { prefix } = trailFolderOf(target.prefix);
      const folder = organization === undefined ? { prefix, account } : { prefix, organization, account };
      const ref = { bucket: target.bucket, key: digestFolderKey(folder, region) };
      const about = { object: findingObject(ref, context.relocations), chain: chainId(chain) };
      findings.push(makeFinding('TRAIL_CHANGED', about, { setting, organization }));
    };
    if (!isMultiRegion && elsewhere !== undefined) tell(elsewhere, 'multi-region');
    if (!isOrganization && shared !== undefined) tell(shared, 'organization');
  }
  return findings;
}

/** Whether the account has a chain of its own beside an organization's: then the organization's is of another trail. */
function hasOwnTwin({ chain }: FoundChain, proven: readonly FoundChain[]): boolean {
  return (
    chain.organization !== undefined &&
    proven.some(
      (one) =>
        one.chain.organization === undefined &&
        one.organization === undefined &&
        trailId(one.chain) === trailId(chain),
    )
  );
}

/** Whether a chain is the expected trail's, of whatever Region and account: members deliver by its name as well. */
function isOfTrail(chain: Chain, { trail, homeRegion }: Expectation): boolean {
  return chain.kind === 'standard' && chain.trail === trail && chain.homeRegion === homeRegion;
}
