/**
 * An AWS endpoint in this process, for tests: S3 over REST, CloudTrail, STS, Organizations and Account, with
 * faults on demand. Give its `url` to an SDK client as `endpoint`, or to the AWS CLI as AWS_ENDPOINT_URL.
 */
export type { Fault, Faults } from './aws-server/faults.ts';
export type {
  AwsServerOptions,
  OrganizationData,
  PublicKeyData,
  RegionData,
  TrailData,
  TrailStatusData,
} from './aws-server/options.ts';
export type { RequestRecord } from './aws-server/request.ts';
export { type AwsServer, startAwsServer } from './aws-server/start.ts';
export { type ObjectFailure, ObjectStore, type ObjectVersion, type PutInit } from './object-store.ts';
