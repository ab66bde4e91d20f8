import type { KeyObject } from 'node:crypto';
import { mapParallel } from '../base/flow.ts';
import { append } from '../base/lists.ts';
import { MAX_DIGEST_FILE, readStored } from '../chain/read-digest.ts';
import { verifySignature } from '../crypto/public-key.ts';
import { type Digest, signingString } from '../digest/digest.ts';
import { type Relocator, relocator } from '../digest/digest-key.ts';
import { checkLog, MAX_LOG_FILE } from '../logs/check-log.ts';
import { type Problem, violation } from '../report/check.ts';
import type { Report } from '../report/report.ts';
import { bagPath, SIGNATURE_SUFFIX } from '../source/bag/index.ts';
import type { BagFolderReader } from './check-files.ts';
import { DIGEST_ROWS, type DigestRow, LOG_ROWS, type LogRow, parseDigestRows, parseLogRows } from './rows.ts';
import { placeOf } from './tables.ts';

/** What the digests of a bag came to: `contradicting` are those that AWS's signatures contradict. */
export interface DigestCounts {
  readonly checked: number;
  readonly proven: number;
  readonly contradicting: number;
}

/** One digest of a bag as it was read and compared with its row. */
export interface CheckedDigest {
  readonly row: DigestRow;
  readonly digest: Digest | undefined;
  readonly sha256: string | undefined;
  readonly signature: string | undefined;
  readonly isProven: boolean;
}

/** The digests of a bag by file, and what is wrong with them. */
export interface DigestsCheck {
  readonly byFile: ReadonlyMap<string, CheckedDigest>;
  readonly problems: readonly Problem[];
  readonly counts: DigestCounts;
  /** False where no digest was checked, because their table is missing. */
  readonly isRead: boolean;
}

const MOST_SIGNATURE_BYTES = 1024;
const MOST_ROWS_BYTES = 500 * 1024 * 1024;
const FOLDER = 'data/digests/';
/** Each may take its uncompressed bounds in memory. */
const DIGESTS_AT_ONCE = 8;

/**
 * Checks AWS's signature of every digest of a bag, the links between them, and the tables' words for both. `files` are
 * those that were found to be as their manifest says; only they are read.
 */
export async function checkBagDigests(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  keys: ReadonlyMap<string, KeyObject>,
  report: Report | undefined,
): Promise<DigestsCheck> {
  const problems: Problem[] = [];
  const table = files.has(DIGEST_ROWS) ? await folder.read(DIGEST_ROWS, MOST_ROWS_BYTES) : undefined;
  const rows = table === undefined ? undefined : parseDigestRows(Buffer.from(table).toString('utf8'));
  const byFile = new Map<string, CheckedDigest>();
  const relocations = relocator(report?.source.relocated ?? []);
  const counts = { checked: 0, proven: 0, contradicting: 0 };
  if (rows === undefined) {
    problems.push(violation(`${DIGEST_ROWS} cannot be read, so no digest was checked`));
    return { byFile, problems, counts, isRead: false };
  }
  const there = rows.filter(({ file }) => files.has(file));
  for (const { file } of rows) if (!files.has(file)) problems.push(violation(`missing: ${file}`));
  for (const checked of await mapParallel(there, DIGESTS_AT_ONCE, (row) => readDigest(folder, files, row))) {
    const { file } = checked.row;
    if (byFile.has(file)) problems.push(violation(`${DIGEST_ROWS} names a file twice: ${file}`));
    byFile.set(file, checked);
  }
  for (const [file, checked] of byFile) {
    const isProven = judge(checked, { byFile, keys, relocations, problems, counts });
    byFile.set(file, { ...checked, isProven });
  }
  for (const checked of byFile.values()) checkLinkOf(checked, byFile, problems, counts);
  for (const file of files) {
    const owner = file.endsWith(SIGNATURE_SUFFIX) ? file.slice(0, -SIGNATURE_SUFFIX.length) : file;
    if (file.startsWith(FOLDER) && !byFile.has(owner))
      problems.push(violation(`a file that ${DIGEST_ROWS} does not name: ${file}`));
  }
  if (report !== undefined) append(problems, countProblems([...byFile.values()], report));
  return { byFile, problems, counts: { ...counts, checked: byFile.size }, isRead: true };
}

