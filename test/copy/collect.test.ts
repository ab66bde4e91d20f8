import { lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CollectOptions, collect } from '../../src/copy/collect.ts';
import { outputError } from '../../src/copy/writer.ts';
import { openFolder } from '../../src/source/folder/folder-source.ts';
import { openS3 } from '../../src/source/s3/s3-source.ts';
import type { ListedObject, Source } from '../../src/source/source.ts';
import { countSource } from '../../src/source/wrappers.ts';
import { keysOf, listAll, ODD_KEYS, sessionWith, useAws } from '../aws/aws-fixture.ts';
import { useFolder } from '../source/folder/folder-fixture.ts';
import { memorySource } from '../support/memory-source.ts';
import { ObjectStore } from '../support/object-store.ts';
import { compareUtf8 } from '../support/utf8-order.ts';

const aws = useAws();
const folder = useFolder();
const BUCKET = 'example-trail-logs';
const TIME = Date.UTC(2026, 9, 1, 12);
const LIMIT = { maxBytes: 1_000_000 };
const PLAN = [{ bucket: BUCKET, prefix: '' }];

function storeWith(keys: readonly string[]): ObjectStore {
  const store = new ObjectStore();
  store.createBucket(BUCKET);
  for (const [at, key] of keys.entries()) {
    const metadata = { signature: `of ${at}`, 'signature-algorithm': 'SHA256withRSA' };
    store.put(BUCKET, key, Buffer.from(`content of ${key}`), { metadata, lastModified: TIME + at * 1000 });
  }
  return store;
}

function collectInto(name: string, source: Source, more: Partial<CollectOptions> = {}) {
  return collect({ source, folder: join(folder.path, name), plan: PLAN, ...more });
}

/** What a folder lists as S3 does: it keeps no entity tags. */
function listedFacts({ key, size, lastModified = 0 }: ListedObject): ListedObject {
  return { key, size, lastModified };
}

/** Listing, bytes, metadata and times of everything a source holds in the bucket. */
async function contentOf(source: Source): Promise<unknown[]> {
  const rows = await listAll(source, { bucket: BUCKET, prefix: '' });
  return Promise.all(
    rows.map(async (row) => {
      const { bytes, metadata, lastModified } = await source.open({ bucket: BUCKET, key: row.key }, LIMIT);
      return { row: listedFacts(row), text: Buffer.from(bytes).toString(), metadata, lastModified };
    }),
  );
}

const MANY = Array.from(
  { length: 700 },
  (_, at) => `AWSLogs/${at % 7}/${String(at).padStart(4, '0')}.json.gz`,
);

