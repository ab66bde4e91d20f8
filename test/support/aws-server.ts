/**
 * An AWS endpoint in this process, for tests: S3 over REST, CloudTrail, STS, Organizations and Account, with
 * faults on demand. Give its `url` to an SDK client as `endpoint`, or to the AWS CLI as AWS_ENDPOINT_URL.
 */
export type { Fault } from './aws-server/faults.ts';
export type { AwsServerOptions, PublicKeyData, TrailData, TrailStatusData } from './aws-server/options.ts';
export { type AwsServer, startAwsServer } from './aws-server/start.ts';
export { ObjectStore } from './object-store.ts';
