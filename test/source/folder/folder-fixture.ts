import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach } from 'vitest';

/** A new folder for each test, removed after it. */
export function useFolder(): {
  readonly path: string;
  write(name: string, content?: string | Buffer): Promise<string>;
} {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'trail-verify-'));
  });
  afterEach(() => rm(path, { recursive: true }));
  return {
    get path() {
      return path;
    },
    write: async (name, content = name) => {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
  };
}

/** The key of a digest of account 111122223333, below a prefix that is '' or ends in `/`. */
export function digestKeyOf(prefix: string, day: number): string {
  const date = `2026/10/${String(day).padStart(2, '0')}`;
  const stamp = `${date.replaceAll('/', '')}T120000Z`;
  const name = `111122223333_CloudTrail-Digest_us-east-1_trail_us-east-1_${stamp}.json.gz`;
  return `${prefix}AWSLogs/111122223333/CloudTrail-Digest/us-east-1/${date}/${name}`;
}

/** Bytes of a file that says it is the digest of that place. */
export function digestBytes(bucket: string, key: string): Buffer {
  return gzipSync(JSON.stringify({ digestS3Bucket: bucket, digestS3Object: key }));
}
