import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { isoTime } from '../base/clock.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { dayFolder } from '../digest/digest-key.ts';
import { type Acceptance, hasWildcard, matchesWildcard } from '../findings/event.ts';
import type { ReachedPlace, ReachedQueries } from './reach.ts';

/**
 * Acceptances that would accept everything. A pattern is judged by what it matches, not by its letters: by probes, names
 * and times that nobody has seen yet, in every place of the target. An acceptance that matches all probes of a kind matches all that an intruder
 * may leave there.
 */

interface Probe {
  readonly uri: string;
  readonly chain: string;
  readonly at: number;
}

/** Long before there was CloudTrail: what fits a time here was not written for any. */
const NEVER: readonly [number, number] = [Date.UTC(2001, 0, 1), Date.UTC(2011, 0, 1)];
const SECOND = 1000;
/** Findings about objects that somebody may put among query results, too. */
const AMONG_RESULTS: ReadonlySet<string> = new Set(['LOG_UNLISTED', 'OBJECT_TWICE']);

/** Throws CONFIGURATION where acceptances are sweeping in `places`, or in one of the folders of query results. */
export function refuseSweeping(
  acceptances: readonly Acceptance[],
  places: readonly ReachedPlace[],
  queries: readonly ReachedQueries[],
): void {
  const found = sweepingAcceptances(acceptances, places, queries);
  if (found !== undefined) throw sweeping(found.code, found.names);
}

/**
 * The acceptances of one code, except those that name one object or chain to the letter, that fit all that may ever be in
 * `places`, or in any bucket at all, or by their objects all that may be in one folder with proven digests; undefined where
 * there are none.
 */
export function sweepingAcceptances(
  acceptances: readonly Acceptance[],
  places: readonly ReachedPlace[],
  queries: readonly ReachedQueries[] = [],
): { readonly code: string; readonly names: readonly string[] } | undefined {
  const byCode = new Map<string, Acceptance[]>();
  for (const one of acceptances) {
    if (isExact(one)) continue;
    const list = byCode.get(one.code);
    if (list === undefined) byCode.set(one.code, [one]);
    else list.push(one);
  }
  if (byCode.size === 0) return undefined;
  const nowhere = [anywhere()];
  const kinds = [...kindsOf(nowhere), ...kindsOf(places)];
  // Each folder of results for itself: whatever accounts anybody adds, it holds no less.
  const folders = [nowhere.flatMap(queriesOf), places.flatMap(queriesOf), ...queries.map((one) => [one])];
  const ofQueries = folders.flatMap((some) => kindsOfQueries(some, resultUris));
  const ofPlanted = folders.flatMap((some) => kindsOfQueries(some, plantedUris));
  for (const [code, entries] of byCode) {
    const among = code.startsWith('LAKE_') ? ofQueries : AMONG_RESULTS.has(code) ? ofPlanted : [];
    const sweepingQueries = wholly(entries, among);
    if (sweepingQueries !== undefined) return { code, names: sweepingQueries };
    const ofObjects = entries.filter(({ object }) => object !== undefined);
    const names =
      wholly(entries, kinds) ?? (ofObjects.length > 0 ? wholly(ofObjects, ofEach(places)) : undefined);
    if (names !== undefined) return { code, names };
  }
  return undefined;
}

/** The names of entries that together take every probe of one of `kinds`. */
function wholly(
  entries: readonly Acceptance[],
  kinds: Iterable<readonly Probe[]>,
): readonly string[] | undefined {
  for (const probes of kinds)
    if (probes.every((probe) => entries.some((one) => takes(one, probe))))
      return entries.filter((one) => probes.some((probe) => takes(one, probe))).map(({ name }) => name);
  return undefined;
}

/** The kinds of probes of each folder with proven digests for itself: whatever else the bucket holds, it holds no less. */
function* ofEach(places: readonly ReachedPlace[]): Generator<readonly Probe[]> {
  for (const place of places)
    if (place.isProven) for (const top of place.tops) yield* kindsOf([{ ...place, tops: [top] }]);
}

/** What names one object or one chain to the letter is never too wide. */
function isExact({ object, chain }: Acceptance): boolean {
  return [object, chain].some((pattern) => pattern !== undefined && !hasWildcard(pattern));
}

function takes({ object, chain, window }: Acceptance, probe: Probe): boolean {
  if (object !== undefined && !matchesWildcard(object, probe.uri)) return false;
  if (chain !== undefined && !matchesWildcard(chain, probe.chain)) return false;
  if (window === undefined) return true;
  const { from, to } = window;
  return (
    (from === undefined || Date.parse(from) <= probe.at) && (to === undefined || probe.at <= Date.parse(to))
  );
}

