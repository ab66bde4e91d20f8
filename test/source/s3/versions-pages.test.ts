import { describe, expect, test } from 'vitest';
import { openAwsSession } from '../../../src/aws/session.ts';
import { openS3 } from '../../../src/source/s3/s3-source.ts';
import { useServer } from '../../aws/answering-server.ts';
import { useAws } from '../../aws/aws-fixture.ts';

// Credentials of nobody.
useAws();
const serve = useServer();
const BUCKET = 'example-trail-logs';
const REQUEST = { bucket: BUCKET, prefix: 'p/', startAfter: 'p/0' };

function version(key: string, id: string, kind = 'Version'): string {
  return `<${kind}><Key>${key}</Key><VersionId>${id}</VersionId><IsLatest>false</IsLatest><LastModified>2026-10-12T17:10:00.000Z</LastModified><Size>1</Size></${kind}>`;
}

interface Parts {
  readonly rows: string;
  readonly next?: string;
  readonly echo?: string;
  readonly truncated?: string;
}

const ECHO = `<Name>${BUCKET}</Name><Prefix>p/</Prefix>`;

function page({ rows, next, echo = ECHO, truncated = String(next !== undefined) }: Parts): string {
  return `<ListVersionsResult>${echo}<IsTruncated>${truncated}</IsTruncated>${next ?? ''}${rows}</ListVersionsResult>`;
}

function marker(key: string, id?: string): string {
  const of = id === undefined ? '' : `<NextVersionIdMarker>${id}</NextVersionIdMarker>`;
  return `<NextKeyMarker>${key}</NextKeyMarker>${of}`;
}

/** The rows of all pages as `key version`. */
async function listed(...pages: readonly string[]): Promise<readonly string[]> {
  const { url } = await serve((request, response) => {
    const query = new URL(request.url ?? '', 'http://localhost').searchParams;
    response.end(pages[query.get('key-marker') === 'p/0' ? 0 : 1]);
  });
  const rows: string[] = [];
  const source = openS3(openAwsSession({ endpointUrl: url, maxAttempts: 2 }));
  for await (const part of source.listVersions?.(REQUEST) ?? [])
    rows.push(...part.map(({ key, versionId, deleteMarker }) => `${key} ${versionId} ${deleteMarker}`));
  return rows;
}

describe('pages of versions are understood', () => {
  test('with markers and versions apart, and a key that goes on on the next page', async () => {
    const first = page({
      rows: version('p/a', '2', 'DeleteMarker') + version('p/a', '1') + version('p/b', '9'),
      next: marker('p/b', '9'),
    });
    const second = page({ rows: version('p/b', '8') + version('p/c', 'null') });
    expect(await listed(first, second)).toEqual([
      'p/a 2 true',
      'p/a 1 false',
      'p/b 9 false',
      'p/b 8 false',
      'p/c null false',
    ]);
  });

  test('with a marker that is no key of the page, and echoes that are encoded', async () => {
    const echo = `<Name>${BUCKET}</Name><Prefix>p%2F</Prefix><EncodingType>url</EncodingType><KeyMarker>p%2F0</KeyMarker>`;
    const first = page({ echo, rows: version('p%2Fa', '1'), next: marker('p%2Fb') });
    expect(await listed(first, page({ rows: version('p/c', '1') }))).toHaveLength(2);
  });
});

