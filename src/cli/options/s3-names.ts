/**
 * The names that people copy for a place in S3, besides `s3://bucket/prefix`:
 *
 *     arn:aws:s3:::bucket/prefix
 *     arn:aws:s3:eu-west-1:111122223333:accesspoint/name[/object/prefix]
 *     https://bucket.s3.eu-west-1.amazonaws.com/prefix, https://s3.amazonaws.com/bucket/prefix
 *     https://name-111122223333.s3-accesspoint.eu-west-1.amazonaws.com/prefix
 *     https://eu-west-1.console.aws.amazon.com/s3/buckets/bucket?prefix=prefix/
 */
import { isAwsRegion } from '../../aws/network/hosts.ts';
import { isAccessPoint, isBucketName } from '../../base/names.ts';
import { UsageError } from './common.ts';

/** What a name says: a bucket or an access point by `name`, and the prefix as it was written. */
export interface NamedInS3 {
  readonly name: string;
  readonly prefix: string;
}

const BUCKET_HINT = 'for example s3://my-trail-bucket/prefix';
const BUCKET_ARN = /^arn:aws(?:-[a-z]+)*:s3:::([^/]+)(?:\/(.*))?$/s;
const POINT_ARN = /^(arn:aws(?:-[a-z]+)*:s3:[^:]*:\d{12}:accesspoint[/:][^/]+)(?:\/object\/(.*)|\/?)$/s;

/** The place that an ARN of S3 names; undefined for an ARN of another service. Throws UsageError for what is no place of objects. */
export function readS3Arn(text: string): NamedInS3 | undefined {
  if (!/^arn:aws[a-z-]*:s3/i.test(text)) return undefined;
  const [, bucket, key = ''] = BUCKET_ARN.exec(text) ?? [];
  if (bucket !== undefined && isBucketName(bucket))
    return { name: bucket, prefix: withoutWildcard(key, text) };
  const [, point, within = ''] = POINT_ARN.exec(text) ?? [];
  if (point !== undefined && isAccessPoint(point))
    return { name: point, prefix: withoutWildcard(within, text) };
  const isOfManyRegions = /\.mrap(?:\/|$)/.test(text);
  throw new UsageError(
    isOfManyRegions
      ? `target ${JSON.stringify(text)} is an access point of many Regions`
      : `target ${JSON.stringify(text)} is no bucket and no access point`,
    isOfManyRegions
      ? 'it leads to several buckets: give the one that is meant, s3://bucket/prefix'
      : 'for example arn:aws:s3:::bucket/prefix or arn:aws:s3:eu-west-1:111122223333:accesspoint/name',
  );
}

/** An ARN out of a policy may end in a wildcard, which names no objects here. */
function withoutWildcard(prefix: string, text: string): string {
  if (!/[*?]/.test(prefix)) return prefix;
  throw new UsageError(
    `target ${JSON.stringify(text)} has a wildcard`,
    'a target is everything below a prefix: leave the wildcard out',
  );
}

const HTTPS = /^https:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?$/is;
const HOST = /^(?:(.+)\.)?s3(?:-fips)?(?:\.dualstack)?(?:[.-]([a-z0-9-]+))?\.amazonaws\.(?:com|com\.cn|eu)$/;
const POINT_HOST =
  /^(.+)-(\d{12})\.s3-accesspoint(?:-fips)?(?:\.dualstack)?\.([a-z0-9-]+)\.amazonaws\.(?:com|com\.cn|eu)$/;
const CONSOLE_HOST = /^(?:[a-z0-9-]+\.)*console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)$/;
const CONSOLE_PATH = /^(?:\/s3)?\/buckets\/([^/]+)\/?(.*)$/s;
/** The parameters of a URL that somebody signed for another to use. */
const SIGNING =
  /(?:^|&)(?:x-amz-(?:signature|credential|security-token|algorithm)|signature|awsaccesskeyid)=/i;

/**
 * The place that an https address of S3 or of its console names; undefined for an address of something else. Throws UsageError for one
 * that is signed, or has another query: its words are not repeated, for a signature is a secret.
 */
export function readS3Url(text: string): NamedInS3 | undefined {
  const [, host = '', path = '', query = ''] = HTTPS.exec(text) ?? [];
  const shown = `https://${host}${path}`;
  if (SIGNING.test(query))
    throw new UsageError(
      `target ${JSON.stringify(shown)} is a presigned URL`,
      `it opens one object and lists nothing: give s3://bucket/prefix, and credentials of your own`,
    );
  if (CONSOLE_HOST.test(host.toLowerCase())) return readConsole(path, query, shown);
  const named = readHost(host.toLowerCase(), path, shown);
  if (named !== undefined && query !== '')
    throw new UsageError(
      `target ${JSON.stringify(shown)} has a query`,
      'leave out what is behind the question mark, and write the prefix into the path',
    );
  return named;
}

function readHost(host: string, path: string, shown: string): NamedInS3 | undefined {
  const key = decoded(path.replace(/^\//, ''), shown);
  const [, point, account, pointRegion = ''] = POINT_HOST.exec(host) ?? [];
  if (point !== undefined && isAwsRegion(pointRegion)) {
    const partition = /^cn-/.test(pointRegion)
      ? 'aws-cn'
      : /^us-gov-/.test(pointRegion)
        ? 'aws-us-gov'
        : /^eusc-/.test(pointRegion)
          ? 'aws-eusc'
          : 'aws';
    const name = `arn:${partition}:s3:${pointRegion}:${account}:accesspoint/${point}`;
    return isAccessPoint(name) ? { name, prefix: key } : undefined;
  }
  const found = HOST.exec(host);
  if (found === null) return undefined;
  const [, bucket, region] = found;
  if (region !== undefined && !isAwsRegion(region)) return undefined;
  if (bucket !== undefined) return named(bucket, key, shown);
  const slash = key.indexOf('/');
  return slash === -1 ? named(key, '', shown) : named(key.slice(0, slash), key.slice(slash + 1), shown);
}

function readConsole(path: string, query: string, shown: string): NamedInS3 | undefined {
  const [, bucket, rest = ''] = CONSOLE_PATH.exec(path) ?? [];
  if (bucket === undefined) return undefined;
  const prefix = new URLSearchParams(query).get('prefix') ?? decoded(rest, shown);
  return named(decoded(bucket, shown), prefix, shown);
}

function named(name: string, prefix: string, shown: string): NamedInS3 {
  if (isBucketName(name)) return { name, prefix };
  throw new UsageError(`target ${JSON.stringify(shown)} names no S3 bucket`, BUCKET_HINT);
}

function decoded(text: string, shown: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(`target ${JSON.stringify(shown)} cannot be decoded`, BUCKET_HINT);
  }
}

/** An address without what may be a secret in it: its query. */
export function withoutQuery(text: string): string {
  return text.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
}
