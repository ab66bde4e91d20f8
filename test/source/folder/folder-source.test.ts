import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFolder } from '../../../src/source/folder/folder-source.ts';
import { keysOf, listAll } from '../../aws/aws-fixture.ts';
import { digestBytes, digestKeyOf, useFolder } from './folder-fixture.ts';

const folder = useFolder();
const LIMIT = { maxBytes: 1000 };
const DAYS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

async function writeDigests(at: string, bucket: string, prefix = '', days = DAYS): Promise<void> {
  for (const day of days) {
    const key = digestKeyOf(prefix, day);
    await folder.write(`${at}${key}`, digestBytes(bucket, key));
  }
}

describe('the layout', () => {
  test('of one synced bucket is named after what its digests say', async () => {
    await writeDigests('', 'the-bucket');
    const source = await openFolder(folder.path);
    expect(source.targets).toEqual([{ bucket: 'the-bucket', prefix: '' }]);
    expect(await keysOf(source, { bucket: 'the-bucket', prefix: '' })).toEqual(
      DAYS.map((day) => digestKeyOf('', day)),
    );
    expect(source).toMatchObject({ kind: 'folder', description: folder.path, collected: undefined });
  });

  test('of one synced bucket is named after the majority, or as it is told', async () => {
    await writeDigests('', 'the-bucket');
    await writeDigests('', 'stray', '', [3, 5]);
    expect((await openFolder(folder.path)).targets).toEqual([{ bucket: 'the-bucket', prefix: '' }]);
    const told = await openFolder(folder.path, { bucket: 'the-copy' });
    expect(told.targets).toEqual([{ bucket: 'the-copy', prefix: '' }]);
    expect(await told.holds('the-copy')).toBe(true);
    expect(await told.holds('the-bucket')).toBe(false);
  });

  test('of a synced prefix keeps the prefix, even one named like the bucket', async () => {
    await writeDigests('', 'the-bucket', 'the-bucket/');
    const source = await openFolder(folder.path);
    expect(source.targets).toEqual([{ bucket: 'the-bucket', prefix: '' }]);
    expect(await source.folders('the-bucket', '')).toEqual(['the-bucket/']);
    expect(await source.folders('the-bucket', 'the-bucket/')).toEqual(['the-bucket/AWSLogs/']);
  });

  test('of several buckets has a folder for each', async () => {
    await writeDigests('first-bucket/', 'first-bucket');
    await writeDigests('second-bucket/', 'second-bucket', 'deep/prefix/');
    await folder.write('notes/AWSLogs/readme.txt');
    await folder.write('keys.jsonl');
    const source = await openFolder(folder.path);
    expect(source.targets.map(({ bucket }) => bucket)).toEqual(['first-bucket', 'second-bucket']);
    expect(await source.folders('second-bucket', '')).toEqual(['deep/']);
    const key = digestKeyOf('deep/prefix/', 4);
    const { bytes } = await source.open({ bucket: 'second-bucket', key }, LIMIT);
    expect(Buffer.from(bytes)).toEqual(digestBytes('second-bucket', key));
    expect(await source.holds('notes')).toBe(false);
    await expect(source.open({ bucket: 'third', key }, LIMIT)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    await expect(keysOf(source, { bucket: 'third', prefix: '' })).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
  });

  test('without any digest still gives what is there', async () => {
    await folder.write('AWSLogs/111122223333/CloudTrail/x');
    const source = await openFolder(folder.path);
    const [target] = source.targets;
    expect(await keysOf(source, { bucket: target?.bucket ?? '', prefix: '' })).toEqual([
      'AWSLogs/111122223333/CloudTrail/x',
    ]);
  });

  test('is none where there is no folder', async () => {
    const file = await folder.write('file');
    for (const path of [`${folder.path}/absent`, file]) {
      await expect(openFolder(path)).rejects.toMatchObject({
        code: 'TARGET_NOT_FOUND',
        message: expect.stringContaining(path),
        hint: expect.any(String),
      });
    }
  });
});

describe('listing', () => {
  const KEYS = ['a', 'a-b/x', 'a.b', 'a/b', 'a/b-c', 'a/c/d', 'a0', 'b/1', 'b/2', '\u{ff21}', '\u{1f600}/x'];
  // A file system cannot hold `a` both as file and folder under its own name.
  const stored = (key: string): string => (key === 'a' ? '=_a.object' : key);

  async function openKeys() {
    for (const key of KEYS) await folder.write(stored(key));
    return openFolder(folder.path, { bucket: 'the-bucket' });
  }

  test('is in the order of the keys\u2019 bytes', async () => {
    expect(await keysOf(await openKeys(), { bucket: 'the-bucket', prefix: '' })).toEqual(KEYS);
  });

  test('keeps to its prefix and its beginning, for any of them', async () => {
    const source = await openKeys();
    const places = [
      '',
      'a',
      'a/',
      'a/b',
      'a/b-',
      'a-',
      'b/1',
      'b/9',
      'zzz',
      'absent/x',
      '\u{1f600}',
      'a/c/d/e',
    ];
    for (const prefix of places) {
      for (const startAfter of [undefined, ...places, ...KEYS]) {
        const after = startAfter === undefined ? -1 : Buffer.from(startAfter);
        const expected = KEYS.filter(
          (key) => key.startsWith(prefix) && (after === -1 || Buffer.compare(Buffer.from(key), after) > 0),
        );
        const range = startAfter === undefined ? {} : { startAfter };
        expect(await keysOf(source, { bucket: 'the-bucket', prefix, ...range })).toEqual(expected);
      }
    }
  });

  test('gives size and the file\u2019s time, a thousand rows a page', async () => {
    const time = Date.UTC(2026, 9, 1, 12);
    const numbers = Array.from({ length: 2100 }, (_, at) => String(at).padStart(4, '0'));
    await Promise.all(numbers.map((number) => folder.write(`AWSLogs/${number}`, 'four')));
    await utimes(`${folder.path}/AWSLogs/0000`, time / 1000, time / 1000);
    const source = await openFolder(folder.path, { bucket: 'the-bucket' });
    const pages: number[] = [];
    for await (const page of source.list({ bucket: 'the-bucket', prefix: 'AWSLogs/' }))
      pages.push(page.length);
    expect(pages).toEqual([1000, 1000, 100]);
    const one = { bucket: 'the-bucket', prefix: 'AWSLogs/0000' };
    const plain = { key: 'AWSLogs/0000', size: 4, lastModified: time };
    expect(await listAll(source, one)).toEqual([plain]);
    const shown = { ...plain, changed: expect.any(Number), file: expect.any(String) };
    expect(await listAll(source, { ...one, showsFiles: true })).toEqual([shown]);
  });

  test('shows no folder that holds no object', async () => {
    const source = await openKeys();
    await folder.write('empty/below/x');
    await rm(`${folder.path}/empty/below/x`);
    expect(await source.folders('the-bucket', '')).toEqual(['a-b/', 'a/', 'b/', '\u{1f600}/']);
    expect(await source.folders('the-bucket', 'a/')).toEqual(['a/c/']);
  });
});

describe('two files for one key', () => {
  const LOG = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/10/01/x.json.gz';
  const DAY = LOG.slice(0, -'x.json.gz'.length);
  const read = async (key: string): Promise<string> => {
    const source = await openFolder(folder.path, { layout: 'sync', bucket: 'b-b' });
    return Buffer.from((await source.open({ bucket: 'b-b', key }, LIMIT)).bytes).toString();
  };

  test('are two objects: the escaped one is listed under its own name, and told', async () => {
    await folder.write(LOG, 'plain');
    await folder.write(`${DAY}=_x=2Ejson=2Egz.object`, 'twin');
    const source = await openFolder(folder.path, { layout: 'sync', bucket: 'b-b' });
    const own = `${DAY}=_x=2Ejson=2Egz.object`;
    expect(await keysOf(source, { bucket: 'b-b', prefix: '' })).toEqual([own, LOG]);
    expect([await read(LOG), await read(own)]).toEqual(['plain', 'twin']);
    const { twins } = (await source.outside?.()) ?? {};
    expect(twins).toEqual([{ bucket: 'b-b', key: LOG, own }]);
  });

  test('or two folders, too', async () => {
    await folder.write('AWSLogs/x', 'plain');
    await folder.write('=_=41=57=53=4Cogs/x', 'twin');
    const source = await openFolder(folder.path, { layout: 'sync', bucket: 'b-b' });
    const keys = await keysOf(source, { bucket: 'b-b', prefix: '' });
    expect(keys).toEqual(['=_=41=57=53=4Cogs/x', 'AWSLogs/x']);
    expect(await Promise.all(keys.map(read))).toEqual(['twin', 'plain']);
    const outside = await source.outside?.();
    expect(outside?.outside).toEqual([{ kind: 'tree', path: '=_=41=57=53=4Cogs/' }]);
    expect(outside?.twins).toEqual([{ bucket: 'b-b', key: 'AWSLogs/', own: '=_=41=57=53=4Cogs/' }]);
  });

  test('that no tool wrote are all listed, and so is what lies beside the rest of a long name', async () => {
    const [part = '', rest = ''] = [`=_${'b'.repeat(180)}=~`, `=_${'b'.repeat(20)}.object`];
    const files = [
      `a/${part}/${rest}`,
      `a/${part}/evil.json.gz`,
      `a/${part}/=_A`,
      'a/=_x',
      'a/=_x=2e.object',
      'a/=_x=~/y/AWSLogs/z',
      `a/${'=_c'.padEnd(182, 'c')}=~/d/z`,
      `c/${part}/${rest}`,
    ];
    for (const file of files) await folder.write(file);
    await mkdir(join(folder.path, `a/=_${'e'.repeat(180)}=~`));
    const source = await openFolder(folder.path, { layout: 'sync', bucket: 'b-b' });
    const keys = await keysOf(source, { bucket: 'b-b', prefix: '' });
    const decoded = [`a/${part}/${'b'.repeat(20)}`, ...files.slice(1, -1), `c/${'b'.repeat(200)}`];
    expect([...keys].sort()).toEqual([...decoded].sort());
    expect((await Promise.all(keys.map(read))).sort()).toEqual([...files].sort());
    // By its key the one that shares its folder with others is read as well.
    expect(await read(`a/${'b'.repeat(200)}`)).toBe(`a/${part}/${rest}`);
  });
});

describe('a sidecar', () => {
  const KEY = 'AWSLogs/x.json.gz';
  const write = (content: object, name = KEY) =>
    folder.write(`${name}.s3-metadata.json`, JSON.stringify(content));
  const open = async () =>
    (await openFolder(folder.path, { bucket: 'b-b' })).open({ bucket: 'b-b', key: KEY }, LIMIT);

  test('gives metadata and time back, and is no object', async () => {
    await folder.write(KEY);
    const lastModified = '2026-10-01T12:00:00.000Z';
    const metadata = { Signature: 'abc', 'signature-algorithm': 'SHA256withRSA' };
    await write({ bucket: 'b-b', key: KEY, size: 17, lastModified, metadata, versionId: 'v1', etag: '"e"' });
    const source = await openFolder(folder.path, { bucket: 'b-b' });
    expect(await source.open({ bucket: 'b-b', key: KEY }, LIMIT)).toMatchObject({
      metadata: { signature: 'abc', 'signature-algorithm': 'SHA256withRSA' },
      lastModified: Date.parse(lastModified),
      versionId: 'v1',
      etag: '"e"',
    });
    const listed = await listAll(source, { bucket: 'b-b', prefix: '' });
    expect(listed).toMatchObject([{ key: KEY, size: KEY.length, lastModified: Date.parse(lastModified) }]);
  });

  test('with a time that no date can have has none', async () => {
    await folder.write(KEY);
    await write({ bucket: 'b-b', key: KEY, size: 17, lastModified: '+012345-01-01T00:00:00.000Z' });
    const written = (await stat(join(folder.path, KEY))).mtimeMs;
    expect((await open()).lastModified).toBe(Math.round(written));
  });

  test('that is absent leaves the metadata unknown', async () => {
    await folder.write(KEY);
    expect((await open()).metadata).toBeUndefined();
  });

  test.each([
    ['of another key', { bucket: 'b-b', key: 'other', size: 1, metadata: { signature: 'abc' } }],
    ['without a key', { metadata: { signature: 'abc' } }],
    ['that is a list', []],
  ])('%s is not believed', async (_, content) => {
    await folder.write(KEY);
    await write(content);
    expect((await open()).metadata).toBeUndefined();
  });

  test('that is no JSON or huge is not believed', async () => {
    await folder.write(KEY);
    await folder.write(`${KEY}.s3-metadata.json`, '{"bucket":');
    expect((await open()).metadata).toBeUndefined();
    const padded = { bucket: 'b-b', key: KEY, size: 1, metadata: { signature: 'a'.repeat(70_000) } };
    await write(padded);
    expect((await open()).metadata).toBeUndefined();
  });

  test('of a folder is none, nor is one that only has the name', async () => {
    await mkdir(join(folder.path, `${KEY}/`), { recursive: true });
    await folder.write(`${KEY}.s3-metadata.json`, '{"Records":[]}');
    const unread = { code: 'OBJECT_DENIED', message: 'no' };
    await write({ bucket: 'b-b', key: 'AWSLogs/y', size: 17, unread }, 'AWSLogs/y');
    await mkdir(join(folder.path, 'AWSLogs/y'));
    await folder.write('x/CloudTrail/us-east-1/a', '');
    await folder.write('x/CloudTrail/us-east-1/a.s3-metadata.json', '{"Records":[]}');
    await folder.write('x/CloudTrail/us-east-1/b', '');
    await write({ bucket: 'b-b', key: 'x/CloudTrail/us-east-1/b', size: 0 }, 'x/CloudTrail/us-east-1/b');
    const source = await openFolder(folder.path, { bucket: 'b-b' });
    expect(await source.folders('b-b', '')).toEqual(['AWSLogs/', 'x/']);
    const listed = await keysOf(source, { bucket: 'b-b', prefix: 'AWSLogs/' });
    expect(listed).toEqual([`${KEY}.s3-metadata.json`, 'AWSLogs/y']);
    expect((await source.outside?.())?.outside).toEqual([
      { kind: 'file', path: 'x/CloudTrail/us-east-1/a.s3-metadata.json' },
    ]);
  });

  test('without its object, unless it says why, is no object and hides none', async () => {
    await write({ bucket: 'b-b', key: KEY, size: 17, metadata: {} });
    await folder.write('AWSLogs/real.s3-metadata.json', 'an object of that very name');
    const source = await openFolder(folder.path, { bucket: 'b-b' });
    expect(await keysOf(source, { bucket: 'b-b', prefix: '' })).toEqual(['AWSLogs/real.s3-metadata.json']);
    await expect(source.open({ bucket: 'b-b', key: KEY }, LIMIT)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
    const ref = { bucket: 'b-b', key: 'AWSLogs/real.s3-metadata.json' };
    expect(Buffer.from((await source.open(ref, LIMIT)).bytes).toString()).toBe('an object of that very name');
  });

  test.each([
    ['no sidecar at all', 'an object that has the name of one'],
    ['one of another key', JSON.stringify({ bucket: 'b-b', key: 'other', size: 1 })],
    ['one that holds more', JSON.stringify({ bucket: 'b-b', key: KEY, size: 1, Records: [] })],
  ])('whose content is %s is an object of its own, beside the one it names', async (_, content) => {
    await folder.write(KEY);
    await folder.write(`${KEY}.s3-metadata.json`, content);
    const source = await openFolder(folder.path, { bucket: 'b-b' });
    expect(await keysOf(source, { bucket: 'b-b', prefix: '' })).toEqual([KEY, `${KEY}.s3-metadata.json`]);
    const { bytes } = await source.open({ bucket: 'b-b', key: `${KEY}.s3-metadata.json` }, LIMIT);
    expect(Buffer.from(bytes).toString()).toBe(content);
    expect((await open()).metadata).toBeUndefined();
  });

  test('of an object that could not be copied keeps it listed; its word on why makes nothing lighter', async () => {
    const unread = { code: 'OBJECT_ARCHIVED', message: 'is archived' };
    await write({ bucket: 'b-b', key: KEY, size: 17, lastModified: '2026-10-01T12:00:00.000Z', unread });
    const source = await openFolder(folder.path, { bucket: 'b-b' });
    expect(await listAll(source, { bucket: 'b-b', prefix: '' })).toEqual([
      { key: KEY, size: 17, lastModified: Date.UTC(2026, 9, 1, 12) },
    ]);
    await expect(source.open({ bucket: 'b-b', key: KEY }, LIMIT)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      claim: 'OBJECT_ARCHIVED: is archived',
    });
  });
});
