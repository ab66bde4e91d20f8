import { createHash } from 'node:crypto';
import { ListObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';

import { allKeys, type ConformanceRun, keyPages, leaveOutIfGap, newBucket, put, readText } from './access.ts';

const TIMEOUT = 120_000;

/** Keys that are hard on encodings, in the order of their UTF-8 bytes. */
export const ODD_KEYS: readonly string[] = [
  'odd/"quoted" and \'quoted\'',
  'odd/100% of %41',
  'odd/<tag attribute="x">&amp;',
  'odd/a//b',
  'odd/a=b&c=d?e#f',
  'odd/plus+sign and space',
  'odd/~tilde_(round)[square]{curly}*!,;:@$',
  'odd/ümläut',
  'odd/日本語',
  'odd/\uff5e before the emoji in UTF-8 only',
  'odd/😀',
];

/** Listings of many keys and of odd ones. */
export function listingCases(run: ConformanceRun): void {
  describe('listings', () => {
    let listed: string;
    const keys = Array.from({ length: 1200 }, (_, at) => `days/${String(at).padStart(4, '0')}`);

    beforeAll(async () => {
      listed = await newBucket(run, 'listed');
      // Backwards, so that the order of a listing cannot be that of arrival.
      const rest = [...keys, 'a', 'z', ...ODD_KEYS];
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          for (let key = rest.pop(); key !== undefined; key = rest.pop()) await put(run.s3, listed, key, key);
        }),
      );
    }, TIMEOUT);

    it('lists 1,200 keys on two pages, in order', async () => {
      const sizes: number[] = [];
      const seen: string[] = [];
      for await (const page of keyPages(run.s3, { Bucket: listed, Prefix: 'days/' })) {
        sizes.push(page.length);
        seen.push(...page);
      }
      expect(sizes).toEqual([1000, 200]);
      expect(seen).toEqual(keys);
    });

    it('tells size, time and ETag of each key', async () => {
      const page = await run.s3.send(new ListObjectsV2Command({ Bucket: listed, Prefix: 'days/0007' }));
      expect(page.KeyCount).toBe(1);
      expect(page.IsTruncated).toBe(false);
      const row = page.Contents?.[0];
      expect(row?.Key).toBe('days/0007');
      expect(row?.Size).toBe(9);
      expect(row?.ETag).toBe(`"${createHash('md5').update('days/0007').digest('hex')}"`);
      expect(row?.LastModified?.getTime()).toBeGreaterThan(0);
    });

    it('starts after a key, whether it exists or not', async () => {
      const from = (StartAfter: string) => allKeys(run.s3, { Bucket: listed, Prefix: 'days/', StartAfter });
      expect(await from('days/1196')).toEqual(['days/1197', 'days/1198', 'days/1199']);
      expect(await from('days/1197!')).toEqual(['days/1198', 'days/1199']);
      expect(await from('days/2')).toEqual([]);
      expect(await from('a')).toEqual(keys);
    });

    it('keeps to StartAfter on every page', async () => {
      const request = { Bucket: listed, Prefix: 'days/', StartAfter: 'days/0009', MaxKeys: 400 };
      expect(await allKeys(run.s3, request)).toEqual(keys.slice(10));
    });

    it('lists nothing under a prefix nobody uses', async () => {
      const page = await run.s3.send(new ListObjectsV2Command({ Bucket: listed, Prefix: 'nobody/' }));
      expect(page.Contents ?? []).toEqual([]);
      expect(page.IsTruncated).toBe(false);
    });

    it('gathers keys below a delimiter into common prefixes', async () => {
      const top = await run.s3.send(new ListObjectsV2Command({ Bucket: listed, Delimiter: '/' }));
      expect(top.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['days/', 'odd/']);
      expect(top.Contents?.map(({ Key }) => Key)).toEqual(['a', 'z']);
      const below = await run.s3.send(
        new ListObjectsV2Command({ Bucket: listed, Prefix: 'odd/a/', Delimiter: '/' }),
      );
      expect(below.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['odd/a//']);
    });

    it('pages through common prefixes one by one', async () => {
      const rows: (string | undefined)[] = [];
      let ContinuationToken: string | undefined;
      do {
        const request = { Bucket: listed, Delimiter: '/', MaxKeys: 1, ContinuationToken };
        const page = await run.s3.send(new ListObjectsV2Command(request));
        rows.push(
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
          ...(page.Contents ?? []).map(({ Key }) => Key),
        );
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined && rows.length < 10);
      expect(rows).toEqual(['a', 'days/', 'odd/', 'z']);
    });

    it('lists odd keys as they are, in the order of their UTF-8 bytes', async (context) => {
      leaveOutIfGap(context, run.server, 'utf8-order');
      expect(await allKeys(run.s3, { Bucket: listed, Prefix: 'odd/' })).toEqual(ODD_KEYS);
    });

    it('pages and starts after odd keys', async (context) => {
      leaveOutIfGap(context, run.server, 'utf8-order');
      expect(await allKeys(run.s3, { Bucket: listed, Prefix: 'odd/', MaxKeys: 1 })).toEqual(ODD_KEYS);
      for (const [at, StartAfter] of ODD_KEYS.entries()) {
        expect(await allKeys(run.s3, { Bucket: listed, Prefix: 'odd/', StartAfter })).toEqual(
          ODD_KEYS.slice(at + 1),
        );
      }
    });

    it.each(ODD_KEYS)('reads and finds by prefix: %s', async (key) => {
      expect(await readText(run.s3, listed, key)).toBe(key);
      expect(await allKeys(run.s3, { Bucket: listed, Prefix: key })).toEqual([key]);
    });

    it('percent-encodes keys when asked', async () => {
      const request = { Bucket: listed, Prefix: 'odd/plus', EncodingType: 'url' as const };
      const page = await run.s3.send(new ListObjectsV2Command(request));
      expect(page.EncodingType).toBe('url');
      const shown = page.Contents?.[0]?.Key ?? '';
      expect(shown).not.toContain(' ');
      expect(decodeURIComponent(shown.replaceAll('+', ' '))).toBe('odd/plus+sign and space');
    });

    it('lists by marker in the first version of the API', async () => {
      const first = await run.s3.send(
        new ListObjectsCommand({ Bucket: listed, Prefix: 'days/', MaxKeys: 700 }),
      );
      expect(first.IsTruncated).toBe(true);
      const Marker = first.Contents?.at(-1)?.Key;
      expect(Marker).toBe('days/0699');
      const second = await run.s3.send(new ListObjectsCommand({ Bucket: listed, Prefix: 'days/', Marker }));
      expect(second.IsTruncated).toBe(false);
      expect(second.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(700));
    });
  });
}
