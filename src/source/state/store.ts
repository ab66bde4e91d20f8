import { createHash, randomUUID } from 'node:crypto';
import { lstat, open, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  classifyFailure,
  credentialsError,
  failureName,
  failureStatus,
  failureText,
} from '../../aws/failure.ts';
import type { AwsSession } from '../../aws/session.ts';
import { errorCode, messageOf, TrailVerifyError } from '../../base/errors.ts';
import { giveNewName } from '../file-moves.ts';
import { readSmallFile } from '../folder/object-file.ts';
import { readGivenFile, replaceFile } from '../given-file.ts';
import { openS3Clients } from '../s3/clients.ts';
import { isAbsent, readBody } from '../s3/retry.ts';
import { type ObjectRef, objectUri } from '../source.ts';
import { noteUnfinished, settle } from '../unfinished.ts';

/** Where a state is kept between runs: a file or an object, read whole and replaced whole by compare-and-swap. */

/** A state as it was read: its bytes, and the version that later shows whether it is still the same. */
export interface StoredState {
  readonly bytes: Uint8Array;
  readonly version: string;
}

/** A place that holds one state. */
export interface StateStore {
  /** A name for people, a path or an `s3://` address. */
  readonly location: string;
  /** The state; undefined where there is none. Throws STATE_INVALID where it is there and cannot be read, or is too large. */
  read(): Promise<StoredState | undefined>;
  /**
   * Replaces the state that was read as `version` (undefined: there was none), whole or not at all. Throws STATE_CONFLICT where
   * another state is there by now, STATE_NOT_WRITTEN where it cannot be written.
   */
  write(bytes: Uint8Array, version: string | undefined): Promise<void>;
}

/** The lock is held for as long as a file takes to be written; an older one of another machine is left over. */
const STALE_MS = 60_000;
const LOCK_TRIES = 50;
const LOCK_PAUSE_MS = 100;
/** A process and its machine. */
const LONGEST_LOCK = 1024;

/**
 * A state in a file of at most `most` bytes. It is written to a file next to it, flushed to the disk and renamed into place. A
 * lock file keeps other runs out meanwhile. It is replaced only where it still is the state that was read.
 */
export function openStateFile(file: string, most: number): StateStore {
  return {
    location: file,
    read: () => readState(file, most),
    write: async (bytes, version) => {
      await takeLock(`${file}.lock`, file);
      try {
        const present = await readState(file, most);
        if (present?.version !== version) throw conflict(file);
        await replace(file, bytes);
      } finally {
        await rm(`${file}.lock`, { force: true });
        settle(`${file}.lock`);
      }
    },
  };
}

async function readState(file: string, most: number): Promise<StoredState | undefined> {
  try {
    const bytes = await readGivenFile(file, most);
    return { bytes, version: createHash('sha256').update(bytes).digest('hex') };
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw new TrailVerifyError('STATE_INVALID', `state ${file} cannot be read: ${messageOf(cause)}`, {
      hint: 'check its name and your permission to read it',
      cause,
    });
  }
}

/**
 * Takes the lock; waits a little for another run that is just writing. The lock names its owner, so that one left over
 * from a process that was killed on this machine is nobody's at once.
 */
async function takeLock(lock: string, file: string): Promise<void> {
  const mine = `${lock}.${randomUUID()}`;
  try {
    noteUnfinished(mine);
    await writeFile(mine, `${process.pid} ${hostname()}\n`, { flag: 'wx' });
    for (let tries = 1; ; tries += 1) {
      try {
        // It never replaces an existing file; with hard links the lock is never seen without its owner.
        await giveNewName(mine, lock);
        noteUnfinished(lock);
        return;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
        if (await isLeftOver(lock)) await rm(lock, { force: true });
        else if (tries === LOCK_TRIES) throw conflict(file);
        else await wait(LOCK_PAUSE_MS);
      }
    }
  } catch (error) {
    throw error instanceof TrailVerifyError ? error : notWritten(file, error);
  } finally {
    // Where there is no such folder, removing it is an error of its own, and would hide the first.
    await rm(mine, { force: true }).catch(() => undefined);
    settle(mine);
  }
}

