import { DAY, isoTime } from '../base/clock.ts';
import { partition } from '../base/lists.ts';
import { type Chain, digestFolderKey } from '../digest/digest-key.ts';
import type { FindingOf } from '../findings/finding.ts';
import { DELIVERY_GRACE } from './cadence.ts';
import type { RunContext, Window } from './chain-plan.ts';
import type { Expectation } from './expectation.ts';
import { findingObject } from './finding-object.ts';

/** One chain that was found, with the end of its newest proven digest that covers time of the window (milliseconds since the epoch). */
export interface FoundChain {
  readonly chain: Chain;
  readonly newestCovered: number | undefined;
  /** The organization below whose folder a proven digest lies; undefined where none does. */
  readonly organization?: string | undefined;
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
 * digests were delivered: AWS's own last delivery lies in the window; or the trail has served other member accounts of
 * the organization in the window, long after this one had joined, in a Region that nobody can switch off.
 */
export function checkExpectations(
  expectations: readonly Expectation[],
  found: readonly FoundChain[],
  target: { readonly bucket: string; readonly prefix: string },
  context: RunContext,
): readonly FindingOf<'CHAIN_ABSENT'>[] {
  const standard = found.filter(({ chain }) => chain.kind === 'standard');
  const absent = expectations.filter((expected) => !standard.some(({ chain }) => meets(chain, expected)));
  const through = Math.min(context.window.to, context.clock.now());
  const [late, owed] = partition(absent, ({ memberSince }) => (memberSince ?? 0) > through - JOINED_LATE);
  tellJoinedLate(late, context);
  return owed.flatMap((expected): readonly FindingOf<'CHAIN_ABSENT'>[] => {
    const { basis, account, region, trail, lastDelivered, memberStatus } = expected;
    if (expected.regionSwitchedOff === true && !wasDelivered(expected, context.window)) return [];
    if (expected.validationOff === true && !wasValidated(expected, standard)) return [];
    const isDelivered =
      wasDelivered(expected, context.window) || servesOtherMembers(expected, standard, context.window);
    const object = findingObject(
      { bucket: target.bucket, key: folderOf(expected, target.prefix) },
      context.moves,
    );
    const evidence = {
      basis,
      ...(account === undefined ? {} : { account }),
      ...(region === undefined ? {} : { region }),
      ...(trail === undefined ? {} : { trail }),
      ...(lastDelivered === undefined ? {} : { lastDelivered: isoTime(lastDelivered) }),
      ...(memberStatus === undefined ? {} : { memberStatus }),
    };
    return [{ code: 'CHAIN_ABSENT', weight: isDelivered ? 'violation' : 'unproven', object, evidence }];
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

function meets(chain: Chain, expected: Expectation): boolean {
  return (
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

function folderOf(expected: Expectation, prefix: string): string {
  const { account, region, organization } = expected;
  if (account === undefined) return `${prefix}AWSLogs/`;
  const folder = organization === undefined ? { prefix, account } : { prefix, organization, account };
  return region === undefined
    ? `${digestFolderKey(folder, '').slice(0, -1)}`
    : digestFolderKey(folder, region);
}
