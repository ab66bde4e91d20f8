import { DAY } from '../clock.ts';
import { accountFolderKey, dayFolder } from '../digest/digest-key.ts';
import type { Source } from '../source/source.ts';
import type { Window } from './chain-plan.ts';
import type { PlaceFolder } from './discover.ts';

/**
 * Whether a folder holds a log file of any family, from the window's days or before them: whoever wipes the digests of a
 * Region may wipe the log files of the window with them. Asks for one page of each family, and more only where pages hold
 * nothing but markers.
 */
export async function hasLogFiles(
  source: Source,
  folder: PlaceFolder,
  region: string,
  window: Pick<Window, 'to'>,
): Promise<boolean> {
  for (const family of folder.families.filter((name) => name !== 'CloudTrail-Digest')) {
    const prefix = `${accountFolderKey(folder)}${family}/${region}/`;
    const end = prefix + dayFolder(window.to + DAY);
    for await (const page of source.list({ bucket: folder.bucket, prefix })) {
      if (page.some(({ key }) => key < end && !key.endsWith('/'))) return true;
      if ((page.at(-1)?.key ?? '') >= end) break;
    }
  }
  return false;
}
