import { isObjectError } from '../base/errors.ts';
import type { ByteBudget } from '../base/flow.ts';
import type { RunContext } from '../chain/chain-plan.ts';
import { findingObject } from '../chain/finding-object.ts';
import { gunzipOrPlain } from '../crypto/gunzip.ts';
import { sha256 } from '../crypto/sha256.ts';
import type { ControlEvent } from '../findings/control-event.ts';
import { MAX_LOG_CONTENT, MAX_LOG_FILE } from '../logs/check-log.ts';
import { eventFamily } from '../logs/event-family.ts';
import type { LogJob } from '../logs/verify-log.ts';
import { objectUri } from '../source/source.ts';
import { readControlEvents } from './read-events.ts';

/** What a log file records, and how many bytes it holds; `events` undefined where it could not be read again or is another one now. */
export interface SearchedLog {
  readonly inflated: number;
  readonly events: readonly ControlEvent[] | undefined;
}

/**
 * Reads one log file and searches it, if its content is what its digest recorded. `known` are the buckets that calls are told
 * of beside those that the log file and its digest lie in. Rejects only with errors that end the run.
 */
export async function searchLog(
  job: LogJob,
  { source, moves }: Pick<RunContext, 'source' | 'moves'>,
  logBytes: ByteBudget,
  known: Iterable<string> = [],
): Promise<SearchedLog> {
  const family = eventFamily(job.log.key);
  // Other families hold no API calls of this kind.
  if (family !== 'management-and-data' && family !== 'unknown') return { inflated: 0, events: [] };
  const ref = moves.toActual({ bucket: job.log.bucket, key: job.log.key });
  const hold = logBytes.hold();
  try {
    const stored = await source.open(ref, { maxBytes: MAX_LOG_FILE, admit: hold.take });
    const { content } = gunzipOrPlain(stored.bytes, MAX_LOG_CONTENT);
    if (content === undefined) return { inflated: 0, events: undefined };
    const inflated = content.bytes.length;
    const isProven = content.trailingBytes === 0 && sha256(content.bytes) === job.log.sha256;
    if (!isProven) return { inflated, events: undefined };
    const buckets = new Set([...known, job.log.bucket, ref.bucket, job.digest.bucket]);
    const proof = {
      chain: job.chain,
      log: findingObject(ref, moves).uri,
      digest: objectUri(job.digest),
    };
    return {
      inflated,
      events: readControlEvents(content.bytes, buckets).map((act) => ({ ...act, ...proof })),
    };
  } catch (error) {
    if (!isObjectError(error)) throw error;
    return { inflated: 0, events: undefined };
  } finally {
    hold.release();
  }
}