describe('pages of versions are not understood', () => {
  const good = page({ rows: version('p/a', '1'), next: marker('p/a', '1') });
  test.each([
    ['another bucket', [page({ rows: '', echo: '<Name>another</Name><Prefix>p/</Prefix>' })]],
    ['no bucket', [page({ rows: '', echo: '<Prefix>p/</Prefix>' })]],
    ['another prefix', [page({ rows: '', echo: `<Name>${BUCKET}</Name><Prefix>q/</Prefix>` })]],
    ['another page', [page({ rows: '', echo: `${ECHO}<KeyMarker>p/9</KeyMarker>` })]],
    ['no word on the end', [page({ rows: '', truncated: '' })]],
    ['more without a place', [page({ rows: version('p/a', '1'), truncated: 'true' })]],
    ['keys outside', [page({ rows: version('q/a', '1') })]],
    ['keys before the beginning', [page({ rows: version('p/', '1') })]],
    ['the key of the beginning', [page({ rows: version('p/0', '1') })]],
    ['keys out of order', [page({ rows: version('p/b', '1') + version('p/a', '1') })]],
    ['a version twice', [page({ rows: version('p/a', '1') + version('p/a', '1') })]],
    [
      'a marker that is a version',
      [page({ rows: version('p/a', '1') + version('p/a', '1', 'DeleteMarker') })],
    ],
    ['no version', [page({ rows: version('p/a', '') })]],
    ['no key', [page({ rows: version('', '1') })]],
    [
      'a key that cannot be decoded',
      [page({ echo: `${ECHO}<EncodingType>url</EncodingType>`, rows: version('p/%', '1') })],
    ],
    ['a page again', [good, good]],
    ['a page that goes back', [good, page({ rows: version('p/1', '1') })]],
    ['a place before its rows', [page({ rows: version('p/c', '1'), next: marker('p/b') })]],
    ['the same place again', [page({ rows: version('p/a', '1'), next: marker('p/0') })]],
  ] as const)('with %s', async (_, pages) => {
    await expect(listed(...pages)).rejects.toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining('could not be listed'),
      hint: expect.any(String),
    });
  });
});

describe('folders of versions', () => {
  const folder = (name: string): string => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`;
  async function folders(most: number, ...pages: readonly string[]): Promise<readonly string[] | undefined> {
    const { url } = await serve((request, response) => {
      const query = new URL(request.url ?? '', 'http://localhost').searchParams;
      expect(query.get('delimiter')).toBe('/');
      response.end(pages[query.get('key-marker') === null ? 0 : 1]);
    });
    const source = openS3(openAwsSession({ endpointUrl: url, maxAttempts: 2 }));
    return source.versionFolders?.(BUCKET, 'p/', most);
  }

  test('are those in which anything has a version, page by page, up to more than asked', async () => {
    const first = page({ rows: version('p/0', '1') + folder('p/a/') + folder('p/b/'), next: marker('p/b/') });
    const second = page({ rows: folder('p/c/') });
    expect(await folders(9, first, second)).toEqual(['p/a/', 'p/b/', 'p/c/']);
    expect(await folders(1, first, second)).toEqual(['p/a/', 'p/b/']);
  });

  test.each([
    ['that lie elsewhere', folder('q/a/')],
    ['that lie deeper', folder('p/a/b/')],
    ['that are the prefix', folder('p/')],
    ['without a name', folder('')],
    ['that end in nothing', folder('p/a')],
    ['twice', folder('p/a/') + folder('p/a/')],
    ['out of order', folder('p/b/') + folder('p/a/')],
    ['and keys that lie in them', version('p/a/b', '1')],
  ])('are not understood %s', async (_, rows) => {
    await expect(folders(9, page({ rows }))).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  test('are not understood where a page begins before its beginning', async () => {
    const first = page({ rows: folder('p/b/'), next: marker('p/b/') });
    await expect(folders(9, first, page({ rows: folder('p/a/') }))).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    const back = page({ rows: folder('p/b/'), next: marker('p/a/') });
    await expect(folders(9, back, first)).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

test('the keys of a directory bucket come in no order, and are refused with a way out', async () => {
  const name = 'logs--use1-az4--x-s3';
  const rows = ['b', 'a'].map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
  const { url } = await serve((_, response) =>
    response.end(
      `<ListBucketResult><Name>${name}</Name><Prefix/><IsTruncated>false</IsTruncated>${rows}</ListBucketResult>`,
    ),
  );
  const source = openS3(openAwsSession({ endpointUrl: url, maxAttempts: 2 }));
  await expect(
    source.list({ bucket: name, prefix: '' })[Symbol.asyncIterator]().next(),
  ).rejects.toMatchObject({
    code: 'UNREACHABLE',
    hint: expect.stringContaining('directory buckets'),
  });
});
