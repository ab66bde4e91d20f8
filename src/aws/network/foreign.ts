import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { type AwsService, acceptsAnyCertificate, isAwsEndpoint, type RequestPlace } from './hosts.ts';

/** A client whose requests are looked at. */
type Noted = Pick<CloudTrailClient, 'middlewareStack'> | Pick<CloudWatchLogsClient, 'middlewareStack'>;

/**
 * Notes where the requests of a client go, as far as that is not AWS's own endpoint of that service and Region, over TLS with its
 * certificate checked. Returns what gives the first such endpoint so far, undefined where there is none. It runs last of all, so it sees the effect of every setting.
 */
export function noteForeign(
  client: Noted,
  region: string,
  service: AwsService = 'CLOUDTRAIL',
): () => string | undefined {
  let foreign: string | undefined;
  // Nothing in it is of one service.
  const { middlewareStack } = client as Pick<CloudTrailClient, 'middlewareStack'>;
  middlewareStack.add(
    (next) => async (sent) => {
      // The SDK types a request as unknown; one that cannot be read has nobody's endpoint.
      const { protocol = '', hostname = '', ...rest } = (sent.request ?? {}) as Partial<RequestPlace>;
      const place = { protocol, hostname, ...rest };
      if (!isAwsEndpoint(service, place, region)) foreign ??= urlOf(place);
      else if (acceptsAnyCertificate()) foreign ??= `${urlOf(place)}, whose certificate was not checked`;
      return next(sent);
    },
    { name: 'trailVerifyForeignEndpoint', step: 'deserialize', priority: 'low' },
  );
  return () => foreign;
}

function urlOf({ protocol, hostname, port }: RequestPlace): string {
  return `${protocol}//${hostname}${port === undefined || port === '' ? '' : `:${port}`}`;
}
