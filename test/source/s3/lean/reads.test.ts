import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { openAwsSession } from '../../../../src/aws/session.ts';
import { bucketEndpoint, ReadSigner } from '../../../../src/source/s3/clients.ts';
import { openS3 } from '../../../../src/source/s3/s3-source.ts';
import { isLean, useServer } from '../../../aws/answering-server.ts';
import { ODD_KEYS, sessionWith, useAws } from '../../../aws/aws-fixture.ts';
import { ObjectStore } from '../../../support/aws-server.ts';

const aws = useAws();
const BUCKET = 'example-trail-logs';
const LIMIT = { maxBytes: 1_000_000 };
const REF = { bucket: BUCKET, key: 'x' };

const serve = useServer();

/** What reading REF gives or throws, by one of both ways. */
async function outcome(url: string, reads: 'lean' | 'sdk') {
  const source = openS3(
    openAwsSession({ endpointUrl: url, maxAttempts: 2, requestTimeoutMs: 2000 }),
    undefined,
    { reads },
  );
  return source.open(REF, LIMIT).then(
    (object) => ({ object: { ...object, bytes: Buffer.from(object.bytes).toString('latin1') } }),
    (error: { code: string; message: string; hint: string }) => ({
      code: error.code,
      message: error.message,
      hint: error.hint,
    }),
  );
}

describe('an object is the same by both ways', () => {
  test.each([
    ['with a signature', { 'x-amz-meta-signature': 'ab', 'X-Amz-Meta-Signature-Algorithm': 'SHA256withRSA' }],
    ['with encoded words', { 'x-amz-meta-a': '=?UTF-8?B?w6k=?=', 'x-amz-meta-b': '=?UTF-8?Q?=C3=A9?= x' }],
    ['with Latin-1 and nothing', { 'x-amz-meta-a': '\u00e9', 'x-amz-meta-b': '' }],
    ['with a header twice', { 'x-amz-meta-a': ['1', '2'] }],
    [
      'with hostile names',
      { 'x-amz-meta-__proto__': 'x', 'x-amz-meta-constructor': 'y', 'x-amz-meta-': 'z' },
    ],
    ['with all details', { etag: '"0"', 'x-amz-version-id': 'null', 'x-amz-storage-class': 'STANDARD_IA' }],
    ['with a time', { 'last-modified': 'Tue, 22 Sep 2026 16:00:00 GMT' }],
    ['with gzip as its encoding', { 'content-encoding': 'gzip', 'content-type': 'application/json' }],
    ['with a checksum that is wrong', { 'x-amz-checksum-crc32': 'AAAAAA==' }],
  ])('%s', async (_, headers) => {
    const { url, agents } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '5', ...headers });
      response.end('bytes');
    });
    const [lean, sdk] = [await outcome(url, 'lean'), await outcome(url, 'sdk')];
    expect(lean).toEqual(sdk);
    expect(lean).toMatchObject({ object: { bytes: 'bytes' } });
    expect(agents.map(isLean)).toEqual([true, false]);
  });
});

