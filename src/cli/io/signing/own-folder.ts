/** Folders of the user on this machine: what is kept there, nobody else may have written. */
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, TrailVerifyError } from '../../../base/errors.ts';
import { shellWord } from '../../../base/shell-word.ts';
import { makeFolder } from '../../../copy/make-folder.ts';
import { wayTo } from '../files.ts';
import { OTHERS_WRITE, OWN_USER } from './own-file.ts';

/** How long such a folder may take (milliseconds): a home folder on a server that is away answers never. */
const MOST_WAIT = 15_000;
/** In a folder with this permission only the owner of a file removes or renames it, as in /tmp. */
const STICKY = 0o1000;
const ROOT = 0;

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
 * The folder of this user for what a later run goes on from, made where it is not there: XDG_STATE_HOME, or .local/state. Throws
 * CONFIGURATION, with a hint, where there is none, where others could write in it or put another into its place, and where it does not
 * answer.
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
  if (OWN_USER === undefined) return;
  if (status.uid !== OWN_USER) throw unusable(`folder ${folder} is another user's`, ELSEWHERE);
  const open = await openToOthers(folder, OWN_USER);
  if (open !== undefined) throw unusable(open.message, open.hint);
}

const ELSEWHERE = 'name a folder of your own in XDG_STATE_HOME';

/** A step on the way to a folder, and what it says of itself; not of what a link leads to. */
export interface Step {
  readonly path: string;
  readonly uid: number;
  readonly mode: number;
  readonly isLink: boolean;
}

/** Who else could write in a folder, or put another into its place, and what helps; undefined where nobody could. */
async function openToOthers(folder: string, user: number): Promise<ReturnType<typeof weakStep>> {
  const paths = [path.parse(path.resolve(folder)).root, ...(await wayTo(folder))];
  const steps: Step[] = [];
  for (const one of paths) {
    const status = await lstat(one);
    steps.push({ path: one, uid: status.uid, mode: status.mode, isLink: status.isSymbolicLink() });
  }
  return weakStep(steps, user);
}

/**
 * The first step that others could change, in words and with a remedy; the last one is the folder itself. Each belongs to the user or to
 * root, and none can be written by others. Where any user may make files, as in /tmp, the next step is the user's own: nobody but the
 * owner takes that away.
 */
export function weakStep(
  steps: readonly Step[],
  user: number,
): { readonly message: string; readonly hint: string } | undefined {
  const shared = new Set<string>();
  for (const [at, { path: here, uid, mode, isLink }] of steps.entries()) {
    const isOwned = uid === user || (uid === ROOT && !shared.has(path.dirname(here)));
    if (!isOwned)
      return { message: `${isLink ? 'link' : 'folder'} ${here} is another user's`, hint: ELSEWHERE };
    if (isLink || (mode & OTHERS_WRITE) === 0) continue;
    const isLast = at === steps.length - 1;
    if ((mode & STICKY) === 0 || isLast)
      return {
        message: `folder ${here} can be written by others`,
        hint: `run chmod go-w ${shellWord(here)}, and remove what is there that you do not know`,
      };
    shared.add(here);
  }
  return undefined;
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

function unusable(message: string, hint?: string): TrailVerifyError {
  return new TrailVerifyError('CONFIGURATION', message, { hint });
}
