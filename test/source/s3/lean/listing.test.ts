import { describe, expect, test } from 'vitest';
import { openAwsSession } from '../../../../src/aws/session.ts';
import { openS3 } from '../../../../src/source/s3/s3-source.ts';
import type { Source } from '../../../../src/source/source.ts';
import { isLean, useServer } from '../../../aws/answering-server.ts';
import { listAll, useAws } from '../../../aws/aws-fixture.ts';

// Credentials of nobody.
useAws();
const serve = useServer();
const BUCKET = 'example-trail-logs';

function open(url: string, reads: 'lean' | 'sdk'): Source {
  return openS3(openAwsSession({ endpointUrl: url, maxAttempts: 2, requestTimeoutMs: 2000 }), undefined, {
    reads,
  });
}

function page(keys: readonly string[], next?: string, prefix = ''): string {
  const objects = keys.map(
    (key) =>
      `<Contents><Key>${key}</Key><LastModified>2026-10-12T17:10:00.000Z</LastModified><ETag>&quot;0&quot;</ETag><Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const more =
    next === undefined ? '' : `<NextContinuationToken>${next.replace('&', '&amp;')}</NextContinuationToken>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${BUCKET}</Name><Prefix>${prefix}</Prefix><EncodingType>url</EncodingType><IsTruncated>${next !== undefined}</IsTruncated>${more}${objects.join('')}</ListBucketResult>`;
}

/** The parameters that a listing asked for, without what the SDK says of itself. */
function asked(url: string | undefined): Record<string, string> {
  const { 'x-id': _, ...parameters } = Object.fromEntries(
    new URL(url ?? '', 'http://localhost').searchParams,
  );
  return parameters;
}

describe('a listing asks and is answered as by the SDK', () => {
  test('page by page, below a prefix and behind a key', async () => {
    const seen: Record<string, Record<string, string>[]> = { lean: [], sdk: [] };
    for (const reads of ['lean', 'sdk'] as const) {
      const { url, agents } = await serve((request, response) => {
        const parameters = asked(request.url);
        seen[reads]?.push(parameters);
        const isFirst = parameters['continuation-token'] === undefined;
        // In chunks and without a length, as S3 sends it.
        const isFolders = parameters.delimiter !== undefined;
        const keys = isFolders ? [] : isFirst ? ['p%2Fa', 'p%2Fb+c'] : ['p%2Fd'];
        response.write(page(keys, isFirst && !isFolders ? '1/+=&' : undefined, 'p%2F'));
        response.end();
      });
      const source = open(url, reads);
      const request = { bucket: BUCKET, prefix: 'p/', startAfter: 'p/0 &' };
      expect((await listAll(source, request)).map(({ key }) => key)).toEqual(['p/a', 'p/b c', 'p/d']);
      expect(agents.map(isLean)).toEqual([reads === 'lean', reads === 'lean']);
      await source.folders(BUCKET, 'p/');
    }
    expect(seen.lean).toHaveLength(3);
    expect(seen.lean).toEqual(seen.sdk);
  });

  test.each([
    [404, 'NoSuchBucket', 'TARGET_NOT_FOUND'],
    [403, 'AccessDenied', 'ACCESS_DENIED'],
    [403, 'ExpiredToken', 'CREDENTIALS'],
  ])('with %i %s', async (status, code, expected) => {
    const { url } = await serve((_, response) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<Error><Code>${code}</Code><Message>m</Message></Error>`);
    });
    const failures = await Promise.all(
      (['lean', 'sdk'] as const).map((reads) =>
        listAll(open(url, reads), { bucket: BUCKET, prefix: 'p/' }).catch(
          ({ code: own, message, hint }: { code: string; message: string; hint: string }) => ({
            code: own,
            message,
            hint,
          }),
        ),
      ),
    );
    expect(failures[0]).toMatchObject({ code: expected });
    expect(failures[0]).toEqual(failures[1]);
  });
});

test('a server whose pages only the SDK reads is asked for one of them twice, and then by the SDK', async () => {
  const { url, agents } = await serve((request, response) => {
    const isFirst = asked(request.url)['continuation-token'] === undefined;
    response.end(
      page([isFirst ? 'a' : 'b'], isFirst ? 'more' : undefined).replace('<Name>', '<!-- --><Name>'),
    );
  });
  const source = open(url, 'lean');
  expect((await listAll(source, { bucket: BUCKET, prefix: '' })).map(({ key }) => key)).toEqual(['a', 'b']);
  expect(agents.map(isLean)).toEqual([true, false, false]);
});

test('a page that only claims to be one is not taken for an empty one', async () => {
  const { url } = await serve((_, response) => response.end('<html>welcome</html>'));
  const failures = await Promise.all(
    (['lean', 'sdk'] as const).map((reads) =>
      listAll(open(url, reads), { bucket: BUCKET, prefix: '' }).catch((error: Error) => error.message),
    ),
  );
  expect(failures[0]).toEqual(failures[1]);
});
