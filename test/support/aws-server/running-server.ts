import { S3Client } from '@aws-sdk/client-s3';
import { afterEach } from 'vitest';
import { type AwsServer, type AwsServerOptions, ObjectStore, startAwsServer } from '../aws-server.ts';

/** The server's present, in milliseconds since the epoch. */
export const NOW = Date.parse('2026-09-22T16:00:00Z');

/** What the clients sign with unless told otherwise. */
export const CREDENTIALS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example-secret' };

/** The bytes of the one object of `storeIn`. */
export const BODY: Buffer = Buffer.from('0123456789'.repeat(10));

let server: AwsServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** Starts a server that ends with the test. The options are handed on themselves, so a test may change them later. */
export async function start(options: AwsServerOptions = {}): Promise<AwsServer> {
  options.now = () => NOW;
  server = await startAwsServer(options);
  return server;
}

/** Ends the server before the test does. */
export async function stop(): Promise<void> {
  await server?.close();
  server = undefined;
}

/** How a client of any service reaches the server; it does not try twice. */
export function settings(region: string, credentials = CREDENTIALS) {
  return { endpoint: server?.url ?? '', region, credentials, maxAttempts: 1 };
}

/** An S3 client of the server. */
export function s3(region = 'us-east-1', credentials = CREDENTIALS): S3Client {
  return new S3Client({ ...settings(region, credentials), forcePathStyle: true });
}

/** A store with the bucket `logs` in that Region, which holds one object, `a/b.json.gz`. */
export function storeIn(region: string): ObjectStore {
  const store = new ObjectStore(() => NOW);
  store.createBucket('logs', { region });
  store.put('logs', 'a/b.json.gz', BODY, { metadata: { signature: 'ab' } });
  return store;
}
