import type { ExaminedResult, ExaminedSignFile } from '../chain/list-digests.ts';
import type { Outcome } from '../findings/finding.ts';
import type { Report } from '../report/report.ts';

/**
 * `data/digests.tsv` and `data/logs.tsv`: the facts of each digest and log file that a shell without a JSON reader needs for
 * the check. Columns are separated by tabs, `-` means none, and everything but the keys of log files is ASCII:
 *
 *     data/digests/…  valid  yes  own-signature  <fingerprint>  <digestEndTime>  <bucket/key as signed>  <SHA-256> …
 */

/** The places of the two files in a bag. */
export const DIGEST_ROWS = 'data/digests.tsv';
export const LOG_ROWS = 'data/logs.tsv';

/** By which proof a digest is proven; see `check-digest.ts`. */
type RowProof = 'own-signature' | 'successor' | 'none';

/** One digest file of a bag. Hashes are lower-case hex; files are paths below the bag's folder. */
export interface DigestRow {
  readonly file: string;
  readonly outcome: Outcome;
  /** False for one outside the window or scope, which the report does not count. */
  readonly counted: boolean;
  readonly proof: RowProof;
  readonly fingerprint: string | undefined;
  /** `digestEndTime` as written. */
  readonly end: string | undefined;
  /** `bucket/key`, as the digest says that it was signed. */
  readonly place: string | undefined;
  /** Of the uncompressed content. */
  readonly sha256: string | undefined;
  /** `previousDigestSignature` as written, `null` in a starting digest. */
  readonly previousSignature: string | undefined;
  readonly previousSha256: string | undefined;
  /** The file of the digest that it names as the one before it, where that is in the bag. */
  readonly previousFile: string | undefined;
  /** The file of the digest that proves it, where its proof is `successor`. */
  readonly successorFile: string | undefined;
  readonly chain: string;
}

/** One log file of a bag, as one digest names it. */
export interface LogRow {
  readonly file: string;
  readonly outcome: Outcome;
  readonly counted: boolean;
  /** What the digest recorded of its uncompressed content. */
  readonly sha256: string;
  readonly digestFile: string;
  /** Its bucket and key as the digest names them. */
  readonly bucket: string;
  readonly key: string;
  readonly chain: string;
}

const DIGEST_HEADER =
  '# file\toutcome\tcounted\tproof\tfingerprint\tdigestEndTime\tsigned place\tsha256\tpreviousDigestSignature\tprevious sha256\tprevious file\tsuccessor file\tchain\n';
const LOG_HEADER = '# file\toutcome\tcounted\tsha256\tdigest file\tbucket\tkey\tchain\n';
const OUTCOMES: ReadonlySet<string> = new Set<Outcome>(['valid', 'invalid', 'missing', 'unproven']);
const PROOFS: ReadonlySet<string> = new Set<RowProof>(['own-signature', 'successor', 'none']);

/** The text of `digests.tsv`. */
export function formatDigestRows(rows: readonly DigestRow[]): string {
  const lines = rows.map((row) =>
    [
      row.file,
      row.outcome,
      row.counted ? 'yes' : 'no',
      row.proof,
      row.fingerprint,
      row.end,
      row.place === undefined ? undefined : escapeForPrintf(row.place),
      row.sha256,
      row.previousSignature,
      row.previousSha256,
      row.previousFile,
      row.successorFile,
      row.chain,
    ]
      .map((value) => value ?? '-')
      .join('\t'),
  );
  return DIGEST_HEADER + lines.map((line) => `${line}\n`).join('');
}

/** The text of `logs.tsv`. */
export function formatLogRows(rows: readonly LogRow[]): string {
  const lines = rows.map(({ file, outcome, counted, sha256, digestFile, bucket, key, chain }) =>
    [file, outcome, counted ? 'yes' : 'no', sha256, digestFile, inJson(bucket), inJson(key), chain].join(
      '\t',
    ),
  );
  return LOG_HEADER + lines.map((line) => `${line}\n`).join('');
}

