import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { TestContext } from 'vitest';
import type { ConformanceServer } from '../../../support/s3-conformance-server.ts';

/** What a group of cases works with; the server is open only once the tests run. */
export interface ConformanceRun {
  readonly server: ConformanceServer;
  readonly s3: S3Client;
  /** A bucket without versions, shared by all groups. */
  readonly bucket: string;
}

/** Makes a bucket of this run and returns its name. */
export async function newBucket({ server, s3 }: ConformanceRun, name: string): Promise<string> {
  const Bucket = `${server.bucketPrefix}${name}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  return Bucket;
}

/** Puts an object and returns its version id, if it has one. */
export async function put(
  s3: S3Client,
  Bucket: string,
  Key: string,
  Body: Uint8Array | string,
): Promise<string | undefined> {
  return (await s3.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
}

/** An object's bytes as text. */
export async function readText(
  s3: S3Client,
  Bucket: string,
  Key: string,
  VersionId?: string,
): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  if (Body === undefined) throw new Error(`no body for ${Key}`);
  return Body.transformToString();
}

/** What a listing asks for. */
export interface KeyListing {
  Bucket: string;
  Prefix?: string;
  StartAfter?: string;
  MaxKeys?: number;
}

/** The keys of a ListObjectsV2, page by page. */
export async function* keyPages(s3: S3Client, request: KeyListing): AsyncGenerator<string[]> {
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ ...request, ContinuationToken }));
    yield (page.Contents ?? []).map(({ Key = '' }) => Key);
    ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (ContinuationToken !== undefined);
}

/** All keys of a ListObjectsV2. */
export async function allKeys(s3: S3Client, request: KeyListing): Promise<string[]> {
  const all: string[] = [];
  for await (const page of keyPages(s3, request)) all.push(...page);
  return all;
}

/** Leaves a case out only where the runner of that server said why, and prints it. */
export function leaveOutIfGap(context: TestContext, server: ConformanceServer, respect: string): void {
  const reason = server.knownGap(respect);
  if (reason === undefined) return;
  console.warn(`left out on ${server.name}: ${respect}: ${reason}`);
  context.skip(reason);
}
