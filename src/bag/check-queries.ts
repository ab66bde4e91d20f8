/** The query results of CloudTrail Lake in an evidence bag, checked: AWS's signatures of sign files, and the hashes that they list. */
import type { KeyObject } from 'node:crypto';
import { mapParallel } from '../base/flow.ts';
import { verifySignature } from '../crypto/public-key.ts';
import { MAX_SIGN_FILE, parseSignFile, signedHashes } from '../lake/sign-file.ts';
import { type Problem, violation } from '../report/check.ts';
import type { Report } from '../report/report.ts';
import { SIGNATURE_SUFFIX } from '../source/bag/index.ts';
import type { BagFolderReader } from './check-files.ts';
import {
  parseResultRows,
  parseSignRows,
  RESULT_ROWS,
  type ResultRow,
  SIGN_ROWS,
  type SignRow,
} from './rows.ts';

const FOLDER = 'data/lake/';
const MOST_ROWS_BYTES = 500 * 1024 * 1024;
const MOST_SIGNATURE_BYTES = 1024;
const FILES_AT_ONCE = 8;

/** What the query results of a bag came to: sign files by their signatures, results by their hashes. */
export interface QueryCounts {
  readonly signFiles: number;
  readonly proven: number;
  /** Undefined where the bag holds no result files. */
  readonly results: { readonly checked: number; readonly agreeing: number } | undefined;
  readonly contradicting: number;
}

/** What is wrong with the query results of a bag; no counts where it holds none. */
export interface QueriesCheck {
  readonly problems: readonly Problem[];
  readonly counts: QueryCounts | undefined;
}

/**
 * Checks AWS's signature of every sign file of a bag, the hash of every result, and the tables' words for both. `files` are those
 * that were found to be as their manifest says; only they are read.
 */
export async function checkBagQueries(
  folder: BagFolderReader,
  files: ReadonlySet<string>,
  keys: ReadonlyMap<string, KeyObject>,
  report: Report | undefined,
): Promise<QueriesCheck> {
  const inFolder = [...files].filter((file) => file.startsWith(FOLDER));
  if (!files.has(SIGN_ROWS)) {
    const isOwed = report?.lake?.sets.some(({ signFileSha256 }) => signFileSha256 !== null) === true;
    const isMissing = inFolder.length > 0 || isOwed || files.has(RESULT_ROWS);
    return { problems: isMissing ? [violation(`there is no ${SIGN_ROWS}`)] : [], counts: undefined };
  }
  const signRows = parseSignRows(await textOf(folder, SIGN_ROWS));
  const resultRows = files.has(RESULT_ROWS) ? parseResultRows(await textOf(folder, RESULT_ROWS)) : [];
  if (signRows === undefined || resultRows === undefined) {
    const table = signRows === undefined ? SIGN_ROWS : RESULT_ROWS;
    return { problems: [violation(`${table} cannot be read`)], counts: undefined };
  }
  const problems: Problem[] = [];
  const counts = { proven: 0, agreeing: 0, contradicting: 0 };
  const signed = new Map(
    signRows.map((row) => [row.file, { ...row, listed: new Set(row.hashes?.split(' ')) }]),
  );
  const fail = (what: string, file: string): void => void problems.push(violation(`${what}: ${file}`));
  await mapParallel(signRows, FILES_AT_ONCE, async (row) => {
    const bytes = files.has(row.file) ? await folder.read(row.file, MAX_SIGN_FILE) : undefined;
    if (bytes === undefined) return fail('missing', row.file);
    const { signFile } = parseSignFile(bytes);
    if (
      row.fingerprint !== signFile?.fingerprint ||
      row.hashes !== (signFile && signedHashes(signFile.files))
    )
      fail(`not what ${SIGN_ROWS} says of it`, row.file);
    const kept = files.has(row.file + SIGNATURE_SUFFIX)
      ? await folder.read(row.file + SIGNATURE_SUFFIX, MOST_SIGNATURE_BYTES)
      : undefined;
    if (signFile !== undefined && Buffer.from(kept ?? []).toString('hex') !== signFile.signature)
      fail('its signature is not the one next to it', row.file);
    const key = signFile && keys.get(signFile.fingerprint);
    const verifies = key && verifySignature(signedHashes(signFile.files), signFile.signature, key);
    if (row.isProven && verifies !== true)
      fail("AWS's signature does not verify, though the report relies on it", row.file);
    else if (row.isProven) counts.proven += 1;
    else if (row.outcome === 'valid') fail('valid without a proof', row.file);
    else if (verifies === false) counts.contradicting += 1;
  });
  await mapParallel(resultRows, FILES_AT_ONCE, async (row) => {
    const hash = files.has(row.file) ? await folder.hash(row.file) : undefined;
    if (hash === undefined) return fail('missing', row.file);
    const list = signed.get(row.signFile);
    if (list?.listed.has(row.sha256) !== true) fail(`no sign file lists it as ${RESULT_ROWS} says`, row.file);
    if (row.outcome === 'valid' && list?.isProven !== true) fail('valid without a proof', row.file);
    if (hash.sha256 === row.sha256) counts.agreeing += 1;
    else if (row.outcome === 'valid')
      fail('not as it was listed, though the report calls it valid', row.file);
    else counts.contradicting += 1;
  });
  const named = new Set([...signRows, ...resultRows].flatMap(({ file }) => [file, file + SIGNATURE_SUFFIX]));
  for (const file of inFolder)
    if (!named.has(file)) fail('a file that no table of query results names', file);
  if (report !== undefined) problems.push(...countProblems(signRows, resultRows, files, report));
  return {
    problems,
    counts: {
      signFiles: signRows.length,
      proven: counts.proven,
      results: files.has(RESULT_ROWS) ? { checked: resultRows.length, agreeing: counts.agreeing } : undefined,
      contradicting: counts.contradicting,
    },
  };
}

async function textOf(folder: BagFolderReader, file: string): Promise<string> {
  const table = await folder.read(file, MOST_ROWS_BYTES);
  return Buffer.from(table ?? []).toString('utf8');
}

function countProblems(
  signRows: readonly SignRow[],
  resultRows: readonly ResultRow[],
  files: ReadonlySet<string>,
  { lake }: Report,
): readonly Problem[] {
  const problems: Problem[] = [];
  const signed = lake?.sets.filter((set) => set.signed).length ?? 0;
  const proven = signRows.filter(({ isProven }) => isProven).length;
  if (signed !== proven)
    problems.push(violation(`the report counts ${signed} signed query results, and the bag holds ${proven}`));
  const valid = resultRows.filter(({ outcome }) => outcome === 'valid').length;
  const counted = lake?.totals.files.valid ?? 0;
  if (files.has(RESULT_ROWS) && counted !== valid)
    problems.push(violation(`the report counts ${counted} valid result files, and the bag holds ${valid}`));
  return problems;
}
