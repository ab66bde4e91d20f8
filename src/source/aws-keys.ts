import { CloudTrailClient, ListPublicKeysCommand, type PublicKey } from '@aws-sdk/client-cloudtrail';
import { refusalOf } from './aws-identity.ts';
import type { AwsSession } from './aws-session.ts';

/** One public key as CloudTrail lists it: `value` is DER, times are milliseconds since the epoch. Not checked yet. */
export interface ListedPublicKey {
  readonly fingerprint: string;
  readonly value: Uint8Array;
  readonly validFrom: number;
  readonly validTo: number;
}

/** The keys of a Region, or in words why it would not list them. */
export type PublicKeyAnswer =
  | { readonly keys: readonly ListedPublicKey[] }
  | { readonly keys: undefined; readonly refusal: string };

/** There are about two keys a month; a service that always promises another page must not hold the run. */
const MAX_PAGES = 50;
/** The name becomes a part of a host name, and may come from a digest's key. */
const REGION = /^[a-z][a-z0-9-]{2,40}$/;

/**
 * The keys that one Region used between two times (milliseconds since the epoch). A page without a new key ends the
 * list, for the service is known to ignore its own tokens. A refusal is returned; only CREDENTIALS is thrown.
 */
export async function listPublicKeys(
  session: AwsSession,
  region: string,
  from: number,
  to: number,
): Promise<PublicKeyAnswer> {
  if (!REGION.test(region)) return { keys: undefined, refusal: 'there is no such Region' };
  const client = new CloudTrailClient(await session.clientSettings('CLOUDTRAIL', region));
  const keys = new Map<string, ListedPublicKey>();
  let token: string | undefined;
  try {
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const answer = await client.send(
        new ListPublicKeysCommand({
          StartTime: new Date(from),
          EndTime: new Date(to),
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      const before = keys.size;
      for (const listed of answer.PublicKeyList ?? []) addKey(keys, listed);
      token = answer.NextToken;
      if (token === undefined || keys.size === before) break;
    }
    return { keys: [...keys.values()] };
  } catch (error) {
    return { keys: undefined, refusal: await refusalOf(session, region, error) };
  } finally {
    client.destroy();
  }
}

function addKey(keys: Map<string, ListedPublicKey>, listed: PublicKey): void {
  const { Fingerprint: fingerprint, Value: value, ValidityStartTime, ValidityEndTime } = listed;
  const validFrom = ValidityStartTime?.getTime();
  const validTo = ValidityEndTime?.getTime();
  if (fingerprint === undefined || value === undefined || validFrom === undefined || validTo === undefined)
    return;
  // The same key may be listed with another validity.
  keys.set(`${fingerprint} ${validFrom} ${validTo}`, { fingerprint, value, validFrom, validTo });
}
