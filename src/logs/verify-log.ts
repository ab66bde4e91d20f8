import { isoTime } from '../base/clock.ts';
import { isObjectError, type TrailVerifyError } from '../base/errors.ts';
import { findingObject } from '../chain/check-digest.ts';
import type { TakeExamined } from '../chain/list-digests.ts';
import { absence, readFailure } from '../chain/read-digest.ts';
import { type HashedFile, type HashFile, hashHere, ThreadLost } from '../crypto/hash.ts';
import type { LogRef } from '../digest/digest.ts';
import type { Relocator } from '../digest/digest-key.ts';
import type { ObjectHashes, TrailEvent } from '../findings/event.ts';
import { type Finding, makeFinding, type Outcome } from '../findings/finding.ts';
import {
  type ObjectRef,
  type OpenOptions,
  objectUri,
  type Source,
  type StoredObject,
} from '../source/source.ts';
import { eventFamily, judgeLog, type LogCheck, MAX_LOG_CONTENT, MAX_LOG_FILE } from './check-log.ts';

/** One log file that a proven digest names. */
export interface LogJob {
  readonly log: LogRef;
  readonly chain: string;
  /** The proven digest that names it, and the end of its window (milliseconds since the epoch). */
  readonly digest: ObjectRef;
  readonly digestEnd: number;
  /** Its place in the digest's list, from 0. */
  readonly position: number;
}

const HERE = hashHere(MAX_LOG_CONTENT);

/** How log files are read and hashed. */
interface LogReading {
  /** Is handed every log file that was read and judged. */
  readonly onObject?: TakeExamined | undefined;
  /** Default: one that hashes on this thread. */
  readonly hash?: HashFile | undefined;
  /** As in `OpenOptions`. */
  readonly admit?: OpenOptions['admit'] | undefined;
}

/** Reads one log file and compares it with its digest: the log event, and a finding where they disagree. Rejects only with errors that end the run. */
export async function verifyLog(
  job: LogJob,
  source: Source,
  relocations: Relocator,
  { onObject, hash = HERE, admit }: LogReading = {},
): Promise<readonly TrailEvent[]> {
  const ref = relocations.toActual({ bucket: job.log.bucket, key: job.log.key });
  // Most log files are as they should be, and need no words.
  const facts = (): Facts => ({
    object: findingObject(ref, relocations),
    chain: job.chain,
    time: isoTime(job.digestEnd),
    expected: job.log.sha256,
    digest: objectUri(job.digest),
  });
  let read = 0;
  let inflated = 0;
  let hashes: ObjectHashes | undefined;
  let finding: Finding | undefined;
  let stored: StoredObject | undefined;
  let version: Pick<ObjectRef, 'versionId'> = {};
  try {
    const log = await hashLog(ref, source, hash, { keep: onObject !== undefined, admit });
    const check = judgeLog(log.file, job.log.sha256);
    stored = log.stored;
    version = log.versionId === undefined ? {} : { versionId: log.versionId };
    read = log.file.size;
    inflated = check.inflated;
    hashes = hashesOf(log.file, check, job.log);
    if (check.result !== 'agrees') finding = contentFinding(check, facts(), version);
    else if (check.storedInflated === true) finding = inflatedFinding(facts(), version);
  } catch (error) {
    if (!isObjectError(error)) throw error;
    const isAbsent = error.code === 'OBJECT_NOT_FOUND' && (await source.holds(ref.bucket));
    finding = readFinding(error, ref, isAbsent, facts());
  }
  const outcome = outcomeOf(finding);
  if (stored !== undefined) {
    const { chain, log: listed } = job;
    await onObject?.({ kind: 'log', ref, stored, chain, outcome, listed, digest: job.digest });
  }
  const family = eventFamily(job.log.key);
  const event: TrailEvent = {
    type: 'log',
    chain: job.chain,
    object: ref,
    family,
    outcome,
    bytes: { read, inflated },
    digest: job.digest,
    position: job.position,
    hashes,
    ...version,
  };
  return finding === undefined ? [event] : [event, { type: 'finding', finding }];
}