async function readDigest(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  row: DigestRow,
): Promise<CheckedDigest> {
  const stored = (await folder.read(row.file, MAX_DIGEST_FILE)) ?? new Uint8Array();
  const signatureFile = row.file + SIGNATURE_SUFFIX;
  const bytes = files.has(signatureFile) ? await folder.read(signatureFile, MOST_SIGNATURE_BYTES) : undefined;
  const opened = readStored({ bucket: '', key: row.file }, { bytes: stored, metadata: undefined });
  return {
    row,
    digest: opened.state === 'parsed' ? opened.digest : undefined,
    sha256: opened.state === 'parsed' || opened.state === 'malformed' ? opened.sha256 : undefined,
    signature: bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'),
    isProven: false,
  };
}

interface Judging {
  readonly byFile: ReadonlyMap<string, CheckedDigest>;
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly relocations: Relocator;
  readonly problems: Problem[];
  readonly counts: { proven: number; contradicting: number };
}

/** Whether the proof that the row claims holds; reports a problem where it does not. */
function judge(checked: CheckedDigest, { byFile, keys, relocations, problems, counts }: Judging): boolean {
  const { row, digest, signature } = checked;
  if (!agrees(checked)) problems.push(violation(`not what ${DIGEST_ROWS} says of it: ${row.file}`));
  const key = digest === undefined ? undefined : keys.get(digest.fingerprint);
  const verifies =
    digest === undefined || checked.sha256 === undefined || signature === undefined || key === undefined
      ? undefined
      : verifySignature(signedText(digest, checked.sha256), signature, key);
  if (row.proof === 'none') {
    if (row.outcome === 'valid') problems.push(violation(`valid without a proof: ${row.file}`));
    if (verifies === false) counts.contradicting += 1;
    return false;
  }
  const successor = row.successorFile === undefined ? undefined : byFile.get(row.successorFile);
  const isRecorded =
    row.proof === 'successor' &&
    checked.sha256 !== undefined &&
    successor?.row.proof !== 'none' &&
    successor?.digest?.previous?.sha256 === checked.sha256;
  if (digest === undefined || (verifies !== true && !isRecorded)) {
    problems.push(violation(`nothing in the bag proves it, though the report relies on it: ${row.file}`));
    return false;
  }
  if (!liesWhereSigned(row.file, digest, relocations))
    problems.push(violation(`its place is not the one that AWS signed: ${row.file}`));
  counts.proven += 1;
  return true;
}

function agrees({ row, digest, sha256: hash }: CheckedDigest): boolean {
  if (row.sha256 !== hash || row.fingerprint !== digest?.fingerprint || row.end !== digest?.endTimeText)
    return false;
  if (digest === undefined) return row.place === undefined && row.previousSignature === undefined;
  const { previous, location } = digest;
  if (row.place !== placeOf(location) || row.previousSignature !== (previous?.signature ?? 'null'))
    return false;
  return row.previousSha256 === previous?.sha256;
}

function signedText(digest: Digest, hash: string): string {
  const { endTimeText, location, previous } = digest;
  return signingString({ endTimeText, ...location, sha256: hash, previousSignature: previous?.signature });
}

/** The file's place in the bag must be that of the signed place, by the moves that the report declares. */
function liesWhereSigned(file: string, { location }: Digest, relocations: Relocator): boolean {
  // Of an object that changed while the run went on, the second form has a number.
  return bagPath('digest', relocations.toActual(location)) === file.replace(/\.\d+(\.json\.gz)$/, '$1');
}

/** Both links to the digest before it, where both are here and this one is proven. */
function checkLinkOf(
  { row, digest, isProven }: CheckedDigest,
  byFile: ReadonlyMap<string, CheckedDigest>,
  problems: Problem[],
  counts: { contradicting: number },
): void {
  const before = row.previousFile === undefined ? undefined : byFile.get(row.previousFile);
  if (!isProven || digest?.previous === undefined || before === undefined) return;
  const { sha256: hash, signature } = digest.previous;
  const isSame =
    before.sha256 === hash &&
    (before.signature === undefined || before.signature === signature.toLowerCase());
  if (isSame) return;
  if (before.row.outcome !== 'valid') counts.contradicting += 1;
  else problems.push(violation(`the digest before it is not the one that it names: ${row.file}`));
}

