import { randomBytes } from 'node:crypto';
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { startAwsServer } from './aws-server.ts';

/** The S3 server under test, and the means to reach it. */
export interface ConformanceServer {
  readonly name: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** A client with the right credentials, or with those given. */
  client(secretAccessKey?: string): S3Client;
  /** Begins the names of all buckets that this run makes. */
  readonly bucketPrefix: string;
  /** Why the server is known not to behave as S3 in that respect; undefined where it should. */
  knownGap(respect: string): string | undefined;
  /** Removes this run's buckets with all they hold, and ends the server where it is our own. */
  close(): Promise<void>;
}

const OWN_CREDENTIALS = { accessKeyId: 'AKIACONFORMANCE', secretAccessKey: 'conformance-secret' };

/**
 * The server named by S3_CONFORMANCE_ENDPOINT (with S3_CONFORMANCE_ACCESS_KEY and S3_CONFORMANCE_SECRET_KEY), else
 * our own. S3_CONFORMANCE_GAPS names what a server cannot do, as `respect=reason`, several parted by `;`.
 */
export async function openConformanceServer(): Promise<ConformanceServer> {
  const given = process.env.S3_CONFORMANCE_ENDPOINT;
  const own = given === undefined ? await startAwsServer({ credentials: OWN_CREDENTIALS }) : undefined;
  const endpoint = given ?? own?.url ?? '';
  const accessKeyId = own === undefined ? variable('S3_CONFORMANCE_ACCESS_KEY') : OWN_CREDENTIALS.accessKeyId;
  const secret = own === undefined ? variable('S3_CONFORMANCE_SECRET_KEY') : OWN_CREDENTIALS.secretAccessKey;
  const gaps = new Map<string, string>();
  for (const gap of (process.env.S3_CONFORMANCE_GAPS ?? '').split(';').filter((one) => one !== '')) {
    const [respect = '', ...reason] = gap.split('=');
    gaps.set(respect.trim(), reason.join('='));
  }
  const clients: S3Client[] = [];
  const client = (secretAccessKey: string = secret): S3Client => {
    const credentials = { accessKeyId, secretAccessKey };
    const made = new S3Client({
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
      maxAttempts: 2,
    });
    clients.push(made);
    return made;
  };
  const bucketPrefix = `trail-verify-${randomBytes(5).toString('hex')}-`;
  return {
    name: given ?? 'the test server of this repository',
    endpoint,
    credentials: { accessKeyId, secretAccessKey: secret },
    client,
    bucketPrefix,
    knownGap: (respect) => gaps.get(respect),
    close: async () => {
      await removeBuckets(client(), bucketPrefix);
      for (const one of clients) one.destroy();
      await own?.close();
    },
  };
}

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} must be set beside S3_CONFORMANCE_ENDPOINT`);
  return value;
}

async function removeBuckets(s3: S3Client, bucketPrefix: string): Promise<void> {
  const { Buckets: all = [] } = await s3.send(new ListBucketsCommand({}));
  const own = all.map(({ Name = '' }) => Name).filter((name) => name.startsWith(bucketPrefix));
  for (const Bucket of own) {
    for (;;) {
      const page = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 100 }));
      const rows = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      if (rows.length === 0) break;
      await Promise.all(
        rows.map(({ Key, VersionId }) => s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))),
      );
    }
    await s3.send(new DeleteBucketCommand({ Bucket }));
  }
}