/** The rows of `digests.tsv`; undefined where its text is not of that form. */
export function parseDigestRows(text: string): readonly DigestRow[] | undefined {
  return parseRows(text, DIGEST_HEADER, (columns): DigestRow | undefined => {
    const [file, outcome, counted, proof, fingerprint, end, place, sha256, ...rest] = columns;
    const [previousSignature, previousSha256, previousFile, successorFile, chain, more] = rest;
    if (file === undefined || chain === undefined || more !== undefined) return undefined;
    if (!isOutcome(outcome) || !isProof(proof) || !isFlag(counted)) return undefined;
    return {
      file,
      outcome,
      counted: counted === 'yes',
      proof,
      fingerprint: orNone(fingerprint),
      end: orNone(end),
      place: place === undefined || place === '-' ? undefined : unescapeFromPrintf(place),
      sha256: orNone(sha256),
      previousSignature: orNone(previousSignature),
      previousSha256: orNone(previousSha256),
      previousFile: orNone(previousFile),
      successorFile: orNone(successorFile),
      chain,
    };
  });
}

/** The rows of `logs.tsv`; undefined where its text is not of that form. */
export function parseLogRows(text: string): readonly LogRow[] | undefined {
  return parseRows(text, LOG_HEADER, ([file, outcome, counted, sha256, digestFile, ...rest]) => {
    const [bucketText = '', keyText = '', chain, more] = rest;
    const bucket = fromJson(bucketText);
    const key = fromJson(keyText);
    if (file === undefined || sha256 === undefined || digestFile === undefined) return undefined;
    if (chain === undefined || more !== undefined || bucket === undefined || key === undefined)
      return undefined;
    if (!isOutcome(outcome) || !isFlag(counted)) return undefined;
    return { file, outcome, counted: counted === 'yes', sha256, digestFile, bucket, key, chain };
  });
}

/**
 * The tables of query results of CloudTrail Lake:
 *
 *     data/sign-files.tsv   file  outcome  proof  fingerprint  <hashes joined by spaces>      and the signature in <file>.sig
 *     data/results.tsv      file  outcome  <SHA-256>  <file of the sign file>
 */

/** The places of the two tables in a bag. */
export const SIGN_ROWS = 'data/sign-files.tsv';
export const RESULT_ROWS = 'data/results.tsv';

/** One sign file of a bag; its facts are undefined where it is malformed. */
export interface SignRow {
  readonly file: string;
  readonly outcome: Outcome;
  readonly isProven: boolean;
  readonly fingerprint: string | undefined;
  readonly hashes: string | undefined;
}

/** One query result of a bag. */
export interface ResultRow {
  readonly file: string;
  readonly outcome: Outcome;
  readonly sha256: string;
  readonly signFile: string;
}

const SIGN_HEADER = '# file\toutcome\tproof\tfingerprint\thashes\n';
const RESULT_HEADER = '# file\toutcome\tsha256\tsign file\n';

/** The row of a sign file that is kept as `file`. */
export function signRow({ outcome, signed }: ExaminedSignFile, file: string): SignRow {
  return {
    file,
    outcome,
    isProven: signed?.isProven === true,
    fingerprint: signed?.fingerprint,
    hashes: signed?.text,
  };
}

/** The row of a result that is kept as `file`, and its sign file as `signFile`. */
export function resultRow({ outcome, sha256 }: ExaminedResult, file: string, signFile: string): ResultRow {
  return { file, outcome, sha256, signFile };
}

/** The text of `sign-files.tsv`. */
export function formatSignRows(rows: readonly SignRow[]): string {
  const lines = sorted(rows).map(({ file, outcome, isProven, fingerprint = '-', hashes = '-' }) =>
    [file, outcome, isProven ? 'own-signature' : 'none', fingerprint, hashes].join('\t'),
  );
  return SIGN_HEADER + lines.map((line) => `${line}\n`).join('');
}

