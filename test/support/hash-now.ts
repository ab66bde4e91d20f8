import {
  loadNativeNow,
  NATIVE_ROW_BYTES,
  type NativeNow,
  nativeRow,
} from '../../src/hashing/local-hasher.ts';
import { CASE_BOUND } from './gzip-cases.ts';

/** The addon; throws where it cannot be had. */
export function nativeNow(): NativeNow {
  const addon = loadNativeNow();
  if (addon === undefined) throw new Error('there is no native file, or it hashes wrongly');
  return addon;
}

interface Bounds {
  readonly suffix?: string;
  readonly maxStored?: number;
  readonly maxContent?: number;
}

/** What rows say - size, SHA-256, size and SHA-256 of the content, undefined where nothing is vouched for - with the rows and the sidecars. */
export function hashNow(items: readonly (Uint8Array | string)[], bounds: Bounds = {}) {
  const { suffix = '', maxStored = CASE_BOUND, maxContent = CASE_BOUND } = bounds;
  const rows = new Uint8Array(items.length * NATIVE_ROW_BYTES).fill(1);
  const sidecars = nativeNow().hashNow(items, suffix, maxStored, maxContent, rows);
  const results = items.map((_, at) => {
    const row = nativeRow(rows, at);
    if (row === undefined) return undefined;
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    return [row.size, hex(row.sha256), row.contentSize, hex(row.contentSha256)];
  });
  return { results, sidecars, rows };
}
