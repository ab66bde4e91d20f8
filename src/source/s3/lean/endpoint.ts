import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getEndpointFromInstructions } from '@smithy/core/endpoints';

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