/** The text of `results.tsv`. */
export function formatResultRows(rows: readonly ResultRow[]): string {
  const lines = sorted(rows).map(({ file, outcome, sha256, signFile }) =>
    [file, outcome, sha256, signFile].join('\t'),
  );
  return RESULT_HEADER + lines.map((line) => `${line}\n`).join('');
}

function sorted<Row extends { readonly file: string }>(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** The rows of `sign-files.tsv`; undefined where its text is not of that form. */
export function parseSignRows(text: string): readonly SignRow[] | undefined {
  return parseRows(text, SIGN_HEADER, ([file, outcome, proof, fingerprint, hashes, more]) => {
    if (file === undefined || hashes === undefined || more !== undefined) return undefined;
    if (!isOutcome(outcome) || (proof !== 'own-signature' && proof !== 'none')) return undefined;
    const isProven = proof === 'own-signature';
    return { file, outcome, isProven, fingerprint: orNone(fingerprint), hashes: orNone(hashes) };
  });
}

/** The rows of `results.tsv`; undefined where its text is not of that form. */
export function parseResultRows(text: string): readonly ResultRow[] | undefined {
  return parseRows(text, RESULT_HEADER, ([file, outcome, sha256, signFile, more]) => {
    if (file === undefined || sha256 === undefined || signFile === undefined || more !== undefined)
      return undefined;
    return isOutcome(outcome) ? { file, outcome, sha256, signFile } : undefined;
  });
}

function parseRows<Row>(
  text: string,
  header: string,
  read: (columns: readonly string[]) => Row | undefined,
): readonly Row[] | undefined {
  if (!text.startsWith(header) || !text.endsWith('\n')) return undefined;
  const rows: Row[] = [];
  for (const line of text.slice(header.length).split('\n').slice(0, -1)) {
    const row = read(line.split('\t'));
    if (row === undefined) return undefined;
    rows.push(row);
  }
  return rows;
}

/** `text` in UTF-8 so that `printf '%b'` of any POSIX shell gives it back: marks and all but printable ASCII as `\0ooo`. */
export function escapeForPrintf(text: string): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x5c;
    return isPlain ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`;
  }).join('');
}

function unescapeFromPrintf(text: string): string {
  const bytes = text.replace(/\\0([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The inside of a JSON string, in ASCII but for what JSON writes as it is; nothing in it ends a column or a line. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function fromJson(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(`"${text}"`);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function orNone(value: string | undefined): string | undefined {
  return value === '-' ? undefined : value;
}

function isOutcome(value: string | undefined): value is Outcome {
  return value !== undefined && OUTCOMES.has(value);
}

function isProof(value: string | undefined): value is RowProof {
  return value !== undefined && PROOFS.has(value);
}

function isFlag(value: string | undefined): value is 'yes' | 'no' {
  return value === 'yes' || value === 'no';
}

/** The facts that the texts of a bag state. */
export interface BagFacts {
  /** The report as it was written, with the hash of the manifest in it. */
  readonly report: Report;
  /** SHA-256 of `report.json`, hex. */
  readonly reportSha256: string;
  /** Who signed the report; undefined where nobody did. `name` and `fingerprint` (SHA-256, hex) are the certificate's. */
  readonly signer: { readonly name: string; readonly fingerprint: string } | undefined;
  /** When the signature was timestamped (ISO 8601 in UTC) and by whom; undefined where it was not. */
  readonly timestamp: { readonly time: string; readonly authority: string } | undefined;
  readonly script: Uint8Array;
  readonly payload: { readonly files: number; readonly bytes: number };
  readonly includesLogs: boolean;
}

/** One fact of a bag for people: its label, and its text on one line, harmless for a terminal and in a code block. */
export type Fact = readonly [label: string, value: string];
