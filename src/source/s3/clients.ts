import { GetObjectCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';
import { HttpRequest } from '@smithy/core/protocols';
import { classifyFailure } from '../../aws/failure.ts';
import type { AwsSession } from '../../aws/session.ts';
import { systemClock } from '../../base/clock.ts';
import { isSigningRegion } from '../../base/names.ts';
import type { S3Access } from '../access.ts';
import type { ClockSkew, ObjectRef } from '../source.ts';
import { checkAnswers } from './answer-check.ts';
import { GetSigner, REQUEST_PAYER, type SignedGet } from './lean/get-signer.ts';

/** S3 clients by Region, and the Region of each bucket. */
export interface S3Clients {
  /**
   * Calls with a client of the bucket's own Region, found without GetBucketLocation: S3 names the Region in a
   * header of every answer about a bucket, refusals and redirects too (API reference, HeadBucket). Where the
   * Region turns out to be another, calls once more. Throws what `call` throws.
   */
  run<Result>(bucket: string, call: (client: S3Client) => Promise<Result>): Promise<Result>;
}

interface Redirect {
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> | undefined };
  readonly Region?: unknown;
}

/** Clients of one session; each is made when a bucket of its Region is first used. `meter` sees every answer. */
export function openS3Clients(session: AwsSession, meter: SkewMeter = skewMeter()): S3Clients {
  const clients = new Map<string, Promise<S3Client>>();
  const regions = new Map<string, Promise<string>>();

  const clientOf = (region: string): Promise<S3Client> => {
    const known = clients.get(region) ?? createClient(session, region, meter);
    clients.set(region, known);
    return known;
  };

  const findRegion = async (bucket: string): Promise<string> => {
    const fallback = await session.defaultRegion();
    const client = await clientOf(fallback);
    try {
      const head = await client.send(new HeadBucketCommand({ Bucket: bucket }));
      return head.BucketRegion !== undefined && isSigningRegion(head.BucketRegion)
        ? head.BucketRegion
        : fallback;
    } catch (error) {
      const named = namedRegion(error);
      if (named !== undefined) return named;
      const failure = classifyFailure(error);
      if (failure === 'credentials' || failure === 'network' || failure === 'passing') throw error;
      // Refused or absent without a word about the Region: the call itself will say which.
      return fallback;
    }
  };

  const regionOf = (bucket: string): Promise<string> => {
    const known = regions.get(bucket);
    if (known !== undefined) return known;
    const found = findRegion(bucket).catch((error: unknown) => {
      regions.delete(bucket);
      throw error;
    });
    regions.set(bucket, found);
    return found;
  };

  return {
    run: async (bucket, call) => {
      const region = await regionOf(bucket);
      try {
        return await call(await clientOf(region));
      } catch (error) {
        const named = namedRegion(error);
        if (named === undefined || named === region) throw error;
        regions.set(bucket, Promise.resolve(named));
        return call(await clientOf(named));
      }
    },
  };
}

async function createClient(session: AwsSession, region: string, meter: SkewMeter): Promise<S3Client> {
  const settings = await session.clientSettings('S3', region);
  const client = new S3Client({
    ...settings,
    // A bucket is a host name of its own only at AWS; for names with dots the SDK itself chooses the path.
    forcePathStyle: settings.endpoint !== undefined,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    // The bytes are judged by the hash that CloudTrail signed, so S3's own checksum would be wasted work.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  checkAnswers(client);
  if (session.requestPayer) sayPayer(client);
  client.middlewareStack.add(
    (next) => async (request) => {
      const sent = systemClock.now();
      const result = await next(request);
      meter.add({ sent, received: systemClock.now(), date: dateOf(result.response) });
      return result;
    },
    // Within the SDK's own tries, each of which is an answer of its own.
    { name: 'trailVerifyClockSkew', step: 'deserialize' },
  );
  return client;
}

/** Says in every request that the caller pays: not each command has a parameter for it, and none may be forgotten. */
function sayPayer(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (HttpRequest.isInstance(request)) request.headers[REQUEST_PAYER.name] = REQUEST_PAYER.value;
      return next(args);
    },
    // Before the request is signed.
    { name: 'trailVerifyRequestPayer', step: 'build' },
  );
}

function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  return typeof headers.date === 'string' ? headers.date : undefined;
}

/** The Region that an error names for its bucket. */
function namedRegion(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  // Every field is optional and checked below, so any object may be here.
  const { $response, Region } = error as Redirect;
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  return typeof region === 'string' && isSigningRegion(region) ? region : undefined;
}

/** A server names its time in whole seconds: on average it is half of one later than it says (RFC 9110, 6.6.1). */
const HALF_SECOND = 500;

/** Compares this machine's clock with the one that a server's answers name in their Date header. */
export interface SkewMeter {
  /** Takes one answer into account; times are milliseconds since the epoch on this machine's clock. */
  add(answer: { readonly sent: number; readonly received: number; readonly date: string | undefined }): void;
  /** The time that the quickest answer showed, because it leaves the least doubt; undefined before the first one with a date. */
  skew(): ClockSkew | undefined;
}

/** A meter that has seen nothing yet. */
export function skewMeter(): SkewMeter {
  let best: ClockSkew | undefined;
  return {
    add: ({ sent, received, date }) => {
      const uncertainty = Math.ceil(HALF_SECOND + (received - sent) / 2);
      if (received < sent || (best !== undefined && best.uncertainty <= uncertainty)) return;
      const named = Date.parse(date ?? '');
      if (Number.isNaN(named)) return;
      best = { milliseconds: Math.round((sent + received) / 2 - named - HALF_SECOND), uncertainty };
    },
    skew: () => best,
  };
}

/** How buckets of a session are read, as plain data: with the credentials that it has now. */

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
      const { requestPayer, requestTimeoutMs, connectTimeoutMs } = this.#session;
      const access: S3Access = {
        kind: 's3',
        url: endpoint.url.href,
        region: endpoint.signingRegion,
        accessKeyId,
        secretAccessKey,
        sessionToken,
        requestPayer,
        clockOffset: client.config.systemClockOffset,
        requestTimeoutMs,
        connectTimeoutMs,
        way: await this.#session.wayTo(endpoint.url),
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
    // The SDK reports best why something cannot be resolved.
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

/** Reads of one bucket, signed as the client of its Region would sign them. */

/** Signs reads of one bucket with the credentials and the clock of a client. */
export class ReadSigner {
  readonly #client: S3Client;
  readonly #signer: GetSigner;

  /** Credentials are the client's, asked for each time, so that they are renewed before they expire. */
  constructor(client: S3Client, { url, signingRegion }: BucketEndpoint, requestPayer: boolean) {
    this.#client = client;
    this.#signer = new GetSigner(url, signingRegion, requestPayer);
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
interface BucketEndpoint {
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
