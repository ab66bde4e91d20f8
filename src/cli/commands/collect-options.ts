import type { Command } from '@commander-js/extra-typings';
import {
  type AccessSettings,
  accessOptions,
  type KeyTrustSettings,
  keyTrustOption,
  type PaceSettings,
  paceOptions,
} from '../options/access.ts';
import { progressOption, type Run, UsageError, verboseOption } from '../options/common.ts';
import { type Place, parseBucket, parsePlace, placeOfAccessPoint } from '../options/place.ts';
import { type ScopeSettings, scopeOptions, type WindowSettings, windowOptions } from '../options/window.ts';

/** Everything that `collect` was asked for. Times are milliseconds since the epoch. */
export interface CollectSettings extends WindowSettings, ScopeSettings, PaceSettings, KeyTrustSettings {
  readonly place: Exclude<Place, { kind: 'folder' }>;
  readonly folder: string;
  readonly access: AccessSettings;
  readonly quiet: boolean;
  readonly progress: boolean | undefined;
}

const EXAMPLES = `
Examples:
  trail-verify collect s3://my-trail-bucket ./evidence --from 2026-11-01 --to 2026-11-08
  trail-verify verify ./evidence --keys cloudtrail-keys.jsonl

Take the keys from CloudTrail yourself (trail-verify keys fetch) and keep them
apart. Keys in the copy prove nothing: somebody who could change the copy could
change them too.
`;

/** Adds `collect`. */
export function addCollect(program: Command, run: Run<CollectSettings>): void {
  const command = program
    .command('collect')
    .summary('copy a trail into a folder, complete with metadata and keys')
    .description(
      'Copies digests and log files byte for byte, with the S3 metadata that holds the signatures and the public keys, so that the folder can be verified offline. Run it again to resume.',
    )
    .argument('<target>', 's3://bucket[/prefix] or a trail ARN')
    .argument('<folder>', 'where the copy goes')
    .addHelpText('after', EXAMPLES)
    .optionsGroup('What is copied:');
  const readWindow = windowOptions(command);
  const readScope = scopeOptions(command);
  const readAccess = accessOptions(command);
  const readTrust = keyTrustOption(command);
  command.optionsGroup('Speed:');
  const readPace = paceOptions(command);
  const options = command
    .optionsGroup('Where objects are:')
    .option('--bucket <name>', 'the bucket that the access point is for', parseBucket)
    .optionsGroup('What is shown:')
    .option('--quiet', 'print nothing but errors');
  const readProgress = progressOption(command);
  verboseOption(command);
  command.action((target, folder) => {
    const { bucket, quiet = false } = options.opts();
    const named = parsePlace(target);
    if (bucket !== undefined && named.kind !== 'access-point')
      throw new UsageError('--bucket is of use with an access point only', 'leave it out');
    const place = placeOfAccessPoint(named, bucket);
    if (place.kind === 'folder') {
      throw new UsageError(
        `target ${JSON.stringify(target)} is not in S3`,
        'collect copies from s3://bucket[/prefix] or a trail ARN into a folder',
      );
    }
    if (folder === '' || /^(?:s3|arn):/i.test(folder)) {
      throw new UsageError(
        `${JSON.stringify(folder)} is not a folder`,
        'give the target first, then the folder',
      );
    }
    return run({
      place,
      folder,
      ...readWindow(Date.now()),
      ...readScope(),
      ...readTrust(),
      ...readPace(),
      access: readAccess(),
      quiet,
      progress: readProgress(),
    });
  });
}
