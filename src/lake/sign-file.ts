/**
 * The sign file that CloudTrail Lake saves with the results of a query (user guide, "CloudTrail sign file structure"):
 *
 *     {"version":"1.0","region":"us-east-1",
 *      "files":[{"fileHashValue":"<SHA-256 of the stored file>","fileName":"result_1.csv.gz"}],
 *      "hashAlgorithm":"SHA-256","signatureAlgorithm":"SHA256withRSA","queryCompleteTime":"2026-10-05T10:06:30Z",
 *      "hashSignature":"<hex>","publicKeyFingerprint":"<MD5 of the key, hex>"}
 *
 * What is signed is the hashes alone, in their order, joined by single spaces. So everything else here is the word of whoever wrote
 * the object last: names, Region, time and place. Only what can be read in one way, and is as CloudTrail writes it, is read at all.
 */

import { isoTime } from '../base/clock.ts';
import { strictJson } from '../base/json.ts';
import { isRegionName } from '../base/names.ts';
import { isSignatureHex } from '../crypto/public-key.ts';

/** The name of the sign file in the folder of a query. */
export const SIGN_FILE = 'result_sign.json';
/** Some 130 bytes describe a file: this is room for thirty thousand, and a query has a few. */
export const MAX_SIGN_FILE: number = 4 * 1024 * 1024;
const MOST_FILES = 30_000;
/** Problems that are named one by one. */
const MOST_PROBLEMS = 20;
const LONGEST_NAME = 255;

/** One result as the sign file lists it: its name, which is not signed, and the SHA-256 of the stored file, which is. */
export interface ListedResult {
  readonly name: string;
  readonly sha256: string;
}

/** A sign file that is well formed; nothing of it is proven. */
export interface SignFile {
  readonly region: string;
  /** When the query ended, milliseconds since the epoch. */
  readonly completed: number;
  readonly files: readonly ListedResult[];
  /** Lower-case hex, as the fingerprint. */
  readonly signature: string;
  readonly fingerprint: string;
}

/** Either the sign file, or in words what it has that CloudTrail does not write. */
export type ParsedSignFile =
  | { readonly signFile: SignFile }
  | { readonly signFile: undefined; readonly problems: readonly string[] };

const BACKSLASH = 0x5c;
const SHA256 = /^[0-9a-f]{64}$/;
const FINGERPRINT = /^[0-9a-f]{32}$/i;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|\+00:00)$/;
/** Control and format characters, line separators and halves of characters. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** The text that CloudTrail signs of these files. */
export function signedHashes(files: readonly ListedResult[]): string {
  return files.map(({ sha256 }) => sha256).join(' ');
}

/** Reads a sign file of any origin. Fields that are not known are passed over, as CloudTrail may add some; one that may pass for a hash is not. */
export function parseSignFile(bytes: Uint8Array): ParsedSignFile {
  const read = strictJson(bytes);
  if (!('value' in read)) return { signFile: undefined, problems: [read.problem] };
  if (!isRecord(read.value)) return { signFile: undefined, problems: ['is no JSON object'] };
  const fields = read.value;
  const problems: string[] = [];
  // No field of it needs one, and a reader without a JSON parser must see the same.
  if (bytes.includes(BACKSLASH)) problems.push('holds escapes, which CloudTrail does not write');
  const take = (name: string, fits: (text: string) => boolean): string => {
    const value = fields[name];
    if (typeof value === 'string' && fits(value)) return value;
    problems.push(`${name} is ${value === undefined ? 'missing' : 'not what CloudTrail writes'}`);
    return '';
  };
  take('version', (text) => text === '1.0');
  take('hashAlgorithm', (text) => text === 'SHA-256');
  take('signatureAlgorithm', (text) => text === 'SHA256withRSA');
  const region = take('region', isRegionName);
  const completed = take('queryCompleteTime', isTime);
  const signature = take('hashSignature', (text) => text !== '' && isSignatureHex(text));
  const fingerprint = take('publicKeyFingerprint', (text) => FINGERPRINT.test(text));
  const files = readFiles(fields.files, problems);
  // A reader without a JSON parser finds the hashes by their name, wherever that is.
  if (problems.length === 0 && hashesNamed(bytes) !== files.length)
    problems.push('names fileHashValue outside its list of files');
  if (problems.length > 0) return { signFile: undefined, problems: problems.slice(0, MOST_PROBLEMS) };
  return {
    signFile: {
      region,
      completed: Date.parse(completed),
      files,
      signature: signature.toLowerCase(),
      fingerprint: fingerprint.toLowerCase(),
    },
  };
}

/** How often a text names a hash, with all white space taken out as `verify.sh` does. */
function hashesNamed(bytes: Uint8Array): number {
  const text = Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[ \t\r\n\0]/g, '');
  return text.split('"fileHashValue":').length - 1;
}

function readFiles(value: unknown, problems: string[]): readonly ListedResult[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(`files is ${value === undefined ? 'missing' : 'no list of files'}`);
    return [];
  }
  if (value.length > MOST_FILES) {
    problems.push(`files lists more than ${MOST_FILES}`);
    return [];
  }
  const names = new Set<string>();
  return value.map((item: unknown, at): ListedResult => {
    const { fileName: name, fileHashValue: sha256 } = isRecord(item) ? item : {};
    const problem = nameProblem(name);
    if (problem !== undefined) problems.push(`fileName of entry ${at + 1} ${problem}`);
    else if (names.has(String(name))) problems.push(`fileName of entry ${at + 1} is that of another entry`);
    names.add(String(name));
    if (typeof sha256 !== 'string' || !SHA256.test(sha256))
      problems.push(`fileHashValue of entry ${at + 1} is not 64 lower-case hex digits`);
    return { name: String(name), sha256: String(sha256) };
  });
}

/** A time in UTC of a day that there is: JavaScript takes 31 February for one in March. */
function isTime(text: string): boolean {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && isoTime(time).slice(0, -1) === text.slice(0, 19);
}

/** Why a name can be none of a file in the same folder; undefined for one that can. */
function nameProblem(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return 'is missing';
  if (name.length > LONGEST_NAME) return 'is longer than any';
  if (/[/\\]/.test(name) || name === '.' || name === '..') return 'leads out of its folder';
  if (HIDDEN.test(name)) return 'holds characters that are not shown';
  return name === SIGN_FILE ? 'is that of the sign file' : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
