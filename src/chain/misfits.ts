import { isoTime } from '../base/clock.ts';
import type { Relocator } from '../digest/digest-key.ts';
import { type Finding, makeFinding } from '../findings/finding.ts';
import type { ListedObject, Source } from '../source/source.ts';
import { findingObject } from './check-digest.ts';

/**
 * Objects next to the folders of a trail that belong to none of them: objects on the levels that lead to its days, folders
 * that CloudTrail never makes, and folders whose names pass for its own.
 */

/** One misfit, or a folder of them, whose key ends in `/`. */
export interface Misfit {
  readonly bucket: string;
  readonly object: ListedObject;
  /** Whether somebody who reads the trail's folders may take it for log data. */
  readonly asLog: boolean;
  /** Why CloudTrail cannot have written it. */
  readonly reason: 'name' | 'place';
  /** How many more are there that are not reported one by one. */
  readonly further?: number | undefined;
}

/** Objects of one folder that are reported one by one: a page of its listing. */
const MOST_BELOW = 1_000;

/** The finding for a misfit; `time` is its time, milliseconds since the epoch. */
export function misfitFinding(
  { bucket, object: listed, asLog, reason, further }: Misfit,
  relocations: Relocator,
): Finding {
  const { key, size, lastModified } = listed;
  const object = findingObject({ bucket, key }, relocations);
  if (!asLog) return makeFinding('OBJECT_UNRECOGNIZED', { object }, { size });
  const written = lastModified === undefined ? undefined : isoTime(lastModified);
  return makeFinding('LOG_UNLISTED', { object, time: written }, { written, size, reason, further });
}

/** The misfits among the objects of one level, whose own key is `prefix`; those not reported one by one are one more. */
export function misfitsOfLevel(
  bucket: string,
  prefix: string,
  { objects, further }: { readonly objects: readonly ListedObject[]; readonly further: number },
  asLog: (key: string) => boolean,
): readonly Misfit[] {
  const reported = objects
    .filter((object) => !isMarker(object))
    .map((object): Misfit => ({ bucket, object, asLog: asLog(object.key), reason: 'place' }));
  if (further === 0) return reported;
  return [...reported, { bucket, object: { key: prefix, size: 0 }, asLog: true, reason: 'place', further }];
}

/** A folder that CloudTrail never makes, each object of its first page as a misfit, and the folder itself where there are more. */
export async function misfitsBelow(
  source: Source,
  bucket: string,
  folder: string,
): Promise<readonly Misfit[]> {
  const { objects, isWhole } = await firstBelow(source, bucket, folder);
  const reported = objects
    .filter((object) => !isMarker(object))
    .map((object): Misfit => ({ bucket, object, asLog: true, reason: 'place' }));
  return isWhole ? reported : [...reported, folderMisfit(bucket, folder, true)];
}

/**
 * A folder of unknown kind next to those of a trail: CloudTrail's names on its first page, each as a misfit, or
 * else the folder as a note; nothing where it is only a way to another trail's `AWSLogs` folder.
 */
export async function misfitsOfUnknown(
  source: Source,
  bucket: string,
  folder: string,
): Promise<readonly Misfit[]> {
  const { objects, isWhole } = await firstBelow(source, bucket, folder);
  const companions = objects.filter(({ key }) => !key.includes('/AWSLogs/', folder.length - 1));
  const named = companions.filter(({ key }) => namesCloudTrail(key.slice(folder.length)));
  if (named.length > 0) {
    const reported = named.map((object): Misfit => ({ bucket, object, asLog: true, reason: 'place' }));
    return isWhole ? reported : [...reported, folderMisfit(bucket, folder, true)];
  }
  return companions.some((object) => !isMarker(object)) ? [folderMisfit(bucket, folder, false)] : [];
}

/** A folder as a misfit of its own. */
export function folderMisfit(bucket: string, folder: string, asLog: boolean, further?: number): Misfit {
  const more = further === undefined ? {} : { further };
  return { bucket, object: { key: folder, size: 0 }, asLog, reason: 'place', ...more };
}

async function firstBelow(
  source: Source,
  bucket: string,
  folder: string,
): Promise<{ readonly objects: readonly ListedObject[]; readonly isWhole: boolean }> {
  const objects: ListedObject[] = [];
  for await (const page of source.list({ bucket, prefix: folder })) {
    if (objects.length > 0 && objects.length + page.length > MOST_BELOW) return { objects, isWhole: false };
    objects.push(...page);
  }
  return { objects, isWhole: true };
}

/** True for what CreateTrail and the S3 console leave in place of a folder. One with bytes in it is an object like any other. */
export function isMarker({ key, size }: ListedObject): boolean {
  return key.endsWith('/') && size === 0;
}

/** Names next to a trail's folders: which of them somebody may take for CloudTrail's own, and which are another service's. */

/**
 * Letters that look like the ones of "CloudTrail" and are not taken apart by Unicode's compatibility forms (Unicode Technical
 * Standard 39, confusables): Cyrillic, Greek, Armenian, Cherokee and Latin ones.
 */
