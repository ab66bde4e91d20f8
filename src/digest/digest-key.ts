import { DAY, HOUR } from '../base/clock.ts';
import { isAccountId, isOrganizationId, isRegionName } from '../base/names.ts';
import type { ObjectRef } from '../source/source.ts';

/**
 * The grammar of digest and log file keys (user guide, "CloudTrail digest file structure" and "Finding your
 * CloudTrail log files"), where P is the trail's S3 prefix and the organization id occurs only in an
 * organization trail's keys:
 *
 *     P/AWSLogs/[o-…/]111122223333/CloudTrail-Digest/us-east-2/2026/11/20/
 *       111122223333_CloudTrail-Digest_us-east-2_my_trail_us-east-1_20261120T150131Z[_backfill].json.gz
 *     P/AWSLogs/[o-…/]111122223333/CloudTrail/us-east-2/2026/11/20/111122223333_CloudTrail_us-east-2_….json.gz
 */

/** `standard` digests form the hourly chain; `backfill` digests, for late log files, form a second chain. */
export type ChainKind = 'standard' | 'backfill';

/** Before this time (milliseconds since the epoch) there is no digest: log file validation came in October 2015. */
export const FIRST_DIGESTS: number = Date.UTC(2015, 0, 1);

/** The account folder of an object: `prefix` is '' or ends in `/`. */
export interface AccountFolder {
  readonly prefix: string;
  readonly organization?: string | undefined;
  readonly account: string;
}

/** The parts of the key of a digest file. Times are milliseconds since the epoch. */
export interface DigestKey extends AccountFolder {
  readonly region: string;
  readonly trail: string;
  readonly homeRegion: string;
  readonly endTime: number;
  readonly kind: ChainKind;
}

/**
 * The alphabet of trail names (user guide, "Naming requirements"). Today's further rules (3 characters, no two
 * marks side by side) are not asked here: an older trail that breaks them must not go unseen.
 */
const TRAIL = /^[A-Za-z0-9._-]{1,128}$/;
const STAMP = /^\d{8}T\d{6}Z$/;
const BACKFILL_SUFFIX = '_backfill.json.gz';
const SUFFIX = '.json.gz';
/** The longest key S3 stores, in bytes; anything longer is not an object's key. */
const MAX_KEY_LENGTH = 1024;
/** Keys whose parts are remembered, some 300 bytes each: every one is asked for when it is linked to, read and judged. */
const MOST_REMEMBERED = 2_048;
/** Chains of one folder each, whose keys are read quickly. */
const MOST_PATTERNS = 1_024;

/** `20261120T150131Z` as milliseconds since the epoch; undefined where it is not a real time. */
export function parseStamp(text: string): number | undefined {
  if (!STAMP.test(text)) return undefined;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 4, 6), digits(text, 6, 8)];
  const [hour, minute, second] = [digits(text, 9, 11), digits(text, 11, 13), digits(text, 13, 15)];
  // Date.UTC turns 31 April into 1 May: a date that it changes is no real time. It takes years below 100 for 19xx.
  const isReal =
    year >= 100 && month <= 12 && day <= daysOfMonth(year, month) && hour < 24 && minute < 60 && second < 60;
  return isReal && month > 0 && day > 0 ? Date.UTC(year, month - 1, day, hour, minute, second) : undefined;
}

