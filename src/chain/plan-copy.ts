import { DAY } from '../clock.ts';
import { accountFolderKey, dayFolder } from '../digest/digest-key.ts';
import { TrailVerifyError } from '../errors.ts';
import type { CopyRange } from '../source/copy-range.ts';
import type { Source } from '../source/source.ts';
import { discover } from './discover.ts';

/** What of the targets a copy is to hold. Times are milliseconds since the epoch; an absent list means all. */
export interface CopyScope {
  readonly source: Source;
  readonly targets: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly from?: number;
  readonly to?: number;
  readonly accounts?: readonly string[];
  readonly regions?: readonly string[];
}

/**
 * Beyond both ends of the window: the digest before the first hour stands in the folder of the day before, and log
 * files are delivered before the digest that names them.
 */
const MARGIN = DAY;

/**
 * The stretches of keys to copy so that the window can be verified offline: of every account and Region in scope
 * the digests and the log files of every family, in the day folders of the window and one day around it. All
 * trails of a Region are copied, for their log files share the folders. Throws what `source.folders` throws, and
 * CONFIGURATION where the search ended before every folder was looked into, for nothing would tell what the copy lacks.
 */
export async function* planCopy(scope: CopyScope): AsyncGenerator<CopyRange> {
  const { source, targets, accounts, regions } = scope;
  const inScope = (account: string | undefined, region: string | undefined): boolean =>
    (account === undefined || accounts === undefined || accounts.includes(account)) &&
    (region === undefined || regions === undefined || regions.includes(region));
  const { places, complete, foldersListed } = await discover({ source, targets, inScope });
  if (!complete) throw searchEnded(targets, foldersListed);
  for (const { region, folders } of places) {
    for (const folder of folders) {
      for (const family of folder.families) {
        const prefix = `${accountFolderKey(folder)}${family}/${region}/`;
        yield {
          bucket: folder.bucket,
          prefix,
          ...(scope.from === undefined ? {} : { startAfter: prefix + dayFolder(scope.from - MARGIN) }),
          ...(scope.to === undefined ? {} : { endBefore: prefix + dayFolder(scope.to + 2 * MARGIN) }),
        };
      }
    }
  }
}

function searchEnded(targets: CopyScope['targets'], foldersListed: number): TrailVerifyError {
  const names = targets.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).join(', ');
  return new TrailVerifyError(
    'CONFIGURATION',
    `the search for trails in ${names} ended after ${foldersListed} folders: there are more`,
    {
      hint: "name the trail's own prefix, for example s3://bucket/prefix, or s3://bucket/AWSLogs/ where it has none",
    },
  );
}
