/**
 * A name of --account, --region or --trail that nothing in the target has: most often a typing error. It is one only where nothing
 * contradicts that: no finding, no version that was deleted or could not be looked at, no state and no expectation of anybody else
 * that it must be there.
 */

import { TrailVerifyError } from '../base/errors.ts';
import { suggestionsFor } from '../base/suggest.ts';
import { discover, type Place } from '../chain/discover.ts';
import { isSeenWhole } from '../chain/refused-listings.ts';
import { firstDigests } from '../chain/target-regions.ts';
import type { Source } from '../source/source.ts';
import { type Run, seenBy, seesDeleted } from './run.ts';

/** Names that an error lists. */
const MOST_NAMED = 12;
/** Places whose digests are asked for the names of trails. */
const MOST_PLACES = 20;

/** Throws TARGET_WITHOUT_TRAIL, with the names there are, where a run over named accounts, Regions or trails has found nothing at all. */
export async function refuseNamesNotThere(run: Run): Promise<void> {
  const { options, expectations, memory, places } = run;
  const isElseExpected = expectations.some(({ basis }) => basis !== 'scope') || memory?.knowsPlaces === true;
  const isTold = run.told > 0 || places.found.length > 0 || places.absent.length > 0;
  if (isTold || isElseExpected || !seesDeleted(run)) return;
  const { source, targets, scope = {} } = options;
  const { accounts = [], regions = [], trails = [] } = scope;
  const all = await discover({ source: run.listing, targets, inScope: () => true });
  // Of a target that holds nothing at all any more, a report says so.
  if (
    all.places.length === 0 ||
    !isSeenWhole(all) ||
    !isSeenWhole(seenBy(run)) ||
    ((await source.outside?.())?.unread ?? []).length > 0
  )
    return;
  const ofAccounts = all.places.filter(({ account }) => accounts.length === 0 || accounts.includes(account));
  const ofRegions = ofAccounts.filter(({ region }) => regions.length === 0 || regions.includes(region));
  if (ofAccounts.length === 0)
    throw notThere('account', accounts, namesOf(all.places, 'account'), source.description);
  const where =
    accounts.length === 0 ? source.description : `${source.description} of ${accounts.join(', ')}`;
  if (ofRegions.length === 0) throw notThere('Region', regions, namesOf(ofAccounts, 'region'), where);
  if (trails.length === 0) return;
  const known = await trailNames(run.context.source, ofRegions);
  if (known.length > 0 && isSeenWhole(seenBy(run)) && !known.some((name) => trails.includes(name)))
    throw notThere('trail', trails, known, where);
}

function namesOf(places: readonly Place[], field: 'account' | 'region'): readonly string[] {
  return [...new Set(places.map((place) => place[field]))].sort();
}

/** The trails that the digests of a few places name; of each folder its first page alone, because somebody may have filled it. */
async function trailNames(source: Source, places: readonly Place[]): Promise<readonly string[]> {
  const names = new Set<string>();
  for (const { region, folders } of places.slice(0, MOST_PLACES))
    for (const folder of folders.filter(({ families }) => families.includes('CloudTrail-Digest'))) {
      for (const { trail } of await firstDigests(source, folder, region)) names.add(trail);
    }
  return [...names].sort();
}

function notThere(
  what: string,
  asked: readonly string[],
  known: readonly string[],
  where: string,
): TrailVerifyError {
  const close = asked.flatMap((name) => suggestionsFor(name, known));
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
  const there = `there are: ${known.slice(0, MOST_NAMED).join(', ')}${more}`;
  const hint = close.length === 0 ? there : `did you mean ${[...new Set(close)].join(' or ')}? ${there}`;
  return new TrailVerifyError('TARGET_WITHOUT_TRAIL', `there is no ${what} ${asked.join(', ')} in ${where}`, {
    hint: `${hint}; --expect tells of one that must be there and may have been deleted`,
  });
}
