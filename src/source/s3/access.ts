/** How buckets of a session are read, as plain data: with the credentials that it has now. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { AwsSession } from '../../aws/session.ts';
import type { S3Access } from '../access.ts';
import type { S3Clients } from './clients.ts';
import { type BucketEndpoint, bucketEndpoint } from './lean/sign.ts';

/** The accesses of one session. */
export class S3Accesses {
  readonly #session: AwsSession;
  readonly #clients: S3Clients;
  readonly #endpoints = new WeakMap<S3Client, Map<string, Promise<BucketEndpoint | undefined>>>();
  readonly #known = new Map<string, S3Access>();

  constructor(session: AwsSession, clients: S3Clients) {
    this.#session = session;
    this.#clients = clients;
  }

  /**
   * How a bucket is read; the same object until credentials, clock or endpoint change. Undefined for a bucket that only the
   * SDK speaks to. Rejects as the credential provider does, and where the bucket's Region cannot be found.
   */
  of(bucket: string): Promise<S3Access | undefined> {
    return this.#clients.run(bucket, async (client) => {
      const endpoint = await this.#endpointOf(client, bucket);
      if (endpoint === undefined) return undefined;
      const { accessKeyId, secretAccessKey, sessionToken } = await client.config.credentials();
      const { requestTimeoutMs, connectTimeoutMs } = this.#session;
      const access: S3Access = {
        kind: 's3',
        url: endpoint.url.href,
        region: endpoint.signingRegion,
        accessKeyId,
        secretAccessKey,
        sessionToken,
        clockOffset: client.config.systemClockOffset,
        requestTimeoutMs,
        connectTimeoutMs,
      };
      const known = this.#known.get(bucket);
      if (known !== undefined && isSame(known, access)) return known;
      this.#known.set(bucket, access);
      return access;
    });
  }

  #endpointOf(client: S3Client, bucket: string): Promise<BucketEndpoint | undefined> {
    const ofClient = this.#endpoints.get(client) ?? new Map<string, Promise<BucketEndpoint | undefined>>();
    this.#endpoints.set(client, ofClient);
    // What cannot be resolved, the SDK says best.
    const endpoint = ofClient.get(bucket) ?? bucketEndpoint(client, bucket).catch(() => undefined);
    ofClient.set(bucket, endpoint);
    return endpoint;
  }
}

function isSame(one: S3Access, other: S3Access): boolean {
  return (
    one.url === other.url &&
    one.region === other.region &&
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken &&
    one.clockOffset === other.clockOffset
  );
}
