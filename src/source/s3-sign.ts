import { type BinaryLike, createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import { systemClock } from '../clock.ts';
import { VERSION } from '../version.ts';
import type { BucketEndpoint } from './s3-endpoint.ts';
import type { ObjectRef } from './source.ts';

/** A GET of one object, signed: where it goes and what it carries. */
export interface SignedGet {
  readonly origin: string;
  /** With its query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The SHA-256 of nothing, for a GET has no body. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Signs reads of one bucket with AWS's own signer, which keeps the key that it derives for a day. */
export class ReadSigner {
  readonly #client: S3Client;
  readonly #endpoint: BucketEndpoint;
  readonly #signer: SignatureV4;

  /** Credentials are the client's, asked for each time, so that they are renewed before they expire. */
  constructor(client: S3Client, endpoint: BucketEndpoint) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.#signer = new SignatureV4({
      service: 's3',
      region: endpoint.signingRegion,
      credentials: client.config.credentials,
      sha256: Sha256,
      // S3 alone signs paths as they are sent (user guide, "Authenticating requests").
      uriEscapePath: false,
    });
  }

  /** Rejects as the credential provider does, and with URIError for a key that UTF-8 cannot write. */
  async sign({ key, versionId }: ObjectRef): Promise<SignedGet> {
    const { url } = this.#endpoint;
    const path = `${url.pathname === '/' ? '' : url.pathname}/${encodeKey(key)}`;
    const request = new HttpRequest({
      method: 'GET',
      protocol: url.protocol,
      hostname: url.hostname,
      path,
      query: versionId === undefined ? {} : { versionId },
      headers: {
        host: url.host,
        'user-agent': `trail-verify/${VERSION}`,
        'x-amz-content-sha256': EMPTY_SHA256,
      },
    });
    // The SDK learns from S3's answers how far this machine's clock is off.
    const signingDate = new Date(systemClock.now() + this.#client.config.systemClockOffset);
    const { headers } = await this.#signer.sign(request, { signingDate });
    const query = versionId === undefined ? '' : `?versionId=${encodeSegment(versionId)}`;
    return { origin: url.origin, path: `${path}${query}`, headers };
  }
}

/** A key as the path of a request: UTF-8, percent-encoded once, slashes kept, `.` and `..` left alone. */
function encodeKey(key: string): string {
  return key.split('/').map(encodeSegment).join('/');
}

/** RFC 3986: everything but letters, digits and `-._~`. Throws URIError for a lone surrogate. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** node:crypto's SHA-256, keyed or not, as AWS's signer calls it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: unknown) {
    // The signer keys it with text or bytes; its type allows every kind of buffer.
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as BinaryLike);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error('a hash is used once');
  }
}
