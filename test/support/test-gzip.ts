import { gunzipSync, gzipSync } from 'node:zlib';

/** One gzip member with no time and no operating system in its header, so that equal content gives equal bytes. */
export function gzip(content: Uint8Array | string): Buffer {
  const member = gzipSync(content, { level: 9 });
  member[9] = 0;
  return member;
}

/** What a sound gzip file holds; throws for any other. */
export function inflate(file: Uint8Array): Buffer {
  return gunzipSync(file);
}