const LOOKS: Readonly<Record<string, string>> = {
  a: 'аαɑᴀꭺ',
  c: 'сϲᴄꮯƈ',
  d: 'ԁɗɖđꮷᴅ',
  i: 'іιıɩɪ',
  l: 'ӏłɭʟꮮǀ|!',
  o: 'оοօᴏøσ',
  r: 'гᴦꮁʀɾ',
  t: 'тτᴛŧꭲƭ',
  u: 'υսᴜʋμ',
};
const LATIN: ReadonlyMap<string, string> = new Map(
  Object.entries(LOOKS).flatMap(([latin, like]) => [...like].map((letter) => [letter, latin] as const)),
);
/** Figures and letters that pass for one another, all made one: `CIoudTrail`, `C1oudTrai1`, `cloudtraiI`, `doudTrail`. */
const ALIKE: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  i: 'l',
  d: 'cl',
  v: 'u',
  '4': 'a',
  '7': 't',
};
const CLOUD_TRAIL = fold('CloudTrail');
const AWS_LOGS = fold('AWSLogs');
const LAKE = fold('CloudTrail-Lake');
/** Letters that may be added, left out, changed or swapped. */
const MOST_SLIPS = 2;

/**
 * What services write below `AWSLogs/<account>/` (their user guides' pages on logs in S3). One that is missing here is a
 * note in the report.
 */
const SERVICES: ReadonlySet<string> = new Set([
  'BedrockModelInvocationLogs',
  'CloudFront',
  'Config',
  'GuardDuty',
  'KafkaBrokerLogs',
  'Macie',
  'VpcLattice',
  'WAFLogs',
  'elasticloadbalancing',
  'fis',
  'globalaccelerator',
  'network-firewall',
  'redshift',
  'verified-access',
  'vpcdnsquerylogs',
  'vpcflowlogs',
]);
/** Folders of services that partition in Hive's way. */
const HIVE = /^aws-(?:account-id=\d{12}|service=[a-z0-9-]+)$/;

/** What a load balancer's configuration writes into the account folder, to see whether it may: of access, connection and health logs. */
const TEST_FILE = /^ELB[A-Za-z]{1,40}LogTestFile$/;
/** Whether an object of the account folder is one by which a service tries whether it may write there. */
export function isTestFile(name: string): boolean {
  return TEST_FILE.test(name);
}

/** Whether a folder's name is that of another service which writes there. */
export function isOtherService(name: string): boolean {
  return SERVICES.has(name) || HIVE.test(name);
}

/** Whether somebody may take a name for one of CloudTrail's: in any letter case, of look-alike letters, or but for a slip. */
export function looksLikeCloudTrail(name: string): boolean {
  const folded = fold(name);
  return folded.includes(CLOUD_TRAIL) || isWithin(MOST_SLIPS, folded.slice(0, 40), CLOUD_TRAIL);
}

/** Whether somebody may take a folder's name for that of CloudTrail Lake, or it is that name. */
export function looksLikeLake(name: string): boolean {
  return fold(name) === LAKE;
}

/** Whether somebody may take a folder's name for `AWSLogs`, though it is another: in any letter case, of look-alike letters. */
export function looksLikeAwsLogs(name: string): boolean {
  return name !== 'AWSLogs' && fold(name) === AWS_LOGS;
}

/** Whether somebody may take a folder's name for an account's: eleven to thirteen figures of any script, whatever is between. */
export function looksLikeAccount(name: string): boolean {
  const plain = name.normalize('NFKD').toLowerCase().replace(/o/g, '0').replace(/[li|]/g, '1');
  const figures = plain.replace(/[^\p{Nd}]/gu, '');
  return [...figures].length >= 10 && [...figures].length <= 14 && [...plain].length <= 40;
}

/** Whether an object's key, below a folder that is not CloudTrail's, names a file or a folder of CloudTrail. */
export function namesCloudTrail(path: string): boolean {
  return path.split('/').some((segment) => fold(segment.slice(0, 300)).includes(CLOUD_TRAIL));
}

/** Whether an object's key ends in a name that may pass for a log file's; a digest's does not. */
export function namesLogFile(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return namesCloudTrail(name) && !name.includes('_CloudTrail-Digest_');
}

/** Whether a file is named as CloudTrail names its own, `…_CloudTrail_…` or `…_CloudTrail-Digest_…`, in any letter case. */
export function hasOwnName(name: string): boolean {
  return /_cloudtrail(?:-[a-z0-9]+)?_/.test(name.normalize('NFKC').toLowerCase());
}

function fold(name: string): string {
  const plain = name.normalize('NFKD').toLowerCase();
  const latin = [...plain].map((letter) => LATIN.get(letter) ?? letter).join('');
  const kept = latin.replace(/[^a-z0-9]/g, '');
  return [...kept].map((letter) => ALIKE[letter] ?? letter).join('');
}

/** Whether one text becomes the other by so many letters added, left out, changed or swapped (the way of Damerau and Levenshtein). */
function isWithin(slips: number, left: string, right: string): boolean {
  if (left === '' || right === '') return left.length + right.length <= slips;
  const [l, r] = [left.slice(1), right.slice(1)];
  if (left[0] === right[0]) return isWithin(slips, l, r);
  if (slips === 0) return false;
  const isSwapped = left[0] === right[1] && left[1] === right[0];
  return (
    isWithin(slips - 1, l, right) ||
    isWithin(slips - 1, left, r) ||
    isWithin(slips - 1, l, r) ||
    (isSwapped && isWithin(slips - 1, left.slice(2), right.slice(2)))
  );
}
