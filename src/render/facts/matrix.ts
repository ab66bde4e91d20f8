import { isAccepted } from '../../report/findings-beyond.ts';
import type { Report } from '../../report/report.ts';
import { findingPlace, placeName, placeOfChain } from './findings.ts';

/** What is known of one account in one Region: proven, something wrong, something unproven, or no chain there. */
export type PlaceState = 'ok' | 'bad' | 'open' | 'none';

/** Accounts by Regions. Accounts and Regions are sorted, the worst first. Not escaped. */
export interface PlaceMatrix {
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** A row for each account, with a state for each Region. */
  readonly cells: readonly (readonly PlaceState[])[];
  /** How many places there are: cells that are not `none`. */
  readonly places: number;
  /** Findings that belong to no place. */
  readonly elsewhere: { readonly violations: number; readonly unproven: number };
}

const RANK: readonly PlaceState[] = ['none', 'ok', 'open', 'bad'];

/** The places of a report. One is `ok` only where it has proven time, none that is uncovered, and no finding but notes. */
export function placeMatrix(report: Report): PlaceMatrix {
  const states = new Map<string, PlaceState>();
  const note = (place: string | undefined, state: PlaceState): void => {
    if (place === undefined) return;
    const known = states.get(place) ?? 'none';
    if (RANK.indexOf(state) > RANK.indexOf(known)) states.set(place, state);
  };
  for (const { account, region, kind, covered, trustedFromCheckpoint = [] } of report.chains) {
    const isProven = kind === 'backfill' || covered.length + trustedFromCheckpoint.length > 0;
    note(`${account}/${region}`, isProven ? 'ok' : 'open');
  }
  for (const { chain } of report.window.uncovered) note(placeName(placeOfChain(chain)), 'open');
  const elsewhere = { violations: 0, unproven: 0 };
  for (const finding of report.findings) {
    const { weight } = finding;
    if (weight === 'note') continue;
    const place = placeName(findingPlace(finding));
    if (place !== undefined) note(place, weight === 'violation' ? 'bad' : 'open');
    else if (weight === 'violation') elsewhere.violations += 1;
    else if (!isAccepted(finding)) elsewhere.unproven += 1;
  }
  for (const { chain, weight, count } of report.overflowFindings?.counts ?? []) {
    if (weight === 'note') continue;
    const place = placeName(placeOfChain(chain));
    if (place !== undefined) note(place, weight === 'violation' ? 'bad' : 'open');
    else elsewhere[weight === 'violation' ? 'violations' : 'unproven'] += count;
  }
  return matrixOf(states, elsewhere);
}

function matrixOf(states: ReadonlyMap<string, PlaceState>, elsewhere: PlaceMatrix['elsewhere']): PlaceMatrix {
  const byAccount = new Map<string, PlaceState[]>();
  const byRegion = new Map<string, PlaceState[]>();
  for (const [place, state] of states) {
    const [account = '', region = ''] = place.split('/');
    listOf(byAccount, account).push(state);
    listOf(byRegion, region).push(state);
  }
  const accounts = worstFirst(byAccount);
  const regions = worstFirst(byRegion);
  const cells = accounts.map((account) =>
    regions.map((region) => states.get(`${account}/${region}`) ?? 'none'),
  );
  return { accounts, regions, cells, places: states.size, elsewhere };
}

function listOf(lists: Map<string, PlaceState[]>, name: string): PlaceState[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

function worstFirst(groups: ReadonlyMap<string, readonly PlaceState[]>): readonly string[] {
  const count = (name: string, wanted: PlaceState): number =>
    (groups.get(name) ?? []).filter((state) => state === wanted).length;
  const ranked = [...groups.keys()].map((name) => ({
    name,
    bad: count(name, 'bad'),
    open: count(name, 'open'),
  }));
  ranked.sort((a, b) => b.bad - a.bad || b.open - a.open || (a.name < b.name ? -1 : 1));
  return ranked.map(({ name }) => name);
}
