/** Reads of one bucket, signed as the client of its Region would sign them. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { systemClock } from '../../../base/clock.ts';
import type { ObjectRef } from '../../source.ts';
import { GetSigner, type SignedGet } from './get-signer.ts';

/** Signs reads of one bucket with the credentials and the clock of a client. */
export class ReadSigner {
  readonly #client: S3Client;
  readonly #signer: GetSigner;

  /** Credentials are the client's, asked for each time, so that they are renewed before they expire. */
  constructor(client: S3Client, { url, signingRegion }: BucketEndpoint) {
    this.#client = client;
    this.#signer = new GetSigner(url, signingRegion);
  }

  /** Rejects as the credential provider does, and with URIError for a key that UTF-8 cannot write. */
  async sign({ key, versionId }: ObjectRef): Promise<SignedGet> {
    const credentials = await this.#client.config.credentials();
    return this.#signer.sign(credentials, this.#time(), key, versionId);
  }

  /** Signs a GET of the bucket itself, with a query of these parameters. Rejects as `sign` does. */
  async signQuery(parameters: Readonly<Record<string, string>>): Promise<SignedGet> {
    const credentials = await this.#client.config.credentials();
    return this.#signer.signQuery(credentials, this.#time(), parameters);
  }

  /** The SDK learns from S3's answers how far this machine's clock is off. */
  #time(): number {
    return systemClock.now() + this.#client.config.systemClockOffset;
  }
}

/** Where the objects of one bucket are read, as the SDK's rules resolve it: partition, FIPS, dual-stack, path style. */
export interface BucketEndpoint {
  readonly url: URL;
  readonly signingRegion: string;
}

/**
 * The endpoint of a bucket for requests signed with SigV4; undefined for one that asks for anything else (directory
 * buckets, access points over many Regions, headers of its own), which only the SDK speaks. Rejects as the SDK does.
 */
export async function bucketEndpoint(client: S3Client, bucket: string): Promise<BucketEndpoint | undefined> {
  const endpoint = await getEndpointFromInstructions({ Bucket: bucket, Key: 'x' }, GetObjectCommand, {
    ...client.config,
  });
  const [scheme] = endpoint.properties?.authSchemes ?? [];
  const { backend } = endpoint.properties ?? {};
  // Typed for every scheme there is; each field is checked here.
  const { name, signingName, signingRegion } = (scheme ?? {}) as Readonly<Record<string, unknown>>;
  if (name !== 'sigv4' || signingName !== 's3' || typeof signingRegion !== 'string') return undefined;
  const isPlain =
    backend === undefined && Object.keys(endpoint.headers ?? {}).length === 0 && endpoint.url.search === '';
  return isPlain ? { url: endpoint.url, signingRegion } : undefined;
}
