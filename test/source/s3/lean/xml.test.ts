import { Readable } from 'node:stream';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { HttpResponse } from '@smithy/core/protocols';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ListPage, parseListPage, sdkListPage } from '../../../../src/source/s3/lean/xml.ts';

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">';
const FACTS =
  '<Name>example-trail-logs</Name><Prefix>AWSLogs%2F</Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>';
const USUAL =
  '<Contents><Key>AWSLogs/111122223333/a+b%26c.json.gz</Key><LastModified>2026-10-12T17:10:00.000Z</LastModified><ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>5467</Size><StorageClass>STANDARD</StorageClass></Contents>';
const CHECKED =
  '<Contents><Key>k</Key><LastModified>2026-10-12T17:10:00.000Z</LastModified><ETag>&quot;0&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>0</Size><StorageClass>GLACIER</StorageClass></Contents>';
const OWNED =
  '<Contents><Key>z</Key><ETag>"1"</ETag><Owner><ID>1</ID><DisplayName/></Owner><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus><Size>50000000000000</Size></Contents>';

function page(...parts: readonly string[]): string {
  return `${HEAD}${parts.join('')}</ListBucketResult>`;
}

/** What the SDK makes of the same document. */
async function bySdk(text: string): Promise<ListPage> {
  const client = new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: async () => ({
        response: new HttpResponse({
          statusCode: 200,
          headers: {},
          body: Readable.from([Buffer.from(text)]),
        }),
      }),
    },
  });
  return sdkListPage(await client.send(new ListObjectsV2Command({ Bucket: 'example-trail-logs' })));
}

describe('a page is what the SDK makes of it', () => {
  test.each([
    ['without objects', page(FACTS)],
    ['with objects as S3 writes them', page(FACTS, USUAL, CHECKED, USUAL)],
    [
      'with several checksums',
      page(
        FACTS,
        CHECKED.replace('<ChecksumType>', '<ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>'),
      ),
    ],
    ['with owners and restorations', page(FACTS, OWNED, USUAL, OWNED)],
    [
      'with the name of an owner',
      page(FACTS, OWNED.replace('<DisplayName/>', '<DisplayName>a b</DisplayName>')),
    ],
    ['with its facts behind the objects', page(USUAL, FACTS)],
    [
      'with folders',
      page(
        FACTS,
        '<Delimiter>%2F</Delimiter><CommonPrefixes><Prefix>AWSLogs/1/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>a+b/</Prefix></CommonPrefixes>',
      ),
    ],
    [
      'with more to come',
      page(
        FACTS.replace('>false<', '>true<'),
        '<NextContinuationToken>1/+=&amp;</NextContinuationToken>',
        USUAL,
      ),
    ],
    [
      'with keys as they are',
      page(
        FACTS.replace('<EncodingType>url</EncodingType>', ''),
        USUAL.replace('a+b%26c', 'a&amp;b&lt;&#x41;&#66;'),
      ),
    ],
    ['with characters of any plane', page(FACTS, USUAL.replace('a+b', '\u00e9\u{1f600}'))],
    ['without a prolog', page(FACTS, USUAL).replace(/^<\?.*\n/, '')],
    ['with a tail', `${page(FACTS, USUAL)}\n`],
    ['with objects without a time', page(FACTS, USUAL.replace(/<LastModified>.*<\/LastModified>/, ''))],
  ])('%s', async (_, text) => {
    const own = parseListPage(text);
    expect(own).toBeDefined();
    expect(own).toEqual(await bySdk(text));
  });

  test('or it is left to the SDK, whatever a server changes in it', async () => {
    const whole = page(FACTS, USUAL, CHECKED, OWNED, '<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>');
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      '&',
      '&amp;',
      ' ',
      '\n',
      '<Key>x</Key>',
      '</Contents>',
      '<Contents>',
      '<!-- -->',
      '<![CDATA[x]]>',
      '<Size>1</Size>',
      '',
      '\u0000',
      '9',
      'T',
    );
    const change = fc.record({ at: fc.nat(whole.length), cut: fc.nat(60), piece });
    let understood = 0;
    await fc.assert(
      fc.asyncProperty(change, async ({ at, cut, piece: put }) => {
        const text = whole.slice(0, at) + put + whole.slice(at + cut);
        const own = parseListPage(text);
        if (own === undefined) return;
        understood += 1;
        expect(own).toEqual(await bySdk(text));
      }),
      { numRuns: 2000 },
    );
    expect(understood).toBeGreaterThan(20);
  });
});

describe('left to the SDK', () => {
  test.each([
    ['nothing', ''],
    ['an error', '<Error><Code>InternalError</Code><Message>x</Message></Error>'],
    ['a page that ends early', page(FACTS, USUAL).slice(0, -30)],
    ['something behind it', `${page(FACTS, USUAL)}<x/>`],
    ['a page that does not say whether there is more', page(USUAL)],
    ['an object without a key', page(FACTS, '<Contents><Size>1</Size></Contents>')],
    ['an object with an empty key', page(FACTS, '<Contents><Key></Key><Size>1</Size></Contents>')],
    ['an object without a size', page(FACTS, '<Contents><Key>k</Key></Contents>')],
    ['a size that is none', page(FACTS, USUAL.replace('5467', '-1'))],
    [
      'a time that is none',
      page(FACTS, USUAL.replace('2026-10-12T17:10:00.000Z', '2026-13-12T17:10:00.000Z')),
    ],
    ['a time in words', page(FACTS, USUAL.replace('2026-10-12T17:10:00.000Z', 'yesterday'))],
    ['two keys', page(FACTS, OWNED.replace('<Key>z</Key>', '<Key>z</Key><Key>y</Key>'))],
    ['elements on lines of their own', page(FACTS, USUAL, OWNED).replaceAll('><', '>\n  <')],
    ['a blank in a key', page(FACTS, USUAL.replace('a+b', 'a b'))],
    ['a comment', page(FACTS, '<!-- -->', USUAL)],
    ['a folder without a name', page(FACTS, '<CommonPrefixes><Owner/></CommonPrefixes>')],
    ['an object that ends as a folder', page(FACTS, '<Contents><Key>k</Key><Size>1</Size></CommonPrefixes>')],
  ])('%s', (_, text) => {
    expect(parseListPage(text)).toBeUndefined();
  });
});
