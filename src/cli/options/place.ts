import { isAccessPoint, isBucketName } from '../../base/names.ts';
import { type AnyCommand, type ListParser, listParser, UsageError } from './common.ts';
import { readS3Arn, readS3Url, withoutQuery } from './s3-names.ts';
import { TRAIL_NAME } from './window.ts';

/** The place that the command is pointed at. `prefix` is '' or ends in `/`. */
export type Place =
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly prefix: string;
      /** The access point through which the bucket is read: its ARN or alias. */
      readonly accessPoint?: string | undefined;
    }
  | {
      readonly kind: 'trail';
      readonly arn: string;
      readonly homeRegion: string;
      readonly account: string;
      readonly name: string;
    }
  | { readonly kind: 'folder'; readonly path: string };

/** An access point by its ARN or alias: which bucket it leads to, its name does not say. */
export interface AccessPoint {
  readonly kind: 'access-point';
  readonly name: string;
  readonly prefix: string;
}

const EXAMPLES =
  'give s3://bucket[/prefix], a trail ARN (arn:aws:cloudtrail:us-east-1:111122223333:trail/name) or a folder';
const ARN = /^arn:aws[a-z0-9-]*:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(\S+)$/;
const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;

/** The target of a command: a place in S3 by any of its names, a trail ARN of any partition, or else a folder's path. Throws UsageError. */
export function parsePlace(text: string): Place | AccessPoint {
  if (text === '') throw new UsageError('the target is empty', EXAMPLES);
  if (/^s3:/i.test(text)) {
    const { bucket, prefix } = parseS3Place(text, 'target');
    return placeNamed({ name: bucket, prefix });
  }
  if (/^arn:/i.test(text)) {
    const named = readS3Arn(text);
    return named === undefined ? parseTrailArn(text, 'target') : placeNamed(named);
  }
  if (SCHEME.test(text)) {
    const named = readS3Url(text);
    if (named !== undefined) return placeNamed(named);
    throw new UsageError(`target ${JSON.stringify(withoutQuery(text))} is not of a known kind`, EXAMPLES);
  }
  return { kind: 'folder', path: text };
}

function placeNamed({
  name,
  prefix,
}: {
  readonly name: string;
  readonly prefix: string;
}): Place | AccessPoint {
  const normal = normalizePrefix(prefix);
  return isAccessPoint(name)
    ? { kind: 'access-point', name, prefix: normal }
    : { kind: 's3', bucket: name, prefix: normal };
}

/**
 * The bucket that an access point is for, as the user says it; other places stay as they are. Nothing that is read through an access
 * point shows which bucket that is, and what digests say of it is the choice of those who filled the bucket. Throws UsageError without it.
 */
export function placeOfAccessPoint(place: Place | AccessPoint, bucket: string | undefined): Place {
  if (place.kind !== 'access-point') return place;
  const { name, prefix } = place;
  if (bucket !== undefined) return { kind: 's3', bucket, prefix, accessPoint: name };
  throw new UsageError(
    `target ${JSON.stringify(name)} is an access point, and does not say of which bucket`,
    'name it with --bucket; "aws s3control get-access-point" and the S3 console show it',
  );
}

