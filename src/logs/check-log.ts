import { type HashedFile, hashGzip, NOT_GZIP } from '../crypto/hash.ts';
import type { EventFamily } from '../findings/event.ts';

/**
 * Bounds of one log file. CloudTrail writes at most 50 MB before compression (user guide, "Quotas"); these leave room
 * for five times that, and a file beyond them is not CloudTrail's.
 */
export const MAX_LOG_FILE: number = 64 * 1024 * 1024;
export const MAX_LOG_CONTENT: number = 256 * 1024 * 1024;

/** How a log file compares with the SHA-256 that its digest recorded of its uncompressed content (lower-case hex). */
export type LogCheck = { readonly inflated: number } & (
  | { readonly result: 'agrees'; readonly storedInflated?: true | undefined }
  | { readonly result: 'modified'; readonly actual: string }
  | { readonly result: 'trailing-data'; readonly actual: string; readonly trailingBytes: number }
  | { readonly result: 'malformed'; readonly problem: string }
);

/** Compares the bytes of one log file, as stored, with the recorded hash. */
export async function checkLog(file: Uint8Array, expected: string): Promise<LogCheck> {
  return judgeLog(await hashGzip(file, MAX_LOG_CONTENT), expected);
}

/**
 * Compares one log file that was hashed with the recorded hash. What is stored may be the content itself, inflated by whatever
 * copied it: that is as it was signed.
 */
export function judgeLog({ size, sha256, content }: HashedFile, expected: string): LogCheck {
  if (content.size === undefined) {
    const isContent = content.problem === NOT_GZIP && sha256 === expected;
    if (isContent) return { inflated: size, result: 'agrees', storedInflated: true };
    return { inflated: 0, result: 'malformed', problem: content.problem };
  }
  const { size: inflated, sha256: actual, trailingBytes } = content;
  if (trailingBytes > 0) return { inflated, result: 'trailing-data', actual, trailingBytes };
  return actual === expected ? { inflated, result: 'agrees' } : { inflated, result: 'modified', actual };
}

const FAMILIES: ReadonlyMap<string, EventFamily> = new Map([
  ['CloudTrail', 'management-and-data'],
  ['CloudTrail-Insight', 'insights'],
  ['CloudTrail-NetworkActivity', 'network-activity'],
  ['CloudTrail-Aggregated', 'aggregated'],
]);

/** A day's folders and the name of the file come after the Region's folder. */
const BELOW_FAMILY = 5;

/** What kind of events a log file holds, by the folder above its Region (user guide, "Finding your CloudTrail log files"). */
export function eventFamily(key: string): EventFamily {
  let end = key.length;
  for (let folder = 0; folder < BELOW_FAMILY && end > 0; folder += 1) end = key.lastIndexOf('/', end - 1);
  const name = end > 0 ? key.slice(key.lastIndexOf('/', end - 1) + 1, end) : '';
  return FAMILIES.get(name) ?? 'unknown';
}