describe('a refusal is the same by both ways', () => {
  const document = (code: string, message: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>1</RequestId></Error>`;

  test.each([
    [404, document('NoSuchKey', 'The specified key does not exist.')],
    [404, document('NoSuchBucket', 'The specified bucket does not exist')],
    [404, document('NoSuchVersion', 'The specified version does not exist.')],
    [405, document('MethodNotAllowed', 'The specified method is not allowed against this resource.')],
    [
      403,
      document(
        'AccessDenied',
        'User: arn:aws:iam::111122223333:user/a is not authorized to perform: s3:GetObject',
      ),
    ],
    [403, document('AccessDenied', 'a &lt;b&gt; &amp;amp; &quot;c&quot; &#39;d&#x27; \u00e9')],
    [403, document('InvalidObjectState', 'The operation is not valid for the object&apos;s storage class')],
    [403, document('ExpiredToken', 'The provided token has expired.')],
    [403, document('InvalidAccessKeyId', 'The key does not exist')],
    [400, document('KMS.DisabledException', 'the key is disabled')],
    [400, document('InvalidRequest', 'stored using Server Side Encryption')],
    [409, document('Strange', 'strange')],
  ])('%i %s', async (status, body) => {
    const { url, agents } = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(body);
    });
    const [lean, sdk] = [await outcome(url, 'lean'), await outcome(url, 'sdk')];
    expect(lean).toEqual(sdk);
    expect(lean).toHaveProperty('code');
    expect(agents.map(isLean)).toEqual([true, false]);
  });
});

describe('what the lean way does not speak the SDK answers', () => {
  test.each([
    ['an empty refusal', 403, '', {}],
    [
      'a refusal in another shape',
      403,
      '<Error><Code>A</Code><Code>B</Code><Message>x</Message></Error>',
      {},
    ],
    ['a redirect without a Region', 307, '', { location: 'http://127.0.0.1:9/' }],
    ['a time that is none', 200, 'bytes', { 'last-modified': 'yesterday' }],
    ['a time that no date can have', 200, 'bytes', { 'last-modified': '+275759-01-01T00:00:00.000Z' }],
  ])('%s', async (_, status, body, headers) => {
    const { url, agents } = await serve((_request, response) => {
      response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
      response.end(body);
    });
    const lean = await outcome(url, 'lean');
    expect(agents.map(isLean)).toEqual([true, false]);
    expect(lean).toEqual(await outcome(url, 'sdk'));
  });

  test('what is not HTTP at all', async () => {
    const { url, agents } = await serve((request, response) => {
      if (isLean(request.headers['user-agent'] ?? '')) request.socket.end('SSH-2.0-x\r\n');
      else response.end('bytes');
    });
    expect(await outcome(url, 'lean')).toMatchObject({ object: { bytes: 'bytes' } });
    expect(agents.map(isLean)).toEqual([true, false]);
  });

  test('a clock that is wrong: the SDK learns by how much, and the lean way with it', async () => {
    const hour = 3_600_000;
    const dates: string[] = [];
    const { url, agents } = await serve((request, response) => {
      const signed = String(request.headers['x-amz-date']);
      dates.push(signed);
      const at = Date.parse(signed.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
      response.setHeader('date', new Date(Date.now() + hour).toUTCString());
      const isSkewed = Math.abs(at - Date.now() - hour) > 600_000;
      if (isSkewed) response.writeHead(403, { 'content-type': 'application/xml' });
      response.end(
        isSkewed
          ? '<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message></Error>'
          : 'bytes',
      );
    });
    const source = openS3(openAwsSession({ endpointUrl: url }));
    await source.open(REF, LIMIT).catch(() => undefined);
    const before = agents.length;
    expect(isLean(agents[0] ?? '')).toBe(true);
    await source.open(REF, LIMIT);
    expect(agents.slice(before).map(isLean)).toEqual([true]);
  });
});

test('an overloaded proxy that speaks HTML is asked again', async () => {
  let asked = 0;
  const { url, agents } = await serve((_request, response) => {
    asked += 1;
    if (asked === 1) response.writeHead(503);
    response.end(asked === 1 ? '<html>busy</html>' : 'bytes');
  });
  expect(await outcome(url, 'lean')).toMatchObject({ object: { bytes: 'bytes' } });
  expect(agents.map(isLean)).toEqual([true, true]);
});

test('an object is let in before it is held, once for each try', async () => {
  const store = new ObjectStore();
  store.createBucket(BUCKET);
  store.put(BUCKET, 'x', Buffer.alloc(5000));
  const server = await aws.start({ store });
  for (const reads of ['lean', 'sdk'] as const) {
    server.faults.add({ kind: 'truncate', afterBytes: 100, operation: 'GetObject' });
    const sizes: number[] = [];
    const admit = async (bytes: number): Promise<void> => {
      sizes.push(bytes);
    };
    await openS3(sessionWith(server), undefined, { reads }).open(REF, { ...LIMIT, admit });
    expect(sizes).toEqual([5000, 5000]);
  }
});

describe('a request goes where the SDK would send it', () => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };

  /** Host and path of the SDK's own request. */
  async function ofSdk(client: S3Client, Bucket: string, Key: string, VersionId?: string): Promise<string> {
    let sent = '';
    const command = new GetObjectCommand({ Bucket, Key, VersionId });
    command.middlewareStack.add(
      () => async (args) => {
        const { protocol, headers, path, query } = args.request as {
          protocol: string;
          headers: Record<string, string>;
          path: string;
          query: Record<string, string>;
        };
        sent = `${protocol}//${headers.host}${path} ${query.versionId ?? ''}`;
        throw new Error('stop here');
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await client.send(command).catch(() => undefined);
    return sent;
  }

  test.each([
    ['a virtual host', BUCKET, { region: 'eu-central-1' }],
    ['a name with dots', 'logs.example.com', { region: 'us-east-1' }],
    ['China', BUCKET, { region: 'cn-north-1' }],
    ['GovCloud', BUCKET, { region: 'us-gov-west-1' }],
    ['FIPS', BUCKET, { region: 'us-west-2', useFipsEndpoint: true }],
    ['dual-stack', BUCKET, { region: 'us-west-2', useDualstackEndpoint: true }],
    ['acceleration', BUCKET, { region: 'us-west-2', useAccelerateEndpoint: true }],
    ['a path', BUCKET, { region: 'us-west-2', forcePathStyle: true }],
    [
      'an endpoint of one\u2019s own',
      BUCKET,
      { region: 'us-west-2', endpoint: 'http://127.0.0.1:9000', forcePathStyle: true },
    ],
    [
      'an endpoint below a path',
      BUCKET,
      { region: 'us-west-2', endpoint: 'https://example.com/s3', forcePathStyle: true },
    ],
  ])('%s', async (_, bucket, config) => {
    const client = new S3Client({ ...config, credentials });
    const endpoint = await bucketEndpoint(client, bucket);
    if (endpoint === undefined) throw new Error('not spoken');
    expect(endpoint.signingRegion).toBe(config.region);
    const signer = new ReadSigner(client, endpoint, false);
    for (const key of [...ODD_KEYS, "!'()*", '%', '%%', '+', ' ']) {
      const { origin, path, headers } = await signer.sign({ bucket, key });
      expect(new URL(origin).host).toBe(headers.host);
      expect(`${origin}${path} `).toBe(await ofSdk(client, bucket, key));
      expect(headers['x-amz-security-token']).toBe('token');
      expect(headers.authorization).toContain(`/${config.region}/s3/aws4_request`);
    }
    const versioned = await signer.sign({ bucket, key: 'k', versionId: 'a+b/c=' });
    expect(versioned.path).toMatch(/\/k\?versionId=a%2Bb%2Fc%3D$/);
    expect(await ofSdk(client, bucket, 'k', 'a+b/c=')).toMatch(/\/k a\+b\/c=$/);
  });

  test('but directory buckets and access points are left to it', async () => {
    const client = new S3Client({ region: 'us-east-1', credentials });
    expect(await bucketEndpoint(client, 'logs--use1-az4--x-s3')).toBeUndefined();
    expect(
      await bucketEndpoint(client, 'arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap'),
    ).toBeUndefined();
    const point = 'arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/redact';
    expect(await bucketEndpoint(client, point)).toBeUndefined();
  });

  test('with credentials that are renewed when they end', async () => {
    let given = 0;
    const client = new S3Client({
      region: 'us-east-1',
      credentials: async () => {
        given += 1;
        return { ...credentials, accessKeyId: `AKIA${given}`, expiration: new Date(Date.now() + 1000) };
      },
    });
    const endpoint = await bucketEndpoint(client, BUCKET);
    if (endpoint === undefined) throw new Error('not spoken');
    const signer = new ReadSigner(client, endpoint, false);
    const first = await signer.sign(REF);
    const second = await signer.sign(REF);
    expect(second.headers.authorization).not.toBe(first.headers.authorization);
    expect(given).toBeGreaterThan(1);
  });
});
