/**
 * Where an object lies in an evidence bag: under its bucket and key, in names that every file system, shell and
 * BagIt reader takes alike. What is not portable is escaped as in `source/folder/path.ts`, so no name leads out of the bag:
 *
 *     data/digests/my-trail/AWSLogs/111122223333/CloudTrail-Digest/…/x.json.gz
 *     data/logs/my-trail/=_=2E=2E/=_etc=20passwd.object
 *
 * Names of files and of folders can never be the same, whatever the keys: a plain file ends in `.json.gz`, an escaped
 * one in `.object`, and a folder in neither.
 */
import { escapeSegment, isWritableSegment } from '../folder/path.ts';
import type { ObjectRef } from '../source.ts';

/** What kinds of object a bag holds. */
export type BagObjectKind = 'digest' | 'log';

/** Behind the file of a digest: its signature, raw bytes. */
export const SIGNATURE_SUFFIX = '.sig';

const PLAIN_FILE = /\.json\.gz$/;
const FILE_LIKE = /\.(?:json\.gz|sig|object)$/i;

/** The path of an object's file below the bag's folder, with `/` on every system. */
export function bagPath(kind: BagObjectKind, { bucket, key }: ObjectRef): string {
  const segments = key.split('/');
  const name = segments.pop() ?? '';
  const folders = [bucket, ...segments].flatMap(folderNames);
  return ['data', kind === 'digest' ? 'digests' : 'logs', ...folders, ...fileNames(name)].join('/');
}

function folderNames(segment: string): readonly string[] {
  const isPlain = isWritableSegment(segment) && !FILE_LIKE.test(segment);
  return isPlain ? [segment] : escapeSegment(segment, 'folder');
}

function fileNames(segment: string): readonly string[] {
  const isPlain = isWritableSegment(segment) && PLAIN_FILE.test(segment);
  return isPlain ? [segment] : escapeSegment(segment, 'file');
}
