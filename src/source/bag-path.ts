/**
 * Where an object lies in an evidence bag: under its bucket and key, in names that every file system, shell and
 * BagIt reader takes alike. What is not portable is escaped as in `folder-path.ts`, so no name leads out of the bag:
 *
 *     data/digests/my-trail/AWSLogs/111122223333/CloudTrail-Digest/…/x.json.gz
 *     data/logs/my-trail/%_%2E%2E/%_etc%20passwd.object
 *
 * Names of files and of folders can never be the same, whatever the keys: a plain file ends in `.json.gz`, an escaped
 * one in `.object`, and a folder in neither.
 */
import { escapeSegment } from './folder-path.ts';
import type { ObjectRef } from './source.ts';

/** What kinds of object a bag holds. */
export type BagObjectKind = 'digest' | 'log';

/** Behind the file of a digest: its signature, raw bytes. */
export const SIGNATURE_SUFFIX = '.sig';

const PORTABLE = /^[A-Za-z0-9_=+@][A-Za-z0-9._=+@-]{0,199}$/;
const PLAIN_FILE = /\.json\.gz$/;
const FILE_LIKE = /\.(?:json\.gz|sig|object)$/i;
const ESCAPED_FILE = '.object';

/** The path of an object's file below the bag's folder, with `/` on every system. */
export function bagPath(kind: BagObjectKind, { bucket, key }: ObjectRef): string {
  const segments = key.split('/');
  const name = segments.pop() ?? '';
  const folders = [bucket, ...segments].flatMap(folderNames);
  return ['data', kind === 'digest' ? 'digests' : 'logs', ...folders, ...fileNames(name)].join('/');
}

function folderNames(segment: string): readonly string[] {
  return PORTABLE.test(segment) && !FILE_LIKE.test(segment) ? [segment] : escapeSegment(segment);
}

function fileNames(segment: string): readonly string[] {
  if (PORTABLE.test(segment) && PLAIN_FILE.test(segment)) return [segment];
  const names = escapeSegment(segment);
  return [...names.slice(0, -1), `${names.at(-1) ?? ''}${ESCAPED_FILE}`];
}
