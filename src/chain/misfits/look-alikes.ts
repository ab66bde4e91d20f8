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
