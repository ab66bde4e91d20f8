/** The limits that set endpoints and certificates put on a run, in words for its report. */
import { type AwsService, acceptsAnyCertificate } from './hosts.ts';
import type { AwsSession } from './session.ts';
import type { TrailLimit } from './trail-description.ts';

/** The services that name the expected deliveries. */
const TELLING: readonly AwsService[] = ['CLOUDTRAIL', 'ACCOUNT', 'ORGANIZATIONS'];

/**
 * A limit for a run in which another endpoint than AWS's described the trail and its deliveries. Such an endpoint can leave out
 * Regions and accounts, and name another bucket.
 */
export async function endpointLimits(session: AwsSession): Promise<readonly TrailLimit[]> {
  const urls = new Set<string>();
  for (const service of TELLING) {
    const endpoint = await session.endpointOf(service);
    if (endpoint?.aws === false) urls.add(endpoint.url);
  }
  if (urls.size === 0) return [];
  const text = `The trail, its bucket and its deliveries were named by ${[...urls].join(', ')}, which is not AWS's: it can have named another bucket, or left out Regions, accounts and deliveries, which then go unnoticed.`;
  return [{ code: 'TRAIL_FROM_ENDPOINT', text }];
}

/** Limits where a connection to AWS accepts more certificates than Node's own authorities give. */
export function tlsLimits(environment: NodeJS.ProcessEnv = process.env): readonly TrailLimit[] {
  if (acceptsAnyCertificate(environment)) {
    const text =
      "The certificates of AWS's endpoints were not checked (NODE_TLS_REJECT_UNAUTHORIZED is 0): anybody on the way can have answered in place of AWS.";
    return [{ code: 'TLS_NOT_CHECKED', text }];
  }
  const { NODE_EXTRA_CA_CERTS: file, NODE_OPTIONS: options = '' } = environment;
  const authorities = [
    ...(file === undefined || file === '' ? [] : [`those of ${file} (NODE_EXTRA_CA_CERTS)`]),
    ...(/--use-(?:openssl|system)-ca\b/.test(options) ? ['those of this machine (NODE_OPTIONS)'] : []),
  ];
  if (authorities.length === 0) return [];
  const text = `Besides the authorities that Node.js brings along, connections to AWS accepted ${authorities.join(' and ')}: anybody with the key of one can answer in place of AWS.`;
  return [{ code: 'TLS_EXTRA_AUTHORITIES', text }];
}
