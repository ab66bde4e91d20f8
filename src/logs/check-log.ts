import { gunzip } from '../crypto/gunzip.ts';
import { sha256 } from '../crypto/sha256.ts';

/**
 * Bounds of one log file. CloudTrail writes at most 50 MB before compression (user guide, "Quotas"); these leave room
 * for five times that, and a file beyond them is not CloudTrail's.
 */
export const MAX_LOG_FILE: number = 64 * 1024 * 1024;
export const MAX_LOG_CONTENT: number = 256 * 1024 * 1024;

/** How a log file compares with the SHA-256 that its digest recorded of its uncompressed content (lower-case hex). */
export type LogCheck = { readonly inflated: number } & (
  | { readonly result: 'agrees' }
  | { readonly result: 'modified'; readonly actual: string }
  | { readonly result: 'trailing-data'; readonly actual: string; readonly trailingBytes: number }
  | { readonly result: 'malformed'; readonly problem: string }
);

/** Compares the bytes of one log file, as stored, with the recorded hash. Pure, so that it may run in any thread. */
export function checkLog(file: Uint8Array, expected: string): LogCheck {
  const unpacked = gunzip(file, MAX_LOG_CONTENT);
  if (unpacked.content === undefined) return { inflated: 0, result: 'malformed', problem: unpacked.problem };
  const { content } = unpacked;
  const inflated = content.bytes.length;
  const actual = sha256(content.bytes);
  const { trailingBytes } = content;
  if (trailingBytes > 0) return { inflated, result: 'trailing-data', actual, trailingBytes };
  return actual === expected ? { inflated, result: 'agrees' } : { inflated, result: 'modified', actual };
}
