/** Where a plan and its results lie: a folder, or a prefix of a bucket. Each file is written once, and never replaced. */

import { lstat, opendir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { classifyFailure, credentialsError, failureStatus, failureText } from '../../aws/failure.ts';
import type { AwsSession } from '../../aws/session.ts';
import { errorCode, messageOf, TrailVerifyError } from '../../base/errors.ts';
import { giveNewName } from '../file-moves.ts';
import { readGivenFile } from '../given-file.ts';
import { openS3Clients } from '../s3/clients.ts';
import { openS3 } from '../s3/s3-source.ts';
import { objectUri } from '../source.ts';
import { noteNamed, withUnfinished } from '../unfinished.ts';

/** Files by names with `/` between their parts. */
export interface PlanStore {
  /** A name for people, a path or an `s3://` address. */
  readonly location: string;
  /** The content of a file of at most `most` bytes; undefined where there is none. Throws CONFIGURATION, or as the place does. */
  read(name: string, most: number): Promise<Uint8Array | undefined>;
  /** Writes a file that is not there yet, whole or not at all; false where there is one of that name. Throws OUTPUT_NOT_USABLE. */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
  /** The names of the files in a folder, in no order; throws CONFIGURATION where there are more than `most`. */
  names(folder: string, most: number): Promise<readonly string[]>;
}

/** A plan in a folder, which must be there. */
export function openPlanFolder(folder: string): PlanStore {
  const fileOf = (name: string): string => path.join(folder, ...name.split('/'));
  return {
    location: folder,
    read: async (name, most) => {
      const file = fileOf(name);
      try {
        return await readGivenFile(file, most);
      } catch (cause) {
        if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return undefined;
        throw new TrailVerifyError('CONFIGURATION', `${file} cannot be read: ${messageOf(cause)}`, {
          hint: 'give the folder that trail-verify plan wrote',
          cause,
        });
      }
    },
    create: async (name, bytes) => {
      const file = fileOf(name);
      try {
        // Who may write there must not lead this machine elsewhere.
        if (name.includes('/') && (await lstat(path.dirname(file))).isSymbolicLink())
          throw new Error('its folder is a symbolic link');
        await withUnfinished(file, async (partial) => {
          await writeFile(partial, bytes, { flag: 'wx', flush: true });
          await giveNewName(partial, file);
          noteNamed(file);
        });
        return true;
      } catch (cause) {
        if (errorCode(cause) === 'EEXIST') return false;
        throw notWritten(file, messageOf(cause), cause);
      }
    },
    names: async (within, most) => {
      const names: string[] = [];
      try {
        for await (const entry of await opendir(fileOf(within))) {
          if (names.length >= most) throw tooMany(fileOf(within), most);
          names.push(entry.name);
        }
      } catch (cause) {
        if (errorCode(cause) === 'ENOENT') return [];
        if (cause instanceof TrailVerifyError) throw cause;
        throw new TrailVerifyError('CONFIGURATION', `${fileOf(within)} cannot be read: ${messageOf(cause)}`, {
          cause,
        });
      }
      return names;
    },
  };
}

/** A plan below a prefix of a bucket, which is '' or ends in `/`. */
export function openPlanPrefix(
  session: AwsSession,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): PlanStore {
  const location = `s3://${bucket}/${prefix}`;
  const source = openS3(session, location);
  const clients = openS3Clients(session);
  return {
    location,
    read: async (name, maxBytes) => {
      try {
        return (await source.open({ bucket, key: prefix + name }, { maxBytes })).bytes;
      } catch (error) {
        if (error instanceof TrailVerifyError && error.code === 'OBJECT_NOT_FOUND') return undefined;
        throw error instanceof TrailVerifyError && error.code.startsWith('OBJECT_')
          ? new TrailVerifyError('CONFIGURATION', error.message, { hint: error.hint, cause: error })
          : error;
      }
    },
    create: async (name, bytes) => {
      const key = prefix + name;
      const command = new PutObjectCommand({
        Bucket: bucket,
        Key: key,
        Body: bytes,
        ContentLength: bytes.length,
        // Of two writers at once one is refused (S3 user guide, "Conditional writes").
        IfNoneMatch: '*',
      });
      try {
        await clients.run(bucket, (client) => client.send(command));
        return true;
      } catch (cause) {
        if (failureStatus(cause) === 412) return false;
        if (classifyFailure(cause) === 'credentials') throw credentialsError(cause);
        throw notWritten(objectUri({ bucket, key }), failureText(cause), cause);
      }
    },
    names: async (within, most) => {
      const below = `${prefix}${within}/`;
      const names: string[] = [];
      for await (const page of source.list({ bucket, prefix: below }))
        for (const { key } of page) {
          if (names.length >= most) throw tooMany(`s3://${bucket}/${below}`, most);
          names.push(key.slice(below.length));
        }
      return names;
    },
  };
}

function notWritten(name: string, why: string, cause: unknown): TrailVerifyError {
  return new TrailVerifyError('OUTPUT_NOT_WRITTEN', `${name} could not be written: ${why}`, {
    hint:
      errorCode(cause) === 'ENOSPC'
        ? 'free some space, and run again'
        : 'look whether the place of the plan is there and may be written, and run again',
    cause,
  });
}

function tooMany(where: string, most: number): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', `${where} holds more than ${most} files`, {
    hint: 'take out what is no result of the plan',
  });
}
