import { lowerBound } from '../utf8-order.ts';
import { AwsError } from './answer.ts';

/** Which part of a sorted list of keys a listing shows. */
export interface PageRequest {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only keys, and common prefixes, that sort after this are shown. */
  readonly after: string;
  readonly maxKeys: number;
}

/** A key, or a common prefix that stands for all keys that begin with it. */
export interface PageRow {
  readonly name: string;
  readonly isPrefix: boolean;
}

/** Rows in order, and whether more would follow. */
export interface KeyPage {
  readonly rows: readonly PageRow[];
  readonly truncated: boolean;
}

/** S3 shows no more than this many rows on a page, whatever is asked. */
const MAX_KEYS = 1000;

/** The `max-keys` of a request, 1000 at most; throws InvalidArgument where it is no number. */
export function parseMaxKeys(text: string | undefined): number {
  if (text === undefined || text === '') return MAX_KEYS;
  if (!/^\d{1,9}$/.test(text)) throw new AwsError(400, 'InvalidArgument', 'max-keys is not a whole number');
  return Math.min(MAX_KEYS, Number(text));
}

/** One page of `keys` (sorted by UTF-8 bytes); the cost grows with the page, not with the bucket. */
export function pageOfKeys(keys: readonly string[], request: PageRequest): KeyPage {
  const { prefix, delimiter, after, maxKeys } = request;
  const rows: PageRow[] = [];
  let at = lowerBound(keys, prefix);
  if (after !== '') at = Math.max(at, firstAfter(keys, request));
  while (true) {
    const key = keys[at];
    if (key === undefined || !key.startsWith(prefix)) return { rows, truncated: false };
    if (rows.length >= maxKeys) return { rows, truncated: maxKeys > 0 };
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut < 0) {
      rows.push({ name: key, isPrefix: false });
      at += 1;
    } else {
      const common = key.slice(0, cut + delimiter.length);
      rows.push({ name: common, isPrefix: true });
      at = endOfPrefix(keys, common, at);
    }
  }
}

/** The first key after `after`; where that is a common prefix of the listing, the first beyond all it stands for. */
function firstAfter(keys: readonly string[], { prefix, delimiter, after }: PageRequest): number {
  const at = lowerBound(keys, after);
  const cut = delimiter === '' || !after.startsWith(prefix) ? -1 : after.indexOf(delimiter, prefix.length);
  if (cut >= 0 && cut + delimiter.length === after.length) return endOfPrefix(keys, after, at);
  return keys[at] === after ? at + 1 : at;
}

/** The index of the first key at or after `from` that does not begin with `prefix`, where all that do stand together. */
function endOfPrefix(keys: readonly string[], prefix: string, from: number): number {
  let low = from;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]?.startsWith(prefix) === true) low = middle + 1;
    else high = middle;
  }
  return low;
}
