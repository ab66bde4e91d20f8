import { type HashedFile, hashGzip } from '../crypto/hash-gzip.ts';

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

/** Compares the bytes of one log file, as stored, with the recorded hash. */
export async function checkLog(file: Uint8Array, expected: string): Promise<LogCheck> {
  return judgeLog(await hashGzip(file, MAX_LOG_CONTENT), expected);
}

/** Compares one log file that was hashed with the recorded hash. */
export function judgeLog({ content }: HashedFile, expected: string): LogCheck {
  if (content.size === undefined) return { inflated: 0, result: 'malformed', problem: content.problem };
  const { size: inflated, sha256: actual, trailingBytes } = content;
  if (trailingBytes > 0) return { inflated, result: 'trailing-data', actual, trailingBytes };
  return actual === expected ? { inflated, result: 'agrees' } : { inflated, result: 'modified', actual };
}
