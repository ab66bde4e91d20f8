import { tmpdir } from 'node:os';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../base/errors.ts';
import { makeTemporaryFolder } from './unfinished.ts';

/** As `makeTemporaryFolder`, in the system's folder for such things. Throws OUTPUT_NOT_USABLE. */
export function makeOwnFolder(name: string): string {
  try {
    return makeTemporaryFolder(path.join(tmpdir(), name));
  } catch (cause) {
    throw new TrailVerifyError('OUTPUT_NOT_USABLE', `no temporary folder can be made: ${messageOf(cause)}`, {
      hint: 'name a folder that can be written to in TMPDIR',
      cause,
    });
  }
}
