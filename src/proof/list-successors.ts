import { type ErrorCode, TrailVerifyError } from '../base/errors.ts';
import { chainId, chainOf } from '../digest/chain-id.ts';
import { parseDigestKey } from '../digest/digest-key.ts';
import type { ObjectRef, Source } from '../source/source.ts';

/** Digests of the same chain that may be the next one: after an interruption it is not the next hour's. */
const MOST_SUCCESSORS = 4;
/** A day's digests of every trail of a Region lie between two of one trail. */
const MOST_LISTED = 5000;
/** Whoever may read the objects of a report need not have the right to list them. */
const CLOSED: ReadonlySet<string> = new Set<ErrorCode>(['ACCESS_DENIED', 'TARGET_NOT_FOUND']);

/**
 * Digest files of the same chain that lie behind a digest in its folder, the next one first; none for a key that is no
 * digest's or a folder that may not be listed. Throws as `Source.list` for all else.
 */
export async function listSuccessors(place: ObjectRef, source: Source): Promise<readonly ObjectRef[]> {
  try {
    return await listBehind(place, source);
  } catch (error) {
    const isClosed = error instanceof TrailVerifyError && CLOSED.has(error.code);
    if (isClosed) return [];
    throw error;
  }
}

async function listBehind({ bucket, key }: ObjectRef, source: Source): Promise<readonly ObjectRef[]> {
  const parsed = parseDigestKey(key);
  if (parsed === undefined) return [];
  const chain = chainId(chainOf(parsed));
  // Behind the Region come year, month, day and name.
  const folder = `${key.split('/').slice(0, -4).join('/')}/`;
  const found: ObjectRef[] = [];
  let listed = 0;
  for await (const page of source.list({ bucket, prefix: folder, startAfter: key })) {
    for (const { key: other } of page) {
      const candidate = parseDigestKey(other);
      if (candidate !== undefined && chainId(chainOf(candidate)) === chain)
        found.push({ bucket, key: other });
      if (found.length === MOST_SUCCESSORS) return found;
    }
    listed += page.length;
    if (listed >= MOST_LISTED) break;
  }
  return found;
}
