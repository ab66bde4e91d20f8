import { createHash, createHmac } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { VERSION } from '../../../../src/base/version.ts';
import { ReadSigner } from '../../../../src/source/s3/clients.ts';

/** node:crypto's SHA-256, keyed or not, as AWS's signer calls it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

const EMPTY_SHA256 = createHash('sha256').digest('hex');
const NOW = Date.parse('2026-01-02T03:04:05.678Z');

interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What AWS's own signer writes into the same request. */
async function signedByAws(
  credentials: Identity,
  url: URL,
  path: string,
  query: Record<string, string>,
  more: Record<string, string> = {},
): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    service: 's3',
    region: 'eu-central-1',
    credentials,
    sha256: Sha256,
    uriEscapePath: false,
  });
  const request = new HttpRequest({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path,
    query,
    headers: {
      host: url.host,
      'user-agent': `trail-verify/${VERSION}`,
      'x-amz-content-sha256': EMPTY_SHA256,
      ...more,
    },
  });
  return (await signer.sign(request, { signingDate: new Date(Date.now()) })).headers;
}

function clientOf(provide: () => Identity): S3Client {
  // Expired at once, so that the client asks each time.
  const credentials = async () => ({ ...provide(), expiration: new Date(0) });
  return new S3Client({ region: 'eu-central-1', credentials });
}

const PERMANENT: Identity = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
const TEMPORARY: Identity = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'other',
  sessionToken: 'to/ken+==',
};

const KEYS: readonly (readonly [key: string, path: string])[] = [
  ['AWSLogs/111122223333/CloudTrail/a_b-c.json.gz', '/AWSLogs/111122223333/CloudTrail/a_b-c.json.gz'],
  ["a b/ü!'()*~.+", '/a%20b/%C3%BC%21%27%28%29%2A~.%2B'],
  ['/lead//twice/', '//lead//twice/'],
  ['a/../b/.', '/a/../b/.'],
  ['100%?#&=', '/100%25%3F%23%26%3D'],
  ['line\nbreak', '/line%0Abreak'],
];

afterEach(() => {
  vi.useRealTimers();
});

describe('a read is signed as AWS signs it', () => {
  test.each(
    KEYS.flatMap(([key, path]) => [
      [key, path, false],
      [key, path, true],
    ]) as readonly (readonly [key: string, path: string, requestPayer: boolean])[],
  )('for the key %j', async (key, path, requestPayer) => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    for (const base of [
      'https://example-trail-logs.s3.eu-central-1.amazonaws.com/',
      'http://127.0.0.1:9000/b',
    ]) {
      const url = new URL(base);
      for (const credentials of [PERMANENT, TEMPORARY]) {
        for (const versionId of [undefined, "a.b/c+d=!'"]) {
          const signer = new ReadSigner(
            clientOf(() => credentials),
            { url, signingRegion: 'eu-central-1' },
            requestPayer,
          );
          const ref = { bucket: 'b', key, ...(versionId === undefined ? {} : { versionId }) };
          const signed = await signer.sign(ref);
          const whole = `${url.pathname === '/' ? '' : url.pathname}${path}`;
          expect(signed.headers).toEqual(
            await signedByAws(
              credentials,
              url,
              whole,
              versionId === undefined ? {} : { versionId },
              requestPayer ? { 'x-amz-request-payer': 'requester' } : {},
            ),
          );
          expect(signed.path).toBe(
            versionId === undefined ? whole : `${whole}?versionId=a.b%2Fc%2Bd%3D%21%27`,
          );
          expect(signed.origin).toBe(url.origin);
        }
      }
    }
  });

  test('on another day, and with other credentials, which may change at any time', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    let credentials = PERMANENT;
    const url = new URL('https://b.s3.eu-central-1.amazonaws.com/');
    const signer = new ReadSigner(
      clientOf(() => credentials),
      { url, signingRegion: 'eu-central-1' },
      false,
    );
    const changes = [
      () => {},
      () => vi.setSystemTime(NOW + 400),
      () => vi.setSystemTime(NOW + 86_400_000),
      () => {
        credentials = { ...TEMPORARY };
      },
      () => {
        credentials = { ...TEMPORARY, secretAccessKey: 'renewed' };
      },
    ];
    const seen = new Set<string | undefined>();
    for (const change of changes) {
      change();
      const { headers } = await signer.sign({ bucket: 'b', key: 'k' });
      expect(headers).toEqual(await signedByAws(credentials, url, '/k', {}));
      seen.add(headers.authorization);
    }
    expect(seen.size).toBe(changes.length);
  });

  test.each([
    ['https://example-trail-logs.s3.eu-central-1.amazonaws.com/', '/'],
    ['http://127.0.0.1:9000/example-trail-logs', '/example-trail-logs'],
  ])('as a page of a listing at %s', async (base, path) => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    const url = new URL(base);
    const signer = new ReadSigner(
      clientOf(() => TEMPORARY),
      { url, signingRegion: 'eu-central-1' },
      false,
    );
    const query = {
      prefix: "AWSLogs/a b+c!'()*/\u00fc",
      'list-type': '2',
      'encoding-type': 'url',
      delimiter: '/',
      'continuation-token': '1/+=&',
      'start-after': '',
    };
    const signed = await signer.signQuery(query);
    expect(signed.headers).toEqual(await signedByAws(TEMPORARY, url, path, query));
    const sent = new URL(signed.path, url.origin);
    expect(sent.pathname).toBe(path);
    expect(Object.fromEntries(sent.searchParams)).toEqual(query);
  });

  test('with the clock that the SDK has learned from S3', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    const client = clientOf(() => PERMANENT);
    client.config.systemClockOffset = -3_600_000;
    const url = new URL('https://b.s3.eu-central-1.amazonaws.com/');
    const signer = new ReadSigner(client, { url, signingRegion: 'eu-central-1' }, false);
    const { headers } = await signer.sign({ bucket: 'b', key: 'k' });
    expect(headers['x-amz-date']).toBe('20260102T020405Z');
  });

  test('not where UTF-8 cannot write the key', async () => {
    const url = new URL('https://b.s3.eu-central-1.amazonaws.com/');
    const signer = new ReadSigner(
      clientOf(() => PERMANENT),
      { url, signingRegion: 'eu-central-1' },
      false,
    );
    await expect(signer.sign({ bucket: 'b', key: 'lone \ud800' })).rejects.toThrow(URIError);
  });
});