describe('a copy', () => {
  test('gives the same listings, bytes, metadata and times as S3, for odd keys too', async () => {
    const s3 = openS3(sessionWith(await aws.start({ store: storeWith(ODD_KEYS) })));
    const report = await collectInto('copy', s3);
    expect(report).toMatchObject({
      complete: true,
      objects: ODD_KEYS.length,
      skipped: 0,
      unread: [],
      buckets: [BUCKET],
    });
    const copy = await openFolder(join(folder.path, 'copy'));
    expect(copy.targets).toEqual([{ bucket: BUCKET, prefix: '' }]);
    expect(await contentOf(copy)).toEqual(await contentOf(s3));
    for (const prefix of [
      '',
      'a',
      'a/',
      'dots/',
      'dots/../',
      'double/',
      'double//',
      'long/',
      '../',
      'emoji/',
    ]) {
      expect(await copy.folders(BUCKET, prefix)).toEqual(await s3.folders(BUCKET, prefix));
      for (const startAfter of ['', 'a/', 'a/b', 'dots/..', 'emoji/\u{ff21}', 'zzz']) {
        const range = { bucket: BUCKET, prefix, startAfter };
        expect(await listAll(copy, range)).toEqual((await listAll(s3, range)).map(listedFacts));
      }
    }
  }, 30_000);

  test('keeps S3\u2019s time as the file\u2019s own, and the report beside it', async () => {
    const files = { 'keys.jsonl': '{}\n', 'trail.json': '{"name":"trail"}' };
    const source = memorySource(storeWith(['AWSLogs/x']));
    const clock = { now: () => TIME };
    const scope = { accounts: ['111122223333'], regions: [], trails: [] };
    const report = await collectInto('copy', source, { files, clock, from: TIME - 1000, to: TIME, scope });
    const at = (name: string): string => join(folder.path, 'copy', name);
    expect((await stat(at(`${BUCKET}/AWSLogs/x`))).mtimeMs).toBe(TIME);
    expect((await readdir(at(''))).sort()).toEqual(
      ['collect-report.json', BUCKET, 'keys.jsonl', 'trail.json'].sort(),
    );
    expect(JSON.parse(await readFile(at('collect-report.json'), 'utf8'))).toEqual(report);
    expect(report).toMatchObject({
      started: '2026-10-01T12:00:00Z',
      window: { from: '2026-10-01T11:59:59Z' },
    });
    const { collected } = await openFolder(at(''));
    expect(collected).toEqual({ complete: true, window: report.window, scope });
  });

  test('holds only what the plan names', async () => {
    const source = memorySource(storeWith(['a/1', 'a/2', 'a/3', 'a/4', 'b/1', 'c/1']));
    const plan = [
      { bucket: BUCKET, prefix: 'a/', startAfter: 'a/1', endBefore: 'a/4' },
      { bucket: BUCKET, prefix: 'c/' },
    ];
    await collectInto('copy', source, { plan });
    const copy = await openFolder(join(folder.path, 'copy'));
    expect(await keysOf(copy, { bucket: BUCKET, prefix: '' })).toEqual(['a/2', 'a/3', 'c/1']);
  });

  test('holds the objects that the plan names, and tells of the folders that it cuts', async () => {
    const source = memorySource(storeWith(['x/a', 'x/b', 'x/c']));
    const objects = (await listAll(source, { bucket: BUCKET, prefix: 'x/' })).slice(0, 2);
    const plan = [
      { bucket: BUCKET, prefix: '', objects },
      { bucket: BUCKET, prefix: 'x/', objects: [], isCut: true as const },
    ];
    const report = await collectInto('copy', source, { plan });
    expect(report).toMatchObject({ objects: 2, complete: true, leftOut: [{ bucket: BUCKET, prefix: 'x/' }] });
    const copy = await openFolder(join(folder.path, 'copy'));
    expect(await keysOf(copy, { bucket: BUCKET, prefix: '' })).toEqual(['x/a', 'x/b']);
    expect((await copy.outside?.())?.unread).toEqual([
      { bucket: BUCKET, key: 'x/', reason: 'it holds more than was copied' },
    ]);
  });

  test('of a bucket without any object still holds the bucket', async () => {
    await collectInto('copy', memorySource(storeWith([])));
    expect((await openFolder(join(folder.path, 'copy'))).targets).toEqual([{ bucket: BUCKET, prefix: '' }]);
  });
});

describe('an object that cannot be read', () => {
  test('is reported, not fatal, and missing in the copy, which says why, until a later run can read it', async () => {
    const store = storeWith(['a', 'b', 'c', 'd']);
    store.failWith(BUCKET, 'b', { status: 403, code: 'AccessDenied' });
    store.failWith(BUCKET, 'c', { status: 403, code: 'InvalidObjectState' });
    const source = memorySource(store);
    const report = await collectInto('copy', source);
    expect(report).toMatchObject({ complete: true, objects: 2 });
    expect(report.unread.map(({ key, code }) => [key, code])).toEqual([
      ['b', 'OBJECT_DENIED'],
      ['c', 'OBJECT_ARCHIVED'],
    ]);
    const copy = await openFolder(join(folder.path, 'copy'));
    const rows = await listAll(source, { bucket: BUCKET, prefix: '' });
    expect(await listAll(copy, { bucket: BUCKET, prefix: '' })).toEqual(rows.map(listedFacts));
    await expect(copy.open({ bucket: BUCKET, key: 'b' }, LIMIT)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      claim: expect.stringContaining('OBJECT_DENIED'),
    });
    await expect(copy.open({ bucket: BUCKET, key: 'c' }, LIMIT)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      claim: expect.stringContaining('OBJECT_ARCHIVED'),
    });

    store.mend(BUCKET, 'b');
    store.mend(BUCKET, 'c');
    expect(await collectInto('copy', source)).toMatchObject({ objects: 4, skipped: 2, unread: [] });
    expect(await contentOf(await openFolder(join(folder.path, 'copy')))).toEqual(await contentOf(source));
  });

  test('takes the place of an older copy of it', async () => {
    const store = storeWith(['a']);
    await collectInto('copy', memorySource(store));
    store.put(BUCKET, 'a', Buffer.from('replaced'), { lastModified: TIME + 99_000 });
    store.failWith(BUCKET, 'a', { status: 403, code: 'AccessDenied' });
    await collectInto('copy', memorySource(store));
    const copy = await openFolder(join(folder.path, 'copy'));
    await expect(copy.open({ bucket: BUCKET, key: 'a' }, LIMIT)).rejects.toMatchObject({
      code: 'OBJECT_NOT_FOUND',
    });
  });
});

