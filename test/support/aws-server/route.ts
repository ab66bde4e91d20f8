import { answerAccount } from './account.ts';
import { type Answer, AwsError } from './answer.ts';
import { answerCloudTrail } from './cloudtrail.ts';
import { answerLogs } from './logs.ts';
import type { ServerState } from './options.ts';
import { answerOrganizations } from './organizations.ts';
import type { AwsRequest } from './request.ts';
import { answerS3, s3Operation } from './s3.ts';
import type { Secret } from './signature.ts';
import { accountOf, answerSts, formBody } from './sts.ts';

/** Which service and operation a request is for. */
export interface Route {
  readonly service: string;
  readonly operation: string;
}

/**
 * Where a request goes: by `x-amz-target` (the SDK sends `CloudTrail_20131101.ListPublicKeys`, botocore
 * `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys`), a form's Action, else S3.
 */
export function routeOf(request: AwsRequest): Route {
  const target = request.headers['x-amz-target'];
  if (request.method !== 'POST') return { service: 's3', operation: s3Operation(request) };
  if (target !== undefined) {
    const dot = target.lastIndexOf('.');
    const name = target.slice(0, Math.max(0, dot));
    const operation = target.slice(dot + 1);
    if (/(^|\.)CloudTrail_20131101$/.test(name)) return { service: 'cloudtrail', operation };
    if (name === 'AWSOrganizationsV20161128') return { service: 'organizations', operation };
    if (name === 'Logs_20140328') return { service: 'logs', operation };
    return { service: 'unknown', operation };
  }
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true) {
    return { service: 'sts', operation: formBody(request).get('Action') ?? 'Unknown' };
  }
  if (request.path === '/listRegions') return { service: 'account', operation: 'ListRegions' };
  return { service: 's3', operation: s3Operation(request) };
}

/** What the service answers; throws AwsError for a refusal. */
export function answer(request: AwsRequest, state: ServerState, issued: Map<string, Secret>): Answer {
  const { service, operation } = routeOf(request);
  switch (service) {
    case 's3':
      return answerS3(request, state);
    case 'cloudtrail':
      return answerCloudTrail(request, state, operation, accountOf(request, state, issued));
    case 'logs':
      return answerLogs(request, state, operation, accountOf(request, state, issued));
    case 'organizations':
      return answerOrganizations(request, state, operation);
    case 'account':
      return answerAccount(request, state, operation);
    case 'sts':
      return answerSts(request, state, operation, issued);
    default:
      throw new AwsError(400, 'UnknownOperationException', `no service for operation ${operation}`);
  }
}
