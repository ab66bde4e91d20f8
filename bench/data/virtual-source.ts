import { gzipSync } from 'node:zlib';
import { TrailVerifyError } from '../../src/base/errors.ts';
import { type ListedObject, objectUri, type Source } from '../../src/source/source.ts';
import type { VirtualTrail } from './virtual-trail.ts';

const PAGE_SIZE = 1000;

/** A computed trail as a source; every read hands out bytes of its own, as reads over a network do. */
export function virtualSource(trail: VirtualTrail): Source {
  const { bucket } = trail.shape;
  return {
    description: `s3://${bucket}`,
    kind: 's3',
    list: async function* ({ prefix, startAfter }) {
      let page: ListedObject[] = [];
      for (const row of trail.list(prefix, startAfter)) {
        page.push(row);
        if (page.length < PAGE_SIZE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
    folders: async (_, prefix) => trail.folders(prefix),
    open: async (ref, { maxBytes }) => {
      const object = trail.open(ref.key);
      if (object === undefined || object.bytes.length > maxBytes)
        throw new TrailVerifyError('OBJECT_NOT_FOUND', `there is no ${objectUri(ref)} of this size`);
      const bytes = Buffer.from(object.bytes);
      return { bytes, metadata: object.metadata, lastModified: object.lastModified };
    },
    holds: async (name) => name === bucket,
  };
}

/** A source of which every log file was replaced by one that records nothing. */
export function modifiedSource(source: Source): Source {
  const nothing = gzipSync('{"Records":[]}');
  return {
    ...source,
    open: async (ref, options) => {
      const stored = await source.open(ref, options);
      return ref.key.includes('/CloudTrail-Digest/') ? stored : { ...stored, bytes: Buffer.from(nothing) };
    },
  };
}