/** The number that the digits of `text` from `from` to `to` make. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at += 1) number = 10 * number + text.charCodeAt(at) - 0x30;
  return number;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Behind every key: a year of five digits, such as that of a grace after the last window there can be, would sort before them. */
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A time (milliseconds since the epoch) as in digest keys, `20261120T150131Z`. */
export function formatStamp(time: number): string {
  return new Date(Math.min(time, LAST_TIME)).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** Characters of `/2026/11/20` and of a stamp. */
const DAY_LENGTH = 11;
const STAMP_LENGTH = 16;

/** Day folders by day since the epoch: a run asks for the same few over and over. */
const dayFolders = new Map<number, string>();
const MOST_DAY_FOLDERS = 4_096;

/** The day folder `2026/11/20/` of a time (milliseconds since the epoch, UTC). */
export function dayFolder(time: number): string {
  const day = Math.floor(Math.min(time, LAST_TIME) / DAY);
  const known = dayFolders.get(day);
  if (known !== undefined) return known;
  const folder = `${new Date(day * DAY).toISOString().slice(0, 10).replaceAll('-', '/')}/`;
  if (dayFolders.size >= MOST_DAY_FOLDERS) dayFolders.clear();
  dayFolders.set(day, folder);
  return folder;
}

/** The account folder's own key, `P/AWSLogs/[o-…/]111122223333/`. */
export function accountFolderKey(folder: AccountFolder): string {
  const organization = folder.organization === undefined ? '' : `${folder.organization}/`;
  return `${folder.prefix}AWSLogs/${organization}${folder.account}/`;
}

/** The folder that accounts are in, as the prefix of a target shows it: `P/` is the trail's own prefix. */
export interface TrailFolder {
  readonly prefix: string;
  readonly organization?: string | undefined;
}

/**
 * The trail's folder for a target's prefix, which may itself be in an `AWSLogs` folder: `P/` and the organization of
 * `P/AWSLogs/[o-…/][111122223333/…]`. Any other prefix is taken for the trail's own.
 */
export function trailFolderOf(prefix: string): TrailFolder {
  const segments = prefix.split('/').slice(0, -1);
  const at = segments.lastIndexOf('AWSLogs');
  if (at === -1) return { prefix };
  const [first = '', second] = segments.slice(at + 1);
  const organization = isOrganizationId(first) ? first : undefined;
  const account = organization === undefined ? first : second;
  if (account !== undefined && account !== '' && !isAccountId(account)) return { prefix };
  const top = segments.slice(0, at).map((segment) => `${segment}/`);
  return { prefix: top.join(''), organization };
}

/** The digest folder of a Region, `P/AWSLogs/[o-…/]111122223333/CloudTrail-Digest/us-east-2/`. */
export function digestFolderKey(folder: AccountFolder, region: string): string {
  return `${accountFolderKey(folder)}CloudTrail-Digest/${region}/`;
}

/** The key that CloudTrail gives a digest: the inverse of `parseDigestKey`. */
export function formatDigestKey(key: DigestKey): string {
  const suffix = key.kind === 'backfill' ? BACKFILL_SUFFIX : SUFFIX;
  const name = `${key.account}_CloudTrail-Digest_${key.region}_${key.trail}_${key.homeRegion}_${formatStamp(key.endTime)}`;
  return `${digestFolderKey(key, key.region)}${dayFolder(key.endTime)}${name}${suffix}`;
}

/**
 * The parts of a digest's key, or undefined where it is not exactly as CloudTrail would write it: the folders, the name and the
 * time in it must agree. A trail's name may hold underscores, so the name is read from both ends.
 */
export function parseDigestKey(key: string): DigestKey | undefined {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const places = timePlaces(key);
  if (places === undefined) return undefined;
  const parsed = readLike(key, places) ?? readAnew(key, places);
  if (parsed === undefined) return undefined;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, parsed);
  return parsed;
}

const remembered = new Map<string, DigestKey>();
/** A key of each chain and folder, by all of it but its time: the others differ in that alone. */
const patterns = new Map<string, DigestKey>();

/** The two places of the time in a key: at `day` as `/2026/11/20`, before the name at `slash`, and at `stamp`. */
interface TimePlaces {
  readonly day: number;
  readonly slash: number;
  readonly stamp: number;
  readonly end: number;
}

/** Undefined where there is no room for them, as in no digest's key. */
function timePlaces(key: string): TimePlaces | undefined {
  const slash = key.lastIndexOf('/');
  const end = key.length - (key.endsWith(BACKFILL_SUFFIX) ? BACKFILL_SUFFIX : SUFFIX).length;
  const places = { day: slash - DAY_LENGTH, slash, stamp: end - STAMP_LENGTH, end };
  return places.day > 0 && places.stamp > slash ? places : undefined;
}

/** A key without its time. The name has no NUL, so that no two keys of different parts become one. */
function patternOf(key: string, { day, slash, stamp, end }: TimePlaces): string {
  return `${key.slice(0, day)}\0${key.slice(slash, stamp)}${key.slice(end)}`;
}

/** Reads a key that differs from one read before in its time alone; undefined for any other, and where the time is not real. */
function readLike(key: string, places: TimePlaces): DigestKey | undefined {
  const known = patterns.get(patternOf(key, places));
  if (known === undefined) return undefined;
  const { day, slash, stamp, end } = places;
  const endTime = parseStamp(key.slice(stamp, end));
  return endTime !== undefined && key.slice(day, slash + 1) === `/${dayFolder(endTime)}`
    ? { ...known, endTime }
    : undefined;
}

