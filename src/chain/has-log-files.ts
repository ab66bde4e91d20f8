import { DAY, isoTime } from '../base/clock.ts';
import { accountFolderKey, dayFolder } from '../digest/digest-key.ts';
import type { Source } from '../source/source.ts';
import type { Window } from './chain-plan.ts';
import type { PlaceFolder } from './discover.ts';

/** The minute that stands in the name of a log file. */
const NAME_TIME = /_(\d{8}T\d{4})Z/;

/**
 * Whether a folder holds a log file of any family, from the window's days or before them: whoever wipes the digests of a
 * Region may wipe the log files of the window with them. Asks for one page of each family, and more only where pages hold
 * nothing but markers, or `before` (milliseconds since the epoch) is given: then only files that say so in their names count.
 */
export async function hasLogFiles(
  source: Source,
  folder: PlaceFolder,
  region: string,
  window: Pick<Window, 'to'>,
  before?: number,
): Promise<boolean> {
  const stamp = before === undefined ? undefined : isoTime(before).replace(/[-:]/g, '').slice(0, 13);
  const counts = (key: string): boolean => stamp === undefined || (NAME_TIME.exec(key)?.[1] ?? stamp) < stamp;
  for (const family of folder.families.filter((name) => name !== 'CloudTrail-Digest')) {
    const prefix = `${accountFolderKey(folder)}${family}/${region}/`;
    const end = prefix + dayFolder(window.to + DAY);
    for await (const page of source.list({ bucket: folder.bucket, prefix })) {
      if (page.some(({ key }) => key < end && !key.endsWith('/') && counts(key))) return true;
      if ((page.at(-1)?.key ?? '') >= end) break;
    }
  }
  return false;
}
