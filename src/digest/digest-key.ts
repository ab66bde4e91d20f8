/**
 * The grammar of digest and log file keys (user guide, "CloudTrail digest file structure" and "Finding your
 * CloudTrail log files"), where P is the trail's S3 prefix and the organization id stands only in an
 * organization trail's keys:
 *
 *     P/AWSLogs/[o-…/]111122223333/CloudTrail-Digest/us-east-2/2026/11/20/
 *       111122223333_CloudTrail-Digest_us-east-2_my_trail_us-east-1_20261120T150131Z[_backfill].json.gz
 *     P/AWSLogs/[o-…/]111122223333/CloudTrail/us-east-2/2026/11/20/111122223333_CloudTrail_us-east-2_….json.gz
 */

/** `standard` digests form the hourly chain; `backfill` digests, for late log files, a second one beside it. */
export type ChainKind = 'standard' | 'backfill';

/** The account folder an object lies in: `prefix` is '' or ends in `/`. */
export interface AccountFolder {
  readonly prefix: string;
  readonly organization?: string;
  readonly account: string;
}

/** What the key of a digest file says. Times are milliseconds since the epoch. */
export interface DigestKey extends AccountFolder {
  readonly region: string;
  readonly trail: string;
  readonly homeRegion: string;
  readonly endTime: number;
  readonly kind: ChainKind;
}

const ACCOUNT = /^\d{12}$/;
const ORGANIZATION = /^o-[a-z0-9]{10,32}$/;
const REGION = /^(?=.{4,32}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/;
/**
 * The alphabet of trail names (user guide, "Naming requirements"). Today's further rules (3 characters, no two
 * marks side by side) are not asked here: an older trail that breaks them must not go unseen.
 */
const TRAIL = /^[A-Za-z0-9._-]{1,128}$/;
const STAMP = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;
const BACKFILL_SUFFIX = '_backfill.json.gz';
const SUFFIX = '.json.gz';
/** The longest key S3 stores, in bytes; anything longer is not an object's key. */
const MAX_KEY_LENGTH = 1024;
/** Keys whose parts are remembered, some 300 bytes each: every one is asked for when it is listed, linked to, read and judged. */
const MOST_REMEMBERED = 32_768;

/** True for twelve digits. */
export function isAccountId(text: string): boolean {
  return ACCOUNT.test(text);
}

/** True for an AWS Organizations id, `o-` and 10 to 32 lower-case letters or digits (API reference, Organization). */
export function isOrganizationId(text: string): boolean {
  return ORGANIZATION.test(text);
}

/** True for the shape of a Region name, such as `us-gov-west-1` or `eusc-de-east-1`, known or not. */
export function isRegionName(text: string): boolean {
  return REGION.test(text);
}

/** `20261120T150131Z` as milliseconds since the epoch; undefined where it is not a real time. */
export function parseStamp(text: string): number | undefined {
  const parts = STAMP.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // Date.UTC carries 31 April over to 1 May: what it carries is no real time. Years below 100 it takes for 19xx.
  const isReal =
    year >= 100 && month <= 12 && day <= daysOfMonth(year, month) && hour < 24 && minute < 60 && second < 60;
  return isReal && month > 0 && day > 0 ? Date.UTC(year, month - 1, day, hour, minute, second) : undefined;
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** A time (milliseconds since the epoch) as it stands in digest keys, `20261120T150131Z`. */
export function formatStamp(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** The day folder `2026/11/20/` of a time (milliseconds since the epoch, UTC). */
export function dayFolder(time: number): string {
  return `${new Date(time).toISOString().slice(0, 10).replaceAll('-', '/')}/`;
}

/** The account folder's own key, `P/AWSLogs/[o-…/]111122223333/`. */
export function accountFolderKey(folder: AccountFolder): string {
  const organization = folder.organization === undefined ? '' : `${folder.organization}/`;
  return `${folder.prefix}AWSLogs/${organization}${folder.account}/`;
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
 * What a digest's key says, or undefined where it is not exactly what CloudTrail would write: the folders,
 * the name and the time in it must agree. A trail's name may hold underscores, so the name is read from both ends.
 */
export function parseDigestKey(key: string): DigestKey | undefined {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const parsed = readDigestKey(key);
  if (parsed === undefined) return undefined;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, parsed);
  return parsed;
}

const remembered = new Map<string, DigestKey>();

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
): { prefix: string; organization?: string } | undefined {
  const last = segments.at(-1) ?? '';
  if (last === 'AWSLogs') return { prefix: joinPrefix(segments.slice(0, -1)) };
  if (!isOrganizationId(last) || segments.at(-2) !== 'AWSLogs') return undefined;
  return { prefix: joinPrefix(segments.slice(0, -2)), organization: last };
}

function joinPrefix(segments: readonly string[]): string {
  return segments.length === 0 ? '' : `${segments.join('/')}/`;
}
