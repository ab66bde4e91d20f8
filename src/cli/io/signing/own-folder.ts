/** Folders of the user on this machine: what is kept there, nobody else may have written. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { makeFolder } from '../../../copy/make-folder.ts';

/** How long such a folder may take (milliseconds): a home folder on a server that is away answers never. */
const MOST_WAIT = 15_000;
/** Write permission of group and others. */
const OTHERS_WRITE = 0o022;

/**
 * The path of this tool's folder of the user: in the one that the variable names, or in `inHome` of the home folder (XDG Base Directory
 * specification; relative paths are ignored). Undefined where neither is named.
 */
export function userFolder(
  environment: Readonly<Record<string, string | undefined>>,
  variable: 'XDG_CONFIG_HOME' | 'XDG_STATE_HOME',
  inHome: string,
): string | undefined {
  const { [variable]: configured = '', HOME: home = environment.USERPROFILE ?? '' } = environment;
  if (path.isAbsolute(configured)) return path.join(configured, 'trail-verify');
  return path.isAbsolute(home) ? path.join(home, inHome, 'trail-verify') : undefined;
}

/**
 * The folder of this user for what a later run goes on from, made where it is not there: XDG_STATE_HOME, or .local/state. Throws CONFIGURATION where there is none, where another user
 * owns it or could write in it, and where it does not answer.
 */
export async function openStateFolder(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const folder = userFolder(environment, 'XDG_STATE_HOME', '.local/state');
  if (folder === undefined)
    throw unusable('neither XDG_STATE_HOME nor HOME names a folder by its whole path');
  await within(MOST_WAIT, `folder ${folder}`, requireOwn(folder));
  return folder;
}

async function requireOwn(folder: string): Promise<void> {
  const status = await makeFolder(folder, 0o700)
    .then(() => stat(folder))
    .catch((cause: unknown) => {
      throw unusable(`folder ${folder} cannot be made: ${messageOf(cause)}`);
    });
  if (!status.isDirectory()) throw unusable(`${folder} is not a folder`);
  const isOwn = process.getuid === undefined || status.uid === process.getuid();
  const isShared = process.platform !== 'win32' && (status.mode & OTHERS_WRITE) !== 0;
  if (!isOwn || isShared) throw unusable(`folder ${folder} can be written by others`);
}

/** Rejects with CONFIGURATION where `work` takes longer than so many milliseconds; `what` does not answer then. */
export async function within<Result>(
  milliseconds: number,
  what: string,
  work: Promise<Result>,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, refuse) => {
    const error = unusable(`${what} did not answer within ${milliseconds / 1000} seconds`);
    timer = setTimeout(() => refuse(error), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function unusable(message: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message);
}
