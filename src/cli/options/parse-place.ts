import { UsageError } from './usage-error.ts';

/** What the command is pointed at. `prefix` is '' or ends in `/`. */
export type Place =
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string }
  | {
      readonly kind: 'trail';
      readonly arn: string;
      readonly homeRegion: string;
      readonly account: string;
      readonly name: string;
    }
  | { readonly kind: 'folder'; readonly path: string };

const EXAMPLES =
  'give s3://bucket[/prefix], a trail ARN (arn:aws:cloudtrail:us-east-1:111122223333:trail/name) or a folder';
/** Today's names, and the longer alphabet that us-east-1 allowed until 2018 (S3 user guide, "Bucket naming rules"). */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
const TRAIL_ARN = /^arn:aws[a-z0-9-]*:cloudtrail:([a-z0-9-]+):(\d{12}):trail\/([A-Za-z0-9._-]{1,128})$/;
const SCHEME = /^[a-z][a-z0-9+.-]+:\/\//i;

/** The target of a command: an S3 place, a trail ARN of any partition, or else a folder's path. Throws UsageError. */
export function parsePlace(text: string): Place {
  if (text === '') throw new UsageError('the target is empty', EXAMPLES);
  if (/^s3:/i.test(text)) return { kind: 's3', ...parseS3Place(text, 'target') };
  if (/^arn:/i.test(text)) return parseTrailArn(text, 'target');
  if (SCHEME.test(text))
    throw new UsageError(`target ${JSON.stringify(text)} is not of a known kind`, EXAMPLES);
  return { kind: 'folder', path: text };
}

/** A trail ARN of any partition. Throws UsageError, naming `option`. */
export function parseTrailArn(text: string, option: string): Place & { readonly kind: 'trail' } {
  const [, homeRegion, account, name] = TRAIL_ARN.exec(text) ?? [];
  if (homeRegion === undefined || account === undefined || name === undefined) {
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
  if (!BUCKET.test(bucket)) {
    const hint = 'a bucket has 3 to 63 letters, digits, dots and hyphens: s3://bucket or s3://bucket/prefix';
    throw new UsageError(`${option}: ${JSON.stringify(text)} names no S3 bucket`, hint);
  }
  return { bucket, prefix: slash === -1 ? '' : normalizePrefix(rest.slice(slash + 1)) };
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
