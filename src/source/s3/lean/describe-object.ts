/** What S3's answer tells of an object beside its bytes. */
import type { IncomingHttpHeaders } from 'node:http';
import { knownTime } from '../../../base/clock.ts';
import type { ObjectDescription } from '../../access.ts';

const USER_METADATA = 'x-amz-meta-';

/** What the headers of an object tell of it; undefined where they name a time that no date can say, which is no answer of S3's. */
export function describeObject(headers: IncomingHttpHeaders): ObjectDescription | undefined {
  // What is named __proto__ is lost so, as it is to the SDK: both ways read the same.
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(USER_METADATA)) metadata[name.slice(USER_METADATA.length)] = joined(value) ?? '';
  }
  const modified = joined(headers['last-modified']);
  const lastModified = modified === undefined ? undefined : Date.parse(modified);
  if (lastModified !== undefined && knownTime(lastModified) === undefined) return undefined;
  const versionId = joined(headers['x-amz-version-id']);
  const etag = joined(headers.etag);
  const storageClass = joined(headers['x-amz-storage-class']);
  return {
    metadata,
    ...(lastModified === undefined ? {} : { lastModified }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(etag === undefined ? {} : { etag }),
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}

/** Several headers of one name are one list (RFC 9110, 5.2). */
export function joined(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}

/** Headers as they were sent, name and value by turns, by lower-case name; values are Latin-1, as node:http gives them. */
export function headersOf(raw: readonly Buffer[]): IncomingHttpHeaders {
  const headers = new Map<string, string | string[]>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]?.toString('latin1').toLowerCase() ?? '';
    const value = raw[at + 1]?.toString('latin1') ?? '';
    const known = headers.get(name);
    headers.set(name, known === undefined ? value : [known, value].flat());
  }
  return Object.fromEntries(headers);
}
