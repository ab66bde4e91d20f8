/** What a witness is asked: the times of a report in which a file or the proof of it is lacking, by account and Region. */
import { isoTime } from '../base/clock.ts';
import { isAccountId, isRegionName } from '../base/names.ts';
import type { Limit } from '../findings/event.ts';
import { countOf } from '../render/words.ts';
import type { Report } from '../report/report.ts';
import { type Cause, causesOf, LEAD, unknownBeginning } from './causes.ts';

/** A stretch of time in milliseconds since the epoch, both ends inclusive. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is asked of one account and Region. */
export interface PlaceQuestion {
  readonly account: string;
  readonly region: string;
  /** In order of time; they neither touch nor overlap. */
  readonly stretches: readonly Stretch[];
  /** Where the first of them begins, if nobody knows where it should. */
  readonly unknownFrom?: number | undefined;
  readonly causes: readonly Cause[];
  /** Whether there may be files of Insights events. */
  readonly hasInsights: boolean;
  /** The trails that deliver from there, by their names and home Regions. */
  readonly trails: readonly TrailName[];
}

/** A trail as chains name it. */
export interface TrailName {
  readonly trail: string;
  readonly homeRegion: string;
  /** The organization that it belongs to; undefined for an account's own. */
  readonly organization?: string | undefined;
}

/** What there is to ask about a report. */
export interface Questions {
  /** In order of account and Region. */
  readonly places: readonly PlaceQuestion[];
  /** Causes of which no account and Region is known. */
  readonly unplaced: number;
  /** What is not asked about, in words. */
  readonly limits: readonly Limit[];
}

/**
 * The questions of a report, in order of account and Region: about the times that it lacks, or, with `all`, about all of its window.
 * Nothing is asked about times after `now`.
 */
export function questionsOf(report: Report, all: boolean, now: number): Questions {
  const places = new Map<string, { causes: Cause[]; stretches: Stretch[] }>();
  const placeOf = (chain: string) => {
    const [account = '', region = ''] = chain.split('/');
    if (!isAccountId(account) || !isRegionName(region)) return undefined;
    const id = `${account}/${region}`;
    const place = places.get(id) ?? { causes: [], stretches: [] };
    places.set(id, place);
    return place;
  };
  const unplaced: Cause[] = [];
  for (const cause of causesOf(report)) {
    const place = placeOf(cause.chain);
    if (place === undefined) unplaced.push(cause);
    place?.causes.push(cause);
    place?.stretches.push({ from: cause.from - LEAD, to: cause.until });
  }
  if (all) {
    const { from, to } = report.window.requested;
    for (const { id, first, last, kind } of report.chains) {
      const begin = from ?? first;
      if (begin === null || last === null || kind !== 'standard') continue;
      // The youngest events of a chain are on their way to its next digest.
      const end = Math.min(Date.parse(to), Date.parse(last)) - LEAD;
      placeOf(id)?.stretches.push({ from: Date.parse(begin), to: end });
    }
  }
  // Of a chain whose files of Insights events are all gone, nobody knows that it had any.
  const hasInsights = !all || report.chains.some(({ families }) => (families.insights ?? 0) > 0);
  const trails = trailsOf(report);
  const unknown = unknownBeginning(report);
  const unknownFrom = unknown === undefined ? undefined : unknown - LEAD;
  const questions = [...places]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, { causes, stretches }]) => {
      const [account = '', region = ''] = id.split('/');
      return {
        account,
        region,
        stretches: joined(stretches.map(({ from, to }) => ({ from, to: Math.min(to, now) }))),
        unknownFrom,
        causes,
        hasInsights,
        trails: trails.get(id) ?? [],
      };
    })
    .filter(({ stretches }) => stretches.length > 0);
  return {
    places: questions,
    unplaced: unplaced.length,
    limits: [...unplacedLimit(unplaced), ...newestLimit(report, questions)],
  };
}

function* unplacedLimit(unplaced: readonly Cause[]): Generator<Limit> {
  const [first] = unplaced;
  if (first !== undefined)
    yield {
      code: 'WITNESS_WITHOUT_PLACE',
      text: `${countOf(unplaced.length, 'gap')} of the report ${unplaced.length === 1 ? 'names' : 'name'} no account and Region, so nothing was asked about ${unplaced.length === 1 ? 'it' : 'them'}: ${first.kind === 'uncovered' ? first.reason : first.code} of ${first.chain}.`,
    };
}

/** What happened after the newest proven digest of a chain is not lacking yet, and may never come. */
function* newestLimit({ chains, window }: Report, questions: readonly PlaceQuestion[]): Generator<Limit> {
  const end = Date.parse(window.requested.to);
  const asked = new Map(
    questions.map(({ account, region, stretches }) => [`${account}/${region}`, stretches.at(-1)?.to ?? 0]),
  );
  const open = chains.flatMap(({ kind, account, region, last }) => {
    if (kind !== 'standard' || last === null || Date.parse(last) >= end) return [];
    return (asked.get(`${account}/${region}`) ?? 0) >= end ? [] : [Date.parse(last)];
  });
  if (open.length === 0) return;
  const since = open.reduce((earliest, one) => Math.min(earliest, one));
  yield {
    code: 'WITNESS_NEWEST_NOT_ASKED',
    text: `What happened after the newest proven digest was not asked about in ${countOf(open.length, 'chain')} (the first of them since ${isoTime(since)}): the report lacks nothing there yet. Verify again once the next digest is due.`,
  };
}

/** The trails of each place, by `account/region`. */
function trailsOf({ chains }: Report): ReadonlyMap<string, readonly TrailName[]> {
  const places = new Map<string, Map<string, TrailName>>();
  for (const { account, region, trail, homeRegion, organization, kind } of chains) {
    if (kind !== 'standard') continue;
    const name = { trail, homeRegion, organization };
    const known = places.get(`${account}/${region}`) ?? new Map<string, TrailName>();
    places.set(`${account}/${region}`, known.set(JSON.stringify(name), name));
  }
  return new Map([...places].map(([place, trails]) => [place, [...trails.values()]]));
}

/** The stretches in order, those that touch made into one; those that end before they begin left out. */
function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const inOrder = stretches.filter(({ from, to }) => from <= to).sort((a, b) => a.from - b.from);
  const result: Stretch[] = [];
  for (const next of inOrder) {
    const last = result.at(-1);
    if (last === undefined || next.from > last.to) result.push(next);
    else result[result.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
  }
  return result;
}