/** Reads a key in full, and remembers its parts for those like it. */
function readAnew(key: string, places: TimePlaces): DigestKey | undefined {
  const parsed = readDigestKey(key);
  if (parsed === undefined) return undefined;
  if (patterns.size >= MOST_PATTERNS) patterns.clear();
  patterns.set(patternOf(key, places), parsed);
  return parsed;
}

function readDigestKey(key: string): DigestKey | undefined {
  if (key.length > MAX_KEY_LENGTH) return undefined;
  const segments = key.split('/');
  const name = key.slice(key.lastIndexOf('/') + 1);
  const [account, family, region] = segments.slice(-7, -4);
  if (account === undefined || region === undefined || family !== 'CloudTrail-Digest') return undefined;
  if (!isAccountId(account) || !isRegionName(region)) return undefined;
  const kind: ChainKind = name.endsWith(BACKFILL_SUFFIX) ? 'backfill' : 'standard';
  const suffix = kind === 'backfill' ? BACKFILL_SUFFIX : SUFFIX;
  const head = `${account}_CloudTrail-Digest_${region}_`;
  if (!name.startsWith(head) || !name.endsWith(suffix)) return undefined;
  const middle = name.slice(head.length, -suffix.length);
  const beforeTime = middle.lastIndexOf('_');
  const beforeRegion = middle.lastIndexOf('_', beforeTime - 1);
  const endTime = parseStamp(middle.slice(beforeTime + 1));
  const homeRegion = middle.slice(beforeRegion + 1, beforeTime);
  const trail = middle.slice(0, beforeRegion);
  if (endTime === undefined || !isRegionName(homeRegion) || !TRAIL.test(trail)) return undefined;
  const above = parseAboveAccount(segments.slice(0, -7));
  if (above === undefined) return undefined;
  const parsed: DigestKey = { ...above, account, region, trail, homeRegion, endTime, kind };
  return formatDigestKey(parsed) === key ? parsed : undefined;
}

/** Reads `P/AWSLogs[/o-…]` from the right, so that a prefix may itself hold an organization id or `AWSLogs`. */
function parseAboveAccount(
  segments: readonly string[],
): { prefix: string; organization?: string | undefined } | undefined {
  const last = segments.at(-1) ?? '';
  if (last === 'AWSLogs') return { prefix: joinPrefix(segments.slice(0, -1)) };
  if (!isOrganizationId(last) || segments.at(-2) !== 'AWSLogs') return undefined;
  return { prefix: joinPrefix(segments.slice(0, -2)), organization: last };
}

function joinPrefix(segments: readonly string[]): string {
  return segments.length === 0 ? '' : `${segments.join('/')}/`;
}

/**
 * The grammar of log file names (user guide, "CloudTrail log file name format"), in the day folder of their Region:
 *
 *     P/AWSLogs/[o-…/]111122223333/CloudTrail/us-east-2/2026/11/20/
 *       111122223333_CloudTrail_us-east-2_20261120T1510Z_Mu0KsOhtH1ar15ZZ.json.gz
 *
 * How the other families name their files is documented nowhere: theirs may hold the name of any family.
 */

/** The place of log files: the account, its family's folder and the Region. */
export interface LogFolder {
  readonly account: string;
  readonly family: string;
  readonly region: string;
}

/** The time in a log file's name is that of a five-minute bucket, a few minutes off its delivery either way. */
export const NAME_SLACK: number = HOUR;

const DAY_PATH = /^(\d{4})\/(\d{2})\/(\d{2})\/(.+)$/s;
const NAME =
  /^(\d{12})_(CloudTrail(?:-[A-Za-z0-9]+)?)_([a-z0-9-]+)_(\d{8}T\d{4})Z_([A-Za-z0-9]{16})\.json\.gz$/;

/**
 * The time in the name of a log file (milliseconds since the epoch), `path` being its key below the Region's folder; undefined
 * where CloudTrail cannot have written it: no day folder, or a name that is not of this folder and day.
 */
export function parseLogPath(path: string, folder: LogFolder): number | undefined {
  const day = dayOfPath(path);
  const found = NAME.exec(path.slice('2026/11/20/'.length));
  if (day === undefined || found === null) return undefined;
  const [, account, infix = '', region, stamp] = found;
  const time = parseStamp(`${stamp}00Z`);
  if (account !== folder.account || region !== folder.region || time === undefined) return undefined;
  if (infix === 'CloudTrail-Digest' || (folder.family === 'CloudTrail' && infix !== 'CloudTrail'))
    return undefined;
  return time >= day - NAME_SLACK && time < day + DAY + NAME_SLACK ? time : undefined;
}

