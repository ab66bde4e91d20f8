import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type FolderSource, openFolder } from '../../../src/source/folder/folder-source.ts';
import { inspect, rootAt } from '../../../src/source/folder/lookup.ts';
import { keysOf, listAll } from '../../aws/aws-fixture.ts';
import { useFolder } from './folder-fixture.ts';

const folder = useFolder();
const BUCKET = 'the-bucket';
const LIMIT = { maxBytes: 100 };
let source: FolderSource;

beforeEach(async () => {
  await folder.write('secret', 'not part of the copy');
  await folder.write('outside/secret', 'not part of the copy');
  await folder.write('copy/AWSLogs/inside', 'part of the copy');
  source = await openFolder(join(folder.path, 'copy'), { bucket: BUCKET });
});

const open = (key: string) => source.open({ bucket: BUCKET, key }, LIMIT);

describe('a key that leads out of the folder', () => {
  test.each([
    '../secret',
    'AWSLogs/../../secret',
    './AWSLogs/inside',
    'AWSLogs//inside',
    'AWSLogs/./inside',
    '/AWSLogs/inside',
    'AWSLogs/inside/',
    'AWSLogs/inside\0',
    'AWSLogs/inside/../inside',
    '/etc/passwd',
    '',
    '..',
    'x'.repeat(5000),
  ])('finds nothing: %j', async (key) => {
    await expect(open(key)).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    expect(await keysOf(source, { bucket: BUCKET, prefix: `${key}/` })).toEqual([]);
    expect(await source.folders(BUCKET, `${key}/`)).toEqual([]);
  });

  test('never gives bytes from elsewhere, whatever the key', async () => {
    const segment = fc.constantFrom(
      '..',
      '.',
      '',
      'secret',
      'outside',
      'AWSLogs',
      'inside',
      '=_=2E=2E',
      'copy',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 8 }), async (segments) => {
        const key = segments.join('/');
        const text = await open(key).then(
          ({ bytes }) => Buffer.from(bytes).toString(),
          () => '',
        );
        expect(text).toBe(key === 'AWSLogs/inside' ? 'part of the copy' : '');
      }),
    );
  });
});