/** The probes of the places, kind by kind: whose object and whose chain are what. */
function kindsOf(places: readonly ReachedPlace[]): readonly (readonly Probe[])[] {
  const kinds = new Map<string, Probe[]>();
  const add = (kind: string, probe: Probe): void => {
    const list = kinds.get(kind);
    if (list === undefined) kinds.set(kind, [probe]);
    else list.push(probe);
  };
  for (const place of places) {
    const { account, region, chains } = place;
    const unseen = `${account}/${region}/${randomUUID()}@`;
    const homes = new Set([region, ...chains.map((id) => id.slice(id.lastIndexOf('@') + 1).split('/')[0])]);
    for (const at of timesOf(place))
      for (const top of place.tops)
        for (const [kind, uri] of urisOf(top, account, region, at)) {
          add(kind, { uri, chain: '', at });
          for (const home of homes) add(`${kind} of a chain`, { uri, chain: `${unseen}${home}`, at });
          for (const chain of chains) add(`${kind} of a proven chain`, { uri, chain, at });
        }
  }
  return [...kinds.values()];
}

function timesOf({ span }: ReachedPlace): readonly number[] {
  if (span === undefined) return [randomInt(...NEVER)];
  return timesIn(span);
}

function timesIn({ from, to }: ReachedQueries['span']): readonly number[] {
  return [from, Math.floor((from + to) / 2 / SECOND) * SECOND, to];
}

/** Objects that may be below an account's folder, and that nobody has seen. */
function urisOf(
  top: string,
  account: string,
  region: string,
  at: number,
): readonly (readonly [string, string])[] {
  const stamp = isoTime(at).replaceAll(/[-:]/g, '');
  const unique = randomBytes(12).toString('base64url').replaceAll(/[-_]/g, 'A');
  const digests = `${top}CloudTrail-Digest/${region}/`;
  const logs = `${top}CloudTrail/${region}/`;
  const trail = randomUUID();
  return [
    [
      'log file',
      `${logs}${dayFolder(at)}${account}_CloudTrail_${region}_${stamp.slice(0, 13)}Z_${unique}.json.gz`,
    ],
    [
      'digest',
      `${digests}${dayFolder(at)}${account}_CloudTrail-Digest_${region}_${trail}_${region}_${stamp}.json.gz`,
    ],
    ['digest folder', digests],
    ['log folder', logs],
    ['odd name', `${logs}${dayFolder(at)}${randomUUID()}`],
  ];
}

/** The folders of results that an account folder may have, whether it has one or not. */
function queriesOf({ account, tops, span }: ReachedPlace): readonly ReachedQueries[] {
  const at = randomInt(...NEVER);
  return tops.map((top) => {
    const folder = `${top}CloudTrail-Lake/Query/`;
    return { top: folder, within: folder, account, span: span ?? { from: at, to: at } };
  });
}

/** The probes of folders of results, kind by kind. */
function kindsOfQueries(
  folders: readonly ReachedQueries[],
  urisIn: typeof resultUris,
): readonly (readonly Probe[])[] {
  const kinds = new Map<string, Probe[]>();
  for (const { top, within, account, span } of folders) {
    const asked = within.slice(top.length).split('/').length - 1;
    for (const at of timesIn(span)) {
      const path = [...dayFolder(at).split('/').slice(0, -1), randomUUID()].slice(asked);
      const set = within + path.map((segment) => `${segment}/`).join('');
      for (const [kind, uri] of urisIn(set, within, account, at))
        kinds.set(kind, [...(kinds.get(kind) ?? []), { uri, chain: '', at }]);
    }
  }
  return [...kinds.values()];
}

/** Query results that nobody has seen; `set` is the URI of their folder. */
function resultUris(
  set: string,
  _within: string,
  _account: string,
  _at: number,
): readonly (readonly [string, string])[] {
  return [
    ['query results', set],
    ['sign file', `${set}result_sign.json`],
    ['query result', `${set}result_${randomInt(1, 1000)}.csv.gz`],
  ];
}

/** Objects that somebody may plant among query results. */
function plantedUris(
  set: string,
  within: string,
  account: string,
  at: number,
): readonly (readonly [string, string])[] {
  const stamp = isoTime(at).replaceAll(/[-:]/g, '').slice(0, 13);
  const log = `${account}_CloudTrail_us-east-1_${stamp}Z_${randomBytes(8).toString('hex')}.json.gz`;
  return [
    ['log file', set + log],
    ['odd name', within + randomUUID()],
  ];
}

/** A place in no bucket that anybody has. */
function anywhere(): ReachedPlace {
  const account = String(randomInt(10 ** 11, 10 ** 12));
  const region = `${randomBytes(1).toString('hex')}-nowhere-9`;
  const tops = [`s3://${randomUUID()}/${randomUUID()}/AWSLogs/${account}/`];
  return { account, region, tops, isProven: false, span: undefined, chains: [] };
}

function sweeping(code: string, names: readonly string[]): TrailVerifyError {
  const [first = '', second] = names.map((name) => JSON.stringify(name));
  const others = names.length > 2 ? ` and ${names.length - 2} more` : '';
  const who =
    second === undefined
      ? `acceptance ${first} fits`
      : `acceptances ${first}, ${second}${others} together fit`;
  return new TrailVerifyError('CONFIGURATION', `${who} every ${code} that this target may ever give`, {
    hint: 'name the very chain or object, without *, or a time that is part of the window',
  });
}