/** The parts of an ARN; Region and account are '' where it has none. */
export interface Arn {
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** The parts of an ARN of any partition (IAM user guide, "Amazon Resource Names"); undefined for another text. */
export function parseArn(text: string): Arn | undefined {
  const [, service, region, account, resource] = ARN.exec(text) ?? [];
  if (service === undefined || region === undefined || account === undefined || resource === undefined)
    return undefined;
  return { service, region, account, resource };
}

/** A trail ARN of any partition. Throws UsageError, naming `option`. */
export function parseTrailArn(text: string, option: string): Place & { readonly kind: 'trail' } {
  const { service, region: homeRegion = '', account = '', resource = '' } = parseArn(text) ?? {};
  const [, name = ''] = /^trail\/(.*)$/.exec(resource) ?? [];
  if (service !== 'cloudtrail' || homeRegion === '' || account === '' || !TRAIL_NAME.test(name)) {
    const hint = 'a trail ARN looks like arn:aws:cloudtrail:us-east-1:111122223333:trail/name';
    throw new UsageError(`${option}: ${JSON.stringify(text)} is not a trail ARN`, hint);
  }
  return { kind: 'trail', arn: text, homeRegion, account, name };
}

/** `s3://bucket[/prefix]`, or the same without the scheme. Throws UsageError, naming `option`. */
export function parseS3Place(
  text: string,
  option: string,
): { readonly bucket: string; readonly prefix: string } {
  const rest = text.replace(/^s3:\/\//i, '');
  const slash = rest.indexOf('/');
  const bucket = slash === -1 ? rest : rest.slice(0, slash);
  if (!isBucketName(bucket)) {
    const hint = 'a bucket has 3 to 63 letters, digits, dots and hyphens: s3://bucket or s3://bucket/prefix';
    throw new UsageError(`${option}: ${JSON.stringify(text)} names no S3 bucket`, hint);
  }
  return { bucket, prefix: slash === -1 ? '' : normalizePrefix(rest.slice(slash + 1)) };
}

/** The bucket and key of `s3://bucket/key`; undefined for a text that names no object. */
export function parseS3Object(text: string): { readonly bucket: string; readonly key: string } | undefined {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(text) ?? [];
  return isBucketName(bucket) ? { bucket, key } : undefined;
}

/** A prefix as listings need it: '' or ending in exactly the one `/` that separates it from `AWSLogs`. */
export function normalizePrefix(prefix: string): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

/** One `FROM=TO` of --relocated: both a bucket or bucket/prefix, as the library takes them. Throws UsageError. */
export function parseRelocation(text: string): { readonly from: string; readonly to: string } {
  const hint = 'for example --relocated signed-bucket=copy-bucket or signed-bucket/prefix=copy-bucket/prefix';
  // A prefix may hold an equals sign; with the scheme on the right side the place to cut is certain.
  const cut = text.search(/=s3:\/\//i) === -1 ? text.indexOf('=') : text.search(/=s3:\/\//i);
  if (cut <= 0) throw new UsageError(`--relocated: ${JSON.stringify(text)} is not FROM=TO`, hint);
  const [from, to] = [text.slice(0, cut), text.slice(cut + 1)].map((side) => {
    const { bucket, prefix } = parseS3Place(side, '--relocated');
    return prefix === '' ? bucket : `${bucket}/${prefix.slice(0, -1)}`;
  });
  if (from === undefined || to === undefined || from === to) {
    throw new UsageError(`--relocated: ${JSON.stringify(text)} moves nothing`, hint);
  }
  return { from, to };
}

const gatherRelocations: ListParser = listParser('--relocated', {
  check: parseRelocation,
  split: splitRelocations,
});

/** A prefix may hold a comma: it parts two moves where each part is one, and none where there is a single move. */
function splitRelocations(text: string): readonly string[] {
  const parts = text.split(',');
  const isList = parts.every((part) => part.includes('=')) || parts.some((part) => part.trim() === '');
  if (isList) return parts;
  if (text.split('=').length <= 2) return [text];
  throw new UsageError(
    `--relocated: ${JSON.stringify(text)} can be read in two ways`,
    'a prefix in it holds a comma: repeat --relocated for each FROM=TO',
  );
}

/** The option that says which objects have moved. */
export function relocatedOption(
  command: AnyCommand,
): () => readonly { readonly from: string; readonly to: string }[] {
  const options = command.option(
    '--relocated <from=to>',
    'objects signed as s3://FROM/... are now under s3://TO/... (may be repeated, also A=B,C=D)',
    gatherRelocations,
  );
  return () => (options.opts().relocated ?? []).map(parseRelocation);
}

/** How a folder is to be read, as far as the user says it. */
export interface LayoutSettings {
  /** One bucket (`sync`), a folder of buckets (`collect`) or an evidence bag; undefined where the folder itself must show. */
  readonly layout: 'sync' | 'collect' | 'bag' | undefined;
  readonly bucket: string | undefined;
  /** The part of a bucket that the folder is a copy of. */
  readonly copyOf: { readonly bucket: string; readonly prefix: string } | undefined;
}

/** The options that say how a folder is read. The reader is called with whether the target is a folder of this machine; it throws UsageError. */
export function layoutOptions(
  command: AnyCommand,
): (isFolder: boolean, isAccessPoint?: boolean) => LayoutSettings {
  const options = command
    .addOption(
      command
        .createOption(
          '--layout <layout>',
          'kind of folder: sync (a copy of one bucket), collect (a folder for each bucket) or bag (an evidence bag)',
        )
        .choices(['sync', 'collect', 'bag']),
    )
    .option(
      '--bucket <name>',
      'the bucket that the folder is a copy of or that the access point is for, or the one of its folders that is meant',
      parseBucket,
    )
    .option(
      '--copy-of <place>',
      'the part of a bucket that the folder is a copy of, such as s3://bucket/AWSLogs/111122223333',
      parseCopied,
    );
  return (isFolder, hasAccessPoint = false) => {
    const { layout, bucket, copyOf } = options.opts();
    if (layout !== undefined && !isFolder)
      throw new UsageError('--layout is of use with a folder only', 'leave it out');
    if (bucket !== undefined && !isFolder && !hasAccessPoint)
      throw new UsageError('--bucket is of use with a folder or an access point only', 'leave it out');
    if (copyOf !== undefined && !isFolder)
      throw new UsageError('--copy-of is of use with a folder only', 'leave it out');
    if (copyOf !== undefined && (bucket !== undefined || layout !== undefined))
      throw new UsageError(
        `--copy-of and ${bucket === undefined ? '--layout' : '--bucket'} both say how the folder is read`,
        'give --copy-of alone where the folder is a copy of that part of a bucket',
      );
    if (layout === 'bag' && bucket !== undefined)
      throw new UsageError(
        '--bucket is of no use with --layout bag',
        'a bag names its buckets itself: leave it out',
      );
    return { layout, bucket, copyOf };
  };
}

/** The value of --copy-of, by any name of a place in S3 but an access point's. Throws UsageError. */
function parseCopied(text: string): LayoutSettings['copyOf'] {
  const place = /^(?:s3|https?|arn):/i.test(text) ? parsePlace(text) : undefined;
  if (place?.kind === 's3') return { bucket: place.bucket, prefix: place.prefix };
  throw new UsageError(
    `--copy-of: ${JSON.stringify(text)} names no place in S3`,
    'give what was copied, such as s3://my-trail-bucket/AWSLogs/111122223333',
  );
}

/** The value of --bucket. Throws UsageError for another text than a bucket's name. */
export function parseBucket(text: string): string {
  if (isBucketName(text) && !isAccessPoint(text)) return text;
  throw new UsageError(
    `--bucket: ${JSON.stringify(text)} names no S3 bucket`,
    'a bucket has 3 to 63 letters, digits, dots and hyphens: give its name alone',
  );
}
