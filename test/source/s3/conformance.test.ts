import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import { type ConformanceServer, openConformanceServer } from '../../support/s3-conformance-server.ts';
import { type ConformanceRun, newBucket } from './conformance/access.ts';
import { listingCases } from './conformance/listing-cases.ts';
import { objectCases } from './conformance/object-cases.ts';
import { sourceCases } from './conformance/source-cases.ts';
import { versionCases } from './conformance/version-cases.ts';

/*
 * What S3 is taken to do, said once for every server: our own test server, and with S3_CONFORMANCE_ENDPOINT
 * another (Debian's radosgw by test/rgw/run.sh, moto by test/moto/run.sh). Had our server a notion of S3 of its
 * own, the tests that lean on it would prove nothing.
 */
const TIMEOUT = 120_000;

let opened: { server: ConformanceServer; s3: S3Client; bucket: string } | undefined;

// The cases are declared before the server is open.
const run: ConformanceRun = {
  get server() {
    return now().server;
  },
  get s3() {
    return now().s3;
  },
  get bucket() {
    return now().bucket;
  },
};

function now(): ConformanceRun {
  if (opened === undefined) throw new Error('the server is not open yet');
  return opened;
}

beforeAll(async () => {
  const server = await openConformanceServer();
  opened = { server, s3: server.client(), bucket: '' };
  opened.bucket = await newBucket(run, 'main');
}, TIMEOUT);

afterAll(() => opened?.server.close(), TIMEOUT);

objectCases(run);
listingCases(run);
versionCases(run);
sourceCases(run);
