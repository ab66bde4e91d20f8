/** The limits that set endpoints and certificates put on a run, in words for its report. */

import type { AwsSession } from '../session.ts';
import type { TrailLimit } from '../trail-description.ts';
import { type AwsService, acceptsAnyCertificate } from './hosts.ts';
import type { Authorities } from './network.ts';

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

/**
 * Limits where a connection to AWS accepts more certificates than Node's own authorities give; `authorities` are those of the session.
 * They concern the public keys as well, unless `keysGiven`.
 */
export function tlsLimits(
  authorities: Authorities | undefined,
  keysGiven: boolean,
  environment: NodeJS.ProcessEnv = process.env,
): readonly TrailLimit[] {
  if (acceptsAnyCertificate(environment)) {
    const text =
      "The certificates of AWS's endpoints were not checked (NODE_TLS_REJECT_UNAUTHORIZED is 0): anybody on the way can have answered in place of AWS.";
    return [{ code: 'TLS_NOT_CHECKED', text }];
  }
  const { NODE_EXTRA_CA_CERTS: file, NODE_OPTIONS: options = '' } = environment;
  const accepted = [
    ...(file === undefined || file === '' ? [] : [`those of ${file} (NODE_EXTRA_CA_CERTS)`]),
    ...(authorities === undefined ? [] : [`those of ${authorities.file} (${authorities.source})`]),
    ...(/--use-(?:openssl|system)-ca\b/.test(options) ? ['those of this machine (NODE_OPTIONS)'] : []),
  ];
  if (accepted.length === 0) return [];
  const keys = keysGiven
    ? ''
    : ', and list public keys of his own: --keys with keys from elsewhere rules that out';
  const text = `Besides the authorities that Node.js brings along, connections to AWS accepted ${accepted.join(' and ')}. Anybody with the key of one can answer in place of AWS${keys}.`;
  return [{ code: 'TLS_EXTRA_AUTHORITIES', text }];
}
