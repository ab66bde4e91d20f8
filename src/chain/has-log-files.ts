import { DAY } from '../clock.ts';
import { accountFolderKey, dayFolder } from '../digest/digest-key.ts';
import type { Source } from '../source/source.ts';
import type { Window } from './chain-plan.ts';
import type { PlaceFolder } from './discover.ts';

/** Whether a folder holds a log file of the window's days, of any family. Asks for one page of each family at most. */
export async function hasLogFiles(
  source: Source,
  folder: PlaceFolder,
  region: string,
  window: Window,
): Promise<boolean> {
  for (const family of folder.families.filter((name) => name !== 'CloudTrail-Digest')) {
    const prefix = `${accountFolderKey(folder)}${family}/${region}/`;
    const end = prefix + dayFolder(window.to + DAY);
    const startAfter = window.from === undefined ? prefix : prefix + dayFolder(window.from);
    for await (const page of source.list({ bucket: folder.bucket, prefix, startAfter })) {
      if (page.some(({ key }) => key < end && !key.endsWith('/'))) return true;
      if ((page.at(-1)?.key ?? '') >= end) break;
    }
  }
  return false;
}