describe('a copy that was stopped', () => {
  test('goes on where it ended, and is then byte for byte the same', async () => {
    const source = memorySource(storeWith(MANY));
    const stop = new AbortController();
    const first = countSource(source);
    const run = collectInto('copy', first.source, {
      signal: stop.signal,
      onProgress: ({ copied }) => copied === 200 && stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED', hint: expect.stringContaining('again') });
    expect(first.counts().opened).toBeLessThan(300);
    const half = await openFolder(join(folder.path, 'copy'));
    expect(half.collected?.complete).toBe(false);
    expect((await keysOf(half, { bucket: BUCKET, prefix: '' })).length).toBe(first.counts().opened);

    const second = countSource(source);
    const report = await collectInto('copy', second.source);
    expect(report).toMatchObject({ complete: true, objects: MANY.length, skipped: first.counts().opened });
    expect(second.counts().opened).toBe(MANY.length - first.counts().opened);
    const whole = await openFolder(join(folder.path, 'copy'));
    expect(await contentOf(whole)).toEqual(await contentOf(source));
    expect(await keysOf(whole, { bucket: BUCKET, prefix: '' })).toEqual([...MANY].sort(compareUtf8));
    const left = (await readdir(join(folder.path, 'copy'))).filter((name) => name.startsWith('.'));
    expect(left).toEqual([]);
  }, 30_000);

  test('fetches again what was half written, cut short or has changed', async () => {
    const store = storeWith(['a', 'b', 'c', 'd']);
    await collectInto('copy', memorySource(store));
    const at = (name: string): string => join(folder.path, 'copy', BUCKET, name);
    await writeFile(at('a'), 'cut');
    await writeFile(at('b.s3-metadata.json'), '{"bucket":');
    store.put(BUCKET, 'c', Buffer.from('content of C'), { lastModified: TIME + 99_000 });
    const report = await collectInto('copy', memorySource(store));
    expect(report).toMatchObject({ objects: 4, skipped: 1 });
    expect(await contentOf(await openFolder(join(folder.path, 'copy')))).toEqual(
      await contentOf(memorySource(store)),
    );
  });
});

describe('an output folder', () => {
  test.each([
    ['that holds other files', async (path: string) => void (await writeFile(join(path, 'thesis.txt'), 'x'))],
    ['that is a file', async (path: string) => void (await writeFile(join(path, '..', 'file'), 'x'))],
  ])('%s is refused, and left as it is', async (name, prepare) => {
    const path = join(folder.path, 'copy');
    await mkdir(path);
    await prepare(path);
    const target = name === 'that is a file' ? 'file' : 'copy';
    const before = await readdir(path);
    await expect(collectInto(target, memorySource(storeWith(['a'])))).rejects.toMatchObject({
      code: 'OUTPUT_NOT_USABLE',
      hint: expect.any(String),
    });
    expect(await readdir(path)).toEqual(before);
  });

  test('that can no longer be written to ends the run, and the report says that it is not complete', async () => {
    await collectInto('copy', memorySource(storeWith([])));
    await rm(join(folder.path, 'copy', BUCKET), { recursive: true });
    await symlink(folder.path, join(folder.path, 'copy', BUCKET));
    const run = collectInto('copy', memorySource(storeWith(['a'])));
    await expect(run).rejects.toMatchObject({ code: 'OUTPUT_NOT_USABLE' });
    expect((await openFolder(join(folder.path, 'copy'))).collected?.complete).toBe(false);
  });

  test('that is full says how to go on', () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    expect(outputError('/copy', full)).toMatchObject({
      code: 'OUTPUT_NOT_WRITTEN',
      message: 'folder /copy has no room left',
      hint: expect.stringContaining('goes on where it ended'),
    });
  });
});

/** Every path below a folder, with the kinds of what is there. */
async function pathsIn(path: string): Promise<readonly string[]> {
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found.map((entry) => relative(path, join(entry.parentPath, entry.name)));
}

describe('names that some file system cannot hold', () => {
  const NAMES = [
    '..\\..\\evil.json.gz',
    'CON.json.gz',
    'NUL',
    'aux/x.json.gz',
    'com1',
    'a:b',
    'trailing./x',
    'trailing ',
    'tab\tname',
    'esc\u001bname',
    'D/x.s3-metadata.json',
    'D/x.s3-metadata.json/y',
    'D/x',
    'both',
    'both/below',
    '=_x.object',
    `${'long'.repeat(100)}`,
    'é.json.gz',
  ];

  test('are escaped, so that any file system and BagIt reader takes them, and read back', async () => {
    const source = memorySource(storeWith(NAMES));
    const report = await collectInto('copy', source);
    expect(report).toMatchObject({ complete: true, objects: NAMES.length, unread: [] });
    expect(report.caseTwins).toBeUndefined();
    for (const path of await pathsIn(join(folder.path, 'copy', BUCKET))) {
      for (const name of path.split('/')) {
        expect(name).toMatch(/^(?!.*\.$)[A-Za-z0-9_=+@][A-Za-z0-9._=+@~-]*$/);
        expect(name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i);
      }
    }
    expect(await contentOf(await openFolder(join(folder.path, 'copy')))).toEqual(await contentOf(source));
    expect(await collectInto('copy', source)).toMatchObject({ skipped: NAMES.length });
  });

  test('that differ by letter case only are written apart, and told', async () => {
    const keys = ['A/one', 'a/ONE', 'a/one', 'a/two', 'B/x', 'b/x'];
    const source = memorySource(storeWith(keys));
    const report = await collectInto('copy', source, { concurrency: 1 });
    const paths = await pathsIn(join(folder.path, 'copy'));
    expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
    expect(report.caseTwins?.map(({ key }) => key).sort()).toEqual(['a/ONE', 'a/one', 'b/x']);
    expect(await contentOf(await openFolder(join(folder.path, 'copy')))).toEqual(await contentOf(source));
  });
});

describe('links that somebody laid in the folder of a copy', () => {
  const outside = (): string => join(folder.path, 'outside');

  test.each([
    ['the bucket', BUCKET],
    ['a folder', `${BUCKET}/AWSLogs`],
  ])('in place of %s end the run, and nothing is written through them', async (_, name) => {
    await collectInto('copy', memorySource(storeWith(['b'])));
    await mkdir(outside());
    await rm(join(folder.path, 'copy', name), { recursive: true, force: true });
    await symlink(outside(), join(folder.path, 'copy', name));
    const run = collectInto('copy', memorySource(storeWith(['AWSLogs/x'])));
    await expect(run).rejects.toMatchObject({
      code: 'OUTPUT_NOT_USABLE',
      message: expect.stringContaining('symbolic link'),
    });
    expect(await readdir(outside())).toEqual([]);
  });

  test('in place of files are replaced', async () => {
    await collectInto('copy', memorySource(storeWith(['b'])));
    await writeFile(outside(), 'precious');
    const files = [
      `${BUCKET}/a`,
      `${BUCKET}/a.s3-metadata.json`,
      'keys.jsonl',
      'collect-report.json.new',
      '.collect-temporary',
    ];
    for (const name of files) await symlink(outside(), join(folder.path, 'copy', name));
    await collectInto('copy', memorySource(storeWith(['a', 'b'])), { files: { 'keys.jsonl': '{}\n' } });
    expect(await readFile(outside(), 'utf8')).toBe('precious');
    for (const name of files.slice(0, 3))
      expect((await lstat(join(folder.path, 'copy', name))).isFile()).toBe(true);
  });
});

describe('a listing that fails', () => {
  test('ends the run with its own error', async () => {
    const source = memorySource(storeWith(['a']));
    const plan = [...PLAN, { bucket: 'absent-bucket', prefix: '' }];
    await expect(collectInto('copy', source, { plan })).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    expect((await openFolder(join(folder.path, 'copy'))).collected?.complete).toBe(false);
  });

  test('a bucket\u2019s name cannot lead out of the folder', async () => {
    const source = memorySource(storeWith(['a']));
    for (const bucket of ['..', '../up', '.collect-temporary', '']) {
      const plan = [{ bucket, prefix: '' }];
      await expect(collectInto('copy', source, { plan })).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    }
    expect(await readdir(folder.path)).toEqual(['copy']);
  });
});