describe('a symbolic link', () => {
  test('to a file outside is listed and may not be read', async () => {
    await symlink('../../secret', join(folder.path, 'copy/AWSLogs/link'));
    await symlink('/nowhere/at/all', join(folder.path, 'copy/AWSLogs/loose'));
    await symlink('round', join(folder.path, 'copy/AWSLogs/round'));
    const listed = await keysOf(source, { bucket: BUCKET, prefix: 'AWSLogs/' });
    expect(listed).toEqual(['AWSLogs/inside', 'AWSLogs/link', 'AWSLogs/loose', 'AWSLogs/round']);
    for (const [name, what] of [
      ['link', 'leads out of the copy'],
      ['loose', 'whose target is not there'],
      ['round', 'that leads in a circle'],
    ])
      await expect(open(`AWSLogs/${name}`)).rejects.toMatchObject({
        code: 'OBJECT_NO_FILE',
        message: expect.stringMatching(new RegExp(` is a symbolic link .*${what}$`)),
        hint: expect.stringContaining('cp -L'),
      });
  });

  test('to a folder outside may not be read through, nor listed', async () => {
    await symlink('../outside', join(folder.path, 'copy/linked'));
    await expect(open('linked/secret')).rejects.toMatchObject({ code: 'OBJECT_NO_FILE' });
    await expect(keysOf(source, { bucket: BUCKET, prefix: 'linked/' })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    expect(await keysOf(source, { bucket: BUCKET, prefix: '' })).toEqual(['AWSLogs/inside', 'linked']);
    expect(await source.folders(BUCKET, '')).toEqual(['AWSLogs/']);
  });

  test('to a place inside is followed', async () => {
    await symlink('AWSLogs', join(folder.path, 'copy/alias'));
    await symlink('inside', join(folder.path, 'copy/AWSLogs/other'));
    for (const key of ['alias/inside', 'AWSLogs/other', 'alias/other']) {
      expect(Buffer.from((await open(key)).bytes).toString()).toBe('part of the copy');
    }
    expect(await keysOf(source, { bucket: BUCKET, prefix: 'alias/' })).toEqual([
      'alias/inside',
      'alias/other',
    ]);
  });

  test('as a sidecar is not followed', async () => {
    const sidecar = { bucket: BUCKET, key: 'AWSLogs/inside', size: 1, metadata: { signature: 'stolen' } };
    await folder.write('outside/sidecar', JSON.stringify(sidecar));
    await symlink('../../outside/sidecar', join(folder.path, 'copy/AWSLogs/inside.s3-metadata.json'));
    expect((await open('AWSLogs/inside')).metadata).toBeUndefined();
  });

  test('to a folder inside is an object where it is listed, and told above AWSLogs', async () => {
    await symlink('.', join(folder.path, 'copy/AWSLogs/self'));
    await symlink('..', join(folder.path, 'copy/AWSLogs/up'));
    await symlink('AWSLogs', join(folder.path, 'copy/alias'));
    const rows = await listAll(source, { bucket: BUCKET, prefix: 'AWSLogs/inside' });
    expect(rows).toHaveLength(1);
    expect(await keysOf(source, { bucket: BUCKET, prefix: '' })).toEqual([
      'AWSLogs/inside',
      'AWSLogs/self',
      'AWSLogs/up',
      'alias',
    ]);
    expect((await source.outside?.())?.outside).toEqual([{ kind: 'file', path: 'alias' }]);
  });
});

describe('a folder whose name is no UTF-8', () => {
  test('is listed as an object, and told above AWSLogs', async () => {
    const odd = Buffer.of(0xff);
    for (const place of ['copy/', 'copy/AWSLogs/']) {
      const path = Buffer.concat([Buffer.from(join(folder.path, place)), Buffer.from('/odd'), odd]);
      await mkdir(path);
    }
    // The very character that stands for such bytes is a name like any other.
    await folder.write('copy/AWSLogs/fine\ufffd/x', '');
    expect(await keysOf(source, { bucket: BUCKET, prefix: '' })).toEqual([
      'AWSLogs/fine\ufffd/x',
      'AWSLogs/inside',
      'AWSLogs/odd\ufffd',
      'odd\ufffd',
    ]);
    expect((await source.outside?.())?.outside).toEqual([{ kind: 'file', path: 'odd\ufffd' }]);
  });
});

describe('names that are no UTF-8', () => {
  const events = Buffer.from('{"Records":[]}');
  const odd = (...parts: readonly (string | Buffer)[]): Buffer =>
    Buffer.concat([folder.path, ...parts].map((part) => Buffer.from(part)));

  test('are nobody else, whatever a reader takes them for', async () => {
    const key = 'AWSLogs/\ufffd';
    await folder.write(`copy/${key}`, '');
    await folder.write(`copy/${key}.s3-metadata.json`, JSON.stringify({ bucket: BUCKET, key, size: 0 }));
    await writeFile(odd('/copy/AWSLogs/', Buffer.of(0xff)), events);
    await writeFile(odd('/copy/AWSLogs/', Buffer.of(0xff), '.s3-metadata.json'), events);
    await symlink('inside', odd('/copy/AWSLogs/link', Buffer.of(0xfe)));
    expect(await keysOf(source, { bucket: BUCKET, prefix: '' })).toEqual([
      'AWSLogs/inside',
      'AWSLogs/link\ufffd',
      key,
      `${key}.s3-metadata.json`,
    ]);
    expect((await source.outside?.())?.twins).toEqual([{ bucket: BUCKET, key, own: key }]);
    expect((await open(key)).bytes).toHaveLength(0);
  });

  test('of folders and files outside the buckets are told', async () => {
    await folder.write('copies/the-bucket/AWSLogs/x', '');
    await folder.write('copies/old/AWSLogs\ufffd/x', '');
    const copies = await openFolder(join(folder.path, 'copies'), { layout: 'collect' });
    for (const place of ['/copies/AWSLogs', '/copies/old/notes']) {
      await mkdir(odd(place, Buffer.of(0xff), '.txt'));
      await writeFile(odd(place, Buffer.of(0xff), '.txt/x'), events);
    }
    for (const byte of [0xfe, 0xff]) {
      await writeFile(odd('/copies/', Buffer.of(byte)), events);
      await writeFile(odd('/copies/old/', Buffer.of(byte)), events);
    }
    const outside = await copies.outside?.();
    expect(outside?.outside.map(({ path }) => path).sort()).toEqual(
      ['AWSLogs\ufffd.txt', 'old/notes\ufffd.txt'].sort(),
    );
    expect(outside?.twins).toEqual([
      { bucket: '\ufffd', key: '', own: '\ufffd' },
      { bucket: 'old', key: '\ufffd', own: '\ufffd' },
    ]);
  });
});

describe('a folder that no path leads to', () => {
  const unreadOf = async () => {
    expect(await keysOf(source, { bucket: BUCKET, prefix: 'AWSLogs/' })).toEqual(['AWSLogs/inside']);
    return (await source.outside?.())?.unread;
  };

  test('as it would be too long is told', async () => {
    // Only from folder to folder does one come there.
    const name = 'n'.repeat(250);
    const inner = `for i in $(seq 20); do mkdir ${name}; cd -P ./${name}; done; touch x.json.gz`;
    execFileSync('bash', ['-c', inner], { cwd: join(folder.path, 'copy/AWSLogs') });
    try {
      const key = expect.stringContaining(`AWSLogs/${name}/${name}/`);
      expect(await unreadOf()).toEqual([{ bucket: BUCKET, key, reason: 'ENAMETOOLONG' }]);
    } finally {
      execFileSync('rm', ['-r', join(folder.path, 'copy/AWSLogs', name)]);
    }
  });

  test('as no key is so deep is told', async () => {
    const deep = 'a/'.repeat(1_024);
    await folder.write(`copy/AWSLogs/${deep}b/c/x.json.gz`);
    const unread = { bucket: BUCKET, key: `AWSLogs/${deep}b/`, reason: 'it is too deep' };
    expect(await unreadOf()).toEqual([unread]);
  });
});

// Not every file system holds such a time.
describe.skipIf(!existsSync('/dev/shm'))('a time that no date can have', () => {
  test.each([9_999_999_999_999, -9_999_999_999_999])('%i seconds is none', async (seconds) => {
    const place = await mkdtemp('/dev/shm/trail-verify-');
    try {
      await writeFile(join(place, 'x'), 'x');
      execFileSync('touch', ['-d', `@${seconds}`, join(place, 'x')]);
      const copy = await openFolder(place, { layout: 'sync', bucket: BUCKET });
      expect(await listAll(copy, { bucket: BUCKET, prefix: '', showsFiles: true })).toEqual([
        { key: 'x', size: 1, changed: expect.any(Number), file: expect.any(String) },
      ]);
      const object = await copy.open({ bucket: BUCKET, key: 'x' }, LIMIT);
      expect(object.lastModified).toBeUndefined();
    } finally {
      await rm(place, { recursive: true });
    }
  });
});

describe('what is no readable file', () => {
  test('such as a named pipe neither blocks nor is read', async () => {
    execFileSync('mkfifo', [join(folder.path, 'copy/AWSLogs/pipe')]);
    execFileSync('mkfifo', [join(folder.path, 'copy/AWSLogs/inside.s3-metadata.json')]);
    await symlink('pipe', join(folder.path, 'copy/AWSLogs/to-pipe'));
    for (const [name, what] of [
      ['pipe', 'a pipe'],
      ['to-pipe', 'a symbolic link to a pipe'],
      // The same for all that would be below it: nobody deleted that.
      ['pipe/x.json.gz', 'a pipe'],
    ])
      await expect(open(`AWSLogs/${name}`)).rejects.toMatchObject({
        code: 'OBJECT_NO_FILE',
        message: expect.stringMatching(new RegExp(` is ${what}$`)),
      });
    expect((await open('AWSLogs/inside')).metadata).toBeUndefined();
    const listed = await listAll(source, { bucket: BUCKET, prefix: 'AWSLogs/p' });
    expect(listed).toMatchObject([{ key: 'AWSLogs/pipe', size: 0, noFile: 'a pipe' }]);
    await expect(keysOf(source, { bucket: BUCKET, prefix: 'AWSLogs/pipe/' })).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringMatching(/pipe is a pipe, and no folder$/),
    });
  });

  test('such as a socket or a device is not opened', async () => {
    const server = createServer().listen(join(folder.path, 'copy/AWSLogs/socket'));
    await once(server, 'listening');
    try {
      await expect(open('AWSLogs/socket')).rejects.toMatchObject({
        code: 'OBJECT_NO_FILE',
        message: expect.stringMatching(/ is a socket$/),
      });
    } finally {
      server.close();
    }
    const device = await inspect(rootAt('/dev'), '/dev/null');
    expect(device).toEqual({ kind: 'closed', path: '/dev/null', what: 'a device' });
  });

  test('such as a link to a folder is no object either, and not a deleted one', async () => {
    await symlink('.', join(folder.path, 'copy/AWSLogs/folder'));
    await expect(open('AWSLogs/folder')).rejects.toMatchObject({
      code: 'OBJECT_NO_FILE',
      message: expect.stringMatching(/ is a symbolic link to a folder$/),
    });
    const listed = await listAll(source, { bucket: BUCKET, prefix: 'AWSLogs/f' });
    expect(listed).toMatchObject([{ key: 'AWSLogs/folder', noFile: 'a symbolic link to a folder' }]);
  });

  test('such as a folder is no object', async () => {
    await mkdir(join(folder.path, 'copy/AWSLogs/folder'));
    await expect(open('AWSLogs/folder')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
    await expect(open('AWSLogs')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  test('such as a file above the bound is refused', async () => {
    await folder.write('copy/AWSLogs/big', Buffer.alloc(101));
    await expect(open('AWSLogs/big')).rejects.toMatchObject({ code: 'OBJECT_TOO_LARGE' });
  });

  test('such as a file or folder without permission is denied', async () => {
    const restore = await becomeOrdinary();
    try {
      await chmod(join(folder.path, 'copy/AWSLogs/inside'), 0);
      await expect(open('AWSLogs/inside')).rejects.toMatchObject({ code: 'OBJECT_DENIED' });
      await chmod(join(folder.path, 'copy/AWSLogs'), 0);
      await expect(open('AWSLogs/inside')).rejects.toMatchObject({ code: 'OBJECT_DENIED' });
      // Whether anything lies in it nobody knows: it is listed as a folder, and told where somebody looks into it.
      expect(await source.folders(BUCKET, '')).toEqual(['AWSLogs/']);
      expect((await source.outside?.())?.unread).toEqual([]);
      expect(await keysOf(source, { bucket: BUCKET, prefix: '' })).toEqual([]);
      const unread = [{ bucket: BUCKET, key: 'AWSLogs/', reason: 'EACCES' }];
      expect((await source.outside?.())?.unread).toEqual(unread);
      // Names are read without the right to go in, and what they stand for is not.
      await chmod(join(folder.path, 'copy/AWSLogs'), 0o400);
      expect(await keysOf(source, { bucket: BUCKET, prefix: 'AWSLogs/inside/' })).toEqual([]);
      expect((await source.outside?.())?.unread).toHaveLength(2);
      await chmod(join(folder.path, 'copy'), 0);
      await expect(openFolder(join(folder.path, 'copy'))).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    } finally {
      await restore();
    }
  });
});

/** The superuser may read everything, so for it there is nothing to refuse: it becomes nobody for a while. */
async function becomeOrdinary(): Promise<() => Promise<void>> {
  const nobody = 65534;
  const places = ['', 'copy', 'copy/AWSLogs', 'copy/AWSLogs/inside'].map((name) => join(folder.path, name));
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) {
    for (const place of places) await chown(place, nobody, nobody);
    process.seteuid?.(nobody);
  }
  return async () => {
    if (isRoot) process.seteuid?.(0);
    for (const place of places) await chmod(place, 0o700);
  };
}

test('a sidecar with more metadata than S3 keeps of any object says nothing of it', async () => {
  const key = 'AWSLogs/inside';
  const path = join(folder.path, `copy/${key}.s3-metadata.json`);
  const written = async (value: string): Promise<unknown> => {
    await writeFile(path, JSON.stringify({ bucket: BUCKET, key, size: 1, metadata: { a: value } }));
    return (await open(key)).metadata;
  };
  expect(await written('é'.repeat(2047))).toEqual({ a: 'é'.repeat(2047) });
  expect(await written('é'.repeat(2048))).toBeUndefined();
});
