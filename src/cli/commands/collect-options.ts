import {
  type AccessSettings,
  type KeyTrustSettings,
  readAccess,
  readCount,
  readScope,
  readWindow,
  type ScopeSettings,
  type WindowSettings,
} from '../options/common.ts';
import { type Place, parsePlace } from '../options/parse-place.ts';
import { UsageError } from '../options/usage-error.ts';

/** Everything that `collect` was asked for. Times are milliseconds since the epoch. */
export interface CollectSettings extends WindowSettings, ScopeSettings, KeyTrustSettings {
  readonly place: Exclude<Place, { kind: 'folder' }>;
  readonly folder: string;
  readonly access: AccessSettings;
  readonly concurrency: number | undefined;
  readonly maxRate: number | undefined;
  readonly quiet: boolean;
  readonly progress: boolean | undefined;
}

/** The options of `collect` as commander hands them over. */
export interface RawCollectOptions extends AccessSettings {
  readonly trustEndpointKeys?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly account?: readonly string[];
  readonly region?: readonly string[];
  readonly trail?: readonly string[];
  readonly concurrency?: string;
  readonly maxRate?: string;
  readonly quiet?: boolean;
  readonly progress?: boolean;
}

/** Checks the arguments and options of `collect`; ages count from `now`. Throws UsageError for the first that is wrong. */
export function readCollectSettings(
  target: string,
  folder: string,
  raw: RawCollectOptions,
  now: number,
): CollectSettings {
  const place = parsePlace(target);
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
  return {
    place,
    folder,
    ...readWindow(raw, now),
    ...readScope(raw),
    access: readAccess(raw),
    trustEndpointKeys: raw.trustEndpointKeys ?? false,
    concurrency: readCount(raw.concurrency, '--concurrency', 1, 4096),
    maxRate: readCount(raw.maxRate, '--max-rate', 1, 1_000_000),
    quiet: raw.quiet ?? false,
    progress: raw.progress,
  };
}