function countProblems(checked: readonly CheckedDigest[], { totals }: Report): readonly Problem[] {
  const count = (outcome: DigestRow['outcome']): number =>
    checked.filter(({ row }) => row.counted && row.outcome === outcome).length;
  const problems: Problem[] = [];
  if (count('valid') !== totals.digests.valid) {
    const text = `the report counts ${totals.digests.valid} valid digests, and the bag holds ${count('valid')}`;
    problems.push(violation(text));
  }
  // One that is larger than any digest is invalid too, and not in the bag.
  if (count('invalid') > totals.digests.invalid)
    problems.push(violation('the report counts fewer invalid digest files than the bag holds'));
  return problems;
}

/** What the log files of a bag came to, each counted for every digest that names it. */
export interface LogCounts {
  readonly checked: number;
  readonly agreeing: number;
  readonly contradicting: number;
}

/** What is wrong with the log files of a bag; no counts where it holds none. */
export interface LogsCheck {
  readonly problems: readonly Problem[];
  readonly counts: LogCounts | undefined;
}

const LOGS_AT_ONCE = 8;
const LOG_FOLDER = 'data/logs/';

/** Checks every log file of a bag against the digest that names it, which must be proven. */
export async function checkBagLogs(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  digests: Pick<DigestsCheck, 'byFile' | 'isRead'>,
  report: Report | undefined,
): Promise<LogsCheck> {
  const inFolder = [...files].filter((file) => file.startsWith(LOG_FOLDER));
  if (!files.has(LOG_ROWS)) {
    const problems = inFolder.length === 0 ? [] : [violation(`there is no ${LOG_ROWS}`)];
    return { problems, counts: undefined };
  }
  const table = await folder.read(LOG_ROWS, MOST_ROWS_BYTES);
  const rows = table === undefined ? undefined : parseLogRows(Buffer.from(table).toString('utf8'));
  if (rows === undefined) return { problems: [violation(`${LOG_ROWS} cannot be read`)], counts: undefined };
  const problems: Problem[] = [];
  const counts = { checked: rows.length, agreeing: 0, contradicting: 0 };
  await mapParallel(rows, LOGS_AT_ONCE, async (row) => {
    const bytes = files.has(row.file) ? await folder.read(row.file, MAX_LOG_FILE) : undefined;
    if (bytes === undefined) {
      problems.push(violation(`missing: ${row.file}`));
      return;
    }
    if (digests.isRead && !isListed(row, digests))
      problems.push(violation(`no proven digest names it as ${LOG_ROWS} says: ${row.file}`));
    if ((await checkLog(bytes, row.sha256)).result === 'agrees') counts.agreeing += 1;
    else if (row.outcome !== 'valid') counts.contradicting += 1;
    else
      problems.push(violation(`not what its digest recorded, though the report calls it valid: ${row.file}`));
  });
  const named = new Set(rows.map(({ file }) => file));
  for (const file of inFolder)
    if (!named.has(file)) problems.push(violation(`a file that ${LOG_ROWS} does not name: ${file}`));
  const valid = rows.filter(({ counted, outcome }) => counted && outcome === 'valid').length;
  if (report !== undefined && report.totals.logs.valid !== valid) {
    const text = `the report counts ${report.totals.logs.valid} valid logs, and the bag holds ${valid}`;
    problems.push(violation(text));
  }
  return { problems, counts };
}

function isListed(row: LogRow, { byFile }: Pick<DigestsCheck, 'byFile'>): boolean {
  const checked = byFile.get(row.digestFile);
  if (checked?.isProven !== true) return false;
  const { bucket, key, sha256 } = row;
  return (
    checked.digest?.logFiles.some(
      (log) => log.bucket === bucket && log.key === key && log.sha256 === sha256,
    ) === true
  );
}