/** The day (milliseconds since the epoch) whose folder a path is in; undefined where it is in none. */
export function dayOfPath(path: string): number | undefined {
  const found = DAY_PATH.exec(path);
  return found === null ? undefined : parseStamp(`${found[1]}${found[2]}${found[3]}T000000Z`);
}

/**
 * The parts that make digests one chain: the same account, delivering Region, trail name, home Region, organization and kind. An
 * account's own trail and an organization's may have one name and Region. Bucket and prefix are no part of it: a trail that moved
 * stays one chain, and CloudTrail gives an account no two trails of its own with one name and home Region.
 */
export interface Chain {
  readonly account: string;
  readonly region: string;
  readonly trail: string;
  readonly homeRegion: string;
  /** The organization in whose folder its digests are; undefined for an account's own trail. */
  readonly organization?: string | undefined;
  readonly kind: ChainKind;
}

/**
 * A chain's name in reports and findings: `account/region/trail@home-region`, then `/o-…` for an organization's trail, then
 * `/backfill` for a backfill chain.
 */
export function chainId(chain: Chain): string {
  const { account, region, trail, homeRegion, organization, kind } = chain;
  const owner = organization === undefined ? '' : `/${organization}`;
  return `${account}/${region}/${trail}@${homeRegion}${owner}${kind === 'backfill' ? '/backfill' : ''}`;
}

/**
 * The name of the trail in one account and Region, whosever folder its digests are in: chains that share it may be one chain that
 * moved between an organization's folder and the account's own.
 */
export function trailId(chain: Chain): string {
  return chainId({ ...chain, organization: undefined });
}

const OWNER = /\/o-[a-z0-9]+(?=(?:\/backfill)?$)/;

/** The `trailId` of the chain with that id. */
export function trailIdOf(id: string): string {
  return id.replace(OWNER, '');
}

/** The chain a digest belongs to, by its key. */
export function chainOf(key: DigestKey): Chain {
  const { account, region, trail, homeRegion, organization, kind } = key;
  const owner = organization === undefined ? {} : { organization };
  return { account, region, trail, homeRegion, ...owner, kind };
}

/** A declared move: an object signed as `s3://from/…` is now at `s3://to/…`; each is a bucket or bucket/prefix. */
export interface Relocation {
  readonly from: string;
  readonly to: string;
}

/** Both directions of the declared moves; where none fits, a place stays as it is. */
export interface Relocator {
  /** As they were declared: another thread makes the same of them. */
  readonly declared: readonly Relocation[];
  /** Where an object that was signed at `signed` is read from. */
  toActual(signed: ObjectRef): ObjectRef;
  /**
   * The place that must be signed for an object that is read from `actual`. Several moves may lead to one place, and objects
   * that were delivered there may be among the moved ones. Then it is the place that the object itself `claims`, if that leads
   * here.
   */
  toSigned(actual: ObjectRef, claims?: ObjectRef): ObjectRef;
}

/** The declared moves as a pair of functions; the first one that fits an object counts. */
export function relocator(relocations: readonly Relocation[]): Relocator {
  const toActual = (signed: ObjectRef): ObjectRef => move(signed, relocations, 'from', 'to');
  return {
    declared: relocations,
    toActual,
    toSigned: (actual, claims) =>
      claims !== undefined && isSamePlace(toActual(claims), actual)
        ? claims
        : move(actual, relocations, 'to', 'from'),
  };
}

function isSamePlace(a: ObjectRef, b: ObjectRef): boolean {
  return a.bucket === b.bucket && a.key === b.key;
}

function move(
  ref: ObjectRef,
  relocations: readonly Relocation[],
  out: 'from' | 'to',
  into: 'from' | 'to',
): ObjectRef {
  for (const relocation of relocations) {
    const source = split(relocation[out]);
    if (ref.bucket !== source.bucket || !ref.key.startsWith(source.prefix)) continue;
    const goal = split(relocation[into]);
    return { ...ref, bucket: goal.bucket, key: goal.prefix + ref.key.slice(source.prefix.length) };
  }
  return ref;
}

function split(place: string): { bucket: string; prefix: string } {
  const slash = place.indexOf('/');
  if (slash === -1) return { bucket: place, prefix: '' };
  const prefix = place.slice(slash + 1).replace(/\/+$/, '');
  return { bucket: place.slice(0, slash), prefix: prefix === '' ? '' : `${prefix}/` };
}
