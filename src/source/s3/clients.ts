import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { classifyFailure } from '../../aws/failure.ts';
import type { AwsSession } from '../../aws/session.ts';
import { systemClock } from '../../base/clock.ts';
import type { ClockSkew } from '../source.ts';
import { checkAnswers } from './answer-check.ts';

/** S3 clients by Region, and which bucket lies where. */
export interface S3Clients {
  /**
   * Calls with a client of the bucket's own Region, found without GetBucketLocation: S3 names the Region in a
   * header of every answer about a bucket, refusals and redirects too (API reference, HeadBucket). Where the
   * Region turns out to be another, calls once more. Throws what `call` throws.
   */
  run<Result>(bucket: string, call: (client: S3Client) => Promise<Result>): Promise<Result>;
}

interface Redirect {
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
  readonly Region?: unknown;
}

/** It becomes a part of a host name, and it comes from a server: nothing but a Region's letters may pass. */
const REGION = /^[a-z][a-z0-9-]{2,40}$/;

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
      return head.BucketRegion !== undefined && REGION.test(head.BucketRegion) ? head.BucketRegion : fallback;
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

function dateOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  if (typeof headers !== 'object' || headers === null || !('date' in headers)) return undefined;
  return typeof headers.date === 'string' ? headers.date : undefined;
}

/** The Region that an error names for its bucket. */
function namedRegion(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  // Every field is optional and checked below, so any object may stand here.
  const { $response, Region } = error as Redirect;
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  return typeof region === 'string' && REGION.test(region) ? region : undefined;
}

/** A server names its time in whole seconds: on average it is half of one later than it says (RFC 9110, 6.6.1). */
const HALF_SECOND = 500;

/** Compares this machine's clock with the one that a server's answers name in their Date header. */
export interface SkewMeter {
  /** Takes one answer into account; times are milliseconds since the epoch on this machine's clock. */
  add(answer: { readonly sent: number; readonly received: number; readonly date: string | undefined }): void;
  /** What the quickest answer showed, for it leaves the least doubt; undefined before the first one with a date. */
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