function hashesOf(file: HashedFile, check: LogCheck, log: LogRef): ObjectHashes {
  if (check.result === 'malformed') return { stored: file.sha256 };
  // One string for both: the digest's is held already.
  return { stored: file.sha256, content: check.result === 'agrees' ? log.sha256 : check.actual };
}

type Facts = Pick<Finding, 'object'> & {
  readonly chain: string;
  readonly time: string;
  readonly expected: string;
  readonly digest: string;
};

/** What is wrong with the content of a log file that was read. */
function contentFinding(
  check: Exclude<LogCheck, { readonly result: 'agrees' }>,
  facts: Facts,
  version: Pick<ObjectRef, 'versionId'>,
): Finding {
  const { expected, digest } = facts;
  const about = { ...facts, object: { ...facts.object, ...version } };
  switch (check.result) {
    case 'modified':
      return makeFinding('LOG_MODIFIED', about, { expected, actual: check.actual, digest });
    case 'trailing-data': {
      const { actual, trailingBytes } = check;
      return makeFinding('LOG_TRAILING_DATA', about, { trailingBytes, expected, actual, digest });
    }
    case 'malformed':
      return makeFinding('LOG_MALFORMED', about, { problem: check.problem, expected, digest });
  }
}

/** A log file whose stored bytes are its signed content. */
function inflatedFinding(facts: Facts, version: Pick<ObjectRef, 'versionId'>): Finding {
  const about = { ...facts, object: { ...facts.object, ...version } };
  return makeFinding('LOG_STORED_INFLATED', about, { sha256: facts.expected, digest: facts.digest });
}

/** Why a log file could not be read; `isAbsent` where its bucket was looked into and does not hold it. */
function readFinding(error: TrailVerifyError, ref: ObjectRef, isAbsent: boolean, facts: Facts): Finding {
  const { expected, digest } = facts;
  // A copy's statement about a missing file may come from the one who removed it.
  if (isAbsent) return makeFinding('LOG_MISSING', facts, { expected, digest, claim: error.claim });
  if (error.code === 'OBJECT_TOO_LARGE')
    return makeFinding('LOG_MALFORMED', facts, { problem: error.message, expected, digest });
  const failure = error.code === 'OBJECT_NOT_FOUND' ? absence(ref) : readFailure(error);
  return makeFinding('LOG_UNREADABLE', facts, { ...failure, digest });
}

function outcomeOf(finding: Finding | undefined): Outcome {
  if (finding === undefined || finding.weight === 'note') return 'valid';
  if (finding.code === 'LOG_MISSING') return 'missing';
  return finding.weight === 'violation' ? 'invalid' : 'unproven';
}

/** One log file, hashed, with the version that was read; `stored` where it was asked for. */
interface HashedLog {
  readonly file: HashedFile;
  readonly versionId: string | undefined;
  readonly stored?: StoredObject | undefined;
}

/** What becomes of a log file while it is read. */
interface HashLogOptions {
  /** Give what was stored with its hashes. */
  readonly keep: boolean;
  /** As in `OpenOptions`. */
  readonly admit?: OpenOptions['admit'] | undefined;
}

/** Reads and hashes one log file, again where a thread was lost with its bytes. Throws as `Source.open` and `hash` do. */
export async function hashLog(
  ref: ObjectRef,
  source: Source,
  hash: HashFile,
  options: HashLogOptions,
): Promise<HashedLog> {
  const handOver = !options.keep && source.handsOver === true;
  try {
    return await tryOnce(ref, source, hash, options, handOver);
  } catch (error) {
    if (!(error instanceof ThreadLost)) throw error;
    return tryOnce(ref, source, hash, options, false);
  }
}

async function tryOnce(
  ref: ObjectRef,
  source: Source,
  hash: HashFile,
  { keep, admit }: HashLogOptions,
  handOver: boolean,
): Promise<HashedLog> {
  const stored = await source.open(ref, {
    maxBytes: MAX_LOG_FILE,
    admit,
  });
  const file = await hash(stored.bytes, handOver);
  return { file, versionId: stored.versionId, ...(keep ? { stored } : {}) };
}
