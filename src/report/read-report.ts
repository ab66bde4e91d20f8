/**
 * Reads `report.json` as a stranger's file: every byte of it counts, for whoever renders it believes it. What two
 * JSON readers could take differently - a key that stands twice, bytes that are not UTF-8 - is refused.
 */

import { checkDocument } from '../base/document-schema.ts';
import { TrailVerifyError } from '../base/errors.ts';
import { strictJson } from '../base/json.ts';
import { sha256 } from '../crypto/hash.ts';
import type { Report } from './report.ts';
import { reportSchema } from './report-schema.ts';

/** A larger file is refused: V8 holds strings below 512 Mi characters, and this leaves room to work with them. */
export const MOST_REPORT_BYTES: number = 256 * 1024 * 1024;

/** A report, and the SHA-256 (hex) of the very bytes that it was read from. */
export interface ReadReport {
  readonly report: Report;
  readonly sha256: string;
}

/**
 * The report in `bytes`; `name` is what errors call it. Throws REPORT_INVALID where they are not UTF-8 JSON without
 * duplicate keys that fits the schema `trail-verify/report/v1`, with the evidence of each finding as its code has it.
 */
export function readReport(bytes: Uint8Array, name: string): ReadReport {
  if (bytes.length > MOST_REPORT_BYTES) throw invalid(name, `is larger than ${MOST_REPORT_BYTES} bytes`);
  const checked = checkDocument(reportSchema(), parse(bytes, name));
  if ('problem' in checked)
    throw invalid(name, `is not a report of trail-verify, version 1: at ${checked.problem}`);
  return { report: checked.value, sha256: sha256(bytes) };
}

function parse(bytes: Uint8Array, name: string): unknown {
  const read = strictJson(bytes);
  if ('value' in read) return read.value;
  throw invalid(name, read.problem, read.cause);
}

function invalid(name: string, problem: string, cause?: unknown): TrailVerifyError {
  return new TrailVerifyError('REPORT_INVALID', `${name} ${problem}`, {
    hint: 'give a report.json as trail-verify verify wrote it, unchanged',
    cause,
  });
}
