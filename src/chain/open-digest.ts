import { isObjectError, type TrailVerifyError } from '../base/errors.ts';
import type { ReadFailure } from '../findings/finding.ts';
import type { ObjectRef, Source, StoredObject } from '../source/source.ts';
import { MAX_DIGEST_FILE, type OpenedDigest, readStored } from './read-digest.ts';

/**
 * Reads, inflates, hashes and parses one digest file; `keep` keeps what was stored. Rejects only with errors that end
 * the run.
 */
export async function openDigest(
  source: Pick<Source, 'open' | 'holds'>,
  ref: ObjectRef,
  keep = false,
): Promise<OpenedDigest> {
  let stored: StoredObject;
  try {
    stored = await source.open(ref, { maxBytes: MAX_DIGEST_FILE });
  } catch (error) {
    if (!isObjectError(error)) throw error;
    return unopened(ref, error, await source.holds(ref.bucket));
  }
  const opened = readStored(ref, stored);
  return keep ? { ...opened, stored } : opened;
}

/** Why an object could not be read, as it stands in findings. */
export function readFailure(error: TrailVerifyError): ReadFailure {
  const reasons = {
    OBJECT_DENIED: 'denied',
    OBJECT_ARCHIVED: 'archived',
    OBJECT_UNDECRYPTABLE: 'undecryptable',
    OBJECT_NOT_COPIED: 'not-in-copy',
  } as const;
  const reason = error.code in reasons ? reasons[error.code as keyof typeof reasons] : 'unreachable';
  return { reason, detail: error.message };
}

/** Absence is evidence only in a bucket that the source holds. */
export function absence(ref: ObjectRef): ReadFailure {
  return { reason: 'not-in-copy', detail: `bucket ${ref.bucket} is not in this copy` };
}

function unopened(ref: ObjectRef, error: TrailVerifyError, held: boolean): OpenedDigest {
  const bytes = { read: 0, inflated: 0 };
  // Beyond the bound lies nothing that CloudTrail writes.
  if (error.code === 'OBJECT_TOO_LARGE')
    return { ref, bytes, state: 'malformed', problems: [error.message], sha256: undefined };
  if (error.code !== 'OBJECT_NOT_FOUND')
    return { ref, bytes, state: 'unreadable', failure: readFailure(error) };
  return held ? { ref, bytes, state: 'absent' } : { ref, bytes, state: 'unreadable', failure: absence(ref) };
}
