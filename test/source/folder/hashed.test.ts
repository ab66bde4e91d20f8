import { createHash } from 'node:crypto';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFolder } from '../../../src/source/folder/folder-source.ts';
import { useFolder } from './folder-fixture.ts';

const folder = useFolder();
const BUCKET = 'the-bucket';

async function hashed(key: string, bucket = BUCKET) {
  const source = await openFolder(join(folder.path, 'copy'), { bucket: BUCKET });
  return source.hashed?.({ bucket, key });
}

test('a file of any size is hashed as it is stored, with the version of its sidecar', async () => {
  const bytes = Buffer.alloc(2_500_000, 'row,');
  await folder.write('copy/AWSLogs/result_1.csv.gz', bytes);
  await folder.write('copy/AWSLogs/empty', '');
  const sidecar = { bucket: BUCKET, key: 'AWSLogs/result_1.csv.gz', size: bytes.length, versionId: 'v7' };
  await folder.write('copy/AWSLogs/result_1.csv.gz.s3-metadata.json', JSON.stringify(sidecar));
  const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
  expect(await hashed('AWSLogs/result_1.csv.gz')).toEqual({
    sha256: sha256(bytes),
    size: 2_500_000,
    versionId: 'v7',
  });
  expect(await hashed('AWSLogs/empty')).toMatchObject({ sha256: sha256(Buffer.alloc(0)), size: 0 });
});

test('what is not there, no file, elsewhere or in another bucket fails as reading does', async () => {
  await folder.write('secret');
  await mkdir(join(folder.path, 'copy/AWSLogs/folder'), { recursive: true });
  await symlink(join(folder.path, 'secret'), join(folder.path, 'copy/AWSLogs/link'));
  await expect(hashed('AWSLogs/absent')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  await expect(hashed('AWSLogs/folder')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  await expect(hashed('AWSLogs/link')).rejects.toMatchObject({ code: 'OBJECT_NO_FILE' });
  await expect(hashed('AWSLogs/link', 'another-bucket')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
});
