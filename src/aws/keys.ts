import { CloudTrailClient, ListPublicKeysCommand, type PublicKey } from '@aws-sdk/client-cloudtrail';
import { knownTime } from '../base/clock.ts';
import { isRegionName } from '../base/names.ts';
import { refusalOf } from './identity.ts';
import { noteForeign } from './network/foreign.ts';
import { isAwsRegion } from './network/hosts.ts';
import { networkHint } from './network/network-failure.ts';
import type { AwsSession } from './session.ts';

/** One public key as CloudTrail lists it: `value` is DER, times are milliseconds since the epoch. Not checked yet. */
export interface ListedPublicKey {
  readonly fingerprint: string;
  readonly value: Uint8Array;
  readonly validFrom: number;
  readonly validTo: number;
}

/**
 * The keys of a Region, or in words why it would not list them. `foreign` is the endpoint that gave them where it is not
 * AWS's own of that Region, over TLS with its certificate checked: such keys are anybody's word.
 */
export type PublicKeyAnswer =
  | { readonly keys: readonly ListedPublicKey[]; readonly foreign?: string | undefined }
  | { readonly keys: undefined; readonly refusal: string; readonly hint?: string | undefined };

/** There are about two keys a month; a service that always promises another page must not hold the run. */
const MAX_PAGES = 50;
/**
 * The keys that one Region used between two times (milliseconds since the epoch). A page without a new key ends the list,
 * because the service is known to ignore its own tokens. A refusal is returned; only CREDENTIALS is thrown.
 */
export async function listPublicKeys(
  session: AwsSession,
  region: string,
  from: number,
  to: number,
): Promise<PublicKeyAnswer> {
  const settings = isRegionName(region) ? await session.clientSettings('CLOUDTRAIL', region) : undefined;
  // With AWS's own endpoint the name becomes a part of the host's: `s3-us-west-2` would lead to somebody's bucket.
  const isThere = settings !== undefined && (settings.endpoint !== undefined || isAwsRegion(region));
  if (!isThere) return { keys: undefined, refusal: 'there is no such Region' };
  const client = new CloudTrailClient(settings);
  const foreign = noteForeign(client, region);
  const keys = new Map<string, ListedPublicKey>();
  let token: string | undefined;
  try {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await client.send(
        new ListPublicKeysCommand({
          StartTime: new Date(from),
          EndTime: new Date(to),
          NextToken: token,
        }),
      );
      const before = keys.size;
      for (const listed of answer.PublicKeyList ?? []) addKey(keys, listed);
      token = answer.NextToken;
      if (token === undefined || keys.size === before) break;
    }
    return { keys: [...keys.values()], foreign: foreign() };
  } catch (error) {
    return { keys: undefined, refusal: await refusalOf(session, region, error), hint: networkHint(error) };
  } finally {
    client.destroy();
  }
}

function addKey(keys: Map<string, ListedPublicKey>, listed: PublicKey): void {
  const { Fingerprint: fingerprint, Value: value, ValidityStartTime, ValidityEndTime } = listed;
  const validFrom = knownTime(ValidityStartTime?.getTime());
  const validTo = knownTime(ValidityEndTime?.getTime());
  if (fingerprint === undefined || value === undefined || validFrom === undefined || validTo === undefined)
    return;
  // The same key may be listed with another validity.
  keys.set(`${fingerprint} ${validFrom} ${validTo}`, { fingerprint, value, validFrom, validTo });
}
