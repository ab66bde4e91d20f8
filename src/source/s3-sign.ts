/**
 * Signature Version 4 for one kind of request, a GET without a body (S3 API reference, "Authenticating Requests: Using
 * the Authorization Header"). AWS's own signer serves every kind and takes five times as long; the tests hold this one
 * to it.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { systemClock } from '../clock.ts';
import { VERSION } from '../version.ts';
import type { BucketEndpoint } from './s3-endpoint.ts';
import type { ObjectRef } from './source.ts';

/** A GET, signed: where it goes and what it carries. */
export interface SignedGet {
  readonly origin: string;
  /** With its query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Credentials = Awaited<ReturnType<S3Client['config']['credentials']>>;

/** What signs the requests of one day under one key. */
interface DayKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly date: string;
  readonly scope: string;
  readonly key: KeyObject;
}

/** The SHA-256 of nothing, for a GET has no body. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const USER_AGENT = `trail-verify/${VERSION}`;

/** Signs reads of one bucket, and keeps the key that it derives for a day. */
export class ReadSigner {
  readonly #client: S3Client;
  readonly #endpoint: BucketEndpoint;
  /** What stands before the path of every object; '' where that is the host alone. */
  readonly #root: string;
  #dayKey: DayKey | undefined;
  /** The second that was written last, and how. */
  #second = Number.NaN;
  #secondText = '';

  /** Credentials are the client's, asked for each time, so that they are renewed before they expire. */
  constructor(client: S3Client, endpoint: BucketEndpoint) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#root = endpoint.url.pathname === '/' ? '' : endpoint.url.pathname;
  }

  /** Rejects as the credential provider does, and with URIError for a key that UTF-8 cannot write. */
  async sign({ key, versionId }: ObjectRef): Promise<SignedGet> {
    const query = versionId === undefined ? '' : `versionId=${encodeSegment(versionId)}`;
    return this.#sign(`${this.#root}/${encodePath(key)}`, query);
  }

  /** Signs a GET of the bucket itself, with a query of these parameters. Rejects as `sign` does. */
  async signQuery(parameters: Readonly<Record<string, string>>): Promise<SignedGet> {
    // As the signature wants them: encoded, in the order of their names.
    const pairs = Object.entries(parameters).sort(([left], [right]) => (left < right ? -1 : 1));
    const query = pairs.map(([name, value]) => `${name}=${encodeSegment(value)}`).join('&');
    return this.#sign(this.#root === '' ? '/' : this.#root, query);
  }

  async #sign(path: string, query: string): Promise<SignedGet> {
    const { config } = this.#client;
    const credentials = await config.credentials();
    const { host, origin } = this.#endpoint.url;
    const { sessionToken } = credentials;
    // The SDK learns from S3's answers how far this machine's clock is off.
    const time = this.#timeText(systemClock.now() + config.systemClockOffset);
    const token = sessionToken === undefined ? '' : `x-amz-security-token:${sessionToken}\n`;
    const signed = `host;x-amz-content-sha256;x-amz-date${token === '' ? '' : ';x-amz-security-token'}`;
    const request = `GET\n${path}\n${query}\nhost:${host}\nx-amz-content-sha256:${EMPTY_SHA256}\nx-amz-date:${time}\n${token}\n${signed}\n${EMPTY_SHA256}`;
    const { scope, key: dayKey } = this.#keyOf(credentials, time.slice(0, 8));
    const requestHash = hash('sha256', request);
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${requestHash}`;
    const signature = createHmac('sha256', dayKey).update(text).digest('hex');
    const headers: Record<string, string> = {
      host,
      'user-agent': USER_AGENT,
      'x-amz-content-sha256': EMPTY_SHA256,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    };
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    return { origin, path: query === '' ? path : `${path}?${query}`, headers };
  }

  /** ISO 8601 without punctuation or fraction: 20260102T030405Z. */
  #timeText(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = new Date(second * 1000).toISOString().replace(/[-:]|\.000/g, '');
    }
    return this.#secondText;
  }

  #keyOf({ accessKeyId, secretAccessKey }: Credentials, date: string): DayKey {
    const known = this.#dayKey;
    if (
      known?.date === date &&
      known.accessKeyId === accessKeyId &&
      known.secretAccessKey === secretAccessKey
    )
      return known;
    const { signingRegion } = this.#endpoint;
    let bytes: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
    for (const part of [date, signingRegion, 's3', 'aws4_request'])
      bytes = createHmac('sha256', bytes).update(part).digest();
    const scope = `${date}/${signingRegion}/s3/aws4_request`;
    const made = { accessKeyId, secretAccessKey, date, scope, key: createSecretKey(bytes) };
    this.#dayKey = made;
    return made;
  }
}

/** A key as the path of a request: UTF-8, percent-encoded once, slashes kept, `.` and `..` left alone. */
function encodePath(key: string): string {
  return /^[\w.~/-]*$/.test(key) ? key : key.split('/').map(encodeSegment).join('/');
}

/** RFC 3986: everything but letters, digits and `-._~`. Throws URIError for a lone surrogate. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
