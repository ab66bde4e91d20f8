import type { ObjectVersion } from '../object-store.ts';
import { type Answer, xmlAnswer } from './answer.ts';
import { type PageRow, pageOfKeys, parseMaxKeys } from './key-pages.ts';
import type { ServerState } from './options.ts';
import type { AwsRequest } from './request.ts';
import { S3_NAMESPACE } from './s3-buckets.ts';
import { type KeyEncoding, keyEncoding } from './s3-listing.ts';
import { entityTag } from './s3-read.ts';
import { element } from './xml.ts';

interface VersionRow {
  readonly key: string;
  readonly version: ObjectVersion;
  readonly isLatest: boolean;
}

/** ListObjectVersions: keys in order, the versions of each newest first, delete markers among them. */
export function listObjectVersions(request: AwsRequest, state: ServerState, bucket: string): Answer {
  const { query } = request;
  const encode = keyEncoding(request);
  const maxKeys = parseMaxKeys(query.get('max-keys'));
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const versionMarker = query.get('version-id-marker') ?? '';
  const parts: string[] = [];
  let last: { key: string; versionId: string } | undefined;
  let count = 0;
  let truncated = false;
  const rest = versionMarker === '' ? [] : versionsAfter(state, bucket, keyMarker, versionMarker);
  // A page of keys holds at least a page of versions.
  const keyPage = pageOfKeys(state.store.allKeys(bucket), { prefix, delimiter, after: keyMarker, maxKeys });
  const following = keyPage.rows.flatMap((row) => versionRows(state, bucket, row));
  for (const row of [...rest, ...following]) {
    if (count === maxKeys) {
      truncated = maxKeys > 0;
      break;
    }
    count += 1;
    if ('isPrefix' in row) {
      parts.push(`<CommonPrefixes>${element('Prefix', encode(row.name))}</CommonPrefixes>`);
      last = { key: row.name, versionId: '' };
    } else {
      parts.push(versionElement(row, encode));
      last = { key: row.key, versionId: row.version.versionId };
    }
  }
  truncated ||= keyPage.truncated;
  const head = [
    element('Name', bucket),
    element('Prefix', encode(prefix)),
    delimiter === '' ? '' : element('Delimiter', encode(delimiter)),
    query.has('encoding-type') ? element('EncodingType', 'url') : '',
    element('KeyMarker', encode(keyMarker)),
    element('VersionIdMarker', versionMarker),
    element('MaxKeys', maxKeys),
    element('IsTruncated', truncated),
  ];
  if (truncated && last !== undefined) {
    head.push(element('NextKeyMarker', encode(last.key)));
    if (last.versionId !== '') head.push(element('NextVersionIdMarker', last.versionId));
  }
  const content = head.join('') + parts.join('');
  return xmlAnswer(`<ListVersionsResult xmlns="${S3_NAMESPACE}">${content}</ListVersionsResult>`);
}

/** A common prefix as it is, a key as its versions. */
function versionRows(state: ServerState, bucket: string, row: PageRow): (PageRow | VersionRow)[] {
  return row.isPrefix ? [row] : versionsOf(state, bucket, row.name);
}

function versionsOf(state: ServerState, bucket: string, key: string): VersionRow[] {
  return state.store.versions(bucket, key).map((version, at) => ({ key, version, isLatest: at === 0 }));
}

function versionsAfter(state: ServerState, bucket: string, key: string, versionId: string): VersionRow[] {
  const all = versionsOf(state, bucket, key);
  return all.slice(all.findIndex(({ version }) => version.versionId === versionId) + 1);
}

function versionElement({ key, version, isLatest }: VersionRow, encode: KeyEncoding): string {
  const parts = [
    element('Key', encode(key)),
    element('VersionId', version.versionId),
    element('IsLatest', isLatest),
    element('LastModified', new Date(version.lastModified).toISOString()),
  ];
  if (version.deleteMarker === true) return `<DeleteMarker>${parts.join('')}</DeleteMarker>`;
  const body = [element('ETag', entityTag(version)), element('Size', version.bytes.length)];
  const storageClass = element('StorageClass', version.storageClass ?? 'STANDARD');
  return `<Version>${parts.join('')}${body.join('')}${storageClass}</Version>`;
}
