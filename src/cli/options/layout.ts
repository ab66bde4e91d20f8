import { UsageError } from './usage-error.ts';

/** How a folder is to be read, as far as the user says it. */
export interface LayoutSettings {
  /** One bucket (`sync`), a folder of buckets (`collect`) or an evidence bag; undefined where the folder itself must show. */
  readonly layout: 'sync' | 'collect' | 'bag' | undefined;
  readonly bucket: string | undefined;
}

/** Those options as commander hands them over. */
export interface RawLayoutOptions {
  readonly layout?: string;
  readonly bucket?: string;
}

const LAYOUTS = ['sync', 'collect', 'bag'] as const;
/** Today's names, and the longer alphabet that us-east-1 allowed until 2018. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;

/** Reads --layout and --bucket; `isFolder` where what is read is a folder of this machine. Throws UsageError. */
export function readLayout({ layout, bucket }: RawLayoutOptions, isFolder: boolean): LayoutSettings {
  const known = LAYOUTS.find((one) => one === layout);
  if (layout !== undefined && known === undefined)
    throw new UsageError(`--layout: ${JSON.stringify(layout)} is no layout`, 'give sync, collect or bag');
  if (bucket !== undefined && !BUCKET.test(bucket))
    throw new UsageError(
      `--bucket: ${JSON.stringify(bucket)} names no S3 bucket`,
      'a bucket has 3 to 63 letters, digits, dots and hyphens: give its name alone',
    );
  const given = layout !== undefined ? '--layout' : bucket !== undefined ? '--bucket' : undefined;
  if (given !== undefined && !isFolder)
    throw new UsageError(`${given} is of use with a folder only`, 'leave it out');
  if (known === 'bag' && bucket !== undefined)
    throw new UsageError(
      '--bucket is of no use with --layout bag',
      'a bag names its buckets itself: leave it out',
    );
  return { layout: known, bucket };
}
