import { type AccessSettings, readAccess } from '../options/common.ts';
import { UsageError } from '../options/usage-error.ts';

/** The options of `recover` as commander hands them over. */
export interface RawRecoverOptions extends AccessSettings {
  readonly format: string;
}

/** What `recover` was asked for. */
export interface RecoverSettings {
  readonly reportFile: string;
  readonly folder: string;
  readonly format: 'text' | 'json';
  readonly access: AccessSettings;
}

/** Checks the arguments and options of `recover`. Throws UsageError for the first that is wrong. */
export function readRecoverSettings(
  reportFile: string,
  folder: string,
  raw: RawRecoverOptions,
): RecoverSettings {
  const { format } = raw;
  if (format !== 'text' && format !== 'json')
    throw new UsageError(`--format: ${JSON.stringify(format)} is neither text nor json`, 'give one of them');
  if (folder === '' || /^(?:s3|arn):/i.test(folder))
    throw new UsageError(`${JSON.stringify(folder)} is not a folder`, 'nothing is written to a bucket');
  return { reportFile, folder, format, access: readAccess(raw) };
}