async function isLeftOver(lock: string): Promise<boolean> {
  const owner = (await readSmallFile(lock, LONGEST_LOCK))?.toString('utf8') ?? '';
  const status = await lstat(lock).catch(() => undefined);
  if (status === undefined) return false;
  const [, pid, host] = /^(\d{1,10}) (.+)\n$/.exec(owner) ?? [];
  if (host === hostname() && !isRunning(Number(pid))) return true;
  return Date.now() - status.mtimeMs > STALE_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

async function replace(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceFile(file, bytes, 0o600);
    await flushFolder(path.dirname(path.resolve(file)));
  } catch (error) {
    throw notWritten(file, error);
  }
}

/** The rename itself must outlive a power cut; a file system that cannot flush a folder has done all it can. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function conflict(file: string): TrailVerifyError {
  return new TrailVerifyError('STATE_CONFLICT', `state ${file} was written by another run meanwhile`, {
    hint: 'its state stays as it is; let one run at a time use a state',
  });
}

function notWritten(file: string, cause: unknown): TrailVerifyError {
  return new TrailVerifyError(
    'STATE_NOT_WRITTEN',
    `state ${file} could not be written: ${messageOf(cause)}`,
    {
      hint: 'the old state is as it was; free some space or mend the permissions, and run again',
      cause,
    },
  );
}

/**
 * A state in an object of at most `most` bytes. It is written with `If-Match` (the entity tag that was read) or
 * `If-None-Match: *`, so that of two runs at once one is refused (S3 user guide, "Conditional writes").
 */
export function openStateObject(session: AwsSession, ref: ObjectRef, most: number): StateStore {
  const clients = openS3Clients(session);
  const name = objectUri(ref);
  const at = { Bucket: ref.bucket, Key: ref.key };
  return {
    location: name,
    read: async () => {
      try {
        return await clients.run(ref.bucket, async (client) => {
          const {
            Body: body,
            ContentLength: length,
            ETag: version,
          } = await client.send(new GetObjectCommand(at));
          if (body === undefined || !('on' in body) || !('destroy' in body) || length === undefined)
            throw new Error('it was sent without a body or its length');
          if (length > most || version === undefined) {
            body.destroy();
            throw new Error(
              version === undefined ? 'it has no entity tag' : `it is larger than ${most} bytes`,
            );
          }
          return { bytes: await readBody(body, length, session.requestTimeoutMs), version };
        });
      } catch (error) {
        if (isAbsent(error) && failureName(error) === 'NoSuchKey') return undefined;
        throw unreadable(name, error);
      }
    },
    write: async (bytes, version) => {
      const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version };
      const command = new PutObjectCommand({
        ...at,
        ...condition,
        Body: bytes,
        ContentLength: bytes.length,
        ContentType: 'application/json',
      });
      try {
        await clients.run(ref.bucket, (client) => client.send(command));
      } catch (error) {
        throw unwritten(name, error);
      }
    },
  };
}

function unreadable(name: string, cause: unknown): TrailVerifyError {
  if (classifyFailure(cause) === 'credentials') return credentialsError(cause);
  const isPassing = ['network', 'passing'].includes(classifyFailure(cause));
  return new TrailVerifyError(
    isPassing ? 'UNREACHABLE' : 'STATE_INVALID',
    `state ${name} cannot be read: ${failureText(cause)}`,
    {
      hint: 'grant s3:GetObject on it, and s3:ListBucket on its bucket so that S3 reports an absent state as absent',
      cause,
    },
  );
}

function unwritten(name: string, cause: unknown): TrailVerifyError {
  const status = failureStatus(cause);
  // 412: it is another by now; 409: another write was faster; 404: the state that was read is gone (API reference, PutObject).
  if (status === 412 || status === 409 || failureName(cause) === 'NoSuchKey') {
    return new TrailVerifyError('STATE_CONFLICT', `state ${name} was written by another run meanwhile`, {
      hint: 'its state stays as it is; let one run at a time use a state',
      cause,
    });
  }
  return new TrailVerifyError(
    'STATE_NOT_WRITTEN',
    `state ${name} could not be written: ${failureText(cause)}`,
    {
      hint: 'the old state is as it was; grant s3:PutObject on it, and run again',
      cause,
    },
  );
}
